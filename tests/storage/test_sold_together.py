"""Several eSIMs for one card payment: one page, an order each, all or what can be delivered."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session

from catalog.kernel.database import snapshot
from catalog.kernel.errors import Refused, Unavailable
from checkout.billing.ledger import balance, card_clearing, owed_to_customers
from store_app.desk import settling
from store_app.desk.card_orders import reconcile, stranded_orders
from store_app.desk.context import Desk
from store_app.desk.order_views import list_orders, show_order
from store_app.desk.orders import cancel_order, check_order, refund_order
from store_app.desk.register_readers import use_reader
from store_app.desk.sales_together import SoldTogether, look_together, sell_together
from store_app.desk.saved_cards import show_card
from store_app.desk.stock import stock_summary
from store_app.desk.upkeep import maintain
from tests.card_shop import begin, honest, with_card
from tests.shop import at, small_shop
from tests.stripe_double import StripeDouble
from tests.stripe_faults import lost, only, unreachable
from tests.stripe_readers import READER

SKU = "ES-5GB-30D"
MINUTES = timedelta(minutes=1)
CREATE = "/v1/checkout/sessions"


@pytest.fixture
def shop(desk: Desk, stripe_double: StripeDouble) -> Desk:
    """A small shop with three profiles on each engine, which takes cards."""
    return with_card(small_shop(desk), stripe_double)


def two(shop: Desk, *, reader: bool = False) -> SoldTogether:
    """Two eSIMs for one payment."""
    return sell_together(shop, [(SKU, "k-1"), (SKU, "k-2")], reader=reader)


def states(shop: Desk, done: SoldTogether) -> list[tuple[str, str]]:
    """State and payment of each order."""
    views = [show_order(shop, order) for order in done.orders]
    return [(view.state, view.payments[0]["state"]) for view in views]


def owed(shop: Desk, currency: str = "EUR") -> tuple[int, int]:
    """Card money in the ledger: what the provider holds, and what is owed back of it."""
    with snapshot(shop.engine) as session:
        return (
            balance(session, card_clearing(currency)),
            balance(session, owed_to_customers(currency)),
        )


def test_one_page_delivers_all(shop: Desk, stripe_double: StripeDouble) -> None:
    """One session of both lines and their sum; paid: both are delivered, each with its receipt."""
    done = two(shop)
    assert done.waiting == done.orders
    (session,) = stripe_double.sessions.values()
    assert session["amount_total"] == 2500
    assert len({sale.checkout_url for sale in done.sales if sale}) == 1
    stripe_double.pay()
    assert check_order(shop, done.orders[0]).state == "delivered"
    assert states(shop, done) == [("delivered", "succeeded")] * 2
    again = two(shop)
    assert (again.orders, again.replayed) == (done.orders, True)
    assert sorted(sale.receipt for sale in again.sales if sale) == ["R1-000001", "R1-000002"]
    assert len({sale.qr_payload for sale in again.sales if sale}) == 2
    assert owed(shop) == (2500, 0)
    assert honest(shop)


def test_any_of_them_finds_the_payment(shop: Desk, stripe_double: StripeDouble) -> None:
    """Looking at the last one delivers all; so do the events and the reconciler."""
    done = two(shop)
    stripe_double.pay()
    check_order(shop, done.orders[1])
    assert states(shop, done) == [("delivered", "succeeded")] * 2
    assert reconcile(shop) == 0


def test_none_is_placed_when_one_is_missing(shop: Desk, stripe_double: StripeDouble) -> None:
    """Four wanted, three there: refused, nothing reserved, nobody asked."""
    with pytest.raises(Refused, match="sold out"):
        sell_together(shop, [(SKU, f"k-{number}") for number in range(4)])
    assert stock_summary(shop)[0].available == 3
    assert (list_orders(shop), stripe_double.requests) == ([], [])


def test_a_lost_answer_is_asked_for_again_word_for_word(
    shop: Desk, stripe_double: StripeDouble
) -> None:
    """The same keys: the same body and one session; the reconciler finds it as well."""
    with stripe_double.wrong(lost), pytest.raises(Unavailable):
        two(shop)
    reconcile(with_card(shop, stripe_double))
    two(shop)
    assert len(stripe_double.sessions) == 1
    assert len(set(stripe_double.bodies(CREATE))) == 1
    stripe_double.pay()
    assert reconcile(shop) == 2


def test_giving_up_one_gives_up_all(shop: Desk, stripe_double: StripeDouble) -> None:
    """The page is closed for all of them; their profiles are free and nothing is charged."""
    done = two(shop)
    cancel_order(shop, done.orders[1])
    assert states(shop, done) == [("cancelled", "cancelled")] * 2
    assert stock_summary(shop)[0].available == 3
    assert [each["status"] for each in stripe_double.sessions.values()] == ["expired"]
    assert maintain(shop).reconciled == 0


def test_what_is_out_of_stock_waits_and_the_rest_is_delivered(
    shop: Desk, stripe_double: StripeDouble
) -> None:
    """Paid late with one profile left: one is delivered, the other's share goes back alone."""
    done = two(shop)
    stripe_double.pay()
    evening = at(shop, shop.clock() + 20 * MINUTES)
    stripe_double.now = evening.clock()
    for number in range(2):
        begin(evening, f"other-{number}")
    with stripe_double.wrong(only("POST", "/v1/refunds", unreachable)):
        seen = look_together(evening, done.orders)
    assert sorted(states(evening, done)) == [("cancelled", "stranded"), ("delivered", "succeeded")]
    assert len([sale for sale in seen.sales if sale]) == 1
    (waiting,) = stranded_orders(evening)
    assert owed(evening) == (2500, 1250)
    assert honest(evening)
    refund_order(evening, waiting, key="r")
    assert [each["amount"] for each in stripe_double.refunds] == [1250]
    assert (owed(evening), stranded_orders(evening)) == ((1250, 0), [])
    again = two(evening)
    assert (again.orders, again.replayed, len(stripe_double.sessions)) == (done.orders, True, 3)
    assert [bool(reason) for reason in again.reasons].count(True) == 1
    assert honest(evening)


def test_a_wrong_sum_delivers_nothing_and_goes_back_once(
    shop: Desk, stripe_double: StripeDouble
) -> None:
    """Another amount than both together: one waits with all the money, the other is cancelled."""
    done = two(shop)
    stripe_double.pay(amount_total=1250)  # what one of them costs
    reconcile(shop)
    assert states(shop, done) == [("cancelled", "stranded"), ("cancelled", "cancelled")]
    assert owed(shop) == (1250, 1250)
    refund_order(shop, done.orders[0], key="r")
    assert [each["amount"] for each in stripe_double.refunds] == [1250]
    assert owed(shop) == (0, 0)
    assert honest(shop)


def test_late_money_for_all_goes_back_in_shares(shop: Desk, stripe_double: StripeDouble) -> None:
    """Paid after all were given up: each waits with its share, and all of it goes back."""
    done = two(shop)
    cancel_order(shop, done.orders[0])
    list(stripe_double.sessions.values())[-1]["status"] = "open"
    stripe_double.pay()
    reconcile(shop)
    assert owed(shop) == (2500, 2500)
    for order in done.orders:
        refund_order(shop, order, key=f"r-{order}")
    assert [each["amount"] for each in stripe_double.refunds] == [1250, 1250]
    assert owed(shop) == (0, 0)
    assert honest(shop)


def test_one_of_them_is_refunded_alone(shop: Desk, stripe_double: StripeDouble) -> None:
    """A delivered one goes back to the card for its own price; the other stays sold."""
    done = two(shop)
    stripe_double.pay()
    check_order(shop, done.orders[0])
    refund_order(shop, done.orders[1], key="r")
    assert [each["amount"] for each in stripe_double.refunds] == [1250]
    assert [show_order(shop, order).state for order in done.orders] == ["delivered", "refunded"]
    assert honest(shop)


@pytest.mark.parametrize("ends", [StripeDouble.hold, StripeDouble.refuse])
def test_one_action_of_the_reader_collects_for_all(
    shop: Desk, stripe_double: StripeDouble, ends: Callable[[StripeDouble], object]
) -> None:
    """One payment at the reader: held, all are delivered; refused, none is."""
    use_reader(shop, READER)
    done = two(shop, reader=True)
    (payment,) = stripe_double.at_readers.values()
    assert payment["amount"] == 2500
    ends(stripe_double)
    look_together(shop, done.orders)
    ended = {show_order(shop, order).state for order in done.orders}
    assert ended == {"delivered" if ends is StripeDouble.hold else "cancelled"}
    assert honest(shop)


def test_four_doors_open_once_for_each(shop: Desk, stripe_double: StripeDouble) -> None:
    """Poller, clerk, events and reconciler at the same moment: two deliveries, two receipts."""
    done = two(shop)
    stripe_double.pay()
    doors = (
        lambda: check_order(shop, done.orders[0]),
        lambda: check_order(with_card(shop, stripe_double), done.orders[1]),
        lambda: reconcile(shop),
        lambda: maintain(shop),
    )
    with ThreadPoolExecutor(4) as pool:
        for each in [pool.submit(door) for door in doors]:
            each.result()
    assert states(shop, done) == [("delivered", "succeeded")] * 2
    receipts = {show_order(shop, order).receipt for order in done.orders}
    assert receipts == {"R1-000001", "R1-000002"}
    assert honest(shop)


def test_another_door_that_was_quicker_keeps_the_money(
    shop: Desk, stripe_double: StripeDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One door finds the goods gone while another delivers: nothing is refunded, nobody is told."""
    sale = begin(shop)
    stripe_double.pay()
    real = settling._settle  # noqa: SLF001 - the moment between two transactions

    def slower(session: Session, *rest: Any) -> bool:
        del rest
        monkeypatch.setattr(settling, "_settle", real)
        session.rollback()
        assert check_order(shop, sale.order).state == "delivered"
        raise Refused("Gone.", code="sold_out")

    monkeypatch.setattr(settling, "_settle", slower)
    assert check_order(shop, sale.order).state == "delivered"
    assert stripe_double.refunds == []
    assert honest(shop)


def test_the_one_card_that_pays_all_is_kept(shop: Desk, stripe_double: StripeDouble) -> None:
    """Agreed to once: its page asks for it, and the card is its owner's from then on."""
    wanted = [(SKU, "k-1"), (SKU, "k-2")]
    done = sell_together(shop, wanted, customer="ana@example.com", keep=True)
    stripe_double.pay()
    assert check_order(shop, done.orders[1]).state == "delivered"
    view = show_card(shop, "ana@example.com")
    assert (view.state, view.last4) == ("saved", "4242")
    assert honest(shop)
