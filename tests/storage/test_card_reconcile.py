"""What is found out later of card orders: answers lost, events, looks that fail, money too late."""

from __future__ import annotations

from datetime import timedelta

import pytest

from catalog.kernel.errors import Refused, Unavailable
from store_app.desk.card_orders import reconcile, stranded_orders
from store_app.desk.context import Desk
from store_app.desk.order_views import list_orders, show_order
from store_app.desk.orders import cancel_order, check_order, refund_order
from store_app.desk.upkeep import maintain
from tests.card_shop import CREATE, MINUTES, attempt, begin, honest, with_card
from tests.shop import at, small_shop
from tests.stripe_double import StripeDouble
from tests.stripe_faults import lost, only, unreachable


@pytest.fixture
def shop(desk: Desk, stripe_double: StripeDouble) -> Desk:
    """A small shop on each engine that takes cards."""
    return with_card(small_shop(desk), stripe_double)


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
