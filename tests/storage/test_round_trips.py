"""How often the paths that people wait for ask the database; counts, because times depend."""

from __future__ import annotations

import pytest

from store_app.desk.assignments import assign_esim
from store_app.desk.context import Desk
from store_app.desk.esims import show_esim
from store_app.desk.people import add_company, add_user
from store_app.desk.sales import refill, sell, top_up
from tests.paygo import SKU as PAYGO
from tests.paygo import paygo
from tests.shop import add_plans, add_stock, iccid, small_shop
from tests.statements import counted
from tests.subscriptions import PLANS
from tests.subscriptions import plan as subscription

SKU = "ES-5GB-30D"


@pytest.fixture
def shop(desk: Desk) -> Desk:
    """A small shop on each engine that has sold before."""
    small_shop(desk)
    sell(desk, sku=SKU, pay="cash", key="first")
    return desk


def test_a_cash_sale_is_one_commit_of_few_statements(shop: Desk) -> None:
    """Order, payment, postings, profile, count, line, receipt, answer: nothing is read twice."""
    with counted(shop.engine) as asked:
        sell(shop, sku=SKU, pay="cash", key="k1")
    assert asked.commits == 1
    assert len(asked.statements) == 17


def test_a_refill_is_one_commit(shop: Desk) -> None:
    """Cash has no effect outside the store, whatever is bought."""
    iccid = str(sell(shop, sku=SKU, pay="cash", key="k1").iccid)
    with counted(shop.engine) as asked:
        refill(shop, iccid, refill="1GB", pay="cash", key="r1")
    assert asked.commits == 1


def sold(desk: Desk, kind: str) -> str:
    """The name of a new eSIM of some kind, told by its ICCID or else by its order."""
    if kind == "PAYGO":
        add_plans(desk, paygo(mrc="2.00"))
        add_stock(desk, PAYGO, 1, first=100)
        add_user(desk, "ana@example.com")
        top_up(desk, "ana@example.com", amount="10.00", pay="cash", key="t1")
        return sell(desk, sku=PAYGO, pay="wallet", customer="ana@example.com", key="k1").order
    if kind in PLANS:
        add_plans(desk, subscription(kind))
        add_stock(desk, kind.upper(), 1, first=100)
        add_company(desk, "Acme")
        return str(assign_esim(desk, iccid(100), plan=kind.upper(), company="Acme").iccid)
    sale = sell(desk, sku=SKU, pay="cash", key="k1")
    return str(getattr(sale, kind))


LOOKUPS = {
    "iccid": 1,
    "order": 1,
    "PAYGO": 2,
    "monthly_bundle": 4,
    "pay_per_mb": 4,
    "unlimited": 4,
}
"""All that belongs to an eSIM; then the months that its wallet pays, or its subscription, who is in
it and what they used: in the period, and today if that is counted."""


@pytest.mark.parametrize("kind", LOOKUPS)
def test_a_balance_is_a_few_lookups(shop: Desk, kind: str) -> None:
    """Each kind of eSIM has its own number of lookups, whatever else is stored."""
    name = sold(shop, kind)
    show_esim(shop, name)  # the terms of subscriptions never change and are read once
    with counted(shop.engine) as asked:
        show_esim(shop, name)
    assert len(asked.lookups) == len(asked.statements) == LOOKUPS[kind]


@pytest.mark.parametrize("kind", LOOKUPS)
def test_a_balance_is_found_by_indexes_alone(sqlite_desk: Desk, kind: str) -> None:
    """However many eSIMs there are, nothing is read as a whole.

    The index of batches that are not applied holds nothing else, and mostly nothing.
    """
    small_shop(sqlite_desk)
    name = sold(sqlite_desk, kind)
    with counted(sqlite_desk.engine) as asked:
        show_esim(sqlite_desk, name)
    with sqlite_desk.engine.connect() as connection:
        steps = [
            str(step.detail)
            for statement, values in asked.lookups
            for step in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        ]
    assert [step for step in steps if step.startswith("SCAN")] == [
        "SCAN usage_batch USING INDEX ix_usage_batch_unapplied"
    ]
    by_key = ("USING INDEX", "USING PRIMARY KEY", "USING INTEGER PRIMARY KEY")
    assert all(any(w in step for w in by_key) for step in steps if step.startswith("SEARCH"))
