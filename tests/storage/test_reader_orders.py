"""Card orders at a reader: one payment, one action, the payment is the truth, nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from catalog.kernel.errors import IdempotencyConflict, NotFound, Refused, Unavailable
from store_app.desk.card_orders import reconcile
from store_app.desk.context import Desk
from store_app.desk.order_views import list_orders, show_order
from store_app.desk.orders import cancel_order, check_order, refund_order
from store_app.desk.register_readers import drop_reader, list_readers, present_card, use_reader
from store_app.desk.sales import Sale, sell
from store_app.desk.stock import stock_summary
from store_app.desk.upkeep import maintain
from tests.card_shop import honest, is_stranded, through_four_doors, with_card
from tests.shop import at, small_shop
from tests.stripe_double import StripeDouble
from tests.stripe_faults import Fault, lost, only, refuses, unreachable
from tests.stripe_readers import READER

INTENTS = "/v1/payment_intents"
PROCESS = f"/v1/terminal/readers/{READER}/process_payment_intent"
MINUTES = timedelta(minutes=1)


@pytest.fixture
def shop(desk: Desk, stripe_double: StripeDouble) -> Desk:
    """A small shop on each engine, with a simulated reader at its register."""
    shop = with_card(small_shop(desk), stripe_double)
    use_reader(shop, READER)
    return shop


def begin(shop: Desk, key: str = "k1") -> Sale:
    """A sale of the Spanish plan that waits for a card at the reader."""
    return sell(shop, sku="ES-5GB-30D", pay="card", key=key, reader=True)


def test_a_card_held_to_the_reader_delivers_once(shop: Desk, stripe_double: StripeDouble) -> None:
    """Placed without a page, the reader at work; paid; delivered; the same key repeats it."""
    sale = begin(shop)
    assert (sale.state, sale.checkout_url, sale.qr_payload) == ("placed", "", "")
    assert stripe_double.readers[READER]["action"]["status"] == "in_progress"
    assert check_order(shop, sale.order).state == "placed"
    stripe_double.hold()
    assert check_order(shop, sale.order).state == "delivered"
    again = begin(shop)
    assert (again.receipt, again.replayed) == ("R1-000001", True)
    assert len(stripe_double.bodies(INTENTS)) == len(stripe_double.bodies(PROCESS)) == 1
    assert honest(shop)


def test_a_register_takes_a_reader_and_leaves_it(shop: Desk) -> None:
    """By its id or its label; without one no sale is placed."""
    assert {each.label: each.is_used for each in list_readers(shop)} == {
        "Counter 1": True,
        "Counter 2": False,
    }
    assert use_reader(shop, "Counter 2").is_used
    with pytest.raises(NotFound):
        use_reader(shop, "Counter 3")
    drop_reader(shop)
    with pytest.raises(Refused, match="reader use"):
        begin(shop)
    assert list_orders(shop) == []


@pytest.mark.parametrize("path", [INTENTS, PROCESS])
def test_an_answer_that_was_lost_is_asked_for_again_word_for_word(
    shop: Desk, stripe_double: StripeDouble, path: str
) -> None:
    """Carried out, unheard, restarted: the same keys and bytes, one payment, one action."""
    with stripe_double.wrong(only("POST", path, lost)), pytest.raises(Unavailable, match="checked"):
        begin(shop)
    restarted = with_card(shop, stripe_double)
    begin(restarted)
    assert len(stripe_double.at_readers) == 1
    for each in (INTENTS, PROCESS):
        assert len(set(stripe_double.bodies(each))) == 1
    stripe_double.hold()
    assert reconcile(restarted) == 1
    assert list_orders(shop)[0].state == "delivered"
    assert honest(shop)


def test_what_never_reached_the_reader_is_handed_over_again(
    shop: Desk, stripe_double: StripeDouble
) -> None:
    """The payment is there and the reader was not reached: the next look hands it over."""
    with stripe_double.wrong(only("POST", PROCESS, unreachable)), pytest.raises(Unavailable):
        begin(shop)
    (order,) = list_orders(shop)
    assert check_order(shop, order.order).state == "placed"
    stripe_double.hold()
    assert check_order(shop, order.order).state == "delivered"


@pytest.mark.parametrize(
    "fault",
    [refuses(429, "invalid_request_error"), refuses(409, "idempotency_error"), refuses(500)],
)
def test_an_error_is_never_a_failed_payment(
    shop: Desk, stripe_double: StripeDouble, fault: Fault
) -> None:
    """Busy, conflicting, broken: the order stays and the same key goes on."""
    with stripe_double.wrong(fault), pytest.raises(Unavailable):
        begin(shop)
    assert begin(shop).state == "placed"
    stripe_double.hold()
    assert reconcile(shop) == 1
    assert len(stripe_double.at_readers) == 1


def test_a_declined_card_ends_the_order_and_another_pays(
    shop: Desk, stripe_double: StripeDouble
) -> None:
    """The bank says no: the payment is closed, the profile free, a new key asks for another."""
    sale = begin(shop)
    stripe_double.refuse()
    with_reason = check_order(shop, sale.order)
    assert (with_reason.state, with_reason.payments[0]["state"]) == ("cancelled", "declined")
    assert "card_declined" in with_reason.payments[0]["reason"]
    assert [each["status"] for each in stripe_double.at_readers.values()] == ["canceled"]
    second = begin(shop, "k2")
    stripe_double.hold()
    assert check_order(shop, second.order).state == "delivered"
    assert stock_summary(shop)[0].available == 2
    assert honest(shop)


@pytest.mark.parametrize("state", ["offline", "busy"])
def test_a_reader_that_can_not_take_it_charges_nothing(
    shop: Desk, stripe_double: StripeDouble, state: str
) -> None:
    """Switched off, or at work for somebody else: refused with the reason, nothing left open."""
    if state == "offline":
        stripe_double.readers[READER]["status"] = "offline"
    else:
        begin(shop, "other")
    with pytest.raises(Refused, match=f"terminal_reader_{state}"):
        begin(shop)
    assert [each["status"] for each in stripe_double.at_readers.values()][-1] == "canceled"
    assert list_orders(shop)[0].state == "cancelled"
    if state == "busy":
        stripe_double.hold()
        assert reconcile(shop) == 1


def test_cancelling_takes_it_back_from_the_reader(shop: Desk, stripe_double: StripeDouble) -> None:
    """The action is cancelled, then the payment, then the order; only our own action."""
    sale = begin(shop)
    assert cancel_order(shop, sale.order).state == "cancelled"
    assert stripe_double.readers[READER]["action"] is None
    assert [each["status"] for each in stripe_double.at_readers.values()] == ["canceled"]
    assert stock_summary(shop)[0].available == 3


def test_paying_while_it_is_cancelled_delivers(shop: Desk, stripe_double: StripeDouble) -> None:
    """The card was quicker than the cancel: the payment is the truth, the sale goes through."""
    sale = begin(shop)

    def quicker(request: httpx.Request, carry_out: Callable[[], httpx.Response]) -> httpx.Response:
        del request
        stripe_double.hold()
        return carry_out()

    race = only("POST", f"/v1/terminal/readers/{READER}/cancel_action", quicker)
    with stripe_double.wrong(race), pytest.raises(Refused, match="paid meanwhile"):
        cancel_order(shop, sale.order)
    assert show_order(shop, sale.order).state == "delivered"
    assert honest(shop)


def test_cancelling_without_an_answer_cancels_nothing(
    shop: Desk, stripe_double: StripeDouble
) -> None:
    """As long as Stripe does not say, the order stays."""
    sale = begin(shop)
    with stripe_double.wrong(unreachable), pytest.raises(Unavailable):
        cancel_order(shop, sale.order)
    assert show_order(shop, sale.order).state == "placed"


def test_an_overdue_order_leaves_the_reader_to_others(
    shop: Desk, stripe_double: StripeDouble
) -> None:
    """After its fifteen minutes it is closed; a payment that is at the reader now stays there."""
    begin(shop)
    stripe_double.readers[READER]["action"] = None  # somebody pressed Cancel in the dashboard
    later = at(shop, shop.clock() + 16 * MINUTES)
    stripe_double.now = later.clock()
    second = begin(later, "k2")
    assert maintain(later).reconciled == 1
    assert stripe_double.readers[READER]["action"]["status"] == "in_progress"
    stripe_double.hold()
    assert check_order(later, second.order).state == "delivered"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"amount_received": 1249}, "amount"),
        ({"currency": "usd"}, "currency"),
        ({"metadata": {"order_id": "someone-else"}}, "order"),
    ],
)
def test_a_payment_that_is_not_ours_delivers_nothing(
    shop: Desk, stripe_double: StripeDouble, changes: dict[str, Any], reason: str
) -> None:
    """Another amount, currency or order: nothing is handed over, and a clerk is told."""
    sale = begin(shop)
    stripe_double.hold(**changes)
    assert is_stranded(shop, sale.order, reason)


def test_another_mode_goes_no_further(shop: Desk, stripe_double: StripeDouble) -> None:
    """An object of live mode under a test key stops everything where it is."""
    sale = begin(shop)
    stripe_double.hold(livemode=True)
    with pytest.raises(Unavailable, match="mode"):
        check_order(shop, sale.order)


def test_four_doors_open_once(shop: Desk, stripe_double: StripeDouble) -> None:
    """Poller, clerk, events and reconciler at the same moment: one delivery, one receipt."""
    sale = begin(shop)
    stripe_double.hold()
    through_four_doors(shop, stripe_double, sale.order)
    assert (show_order(shop, sale.order).receipt, honest(shop)) == ("R1-000001", True)


def test_after_a_day_it_is_searched_for(shop: Desk, stripe_double: StripeDouble) -> None:
    """Older than 23 hours without an id: found by its metadata, never sent again."""
    with stripe_double.wrong(only("POST", INTENTS, lost)), pytest.raises(Unavailable):
        begin(shop)
    sent = len(stripe_double.bodies(INTENTS))
    later = at(shop, shop.clock() + timedelta(hours=23, minutes=30))
    (order,) = list_orders(later)
    assert check_order(later, order.order).state == "cancelled"
    assert len(stripe_double.bodies(INTENTS)) == sent
    assert [each["status"] for each in stripe_double.at_readers.values()] == ["canceled"]


def test_a_card_sale_at_a_reader_is_refunded(shop: Desk, stripe_double: StripeDouble) -> None:
    """The money goes back to the payment that the reader made."""
    sale = begin(shop)
    stripe_double.hold()
    check_order(shop, sale.order)
    assert refund_order(shop, sale.order, key="r").state == "refunded"
    assert [each["payment_intent"] for each in stripe_double.refunds] == list(
        stripe_double.at_readers
    )
    assert honest(shop)


def test_a_test_card_is_played_at_a_simulated_reader_alone(
    shop: Desk, stripe_double: StripeDouble
) -> None:
    """Good or refused with a test key; a real reader, and an order elsewhere, are refused."""
    sale = begin(shop)
    assert present_card(shop, sale.order, declined=True) == READER
    assert check_order(shop, sale.order).state == "cancelled"
    with pytest.raises(Refused, match="waits at no reader"):
        present_card(shop, sale.order)
    second = begin(shop, "k2")
    present_card(shop, second.order)
    assert check_order(shop, second.order).state == "delivered"
    use_reader(shop, "Counter 2")
    third = begin(shop, "k3")
    with pytest.raises(Refused, match="real one"):
        present_card(shop, third.order)
    assert len(stripe_double.at_readers) == 3


def test_a_key_stands_for_its_way_to_pay(shop: Desk, stripe_double: StripeDouble) -> None:
    """The same key with another way to pay is another request, and refused."""
    begin(shop)
    with pytest.raises(IdempotencyConflict):
        sell(shop, sku="ES-5GB-30D", pay="card", key="k1")
    assert stripe_double.bodies("/v1/checkout/sessions") == []
