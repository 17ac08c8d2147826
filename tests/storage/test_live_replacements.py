"""A replacement that is ordered live: once, free of charge, and nothing is lost on the way."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from catalog.kernel.errors import Refused, StoreError, Unavailable
from store_app.desk.card_orders import stranded_orders
from store_app.desk.context import Desk
from store_app.desk.esim_codes import esim_code
from store_app.desk.esim_record import archive_esim
from store_app.desk.esims import show_esim
from store_app.desk.order_views import list_orders
from store_app.desk.orders import refund_order
from store_app.desk.replacements import (
    Replaced,
    fulfil_replacement,
    replace_esim,
    replace_order,
    waiting_replacements,
)
from store_app.desk.suppliers import remove_supplier, show_supplier
from store_app.desk.upkeep import maintain
from tests.live_shop import SKU, buy, is_sound, later, live_shop
from tests.office import HOUR, use
from tests.peers.smdp_peer import Served
from tests.shop import add_stock

EID = "89049032123451234512345678901235"


@pytest.fixture
def shop(desk: Desk, served: Served) -> Desk:
    """The shop without uploaded stock, and one eSIM of it that was bought live."""
    shop = live_shop(desk, served)
    buy(shop)
    return shop


def card(shop: Desk) -> str:
    """The number of the eSIM that was sold."""
    return list_orders(shop)[-1].iccid or ""


def replaced(shop: Desk, key: str = "r") -> Replaced:
    """It with another profile."""
    return replace_esim(shop, card(shop), reason="deleted", key=key)


def refused(shop: Desk, key: str = "r") -> StoreError:
    """What a replacement is refused with."""
    with pytest.raises(StoreError) as refusal:
        replaced(shop, key)
    return refusal.value


def test_the_balance_goes_on_with_a_second_live_profile(shop: Desk, served: Served) -> None:
    """Ordered once more, exchanged, nothing charged; the same key tells the same."""
    old = card(shop)
    use(later(shop, 90), old, 1_234_567, shop.clock() + HOUR)
    now = later(shop, 120)
    before = show_esim(now, old)
    done = replace_esim(now, old, reason="deleted", key="r")
    assert (done.former_iccid, done.replayed, done.status) == (old, False, before.status)
    after = show_esim(now, done.iccid or "")
    assert (after.data_left_bytes, after.order) == (before.data_left_bytes, before.order)
    assert esim_code(now, done.iccid or "").payload == done.qr_payload
    assert show_esim(now, old).status == "archived"
    assert [(order.state, order.total_minor) for order in list_orders(now)] == [
        ("delivered", 1_513)
    ]
    assert sorted(served.smdp.states()) == ["released", "released"]
    again = replace_esim(now, old, reason="deleted", key="r")
    assert (again.iccid, again.replayed, again.qr_payload) == (done.iccid, True, done.qr_payload)
    assert served.smdp.count("downloadOrder") == 2
    is_sound(now)
    third = replace_order(now, before.order or "", key="r3")
    assert third.former_iccid == done.iccid
    is_sound(now)


def test_the_shelf_goes_first(shop: Desk, served: Served) -> None:
    """Nobody is asked as long as there is stock."""
    add_stock(shop, SKU, 1, first=50)
    asked = len(served.smdp.asked)
    replaced(shop)
    assert len(served.smdp.asked) == asked
    is_sound(shop)


@pytest.mark.parametrize("function", ["downloadOrder", "confirmOrder"])
def test_a_definite_no_changes_nothing(shop: Desk, served: Served, function: str) -> None:
    """The old profile stays, what was allocated is given back, and the same key may try again."""
    old, code = card(shop), esim_code(shop, card(shop)).payload
    fault = "Failed 8.2.5/3.7" if function == "downloadOrder" else "Failed 8.2.7/2.2"
    served.smdp.faults[function] = [fault]
    assert "as it was" in refused(shop).message
    assert (card(shop), esim_code(shop, old).payload) == (old, code)
    assert served.smdp.states().count("released") == 1
    is_sound(shop)
    assert replaced(shop).former_iccid == old
    is_sound(shop)


@pytest.mark.parametrize("fault", ["HTTP 500", "reset after", "no header"])
@pytest.mark.parametrize("there", [True, False])
def test_what_nobody_knows_waits_for_a_clerk(
    shop: Desk, served: Served, fault: str, there: bool
) -> None:
    """It is listed, ordered no second time by key or upkeep, and the old profile still works."""
    old, first = card(shop), set(served.smdp.profiles)
    served.smdp.faults["downloadOrder"] = [fault]
    assert refused(shop).code == "checking"
    late = later(shop)
    maintain(late)
    assert refused(late).code == "checking"
    assert refused(late, "other").code == "being_replaced"
    (waiting,) = waiting_replacements(late)
    assert (waiting.iccid, waiting.state) == (old, "unknown")
    assert [each.order for each in show_supplier(late, "norvia").unfinished] == [old]
    assert (stranded_orders(late), served.smdp.count("downloadOrder")) == ([], 2)
    with pytest.raises(Refused):
        remove_supplier(late, "norvia")
    is_sound(late)
    made = next(iter(set(served.smdp.profiles) - first), None) if there else None
    done = fulfil_replacement(late, old, iccid=made)
    assert (done.former_iccid, waiting_replacements(late)) == (old, [])
    assert replace_esim(late, old, reason="deleted", key="r").iccid == done.iccid
    is_sound(late)


def test_the_upkeep_brings_it(shop: Desk, served: Served) -> None:
    """A lost confirmation is asked for again; the key then tells what came of it."""
    old = card(shop)
    served.smdp.faults["confirmOrder"] = ["HTTP 500"] * 2
    assert refused(shop).code == "checking"
    is_sound(shop)
    maintain(later(shop))
    done = replace_esim(later(shop), old, reason="deleted", key="r")
    assert (done.former_iccid, done.replayed) == (old, True)
    assert served.smdp.count("downloadOrder") == 2
    is_sound(later(shop))


@pytest.mark.parametrize("end", ["refund", "archive"])
def test_an_esim_that_ended_meanwhile_gets_none(shop: Desk, served: Served, end: str) -> None:
    """What was ordered for it is the supplier's again."""
    served.smdp.faults["confirmOrder"] = ["HTTP 500"] * 2
    refused(shop)
    late = later(shop)
    if end == "refund":
        refund_order(late, list_orders(late)[0].order, key="b1")
    else:
        archive_esim(late, card(late), reason="lost", key="a1")
    is_sound(late)
    maintain(late)
    maintain(later(late))
    assert sorted(served.smdp.states()) == ["available", "released"]
    assert waiting_replacements(late) == []
    is_sound(later(late))


def test_a_supplier_that_is_away_is_asked_first(shop: Desk, served: Served) -> None:
    """Nothing is written when it does not answer."""
    served.smdp.faults["releaseProfile"] = ["HTTP 500"]
    with pytest.raises(Unavailable):
        replaced(shop)
    assert waiting_replacements(shop) == []
    assert replaced(shop).replayed is False
    is_sound(shop)


def test_two_at_once_order_one(shop: Desk, served: Served) -> None:
    """Under one key or two: one profile more, and one who hears of the other."""
    name = card(shop)

    def try_one(key: str) -> str:
        try:
            return replace_esim(shop, name, reason="deleted", key=key).iccid or ""
        except StoreError as error:
            return str(error.code)

    with ThreadPoolExecutor(4) as pool:
        said = set(pool.map(try_one, ["a", "a", "b", "b"]))
    maintain(later(shop))
    assert served.smdp.count("downloadOrder") == 2
    assert any(one.startswith("89") for one in said) or "checking" in said
    is_sound(later(shop))


def test_a_phone_is_told_where_it_is_wanted(desk: Desk, served: Served) -> None:
    """The one that the sale was for, or another that is named."""
    shop = live_shop(desk, served, wants_eid=True)
    sale = buy(shop, eid=EID)
    done = replace_esim(shop, str(sale.iccid), reason="deleted", key="r")
    assert show_esim(shop, done.iccid or "").order == sale.order
    with pytest.raises(Refused) as refusal:
        replace_esim(shop, done.iccid or "", eid="123", key="r2")
    assert refusal.value.code == "bad_eid"
    is_sound(shop)
