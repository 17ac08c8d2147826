"""Card orders over Stripe: one session, one door, nothing lost, nothing silent."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any

import httpx
import pytest

from catalog.kernel.errors import Refused, Unavailable
from store_app.desk.card_orders import reconcile, stranded_orders
from store_app.desk.context import Desk
from store_app.desk.order_views import list_orders, show_order
from store_app.desk.orders import cancel_order, check_order, refund_order
from store_app.desk.sales import refill, top_up
from store_app.desk.stock import stock_summary
from store_app.desk.wallets import show_wallet
from tests.card_shop import (
    CREATE,
    attempt,
    begin,
    honest,
    is_stranded,
    through_four_doors,
    with_card,
)
from tests.shop import small_shop
from tests.stripe_double import StripeDouble
from tests.stripe_faults import only, refuses, unreachable


@pytest.fixture
def shop(desk: Desk, stripe_double: StripeDouble) -> Desk:
    """A small shop on each engine that takes cards."""
    return with_card(small_shop(desk), stripe_double)


def test_a_sale_waits_for_its_customer_and_is_delivered_once(
    shop: Desk, stripe_double: StripeDouble
) -> None:
    """Placed with a page to pay on; paid; delivered with a receipt; the same key repeats it."""
    sale = begin(shop)
    assert (sale.state, sale.receipt, sale.qr_payload, sale.iccid) == ("placed", "", "", None)
    assert sale.checkout_url.startswith("https://checkout.stripe.com/")
    assert not sale.replayed
    stripe_double.pay()
    assert check_order(shop, sale.order).state == "delivered"
    again = begin(shop)
    assert (again.state, again.receipt, again.replayed) == ("delivered", "R1-000001", True)
    assert again.qr_payload.startswith("LPA:1$")
    assert honest(shop)


def test_the_same_key_gives_the_same_page(shop: Desk, stripe_double: StripeDouble) -> None:
    """While the customer pays, asking again shows the page that is there."""
    first, second = begin(shop), begin(shop)
    assert (second.checkout_url, second.order) == (first.checkout_url, first.order)
    assert second.replayed
    assert len(stripe_double.bodies(CREATE)) == 1


@pytest.mark.parametrize(
    ("fault", "state"),
    [
        (refuses(429, "invalid_request_error"), "pending"),
        (refuses(409, "idempotency_error"), "checking"),
        (refuses(500), "checking"),
        (refuses(401, "invalid_request_error"), "pending"),
        (unreachable, "checking"),
    ],
)
def test_an_error_is_never_a_failed_payment(
    shop: Desk, stripe_double: StripeDouble, fault: object, state: str
) -> None:
    """Busy, conflicting, broken, locked out, cut off: the order stays and the same key goes on."""
    with stripe_double.wrong(fault), pytest.raises(Unavailable):  # type: ignore[arg-type]  # a table of faults
        begin(shop)
    assert attempt(shop)["state"] == state
    sale = begin(shop)
    assert sale.state == "placed"
    assert len(stripe_double.sessions) == 1
    stripe_double.pay()
    assert check_order(shop, sale.order).state == "delivered"


def test_a_definite_no_ends_the_order(shop: Desk, stripe_double: StripeDouble) -> None:
    """Stripe understood and refused: nothing was charged, the profile is free."""
    with (
        stripe_double.wrong(refuses(400, "invalid_request_error")),
        pytest.raises(Refused, match="Nothing was charged"),
    ):
        begin(shop)
    assert list_orders(shop)[0].state == "cancelled"
    assert stock_summary(shop)[0].available == 3


def test_four_doors_open_once(shop: Desk, stripe_double: StripeDouble) -> None:
    """Poller, clerk, events and reconciler at the same moment: one delivery, one receipt."""
    sale = begin(shop)
    stripe_double.pay()
    through_four_doors(shop, stripe_double, sale.order)
    order = show_order(shop, sale.order)
    assert (order.state, order.receipt) == ("delivered", "R1-000001")
    assert honest(shop)


def test_complete_and_unpaid_still_waits(shop: Desk, stripe_double: StripeDouble) -> None:
    """A session may be complete long before its money is there."""
    sale = begin(shop)
    stripe_double.pay(payment_status="unpaid")
    assert check_order(shop, sale.order).state == "placed"
    list(stripe_double.sessions.values())[-1]["payment_status"] = "paid"
    assert check_order(shop, sale.order).state == "delivered"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"amount_total": 1249}, "amount"),
        ({"currency": "usd"}, "currency"),
        ({"client_reference_id": "someone-else"}, "order"),
    ],
)
def test_a_payment_that_is_not_ours_delivers_nothing(
    shop: Desk, stripe_double: StripeDouble, changes: dict[str, Any], reason: str
) -> None:
    """Another amount, currency or order: nothing is handed over, and a clerk is told."""
    sale = begin(shop)
    stripe_double.pay(**changes)
    assert is_stranded(shop, sale.order, reason)
    assert stock_summary(shop)[0].available == 3
    assert honest(shop)


def test_another_mode_goes_no_further(shop: Desk, stripe_double: StripeDouble) -> None:
    """An object of live mode under a test key stops everything where it is."""
    sale = begin(shop)
    stripe_double.pay(livemode=True)
    with pytest.raises(Unavailable, match="mode"):
        check_order(shop, sale.order)
    assert show_order(shop, sale.order).state == "placed"


def test_cancelling_closes_the_page_first(shop: Desk, stripe_double: StripeDouble) -> None:
    """The session is expired at Stripe, then the order is cancelled and its profile free."""
    sale = begin(shop)
    assert cancel_order(shop, sale.order, key="c1").state == "cancelled"
    assert [each["status"] for each in stripe_double.sessions.values()] == ["expired"]
    assert cancel_order(shop, sale.order, key="c1").replayed
    assert stock_summary(shop)[0].available == 3


def test_paying_while_it_is_cancelled_delivers(shop: Desk, stripe_double: StripeDouble) -> None:
    """The customer is quicker than the expiry: the sale goes through, nothing is cancelled."""
    sale = begin(shop)

    def quicker(request: httpx.Request, carry_out: Callable[[], httpx.Response]) -> httpx.Response:
        del request
        if list(stripe_double.sessions.values())[-1]["status"] == "open":
            stripe_double.pay()
        return carry_out()

    expire = only("POST", "/v1/checkout/sessions/.*/expire", quicker)
    with stripe_double.wrong(expire), pytest.raises(Refused, match="paid meanwhile"):
        cancel_order(shop, sale.order)
    assert show_order(shop, sale.order).state == "delivered"
    assert honest(shop)


def test_cancelling_without_an_answer_cancels_nothing(
    shop: Desk, stripe_double: StripeDouble
) -> None:
    """As long as Stripe does not say, the order stays: its page may still take money."""
    sale = begin(shop)
    with stripe_double.wrong(unreachable), pytest.raises(Unavailable):
        cancel_order(shop, sale.order)
    assert show_order(shop, sale.order).state == "placed"
    assert cancel_order(shop, sale.order).state == "cancelled"


def test_wallets_and_refills_are_paid_by_card_too(shop: Desk, stripe_double: StripeDouble) -> None:
    """A top-up and a refill wait for their customer and are delivered by the same door."""
    sale = begin(shop)
    stripe_double.pay()
    check_order(shop, sale.order)
    filled = refill(shop, sale.order, refill="1GB", pay="card", key="r1")
    assert (filled.state, bool(filled.checkout_url)) == ("placed", True)
    stripe_double.pay()
    check_order(shop, filled.order)
    assert refill(shop, sale.order, refill="1GB", pay="card", key="r1").state == "delivered"
    topped = top_up(shop, "Walk-in", amount="20.00", pay="card", key="t1")
    assert (topped.state, topped.balance_minor) == ("placed", 0)
    stripe_double.pay()
    check_order(shop, topped.order)
    assert show_wallet(shop, "Walk-in").balance_minor == 2000
    assert honest(shop)


def test_no_call_is_made_within_a_transaction(
    sqlite_desk: Desk, stripe_double: StripeDouble
) -> None:
    """Whenever Stripe is asked, the store can be written to by somebody else."""
    shop = with_card(small_shop(sqlite_desk), stripe_double)

    def free(request: httpx.Request, carry_out: Callable[[], httpx.Response]) -> httpx.Response:
        del request
        with closing(sqlite3.connect(str(shop.engine.url.database), timeout=0)) as other:
            other.execute("BEGIN IMMEDIATE")
        return carry_out()

    with stripe_double.wrong(free):
        sale, given_up = begin(shop, "k1"), begin(shop, "k2")
        stripe_double.pay(next(iter(stripe_double.sessions)))
        assert check_order(shop, sale.order).state == "delivered"
        assert cancel_order(shop, given_up.order).state == "cancelled"
        assert refund_order(shop, sale.order, key="back").state == "refunded"
        begin(shop, "k3")
        stripe_double.pay(amount_total=1)
        reconcile(shop)
        (waiting,) = stranded_orders(shop)
        assert refund_order(shop, waiting, key="r").payments[0]["state"] == "returned"
