"""kill -9 between each two steps of a live sale: one order at the supplier, no lost profile."""

from __future__ import annotations

import pytest

from store_app.desk.card_orders import stranded_orders
from store_app.desk.context import Desk
from store_app.desk.order_views import list_orders
from store_app.desk.people import add_company
from store_app.desk.suppliers import fulfil_order
from store_app.desk.upkeep import maintain
from tests.crash.live_that_dies import main
from tests.crash.own_processes import died
from tests.live_shop import buy, is_sound, later, live_shop, only
from tests.peers.smdp_peer import Served

MOMENTS = 18
"""The paid order; the order as it is claimed, its call, its ICCID; the confirmation as it is
claimed, its call, its code; the look that finds it released; the hand-over."""
ORDERING = range(4, 8)
"""After downloadOrder was claimed and before its ICCID is kept: nobody can know."""


@pytest.mark.parametrize("moment", range(1, MOMENTS + 1))
def test_a_live_sale_that_died_orders_nothing_twice(
    sqlite_desk: Desk, served: Served, moment: int
) -> None:
    """Resumed by the upkeep, or waiting for a clerk when the order itself may have been out."""
    shop = live_shop(sqlite_desk, served)
    assert died(main, shop, moment) == -9
    is_sound(shop)
    maintain(later(shop))
    is_sound(shop)
    if moment in ORDERING:
        assert stranded_orders(later(shop)) == [only(shop).order]
        assert served.smdp.count("downloadOrder") == len(served.smdp.profiles) <= 1
        iccid = next(iter(served.smdp.profiles), None)
        fulfil_order(later(shop), only(shop).order, iccid=iccid)
    sale = buy(later(shop))
    assert (sale.state, len(list_orders(shop))) == ("delivered", 1)
    (profile,) = served.smdp.profiles.values()
    assert (profile.iccid, profile.state) == (sale.iccid, "released")
    assert served.smdp.count("downloadOrder") == 1
    is_sound(later(shop))


def test_there_are_no_more_moments(sqlite_desk: Desk, served: Served) -> None:
    """A process told to die one moment later lives: every moment was tried."""
    assert died(main, live_shop(sqlite_desk, served), MOMENTS + 1) == 0


@pytest.mark.parametrize("moment", range(1, MOMENTS + 1))
def test_one_on_invoice_that_died_is_billed_once(
    sqlite_desk: Desk, served: Served, moment: int
) -> None:
    """The same: one invoice or none, one order at the supplier, owed for what is delivered."""
    shop = live_shop(sqlite_desk, served)
    add_company(shop, "Acme", credit_limit="20.00")
    assert died(main, shop, moment, "Acme") == -9
    is_sound(shop)
    maintain(later(shop))
    if moment in ORDERING:
        assert stranded_orders(later(shop)) == [only(shop).order]
        fulfil_order(later(shop), only(shop).order, iccid=next(iter(served.smdp.profiles), None))
    sale = buy(later(shop), pay="invoice", company="Acme")
    assert (sale.state, sale.invoice, len(list_orders(shop))) == ("delivered", "INV-000001", 1)
    assert (served.smdp.states(), served.smdp.count("downloadOrder")) == (["released"], 1)
    is_sound(later(shop))
