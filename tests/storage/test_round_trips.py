"""How often the paths that people wait for ask the database; counts, because times depend."""

from __future__ import annotations

import pytest

from store_app.desk.context import Desk
from store_app.desk.esims import show_esim
from store_app.desk.sales import refill, sell
from tests.shop import small_shop
from tests.statements import counted

SKU = "ES-5GB-30D"


@pytest.fixture
def shop(desk: Desk) -> Desk:
    """A small shop on each engine that has sold before."""
    small_shop(desk)
    sell(desk, sku=SKU, pay="cash", key="first")
    return desk


def test_a_cash_sale_is_one_commit_of_few_statements(shop: Desk) -> None:
    """Order, payment, postings, profile, line, receipt and answer: nothing is read twice."""
    with counted(shop.engine) as asked:
        sell(shop, sku=SKU, pay="cash", key="k1")
    assert asked.commits == 1
    assert len(asked.statements) <= 23


def test_a_refill_is_one_commit(shop: Desk) -> None:
    """Cash has no effect outside the store, whatever is bought."""
    iccid = str(sell(shop, sku=SKU, pay="cash", key="k1").iccid)
    with counted(shop.engine) as asked:
        refill(shop, iccid, refill="1GB", pay="cash", key="r1")
    assert asked.commits == 1


def test_a_balance_is_three_lookups(shop: Desk) -> None:
    """The eSIM by its number, the settings, and all that belongs to it."""
    iccid = str(sell(shop, sku=SKU, pay="cash", key="k1").iccid)
    with counted(shop.engine) as asked:
        show_esim(shop, iccid)
    assert len(asked.lookups) == len(asked.statements) == 3


@pytest.mark.parametrize("by", ["iccid", "order"])
def test_a_balance_is_found_by_indexes_alone(sqlite_desk: Desk, by: str) -> None:
    """However many eSIMs there are, only the few settings are read as a whole."""
    small_shop(sqlite_desk)
    sale = sell(sqlite_desk, sku=SKU, pay="cash", key="k1")
    with counted(sqlite_desk.engine) as asked:
        show_esim(sqlite_desk, str(getattr(sale, by)))
    with sqlite_desk.engine.connect() as connection:
        steps = [
            str(step.detail)
            for statement, values in asked.lookups
            for step in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        ]
    assert [step for step in steps if step.startswith("SCAN")] == ["SCAN setting"]
    assert all("USING INDEX" in step for step in steps if step.startswith("SEARCH"))
