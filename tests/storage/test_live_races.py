"""Many at once: each buyer gets one profile, each order is ordered once, whoever goes on."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlmodel import Session, select

from catalog.kernel.database import snapshot, transact
from catalog.kernel.errors import StoreError
from catalog.suppliers.ordering import name_nothing, next_task
from checkout.orders.tables import OrderRow
from store_app.desk.card_orders import stranded_orders
from store_app.desk.context import Desk
from store_app.desk.esims import show_esim
from store_app.desk.live_orders import carry_on_live, resume_live
from store_app.desk.order_views import list_orders
from store_app.desk.orders import refund_order
from store_app.desk.people import add_user
from store_app.desk.sales import sell, top_up
from tests.live_shop import SKU, buy, is_sound, later, live_shop, only, refusal
from tests.paygo import paygo
from tests.peers.smdp_peer import PROFILE_TYPE, Served
from tests.shop import add_plans, at, leave_open

HANDS = 6


def order_ids(desk: Desk) -> list[str]:
    """The orders of the shop."""
    with snapshot(desk.engine) as session:
        return list(session.exec(select(OrderRow.id)).all())


def test_the_last_profiles_of_a_supplier_are_sold_once(desk: Desk, served: Served) -> None:
    """Six buyers, four profiles: four are served, two get their money back."""
    served.smdp.stock = 4
    shop = live_shop(desk, served, timeout_s=20)

    def one(number: int) -> str:
        try:
            return str(buy(shop, f"k{number}").iccid)
        except StoreError as error:
            return str(error.code)

    with ThreadPoolExecutor(HANDS) as hands:
        said = list(hands.map(one, range(HANDS)))
    assert said.count("sold_out") == 2
    assert set(said) - {"sold_out"} == set(served.smdp.profiles)
    states = sorted(order.state for order in list_orders(shop))
    assert states == ["delivered"] * 4 + ["refunded"] * 2
    is_sound(shop)


def test_one_key_pressed_by_many_hands_orders_once(desk: Desk, served: Served) -> None:
    """Whoever comes while a call is out is told that it waits; nobody orders a second one."""
    shop = live_shop(desk, served, timeout_s=20)

    def one(_: int) -> str:
        try:
            return str(buy(shop).iccid)
        except StoreError as error:
            return str(error.code)

    with ThreadPoolExecutor(HANDS) as hands:
        said = set(hands.map(one, range(HANDS)))
    (iccid,) = served.smdp.profiles
    assert iccid in said
    assert said <= {iccid, "checking"}
    assert served.smdp.count("downloadOrder") == served.smdp.count("confirmOrder") == 1
    is_sound(shop)


def test_two_that_resume_take_each_step_once(desk: Desk, served: Served) -> None:
    """The upkeep and a clerk, both at once, after the confirmation was lost twice."""
    served.smdp.faults["confirmOrder"] = ["HTTP 500"] * 2
    shop = live_shop(desk, served, timeout_s=20)
    refusal(shop)
    confirmed = served.smdp.count("confirmOrder")
    with ThreadPoolExecutor(HANDS) as hands:
        list(hands.map(lambda _: resume_live(shop), range(HANDS)))
    assert only(shop).state == "delivered"
    assert served.smdp.count("confirmOrder") == confirmed + 1
    assert served.smdp.count("downloadOrder") == 1
    is_sound(shop)


def test_money_does_not_go_back_while_a_call_is_out(sqlite_desk: Desk, served: Served) -> None:
    """The supplier may just be saying yes; a minute later it is either there or unknown."""
    shop = live_shop(sqlite_desk, served)
    served.smdp.faults["downloadOrder"] = ["HTTP 500"]
    refusal(shop)
    (order_id,) = order_ids(shop)

    def begin(session: Session) -> object:
        name_nothing(session, order_id, shop.clock())
        return next_task(session, order_id, now=shop.clock(), lease=timedelta(minutes=1))

    assert transact(shop.engine, begin)
    assert stranded_orders(shop) == []
    soon = at(shop, shop.clock() + timedelta(seconds=6))
    assert stranded_orders(soon) == [only(soon).order]
    assert only(soon).waiting == "The supplier is being asked."
    with pytest.raises(StoreError, match="just now"):
        refund_order(shop, only(shop).order, key="b1")
    assert refund_order(later(shop), only(shop).order, key="b2").state == "refunded"
    is_sound(later(shop))


def test_late_money_for_a_reservation_that_is_gone_orders_one(
    sqlite_desk: Desk, served: Served
) -> None:
    """The profile that was set aside went to somebody else: the supplier has another."""
    shop = live_shop(sqlite_desk, served, stock=1)
    leave_open(shop, sku=SKU, key="slow")
    after = at(shop, shop.clock() + timedelta(minutes=3))
    buy(after, "quick")
    assert served.smdp.profiles == {}
    assert buy(after, "slow").iccid in served.smdp.profiles
    assert [order.state for order in list_orders(shop)] == ["delivered"] * 2
    is_sound(after)


def test_a_paygo_esim_may_be_ordered_live(sqlite_desk: Desk, served: Served) -> None:
    """Its line is opened with the tariff that was agreed when it was placed."""
    shop = live_shop(sqlite_desk, served)
    add_plans(shop, paygo(supplier="norvia", profile_type=PROFILE_TYPE))
    add_user(shop, "ana@example.com")
    top_up(shop, "ana@example.com", amount="50.00", pay="manual", key="t1")
    sale = sell(shop, sku="PAYGO-EU", pay="wallet", customer="ana@example.com", key="p1")
    assert sale.iccid in served.smdp.profiles
    assert show_esim(shop, str(sale.iccid)).charged_minor == 0
    is_sound(shop)


def test_going_on_with_what_is_done_does_nothing(sqlite_desk: Desk, served: Served) -> None:
    """A delivered order and one from stock have no step to take."""
    shop = live_shop(sqlite_desk, served, stock=1)
    buy(shop, "k1")
    buy(shop, "k2")
    asked = len(served.smdp.asked)
    assert resume_live(shop) == 0
    assert all(carry_on_live(shop, order_id, at_counter=True) for order_id in order_ids(shop))
    assert len(served.smdp.asked) == asked
