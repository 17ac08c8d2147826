"""kill -9 between each two steps of a live replacement: one profile more, the old one till then."""

from __future__ import annotations

import pytest

from store_app.desk.context import Desk
from store_app.desk.esims import show_esim
from store_app.desk.order_views import list_orders
from store_app.desk.replacements import (
    fulfil_replacement,
    replace_esim,
    waiting_replacements,
)
from store_app.desk.upkeep import maintain
from tests.crash.live_that_dies import replacement
from tests.crash.own_processes import died
from tests.live_shop import buy, is_sound, later, live_shop
from tests.peers.smdp_peer import Served

MOMENTS = 20
"""What is written first; the order as it is claimed, its call, its ICCID; the confirmation as it
is claimed, its call, its code; the look that finds it so; the exchange; its sale looked at."""
ORDERING = range(4, 8)
"""After downloadOrder was claimed and before its ICCID is kept: nobody can know."""


@pytest.mark.parametrize("moment", range(1, MOMENTS + 1))
def test_a_replacement_that_died_orders_nothing_twice(
    sqlite_desk: Desk, served: Served, moment: int
) -> None:
    """Resumed by the upkeep, or waiting for a clerk when the order itself may have been out."""
    shop = live_shop(sqlite_desk, served)
    old = str(buy(shop).iccid)
    assert died(replacement, shop, moment, old) == -9
    is_sound(shop)
    maintain(later(shop))
    is_sound(later(shop))
    if moment in ORDERING:
        assert [each.iccid for each in waiting_replacements(later(shop))] == [old]
        assert show_esim(later(shop), old).status == "activation_ready"
        made = next((one for one in served.smdp.profiles if one != old), None)
        fulfil_replacement(later(shop), old, iccid=made)
    done = replace_esim(later(shop), old, reason="deleted", key="r1")
    assert (done.former_iccid, done.iccid in served.smdp.profiles) == (old, True)
    assert served.smdp.states() == ["released", "released"]
    assert served.smdp.count("downloadOrder") == 2
    assert [order.total_minor for order in list_orders(shop)] == [1513]
    is_sound(later(shop))


def test_there_are_no_more_moments_of_it(sqlite_desk: Desk, served: Served) -> None:
    """A process told to die one moment later lives: every moment was tried."""
    shop = live_shop(sqlite_desk, served)
    assert died(replacement, shop, MOMENTS + 1, str(buy(shop).iccid)) == 0
