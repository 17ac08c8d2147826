"""Card orders over Stripe: one session, one door, nothing lost, nothing silent."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from typing import Any

import httpx
import pytest

from catalog.kernel.errors import Refused, Unavailable
from store_app.desk.card_orders import reconcile, stranded_orders
from store_app.desk.context import Desk
from store_app.desk.orders import (
    cancel_order,
    check_order,
    list_orders,
    refund_order,
    show_order,
)
from store_app.desk.sales import refill, top_up
from store_app.desk.stock import stock_summary
from store_app.desk.upkeep import doctor, maintain
from store_app.desk.wallets import show_wallet
from tests.card_shop import begin, with_card
from tests.shop import at, small_shop
from tests.stripe_double import StripeDouble
from tests.stripe_faults import lost, only, refuses, unreachable

CREATE = "/v1/checkout/sessions"
MINUTES = timedelta(minutes=1)


@pytest.fixture
def shop(desk: Desk, stripe_double: StripeDouble) -> Desk:
    """A small shop on each engine that takes cards."""
    return with_card(small_shop(desk), stripe_double)


def honest(desk: Desk) -> bool:
    """Whether every invariant of the store holds."""
    return [check for check in doctor(desk) if not check.ok] == []


def attempt(desk: Desk) -> dict[str, object]:
    """The only payment of the only order."""
    (order,) = list_orders(desk)
    return order.payments[0]


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


def test_an_answer_that_was_lost_is_asked_for_again_word_for_word(
    shop: Desk, stripe_double: StripeDouble
) -> None:
    """Carried out, unheard, restarted: the same key, a byte-identical body, one session."""
    with stripe_double.wrong(lost), pytest.raises(Unavailable, match="checked"):
        begin(shop)
    assert attempt(shop)["state"] == "checking"
    restarted = with_card(at(shop, shop.clock() + 3 * MINUTES), stripe_double)
    assert begin(restarted).checkout_url
    assert len(stripe_double.sessions) == 1
    assert len(set(stripe_double.bodies(CREATE))) == 1
    assert len(stripe_double.bodies(CREATE)) == 4  # three tries of the SDK, and the restart


def test_the_reconciler_resends_what_nobody_heard_of(
    shop: Desk, stripe_double: StripeDouble
) -> None:
    """After a restart the reconciler asks with the same words, and the payment goes on."""
    with stripe_double.wrong(lost), pytest.raises(Unavailable):
        begin(shop)
    reconcile(with_card(shop, stripe_double))
    assert attempt(shop)["checkout_url"]
    assert len(set(stripe_double.bodies(CREATE))) == 1
    stripe_double.pay()
    assert reconcile(shop) == 1
    assert list_orders(shop)[0].state == "delivered"


@pytest.mark.parametrize("arrived", [True, False])
def test_after_a_day_nothing_is_sent_again(
    shop: Desk, stripe_double: StripeDouble, arrived: bool
) -> None:
    """Older than 23 hours: the session is searched by its metadata; none there ends the order."""
    with stripe_double.wrong(lost if arrived else unreachable), pytest.raises(Unavailable):
        begin(shop)
    sent = len(stripe_double.bodies(CREATE))
    if arrived:
        stripe_double.pay()
    later = at(shop, shop.clock() + timedelta(hours=23, minutes=30))
    (order,) = list_orders(later)
    check = check_order(later, order.order)
    assert check.state == ("delivered" if arrived else "cancelled")
    assert len(stripe_double.bodies(CREATE)) == sent
    assert honest(later)


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
    doors = (
        lambda: check_order(shop, sale.order),
        lambda: check_order(with_card(shop, stripe_double), sale.order),
        lambda: reconcile(shop),
        lambda: maintain(shop),
    )
    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(door) for door in doors]:
            done.result()
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
    order = check_order(shop, sale.order)
    assert (order.state, order.payments[0]["state"]) == ("cancelled", "stranded")
    assert reason in order.payments[0]["reason"]
    assert stranded_orders(shop) == [sale.order]
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


def test_an_overdue_order_is_closed_at_stripe_and_let_go(
    shop: Desk, stripe_double: StripeDouble
) -> None:
    """After its fifteen minutes `maintain` expires the session and frees the profile."""
    begin(shop)
    later = at(shop, shop.clock() + 16 * MINUTES)
    done = maintain(later)
    assert (done.reconciled, done.released) == (1, 1)
    assert list_orders(later)[0].state == "cancelled"
    assert [each["status"] for each in stripe_double.sessions.values()] == ["expired"]


def test_money_after_a_cancel_is_found_by_its_event_and_goes_back_once(
    shop: Desk, stripe_double: StripeDouble
) -> None:
    """Paid after it was given up: it waits in the clerk's queue until it is refunded."""
    sale = begin(shop)
    cancel_order(shop, sale.order)
    session = list(stripe_double.sessions.values())[-1]
    session["status"] = "open"  # as if the expiry had come too late
    stripe_double.pay()
    reconcile(shop)
    assert stranded_orders(shop) == [sale.order]
    assert honest(shop)
    for key in ("r1", "r2"):
        assert refund_order(shop, sale.order, key=key).payments[0]["state"] == "returned"
    assert [each["amount"] for each in stripe_double.refunds] == [1250]
    assert stranded_orders(shop) == []


def test_late_money_gets_another_profile_or_goes_back(
    shop: Desk, stripe_double: StripeDouble
) -> None:
    """Paid in the last moment: the profile is reserved anew, and without one the money returns."""
    late = begin(shop, "late")
    stripe_double.pay()
    evening = at(shop, shop.clock() + 20 * MINUTES)
    stripe_double.now = evening.clock()
    for number in range(3):
        begin(evening, f"other-{number}")
    with pytest.raises(Refused, match="went back to the card"):
        check_order(evening, late.order)
    order = show_order(evening, late.order)
    assert (order.state, order.payments[0]["state"]) == ("cancelled", "returned")
    assert [each["amount"] for each in stripe_double.refunds] == [1250]
    assert honest(evening)


def test_a_refund_nobody_heard_of_leaves_the_money_in_the_queue(
    shop: Desk, stripe_double: StripeDouble
) -> None:
    """Undeliverable and the refund's answer lost: it waits, and goes back with the same key."""
    late = begin(shop, "late")
    stripe_double.pay()
    evening = at(shop, shop.clock() + 20 * MINUTES)
    stripe_double.now = evening.clock()
    for number in range(3):
        begin(evening, f"other-{number}")
    with (
        stripe_double.wrong(only("POST", "/v1/refunds", lost)),
        pytest.raises(Refused, match="order refund"),
    ):
        check_order(evening, late.order)
    assert stranded_orders(evening) == [late.order]
    refund_order(evening, late.order, key="r")
    assert len(stripe_double.refunds) == 1
    assert len(set(stripe_double.bodies("/v1/refunds"))) == 1


def test_the_event_cursor_waits_for_every_look(shop: Desk, stripe_double: StripeDouble) -> None:
    """Events are not left behind when a look fails; afterwards only new ones are asked for."""
    sale = begin(shop)
    cancel_order(shop, sale.order)
    list(stripe_double.sessions.values())[-1]["status"] = "open"
    stripe_double.pay()
    with stripe_double.wrong(only("GET", "/v1/checkout/sessions/.*", unreachable)):
        reconcile(shop)
    assert stranded_orders(shop) == []
    reconcile(shop)
    assert stranded_orders(shop) == [sale.order]
    reconcile(at(shop, shop.clock() + timedelta(days=2)))
    asked = [each.url.params for each in stripe_double.requests if each.url.path == "/v1/events"]
    spans = [int(each["created[lte]"]) - int(each["created[gte]"]) for each in asked]
    assert spans == [30 * 86400, 30 * 86400, 2 * 86400 + 600]


def test_one_order_in_doubt_keeps_no_other_waiting(shop: Desk, stripe_double: StripeDouble) -> None:
    """A bank that takes days and a session that Stripe does not know stop nobody else."""
    days, gone, fine = (begin(shop, key) for key in ("days", "gone", "fine"))
    sessions = list(stripe_double.sessions)
    stripe_double.pay(sessions[0], payment_status="unpaid")
    stripe_double.sessions["forgotten"] = stripe_double.sessions.pop(sessions[1])
    stripe_double.pay(sessions[2])
    evening = at(shop, shop.clock() + 20 * MINUTES)
    assert reconcile(evening) == 1
    states = [show_order(shop, sale.order).state for sale in (days, gone, fine)]
    assert states == ["placed", "placed", "delivered"]
    stripe_double.sessions[sessions[0]]["payment_status"] = "paid"
    reconcile(evening)
    assert show_order(shop, days.order).state == "delivered"


def test_more_events_than_a_page_are_all_read(shop: Desk, stripe_double: StripeDouble) -> None:
    """A list is walked to its end."""
    sale = begin(shop)
    stripe_double.pay()
    stripe_double.events += [
        {**stripe_double.events[0], "id": f"evt_more_{number}", "type": "checkout.session.expired"}
        for number in range(250)
    ]
    assert reconcile(shop) == 1
    assert show_order(shop, sale.order).state == "delivered"


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
