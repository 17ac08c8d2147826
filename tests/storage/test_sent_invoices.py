"""Invoices that Stripe sends for ours: made once, exact to the cent, paid, void, never two."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from catalog.kernel.errors import Refused, Unavailable
from store_app.desk.card_orders import reconcile, stranded_orders
from store_app.desk.context import Desk
from store_app.desk.credit_notes import credit_invoice, void_invoice
from store_app.desk.invoice_cards import Collected, collect_invoice, send_invoice
from store_app.desk.invoice_payments import pay_invoice
from store_app.desk.invoices import show_invoice
from store_app.desk.order_views import list_orders, show_order
from store_app.desk.orders import cancel_order, check_order, refund_order
from store_app.desk.pay_links import pay_link
from store_app.desk.people import add_company
from store_app.desk.sales import sell, top_up
from store_app.desk.upkeep import maintain
from store_app.open_sales import open_sale
from tests.card_shop import with_card
from tests.office import sound
from tests.shop import at, small_shop
from tests.stripe_double import StripeDouble
from tests.stripe_faults import Fault, lost, only, refuses, unreachable

NUMBER = "INV-000001"
TOTAL = 1_513
STEPS = {
    "customer": "/v1/customers",
    "create": "/v1/invoices",
    "add_lines": "/v1/invoices/[^/]+/add_lines",
    "finalize": "/v1/invoices/[^/]+/finalize",
    "send": "/v1/invoices/[^/]+/send",
}


@pytest.fixture
def shop(desk: Desk, stripe_double: StripeDouble) -> Desk:
    """Acme owes 15.13 for one eSIM and has an e-mail address."""
    shop = with_card(small_shop(desk, vat_rate="21"), stripe_double)
    add_company(shop, "Acme", credit_limit="20.00", details={"email": "ap@acme.example"})
    sell(shop, sku="ES-5GB-30D", pay="invoice", company="Acme", key="i1")
    return shop


def send(desk: Desk, key: str = "c1", **more: Any) -> Collected:
    """Stripe sends Acme an invoice for its first one."""
    return send_invoice(desk, NUMBER, key=key, **more)


def only_invoice(double: StripeDouble) -> dict[str, Any]:
    """The one invoice that there is at Stripe."""
    (invoice,) = double.invoices.values()
    return invoice


def state(desk: Desk) -> tuple[str, int]:
    """The state of our invoice and what is open of it."""
    view = show_invoice(desk, NUMBER).invoice
    return view.state, view.open_minor


def keys_of(double: StripeDouble, step: str) -> set[tuple[str, bytes]]:
    """Every key and body that was ever sent for a step."""
    posts = [each for each in double.requests if each.method == "POST"]
    return {
        (each.headers["Idempotency-Key"], each.content)
        for each in posts
        if re.fullmatch(STEPS[step], each.url.path)
    }


def test_it_is_sent_and_paid(shop: Desk, stripe_double: StripeDouble) -> None:
    """Five calls; the page of Stripe; an event that it was paid; noted, posted, receipted once."""
    done = send(shop)
    assert (done.state, done.open_minor) == ("placed", TOTAL)
    assert done.checkout_url.startswith("https://invoice.stripe.com/")
    invoice = only_invoice(stripe_double)
    assert (invoice["total"], invoice["currency"], invoice["status"]) == (TOTAL, "eur", "open")
    assert (invoice["collection_method"], invoice["auto_advance"]) == ("send_invoice", False)
    assert invoice["due_date"] - invoice["created"] == 14 * 86_400
    assert stripe_double.mailed == ["ap@acme.example"]
    assert len({key for step in STEPS for key, _body in keys_of(stripe_double, step)}) == 5
    assert show_invoice(shop, NUMBER).collecting == done.order
    stripe_double.pay_invoice()
    assert reconcile(shop) == 1
    assert (state(shop), show_order(shop, done.order).receipt) == (("paid", 0), "R1-000001")
    assert reconcile(shop) == 0
    assert sound(shop)


def test_the_same_key_is_the_same_invoice(shop: Desk, stripe_double: StripeDouble) -> None:
    """Asked twice it is made and mailed once; another way to collect waits for it."""
    first, again = send(shop), send(shop)
    assert (again.order, again.replayed, len(stripe_double.mailed)) == (first.order, True, 1)
    with pytest.raises(Refused, match=first.order):
        collect_invoice(shop, NUMBER, key="c2")


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("fault", [lost, unreachable, refuses(500), refuses(409)])
def test_an_answer_that_was_lost_makes_no_second_one(
    shop: Desk, stripe_double: StripeDouble, step: str, fault: Fault
) -> None:
    """At each of the five: checking, not failed; restarted: the same keys, words and invoice."""
    with stripe_double.wrong(only("POST", STEPS[step], fault)), pytest.raises(Unavailable):
        send(shop)
    assert list_orders(shop)[0].state == "placed"
    restarted = with_card(shop, stripe_double)
    assert send(restarted).checkout_url
    assert (len(stripe_double.customers), only_invoice(stripe_double)["status"]) == (1, "open")
    assert stripe_double.mailed == ["ap@acme.example"]
    assert [len(keys_of(stripe_double, each)) for each in STEPS] == [1] * 5
    stripe_double.pay_invoice()
    assert reconcile(restarted) == 1
    assert sound(shop)


@pytest.mark.parametrize("step", STEPS)
def test_what_was_interrupted_for_long_is_looked_up_and_not_sent_again(
    shop: Desk, stripe_double: StripeDouble, step: str
) -> None:
    """A day later its keys are forgotten: what is open is kept, a draft thrown away, none made."""
    with stripe_double.wrong(only("POST", STEPS[step], lost)), pytest.raises(Unavailable):
        send(shop)
    posts = len([each for each in stripe_double.requests if each.method == "POST"])
    stripe_double.forget_keys()
    maintain(at(shop, shop.clock() + timedelta(hours=24)))
    (order, *_sold) = list_orders(shop)
    is_open = step in ("finalize", "send")
    assert order.state == ("placed" if is_open else "cancelled")
    assert [each["status"] for each in stripe_double.invoices.values()] == ["open"] * is_open
    assert len([each for each in stripe_double.requests if each.method == "POST"]) == posts
    assert state(shop) == ("open", TOTAL)


@pytest.mark.parametrize("when", ["surcharge", "surcharge_later"])
def test_another_total_is_never_asked_for(
    shop: Desk, stripe_double: StripeDouble, when: str
) -> None:
    """A cent more, in the draft or when it is finalized: said, thrown away, nothing sent."""
    setattr(stripe_double, when, 1)
    with pytest.raises(Refused, match=r"15\.14 EUR and not 15\.13 EUR"):
        send(shop)
    assert stripe_double.mailed == []
    assert {each["status"] for each in stripe_double.invoices.values()} <= {"void"}
    assert (list_orders(shop)[0].state, state(shop)) == ("cancelled", ("open", TOTAL))
    setattr(stripe_double, when, 0)
    assert send(shop, "c2").state == "placed"
    assert sound(shop)


def test_a_wrong_total_whose_end_was_unheard_is_thrown_away_once(
    shop: Desk, stripe_double: StripeDouble
) -> None:
    """The draft is deleted and the answer lost: checking, then refused; nothing is left."""
    stripe_double.surcharge = 1
    with stripe_double.wrong(only("DELETE", ".*", lost)), pytest.raises(Unavailable):
        send(shop)
    with pytest.raises(Refused, match="thrown away"):
        send(shop)
    assert (stripe_double.invoices, state(shop)) == ({}, ("open", TOTAL))


@pytest.mark.parametrize("step", STEPS)
def test_a_refusal_leaves_nothing_behind(
    shop: Desk, stripe_double: StripeDouble, step: str
) -> None:
    """Stripe understood and said no, at any step: no draft and no open invoice stays there."""
    no = refuses(400, "invalid_request_error")
    with stripe_double.wrong(only("POST", STEPS[step], no)), pytest.raises(Refused):
        send(shop)
    assert {each["status"] for each in stripe_double.invoices.values()} <= {"void"}
    assert (list_orders(shop)[0].state, stripe_double.mailed) == ("cancelled", [])


def test_an_object_of_the_other_mode_stops_everything(shop: Desk, livemode_double: Any) -> None:
    """A live customer for a test key: nothing is made of it, nothing is said to be paid."""
    with pytest.raises(Unavailable) as trouble:
        send(with_card(shop, livemode_double))
    assert trouble.value.code == "wrong_mode"
    assert (livemode_double.invoices, livemode_double.mailed) == ({}, [])


@pytest.fixture
def livemode_double() -> StripeDouble:
    """Stripe that answers with live objects."""
    return StripeDouble(livemode=True)


@pytest.mark.parametrize("method", ["bank", "cash", "company-wallet"])
def test_paid_another_way_it_is_marked_so_at_stripe(
    shop: Desk, stripe_double: StripeDouble, method: str
) -> None:
    """Finance notes the money: Stripe is told, takes none itself, and the books have it once."""
    top_up(shop, "Acme", amount="20.00", pay="manual", key="w")
    done = send(shop)
    way = "wallet" if method == "company-wallet" else method
    pay_invoice(shop, NUMBER, amount="15.13", method=way)
    invoice = only_invoice(stripe_double)
    assert (invoice["status"], invoice["amount_paid_off_stripe"]) == ("paid", TOTAL)
    assert show_order(shop, done.order).state == "cancelled"
    assert (state(shop), reconcile(shop)) == (("paid", 0), 0)
    assert sound(shop)


@pytest.mark.parametrize(
    "change",
    [
        lambda shop: void_invoice(shop, NUMBER),
        lambda shop: credit_invoice(shop, NUMBER, amount="5.00"),
        lambda shop: pay_invoice(shop, NUMBER, amount="5.00", method="bank"),
    ],
)
def test_what_is_owed_no_more_is_void_at_stripe(
    shop: Desk, stripe_double: StripeDouble, change: Callable[[Desk], object]
) -> None:
    """Voided, credited or paid in part: an invoice of another amount would ask for too much."""
    done = send(shop)
    change(shop)
    assert only_invoice(stripe_double)["status"] == "void"
    assert show_order(shop, done.order).state == "cancelled"
    assert sound(shop)


def test_stripe_is_told_later_when_it_does_not_answer(
    shop: Desk, stripe_double: StripeDouble
) -> None:
    """The money is noted whatever Stripe says; the upkeep tells it."""
    done = send(shop)
    reconcile(shop)
    with stripe_double.wrong(unreachable):
        pay_invoice(shop, NUMBER, amount="15.13", method="bank")
    assert (state(shop), show_order(shop, done.order).state) == (("paid", 0), "placed")
    assert reconcile(shop) == 1
    assert only_invoice(stripe_double)["status"] == "paid"
    assert show_order(shop, done.order).state == "cancelled"


def test_paid_at_stripe_and_by_bank_one_goes_back(shop: Desk, stripe_double: StripeDouble) -> None:
    """Paid twice before anybody looked: Stripe's money is returned, and owed until then."""
    done = send(shop)
    stripe_double.pay_invoice()
    with stripe_double.wrong(only("POST", "/v1/refunds", unreachable)):
        pay_invoice(shop, NUMBER, amount="15.13", method="bank")
    assert stranded_orders(shop) == [done.order]
    assert sound(shop)
    refund_order(shop, done.order, key="b1")
    assert [each["amount"] for each in stripe_double.refunds] == [TOTAL]
    assert show_order(shop, done.order).payments[0]["state"] == "returned"
    assert sound(shop)


def test_paid_with_another_amount_it_waits_for_a_clerk(
    shop: Desk, stripe_double: StripeDouble
) -> None:
    """A part paid at Stripe and the rest noted in its dashboard: not ours, so it is stranded."""
    done = send(shop)
    stripe_double.pay_invoice(amount_paid=1_000)
    reconcile(shop)
    assert (stranded_orders(shop), state(shop)) == ([done.order], ("open", TOTAL))
    assert sound(shop)


def test_marked_in_the_dashboard_it_is_no_money_here(
    shop: Desk, stripe_double: StripeDouble
) -> None:
    """Only what came through Stripe is card money: ours stays open until finance notes it."""
    done = send(shop)
    stripe_double.mark_paid()
    reconcile(shop)
    assert (show_order(shop, done.order).state, state(shop)) == ("cancelled", ("open", TOTAL))
    assert show_order(shop, done.order).payments[0]["reason"] == "Paid another way."


def test_giving_it_up_makes_it_void(shop: Desk, stripe_double: StripeDouble) -> None:
    """`order cancel` tells Stripe first; paid meanwhile, it is noted and not cancelled."""
    first = send(shop)
    cancel_order(shop, first.order)
    assert only_invoice(stripe_double)["status"] == "void"
    second = send(shop, "c2")
    stripe_double.pay_invoice()
    with pytest.raises(Refused, match="paid meanwhile"):
        cancel_order(shop, second.order)
    assert (state(shop), len(stripe_double.customers)) == (("paid", 0), 1)


def test_it_is_open_for_weeks_and_nobody_is_bothered(
    shop: Desk, stripe_double: StripeDouble
) -> None:
    """The till shows no open sale; only events are read; long after its day it is made void."""
    done = send(shop)
    assert open_sale(shop) is None
    assert "2026-03-15" in pay_link(shop, done.order).lines[1]
    reconcile(shop)
    looks = len(stripe_double.requests)
    reconcile(shop)
    assert [each.url.path for each in stripe_double.requests[looks:]] == ["/v1/events"]
    late = at(shop, shop.clock() + timedelta(days=50))
    assert check_order(late, done.order).state == "placed"
    maintain(at(shop, shop.clock() + timedelta(days=75)))
    assert (only_invoice(stripe_double)["status"], state(shop)[0]) == ("void", "open")


def test_a_company_without_an_address_is_asked_for_one(
    shop: Desk, stripe_double: StripeDouble
) -> None:
    """Nothing is sent to nobody; an address may be named."""
    add_company(shop, "Quay", credit_limit="20.00")
    sell(shop, sku="ES-5GB-30D", pay="invoice", company="Quay", key="i2")
    with pytest.raises(Refused) as refusal:
        send_invoice(shop, "INV-000002", key="c1")
    assert refusal.value.code == "no_email"
    assert send_invoice(shop, "INV-000002", key="c1", email="Boss@Quay.example").checkout_url
    assert stripe_double.mailed == ["boss@quay.example"]
