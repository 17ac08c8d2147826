"""Invoices that are paid by card: collected once, noted once, and what is too much goes back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from catalog.kernel.database import snapshot
from catalog.kernel.errors import Refused, Unavailable
from checkout.billing.ledger import balance, card_clearing, owed_to_customers, receivable
from store_app.desk.card_orders import reconcile, stranded_orders
from store_app.desk.context import Desk
from store_app.desk.credit_notes import credit_invoice, void_invoice
from store_app.desk.invoice_cards import Collected, collect_invoice
from store_app.desk.invoice_payments import pay_invoice
from store_app.desk.invoices import show_invoice
from store_app.desk.order_views import show_order
from store_app.desk.orders import (
    cancel_order,
    check_order,
    receipt_text,
    refund_order,
    refund_verdict,
)
from store_app.desk.pay_links import pay_link
from store_app.desk.people import add_company, show_company
from store_app.desk.register_readers import use_reader
from store_app.desk.sales import sell
from store_app.desk.shifts import close_shift, x_report
from store_app.desk.transactions import Filters, list_transactions
from store_app.desk.upkeep import maintain
from tests.card_shop import with_card
from tests.office import sound
from tests.shop import at, small_shop
from tests.stripe_double import StripeDouble
from tests.stripe_faults import lost, only, unreachable
from tests.stripe_readers import READER

SKU = "ES-5GB-30D"
TOTAL = 1_513
NUMBER = "INV-000001"
SESSIONS = "/v1/checkout/sessions"


@pytest.fixture
def shop(desk: Desk, stripe_double: StripeDouble) -> Desk:
    """Acme has bought one eSIM on credit: 15.13 are open. Cards go through Stripe's double."""
    shop = with_card(small_shop(desk, vat_rate="21"), stripe_double)
    add_company(shop, "Acme", credit_limit="20.00")
    sell(shop, sku=SKU, pay="invoice", company="Acme", key="i1")
    return shop


def collect(desk: Desk, key: str = "c1", **more: Any) -> Collected:
    """Acme is asked to pay its first invoice by card."""
    return collect_invoice(desk, NUMBER, key=key, **more)


def state(desk: Desk, number: str = NUMBER) -> tuple[str, int]:
    """The state of an invoice and what is open of it."""
    view = show_invoice(desk, number).invoice
    return view.state, view.open_minor


def books(desk: Desk) -> tuple[int, int, int]:
    """What Acme owes, what the provider holds, and what is owed to customers."""
    with snapshot(desk.engine) as session:
        acme = receivable(show_company(desk, "Acme").uuid, "EUR")
        accounts = (acme, card_clearing("EUR"), owed_to_customers("EUR"))
        return tuple(balance(session, each) for each in accounts)  # type: ignore[return-value]  # three of them


def test_a_page_that_is_paid_pays_the_invoice(shop: Desk, stripe_double: StripeDouble) -> None:
    """Placed with its page; paid; noted, posted, receipted, once; the same key tells it again."""
    done = collect(shop)
    assert (done.state, done.number, done.open_minor) == ("placed", NUMBER, TOTAL)
    assert done.checkout_url.startswith("https://checkout.stripe.com/")
    (session,) = stripe_double.sessions.values()
    assert (session["amount_total"], session["currency"]) == (TOTAL, "eur")
    stripe_double.pay()
    view = check_order(shop, done.order)
    assert (view.state, view.kind, view.receipt) == ("delivered", "invoice_payment", "R1-000001")
    assert (state(shop), books(shop)) == (("paid", 0), (0, TOTAL, 0))
    assert show_invoice(shop, NUMBER).payments[0]["method"] == "card"
    again = collect(shop)
    assert (again.replayed, again.invoice_state, again.receipt) == (True, "paid", "R1-000001")
    text = receipt_text(shop, "R1-000001")
    assert f"Payment of invoice {NUMBER}" in text
    assert "VAT" not in text
    assert sound(shop)


def test_a_part_is_collected_and_then_the_rest(shop: Desk, stripe_double: StripeDouble) -> None:
    """Partly paid, then paid, each by a receipt of its own; never more than is open."""
    first = collect(shop, amount="5.00")
    stripe_double.pay()
    check_order(shop, first.order)
    assert state(shop) == ("part_paid", 1_013)
    with pytest.raises(Refused, match=r"10\.13"):
        collect(shop, "c2", amount="10.14")
    second = collect(shop, "c3")
    stripe_double.pay()
    check_order(shop, second.order)
    assert state(shop) == ("paid", 0)
    with pytest.raises(Refused, match="is paid"):
        collect(shop, "c4")
    assert sound(shop)


def test_what_waits_for_its_invoice_is_delivered(shop: Desk, stripe_double: StripeDouble) -> None:
    """Above the credit limit: the card that pays the invoice hands the eSIM over."""
    waits = sell(shop, sku=SKU, pay="invoice", company="Acme", key="i2", when_paid=True)
    assert waits.state == "placed"
    done = collect_invoice(shop, "INV-000002", key="c1")
    stripe_double.pay()
    assert reconcile(shop) == 1
    assert [show_order(shop, each).state for each in (done.order, waits.order)] == ["delivered"] * 2
    again = sell(shop, sku=SKU, pay="invoice", company="Acme", key="i2", when_paid=True)
    assert (again.state, again.activation_code[:6]) == ("delivered", "LPA:1$")
    assert sound(shop)


def test_one_collects_at_a_time(shop: Desk) -> None:
    """A second page would be a second way to pay: it is refused until the first is given up."""
    first = collect(shop)
    with pytest.raises(Refused, match=first.order) as refusal:
        collect(shop, "c2")
    assert refusal.value.code == "being_collected"
    cancel_order(shop, first.order)
    assert collect(shop, "c2").state == "placed"
    assert sound(shop)


@pytest.mark.parametrize("way", ["bank", "credit_note", "void", "refund"])
def test_what_is_not_owed_any_more_is_not_collected(
    shop: Desk, stripe_double: StripeDouble, way: str
) -> None:
    """Paid or taken back meanwhile: the page is closed at the provider at once."""
    done = collect(shop)
    if way == "bank":
        pay_invoice(shop, NUMBER, amount="1.00", method="bank")
    elif way == "void":
        void_invoice(shop, NUMBER)
    elif way == "refund":
        refund_order(shop, str(show_invoice(shop, NUMBER).invoice.order), key="r1", amount="0.01")
    else:
        credit_invoice(shop, NUMBER, amount="0.01")
    assert [each["status"] for each in stripe_double.sessions.values()] == ["expired"]
    assert show_order(shop, done.order).state == "cancelled"
    assert sound(shop)


def test_a_cancelled_order_is_not_collected(shop: Desk, stripe_double: StripeDouble) -> None:
    """One that waited for this very page: closed at the provider, and nothing is owed."""
    waits = sell(shop, sku=SKU, pay="invoice", company="Acme", key="i2", when_paid=True)
    done = collect_invoice(shop, waits.invoice, key="c2")
    cancel_order(shop, waits.order)
    assert [each["status"] for each in stripe_double.sessions.values()] == ["expired"]
    assert show_order(shop, done.order).state == "cancelled"
    assert sound(shop)


@pytest.mark.parametrize("way", ["bank", "void"])
def test_money_that_is_too_late_goes_back(
    shop: Desk, stripe_double: StripeDouble, way: str
) -> None:
    """Paid by card and otherwise too, or after it was voided: the card's money goes back."""
    done = collect(shop)
    stripe_double.pay()
    if way == "bank":
        pay_invoice(shop, NUMBER, amount="15.13", method="bank")
    else:
        void_invoice(shop, NUMBER)
    view = show_order(shop, done.order)
    assert (view.state, view.payments[0]["state"]) == ("cancelled", "returned")
    assert [each["amount"] for each in stripe_double.refunds] == [TOTAL]
    assert books(shop)[1:] == (0, 0)
    assert sound(shop)


def test_money_that_can_not_go_back_yet_is_owed(shop: Desk, stripe_double: StripeDouble) -> None:
    """Paid twice while refunds fail: it stands in the ledger and in the clerk's queue."""
    done = collect(shop)
    stripe_double.pay()
    with stripe_double.wrong(only("POST", "/v1/refunds", unreachable)):
        pay_invoice(shop, NUMBER, amount="15.13", method="bank")
    assert (books(shop), stranded_orders(shop)) == ((0, TOTAL, TOTAL), [done.order])
    assert sound(shop)
    refund_order(shop, done.order, key="b1")
    assert (books(shop), stranded_orders(shop)) == ((0, 0, 0), [])
    assert sound(shop)


def test_a_return_that_its_bank_refuses_is_owed_again(
    shop: Desk, stripe_double: StripeDouble
) -> None:
    """On its way back, then refused: owed and in the queue again; the next try has another key."""
    done = collect(shop)
    stripe_double.pay()
    stripe_double.refund_status = "pending"
    pay_invoice(shop, NUMBER, amount="15.13", method="bank")
    assert (books(shop), stranded_orders(shop)) == ((0, 0, 0), [])
    stripe_double.end_refund("failed")
    assert reconcile(shop) == 1
    assert (books(shop), stranded_orders(shop)) == ((0, TOTAL, TOTAL), [done.order])
    assert sound(shop)
    stripe_double.refund_status = "succeeded"
    refund_order(shop, done.order, key="b1")
    assert [each["status"] for each in stripe_double.refunds] == ["failed", "succeeded"]
    assert (books(shop), reconcile(shop), stranded_orders(shop)) == ((0, 0, 0), 0, [])
    assert len({key for key, _body in stripe_double.bodies("/v1/refunds")}) == 2
    assert sound(shop)


def test_two_doors_at_once_note_it_once(shop: Desk, stripe_double: StripeDouble) -> None:
    """The events, the clerk and the upkeep all hear of it: one payment, one receipt."""
    done = collect(shop)
    stripe_double.pay()
    check_order(shop, done.order)
    maintain(shop)
    check_order(shop, done.order)
    assert (state(shop), len(show_invoice(shop, NUMBER).payments)) == (("paid", 0), 1)
    assert books(shop) == (0, TOTAL, 0)


def test_an_answer_that_was_lost_is_asked_for_again(
    shop: Desk, stripe_double: StripeDouble
) -> None:
    """Carried out, unheard, restarted: the same key, the same bytes, one page."""
    with stripe_double.wrong(only("POST", SESSIONS, lost)), pytest.raises(Unavailable):
        collect(shop)
    restarted = with_card(shop, stripe_double)
    assert collect(restarted).checkout_url
    assert (len(stripe_double.sessions), len(set(stripe_double.bodies(SESSIONS)))) == (1, 1)
    stripe_double.pay()
    assert reconcile(restarted) == 1
    assert state(shop) == ("paid", 0)
    assert sound(shop)


def test_an_overdue_page_is_closed_and_the_invoice_stays_open(
    shop: Desk, stripe_double: StripeDouble
) -> None:
    """Nobody paid: after its time the page is expired, and another may be opened."""
    done = collect(shop)
    late = at(shop, shop.clock() + timedelta(minutes=36))
    maintain(late)
    assert show_order(late, done.order).state == "cancelled"
    assert [each["status"] for each in stripe_double.sessions.values()] == ["expired"]
    assert state(shop) == ("open", TOTAL)


def test_a_reader_collects_it_too(shop: Desk, stripe_double: StripeDouble) -> None:
    """The card is held to the register's reader; the invoice is paid."""
    use_reader(shop, READER)
    done = collect(shop, reader=True)
    assert (done.state, done.checkout_url) == ("placed", "")
    stripe_double.hold()
    assert check_order(shop, done.order).state == "delivered"
    assert state(shop) == ("paid", 0)
    assert sound(shop)


def test_it_is_no_sale_and_not_refunded(shop: Desk, stripe_double: StripeDouble) -> None:
    """The shift counts it among money for invoices; what is wrong is mended on the invoice."""
    done = collect(shop)
    stripe_double.pay()
    check_order(shop, done.order)
    totals = x_report(shop).totals
    assert (totals["sales"], totals["by_tender"][0]["method"]) == (1, "invoice")
    paid = {"method": "card", "currency": "EUR", "total_minor": TOTAL}
    assert totals["invoice_payments"] == [paid]
    assert not refund_verdict(shop, done.order).allowed
    (told,) = list_transactions(shop, Filters(type="invoice_payment"))
    assert (told.method, told.destination, told.amount_minor) == ("card", NUMBER, TOTAL)
    assert (told.status, told.company) == ("completed", "Acme")
    close_shift(shop, counted="100.00")
    assert sound(shop)


def test_its_link_may_be_sent(shop: Desk) -> None:
    """The link names the invoice and its amount, like that of a sale."""
    done = collect(shop)
    link = pay_link(shop, done.order)
    assert NUMBER in link.lines[0]
    assert (link.title, link.url) == ("Pay 15.13 EUR", done.checkout_url)
