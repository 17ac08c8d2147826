"""kill -9 at every commit of a sale: nothing happened, resumable, or complete."""

from __future__ import annotations

from datetime import timedelta

import pytest

from store_app.desk.context import Desk
from store_app.desk.order_views import list_orders
from store_app.desk.orders import resume_open_orders
from store_app.desk.sales import sell
from store_app.desk.shifts import x_report
from store_app.desk.upkeep import doctor
from tests.crash.own_processes import died
from tests.crash.sale_that_dies import main
from tests.shop import at, small_shop

COMMITS = 1
"""A cash sale is one durable commit: nothing outside the store is asked, so nothing is between."""
MOMENTS = [(commit, moment) for commit in range(1, COMMITS + 1) for moment in ("before", "after")]


@pytest.fixture
def shop(desk: Desk) -> Desk:
    """A small shop on each engine."""
    return small_shop(desk)


@pytest.mark.parametrize(("commit", "moment"), MOMENTS)
def test_the_same_key_goes_on_after_a_kill(shop: Desk, commit: int, moment: str) -> None:
    """Whenever it died, the same key ends in one sale, one receipt and honest books."""
    assert died(main, shop, "k1", commit, moment) == -9
    sale = sell(shop, sku="ES-5GB-30D", pay="cash", key="k1", tendered="20.00")
    assert (sale.state, sale.receipt, sale.change_minor) == ("delivered", "R1-000001", 750)
    assert sale.replayed == (moment == "after")
    assert [order.state for order in list_orders(shop)] == ["delivered"]
    assert x_report(shop).expected_minor == 11250
    assert [check for check in doctor(shop) if not check.ok] == []


@pytest.mark.parametrize(("commit", "moment"), MOMENTS)
def test_nothing_lingers_after_a_kill(shop: Desk, commit: int, moment: str) -> None:
    """Left alone until the deadline, the order is either complete or gone."""
    assert died(main, shop, "k1", commit, moment) == -9
    later = at(shop, shop.clock() + timedelta(minutes=5))
    resume_open_orders(later)
    complete = moment == "after"
    assert [order.state for order in list_orders(later)] == ["delivered"] * complete
    assert x_report(later).expected_minor == (11250 if complete else 10000)
    assert [check for check in doctor(later) if not check.ok] == []


def test_a_sale_is_one_commit(shop: Desk) -> None:
    """A process told to die at the second commit lives: there is only one to wait for."""
    assert died(main, shop, "k1", COMMITS + 1, "before") == 0
