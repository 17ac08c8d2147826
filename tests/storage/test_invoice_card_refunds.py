"""What an invoice does not need any more goes back to the cards that paid it: once, never more."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from catalog.kernel.database import snapshot
from catalog.kernel.errors import Refused, StoreError, Unavailable
from checkout.billing.ledger import balance, card_clearing, owed_to_customers, receivable
from store_app.desk.card_orders import reconcile, stranded_orders
from store_app.desk.context import Desk
from store_app.desk.credit_notes import credit_invoice, give_back_credit
from store_app.desk.invoice_cards import collect_invoice, send_invoice
from store_app.desk.invoice_payments import pay_invoice
from store_app.desk.invoices import show_invoice
from store_app.desk.order_views import show_order
from store_app.desk.orders import check_order, receipt_text, refund_order, refund_verdict
from store_app.desk.people import add_company, show_company
from store_app.desk.sales import sell
from store_app.desk.shifts import close_shift
from store_app.desk.transactions import Filters, list_transactions
from store_app.desk.upkeep import maintain
from tests.card_shop import with_card
from tests.office import sound
from tests.shop import small_shop
from tests.stripe_double import StripeDouble
from tests.stripe_faults import lost, only, unreachable

NUMBER = "INV-000001"
TOTAL = 1_513
REFUNDS = "/v1/refunds"


@pytest.fixture
def shop(desk: Desk, stripe_double: StripeDouble) -> Desk:
    """Acme owes 15.13 for one eSIM and has an e-mail address."""
    shop = with_card(small_shop(desk, vat_rate="21"), stripe_double)
    add_company(shop, "Acme", credit_limit="20.00", details={"email": "ap@acme.example"})
    sell(shop, sku="ES-5GB-30D", pay="invoice", company="Acme", key="i1")
    return shop


def paid(desk: Desk, double: StripeDouble, key: str = "c1", amount: str | None = None) -> str:
    """Acme pays by card, all or a part; the order that collected it."""
    order = collect_invoice(desk, NUMBER, key=key, amount=amount).order
    double.pay()
    assert check_order(desk, order).state == "delivered"
    return order


def books(desk: Desk) -> tuple[int, int, int]:
    """What Acme owes, what the provider holds, and what is owed to customers."""
    with snapshot(desk.engine) as session:
        acme = receivable(show_company(desk, "Acme").uuid, "EUR")
        accounts = (acme, card_clearing("EUR"), owed_to_customers("EUR"))
        return tuple(balance(session, each) for each in accounts)  # type: ignore[return-value]  # three of them


def amounts(double: StripeDouble) -> list[int]:
    """What went back at Stripe, one after the other."""
    return [each["amount"] for each in double.refunds if each["status"] != "failed"]


def test_what_a_credit_note_leaves_goes_back_to_the_card(
    shop: Desk, stripe_double: StripeDouble
) -> None:
    """Needed, it stays; credited, it goes back, with a receipt without VAT, once per key."""
    order = paid(shop, stripe_double)
    refused = refund_verdict(shop, order)
    assert (refused.allowed, "leaves nothing" in refused.rule) == (False, True)
    credit_invoice(shop, NUMBER, amount="5.00")
    verdict = refund_verdict(shop, order)
    assert (verdict.refundable_minor, verdict.destination) == (500, "card")
    assert (verdict.needs_supervisor, "leaves 5.00 EUR" in verdict.rule) == (False, True)
    with pytest.raises(Refused, match="At most"):
        refund_order(shop, order, key="r1", amount="5.01")
    done = refund_order(shop, order, key="r1")
    assert refund_order(shop, order, key="r1").replayed
    assert (done.state, amounts(stripe_double)) == ("delivered", [500])
    assert books(shop) == (0, TOTAL - 500, 0)
    text = receipt_text(shop, str(done.refunds[0]["number"]))
    assert ("Credit of invoice INV-000001" in text, "VAT" in text) == (True, False)
    (told,) = list_transactions(shop, Filters(type="refund", method="card"))
    assert (told.amount_minor, told.company) == (-500, "Acme")
    close_shift(shop, counted="100.00")
    assert sound(shop)


def test_several_cards_get_their_own_money(shop: Desk, stripe_double: StripeDouble) -> None:
    """5.00 by one card, 10.13 by another: the latest first, each at most what it paid."""
    first = paid(shop, stripe_double, amount="5.00")
    second = paid(shop, stripe_double, "c2")
    credit_invoice(shop, NUMBER)
    with pytest.raises(Refused, match="can go back"):
        give_back_credit(shop, NUMBER, method="card", amount="15.14", key="g1")
    done = give_back_credit(shop, NUMBER, method="card", amount="12.00", key="g1")
    assert (done["amount_minor"], done["credit_minor"]) == (1_200, 313)
    assert give_back_credit(shop, NUMBER, method="card", amount="12.00", key="g1")["replayed"]
    assert amounts(stripe_double) == [1_013, 187]
    give_back_credit(shop, NUMBER, method="card", key="g2")
    assert amounts(stripe_double) == [1_013, 187, 313]
    assert [show_order(shop, each).state for each in (first, second)] == ["refunded"] * 2
    assert (books(shop), show_invoice(shop, NUMBER).invoice.state) == ((0, 0, 0), "void")
    assert sound(shop)


@pytest.mark.parametrize("ended", ["succeeded", "failed"])
def test_what_is_on_its_way_is_no_credit(
    shop: Desk, stripe_double: StripeDouble, ended: str
) -> None:
    """Owed, and neither given back twice nor set off; a bank's no makes it credit again."""
    order = paid(shop, stripe_double)
    credit_invoice(shop, NUMBER)
    stripe_double.refund_status = "pending"
    refund_order(shop, order, key="r1")
    assert books(shop) == (0, TOTAL, TOTAL)
    with pytest.raises(Refused):
        give_back_credit(shop, NUMBER, method="bank", key="g1")
    assert sound(shop)
    stripe_double.end_refund(ended)
    check_order(shop, order)
    assert books(shop) == ((0, 0, 0) if ended == "succeeded" else (-TOTAL, TOTAL, 0))
    assert sound(shop)


def test_a_refund_that_fails_later_is_credit_again(shop: Desk, stripe_double: StripeDouble) -> None:
    """In the clerk's queue until it went back, by whatever way."""
    order = paid(shop, stripe_double)
    credit_invoice(shop, NUMBER)
    refund_order(shop, order, key="r1")
    assert show_order(shop, order).state == "refunded"
    stripe_double.end_refund("failed")
    assert (reconcile(shop), stranded_orders(shop)) == (1, [order])
    assert (books(shop), show_order(shop, order).state) == ((-TOTAL, TOTAL, 0), "delivered")
    assert sound(shop)
    give_back_credit(shop, NUMBER, method="bank", key="g1")
    assert (books(shop)[0], stranded_orders(shop)) == (0, [])
    assert sound(shop)


def test_two_ways_at_once_give_it_back_once(shop: Desk, stripe_double: StripeDouble) -> None:
    """By bank and to the card at the same moment: one of them is refused."""
    order = paid(shop, stripe_double)
    credit_invoice(shop, NUMBER)

    def attempt(way: str) -> str:
        try:
            if way == "bank":
                give_back_credit(shop, NUMBER, method="bank", key="g1")
            else:
                refund_order(shop, order, key="r1")
        except StoreError as refusal:
            return refusal.code
        return "done"

    with ThreadPoolExecutor(2) as clerks:
        said = list(clerks.map(attempt, ("bank", "card")))
    assert said.count("done") == 1
    assert (books(shop)[0], books(shop)[2]) == (0, 0)
    assert sound(shop)


def sent(desk: Desk, double: StripeDouble) -> str:
    """Stripe's invoice, paid with 5.00, 4.00 and the rest; the order that collected it."""
    order = send_invoice(desk, NUMBER, key="c1").order
    double.pay_part(500)
    double.pay_part(400)
    double.pay_invoice(amount_paid=613)
    assert check_order(desk, order).state == "delivered"
    return order


def test_what_came_in_several_payments_goes_back_from_all_of_them(
    shop: Desk, stripe_double: StripeDouble
) -> None:
    """Each gives back at most what it brought, under a key and with a receipt of its own."""
    order = sent(shop, stripe_double)
    credit_invoice(shop, NUMBER)
    assert len(refund_order(shop, order, key="r1", amount="7.00").refunds) == 2
    done = refund_order(shop, order, key="r2")
    assert (done.state, amounts(stripe_double)) == ("refunded", [500, 200, 200, 613])
    assert len({each["payment_intent"] for each in stripe_double.refunds}) == 3
    assert len({key for key, _body in stripe_double.bodies(REFUNDS)}) == 4
    assert books(shop) == (0, 0, 0)
    assert sound(shop)


def test_one_of_several_that_fails_goes_back_alone(shop: Desk, stripe_double: StripeDouble) -> None:
    """The others stay gone; the next try takes it from the very payment that is left."""
    order = sent(shop, stripe_double)
    credit_invoice(shop, NUMBER)
    refund_order(shop, order, key="r1")
    stripe_double.end_refund("failed")
    reconcile(shop)
    assert (books(shop), sound(shop)) == ((-613, 613, 0), True)
    assert refund_verdict(shop, order).refundable_minor == 613
    refund_order(shop, order, key="r2")
    intents = [each["payment_intent"] for each in stripe_double.refunds]
    assert (intents[-1], books(shop)) == (intents[-2], (0, 0, 0))
    assert sound(shop)


def test_a_kill_in_between_is_made_up_for(shop: Desk, stripe_double: StripeDouble) -> None:
    """All are written before the first is asked for; a restarted program asks for each once."""
    order = sent(shop, stripe_double)
    credit_invoice(shop, NUMBER)
    with stripe_double.wrong(only("POST", REFUNDS, lost)), pytest.raises(Unavailable):
        refund_order(shop, order, key="r1")
    assert sound(shop)
    maintain(with_card(shop, stripe_double))
    assert (sum(amounts(stripe_double)), len(stripe_double.refunds)) == (TOTAL, 3)
    assert (books(shop), show_order(shop, order).state) == ((0, 0, 0), "refunded")
    assert sound(shop)


@pytest.mark.parametrize("fault", [None, unreachable])
def test_money_that_is_too_late_goes_back_from_every_payment(
    shop: Desk, stripe_double: StripeDouble, fault: Any
) -> None:
    """Paid at Stripe in parts and by bank too: all of it goes back, none of it twice."""
    order = send_invoice(shop, NUMBER, key="c1").order
    stripe_double.pay_part(500)
    stripe_double.pay_invoice(amount_paid=1_013)
    if fault is None:
        pay_invoice(shop, NUMBER, amount="15.13", method="bank")
    else:
        with stripe_double.wrong(only("POST", REFUNDS, fault)):
            pay_invoice(shop, NUMBER, amount="15.13", method="bank")
        assert books(shop)[2] == TOTAL
        refund_order(shop, order, key="b1")
    assert sorted(amounts(stripe_double)) == [500, 1_013]
    assert (books(shop)[2], show_order(shop, order).payments[0]["state"]) == (0, "returned")
    assert sound(shop)
