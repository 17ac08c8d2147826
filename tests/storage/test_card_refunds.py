"""Refunds of card payments: written ahead, made once, honest whatever the provider says later."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from catalog.kernel.errors import Refused, StoreError, Unavailable
from store_app.desk.card_orders import reconcile, stranded_orders
from store_app.desk.context import Desk
from store_app.desk.order_views import show_order
from store_app.desk.orders import check_order, refund_order, refund_verdict
from store_app.desk.upkeep import maintain, write_setting
from tests.card_shop import begin, honest, sold, with_card
from tests.shop import at, small_shop
from tests.stripe_double import StripeDouble
from tests.stripe_faults import lost, only, refuses, unreachable

REFUNDS = "/v1/refunds"
TOTAL = 1250


@pytest.fixture
def shop(desk: Desk, stripe_double: StripeDouble) -> Desk:
    """A small shop on each engine that takes cards."""
    return with_card(small_shop(desk), stripe_double)


def refunds(desk: Desk, order: str) -> list[tuple[str, str | None]]:
    """State and number of every refund of an order."""
    return [(each["state"], each["number"]) for each in show_order(desk, order).refunds]


def test_a_delivered_card_sale_goes_back_to_its_card_once(
    shop: Desk, stripe_double: StripeDouble
) -> None:
    """The whole price goes back, with one credit note; the same key repeats it."""
    order = sold(shop, stripe_double)
    done = refund_order(shop, order, key="r1")
    assert (done.state, done.replayed) == ("refunded", False)
    assert refunds(shop, order) == [("succeeded", "R1-C000001")]
    assert refund_order(shop, order, key="r1").replayed
    (made,) = stripe_double.refunds
    assert made["amount"] == TOTAL
    assert len(stripe_double.bodies(REFUNDS)) == 1
    assert honest(shop)


def test_parts_add_up_to_what_was_captured(shop: Desk, stripe_double: StripeDouble) -> None:
    """A part, too much, the rest: never a cent more than was paid, and the goods with the last."""
    order = sold(shop, stripe_double)
    assert refund_order(shop, order, key="r1", amount="4.99").state == "delivered"
    asked = {"supervisor": "boss", "reason": "kind"}
    with pytest.raises(Refused, match="At most"):
        refund_order(shop, order, key="r2", amount="7.52", **asked)
    assert refund_order(shop, order, key="r3", **asked).state == "refunded"
    assert [each["amount"] for each in stripe_double.refunds] == [499, 751]
    assert honest(shop)


def test_a_lost_answer_counts_until_it_is_known(shop: Desk, stripe_double: StripeDouble) -> None:
    """Made and unheard: checking, no second refund, and the upkeep asks with the same words."""
    order = sold(shop, stripe_double)
    with stripe_double.wrong(only("POST", REFUNDS, lost)), pytest.raises(Unavailable) as unknown:
        refund_order(shop, order, key="r1")
    assert unknown.value.code == "checking"
    assert refunds(shop, order) == [("checking", None)]
    assert show_order(shop, order).state == "delivered"
    assert refund_verdict(shop, order).refundable_minor == 0
    with pytest.raises(Refused, match="nothing to give back"):
        refund_order(shop, order, key="r2")
    assert honest(shop)
    assert maintain(with_card(shop, stripe_double)).reconciled == 1
    assert refunds(shop, order) == [("succeeded", "R1-C000001")]
    assert refund_order(shop, order, key="r1").state == "refunded"
    assert len(stripe_double.refunds) == len(set(stripe_double.bodies(REFUNDS))) == 1
    assert honest(shop)


@pytest.mark.parametrize("arrived", [True, False])
def test_after_a_day_it_is_looked_for_and_not_sent_again(
    shop: Desk, stripe_double: StripeDouble, arrived: bool
) -> None:
    """Found by its key, or given up, so that the money may be given back anew."""
    order = sold(shop, stripe_double)
    fault = only("POST", REFUNDS, lost if arrived else unreachable)
    with stripe_double.wrong(fault), pytest.raises(Unavailable):
        refund_order(shop, order, key="r1")
    sent = len(stripe_double.bodies(REFUNDS))
    later = at(shop, shop.clock() + timedelta(hours=24))
    reconcile(later)
    assert len(stripe_double.bodies(REFUNDS)) == sent
    ended = ("succeeded", "R1-C000001") if arrived else ("failed", None)
    assert refunds(later, order) == [ended]
    assert refund_verdict(later, order).refundable_minor == (0 if arrived else TOTAL)
    assert honest(later)


def test_a_definite_no_counts_no_more(shop: Desk, stripe_double: StripeDouble) -> None:
    """Refused there: nothing in the books, no number used up, and another try may succeed."""
    order = sold(shop, stripe_double)
    no = only("POST", REFUNDS, refuses(400, "invalid_request_error"))
    with stripe_double.wrong(no):
        for _again in range(2):
            with pytest.raises(Refused) as refusal:
                refund_order(shop, order, key="r1")
            assert refusal.value.code == "refund_failed"
    assert len(stripe_double.bodies(REFUNDS)) == 1
    assert refund_order(shop, order, key="r2").state == "refunded"
    assert refunds(shop, order) == [("failed", None), ("succeeded", "R1-C000001")]
    assert honest(shop)


def test_a_refund_that_fails_later_is_owed_again(shop: Desk, stripe_double: StripeDouble) -> None:
    """The bank sends it back: out of the books, into the clerk's queue, given back anew."""
    order = sold(shop, stripe_double)
    refund_order(shop, order, key="r1")
    stripe_double.end_refund("failed")
    assert reconcile(shop) == 1
    assert reconcile(shop) == 0
    assert refunds(shop, order) == [("failed", "R1-C000001")]
    assert stranded_orders(shop) == [order]
    assert refund_verdict(shop, order).refundable_minor == TOTAL
    assert honest(shop)
    assert refund_order(shop, order, key="r2").state == "refunded"
    assert stranded_orders(shop) == []
    assert refunds(shop, order)[1] == ("succeeded", "R1-C000002")
    assert honest(shop)


@pytest.mark.parametrize("ended", ["succeeded", "failed"])
def test_a_bank_that_takes_its_time(shop: Desk, stripe_double: StripeDouble, ended: str) -> None:
    """Pending there is pending here: it counts, the eSIM works, and its event ends it."""
    order = sold(shop, stripe_double)
    stripe_double.refund_status = "pending"
    assert refund_order(shop, order, key="r1").state == "delivered"
    assert refunds(shop, order) == [("pending", None)]
    assert honest(shop)
    stripe_double.end_refund(ended)
    check_order(shop, order)
    assert refunds(shop, order)[0][0] == ended
    assert show_order(shop, order).state == ("refunded" if ended == "succeeded" else "delivered")
    assert honest(shop)


def test_an_offline_refund_needs_nobody_and_stays(desk: Desk) -> None:
    """The demo's card gives back at once, and nobody is asked about it a day later."""
    shop = small_shop(desk)
    write_setting(shop, "demo", "true")
    order = begin(shop).order
    assert refund_order(shop, order, key="r1").state == "refunded"
    later = at(shop, shop.clock() + timedelta(days=2))
    assert check_order(later, order).refunds[0]["state"] == "succeeded"
    assert maintain(later).reconciled == 0
    assert honest(later)


def test_an_early_part_that_fails_leaves_the_books_honest(
    shop: Desk, stripe_double: StripeDouble
) -> None:
    """Two parts, the first fails later: it can go back again, with all of the tax."""
    order = sold(shop, stripe_double)
    asked = {"supervisor": "boss", "reason": "kind"}
    refund_order(shop, order, key="r1", amount="0.03")
    refund_order(shop, order, key="r2", amount="0.04", **asked)
    stripe_double.refunds.reverse()
    stripe_double.end_refund("failed")
    reconcile(shop)
    assert honest(shop)
    assert refund_order(shop, order, key="r3", **asked).state == "refunded"
    assert honest(shop)


@pytest.mark.parametrize("amount", [None, "7.00"])
def test_two_refunds_at_once_give_back_one_amount(
    shop: Desk, stripe_double: StripeDouble, amount: str | None
) -> None:
    """Two clerks, two keys: one refund is made, the other is refused before anybody is asked."""
    order = sold(shop, stripe_double)

    def attempt(key: str) -> str:
        try:
            more: dict[str, Any] = {"supervisor": "boss", "reason": "kind"}
            refund_order(shop, order, key=key, amount=amount, **more)
        except StoreError as refusal:
            return refusal.code
        return "done"

    with ThreadPoolExecutor(2) as clerks:
        said = list(clerks.map(attempt, ("a", "b")))
    assert set(said) == {"done", "above_paid" if amount else "not_refundable"}
    assert len(stripe_double.refunds) == 1
    assert honest(shop)
