"""kill -9 between each two steps of a card sale: one session, one delivery, honest books."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from store_app.desk.card_orders import reconcile
from store_app.desk.context import Desk
from store_app.desk.order_views import list_orders, show_order
from store_app.desk.orders import check_order, refund_order
from store_app.desk.register_readers import use_reader
from store_app.desk.sales import sell
from store_app.desk.sales_together import sell_together
from store_app.desk.upkeep import doctor, maintain
from tests.card_shop import begin, sold, with_card
from tests.crash.card_that_dies import main
from tests.crash.own_processes import died
from tests.shop import at, small_shop
from tests.stripe_double import StripeDouble
from tests.stripe_readers import READER
from tests.stripe_server import serving

MOMENTS = {"sell": 6, "check": 4, "cancel": 6, "refund": 6, "hold": 8, "together": 8, "all": 6}
"""Commits and calls of each step, each with a moment before and after it: the order, the call,
its answer; the look, the delivery; the expiry, its answer, the order's end; the refund as it is
written, the call, its credit note; at a reader the payment and its hand-over; of several in one go
each order's own answer."""
ENDED = [(step, moment) for step in ("check", "cancel") for moment in range(1, MOMENTS[step] + 1)]


@pytest.fixture
def address(stripe_double: StripeDouble) -> Iterator[str]:
    """Stripe's double on a port of this machine."""
    with serving(stripe_double) as url:
        yield url


def ends_once(desk: Desk, double: StripeDouble, state: str, receipt: str | None) -> None:
    """Whether the only order ended like this, with one session and one body ever sent."""
    (order,) = list_orders(desk)
    assert (order.state, check_order(desk, order.order).receipt) == (state, receipt)
    assert len(double.sessions) == 1
    assert len(set(double.bodies("/v1/checkout/sessions"))) == 1
    assert [check for check in doctor(desk) if not check.ok] == []


@pytest.mark.parametrize("moment", range(1, MOMENTS["sell"] + 1))
def test_a_sale_that_died_goes_on_with_its_key(
    desk: Desk, stripe_double: StripeDouble, address: str, moment: int
) -> None:
    """Killed anywhere while it was begun: the same key shows the same session, paid once."""
    shop = with_card(small_shop(desk), stripe_double)
    assert died(main, shop, address, "sell", moment) == -9
    begin(shop)
    stripe_double.pay()
    reconcile(shop)
    ends_once(shop, stripe_double, "delivered", "R1-000001")


@pytest.mark.parametrize(("step", "moment"), ENDED)
def test_whatever_was_begun_comes_to_one_end(
    sqlite_desk: Desk, stripe_double: StripeDouble, address: str, step: str, moment: int
) -> None:
    """Killed anywhere later: what was paid is delivered, what was given up is free."""
    shop = with_card(small_shop(sqlite_desk), stripe_double)
    begin(shop)
    if step == "check":
        stripe_double.pay()
    assert died(main, shop, address, step, moment) == -9
    reconcile(shop)
    if step == "check":
        ends_once(shop, stripe_double, "delivered", "R1-000001")
        return
    maintain(at(shop, shop.clock() + timedelta(minutes=16)))
    ends_once(shop, stripe_double, "cancelled", None)


@pytest.mark.parametrize("moment", range(1, MOMENTS["refund"] + 1))
def test_a_refund_that_died_is_made_once(
    desk: Desk, stripe_double: StripeDouble, address: str, moment: int
) -> None:
    """Killed anywhere: the upkeep makes what was written; the same key tells of it, or makes it."""
    shop = with_card(small_shop(desk), stripe_double)
    sold(shop, stripe_double)
    assert died(main, shop, address, "refund", moment) == -9
    maintain(shop)
    (order,) = list_orders(shop)
    assert order.state == ("delivered" if moment == 1 else "refunded")
    refund_order(shop, order.order, key="r1")
    (given,) = show_order(shop, order.order).refunds
    assert (given["state"], given["number"]) == ("succeeded", "R1-C000001")
    assert len(stripe_double.refunds) == len(set(stripe_double.bodies("/v1/refunds"))) == 1
    ends_once(shop, stripe_double, "refunded", "R1-000001")


@pytest.mark.parametrize("moment", range(1, MOMENTS["hold"] + 1))
def test_a_sale_at_a_reader_that_died_goes_on(
    sqlite_desk: Desk, stripe_double: StripeDouble, address: str, moment: int
) -> None:
    """Killed anywhere: the same key goes on with the same payment, handed over once, paid once."""
    shop = with_card(small_shop(sqlite_desk), stripe_double)
    use_reader(shop, READER)
    assert died(main, shop, address, "hold", moment) == -9
    sell(shop, sku="ES-5GB-30D", pay="card", key="k1", reader=True)
    stripe_double.hold()
    reconcile(shop)
    assert [order.state for order in list_orders(shop)] == ["delivered"]
    assert len(stripe_double.at_readers) == 1
    for path in ("/v1/payment_intents", f"/v1/terminal/readers/{READER}/process_payment_intent"):
        assert len(set(stripe_double.bodies(path))) == 1
    assert [check for check in doctor(shop) if not check.ok] == []


@pytest.mark.parametrize(
    ("step", "moment"),
    [(step, each + 1) for step in ("together", "all") for each in range(MOMENTS[step])],
)
def test_several_in_one_go_are_delivered_all_wherever_it_died(
    sqlite_desk: Desk, stripe_double: StripeDouble, address: str, step: str, moment: int
) -> None:
    """Killed between the orders, too: the reconciler finds one session and delivers both, once."""
    shop = with_card(small_shop(sqlite_desk), stripe_double)
    wanted = [("ES-5GB-30D", "k-1"), ("ES-5GB-30D", "k-2")]
    if step == "all":
        sell_together(shop, wanted)
        stripe_double.pay()
    assert died(main, shop, address, step, moment) == -9
    if step == "together":
        sell_together(shop, wanted)
        stripe_double.pay()
    reconcile(shop)
    assert [order.state for order in list_orders(shop)] == ["delivered"] * 2
    assert len(set(stripe_double.bodies("/v1/checkout/sessions"))) == 1
    assert [check for check in doctor(shop) if not check.ok] == []


@pytest.mark.parametrize("step", ["sell", "check", "cancel", "refund"])
def test_there_are_no_more_moments(
    sqlite_desk: Desk, stripe_double: StripeDouble, address: str, step: str
) -> None:
    """A process told to die one moment later lives: every moment was tried."""
    shop = with_card(small_shop(sqlite_desk), stripe_double)
    if step != "sell":
        begin(shop)
    if step in ("check", "refund"):
        stripe_double.pay()
    if step == "refund":
        reconcile(shop)
    assert died(main, shop, address, step, MOMENTS[step] + 1) == 0


@pytest.mark.parametrize("step", ["hold", "together", "all"])
def test_there_are_no_more_moments_at_readers_and_in_carts(
    sqlite_desk: Desk, stripe_double: StripeDouble, address: str, step: str
) -> None:
    """A process told to die one moment later lives here too."""
    shop = with_card(small_shop(sqlite_desk), stripe_double)
    use_reader(shop, READER)
    if step == "all":
        sell_together(shop, [("ES-5GB-30D", "k-1"), ("ES-5GB-30D", "k-2")])
        stripe_double.pay()
    assert died(main, shop, address, step, MOMENTS[step] + 1) == 0
