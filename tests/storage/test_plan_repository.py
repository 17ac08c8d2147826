"""Plans in the store and at the desk: saved by sku, listed with what could be sold."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import event

from catalog.kernel.database import snapshot, transact
from catalog.kernel.errors import NotFound, Refused
from catalog.repository import all_plans, plan_row, plan_value, save_plans
from store_app.desk.catalogue import import_plans, list_plans, show_plan
from store_app.desk.context import Desk
from tests.shop import add_plans, add_stock, plan

FILE = """
[[plan]]
sku = "ES-5GB-30D"
kind = "prepaid"
countries = ["ES"]
currency = "EUR"
price = "{price}"
data_mb = 5000
validity_days = 30

[[plan]]
sku = "BAD"
kind = "prepaid"
countries = ["ES"]
currency = "EUR"
price = "0.50"
data_mb = 5000
validity_days = 30
"""


def test_a_plan_comes_back_as_the_value_it_was(desk: Desk) -> None:
    """Refills, countries and start rule included."""
    stored = plan(countries=["FR", "ES"], operator="Orange")
    add_plans(desk, stored)
    with snapshot(desk.engine) as session:
        assert plan_value(plan_row(session, stored.sku)) == stored


def test_a_known_sku_keeps_its_row(desk: Desk) -> None:
    """Stock and orders go on pointing at it; an unchanged plan counts as updated."""
    add_plans(desk, plan())
    with snapshot(desk.engine) as session:
        before = plan_row(session, "ES-5GB-30D").id
    changed = [plan(price="13.00"), plan(sku="NEW")]
    counts = [transact(desk.engine, lambda s: save_plans(s, changed, desk.clock())) for _ in "ab"]
    assert counts == [(1, 1), (0, 2)]
    with snapshot(desk.engine) as session:
        rows = all_plans(session)
        assert [row.sku for row in rows] == ["ES-5GB-30D", "NEW"]
        assert (rows[0].id, rows[0].price_minor) == (before, 1300)


def test_an_unknown_sku_is_named(desk: Desk) -> None:
    """The message names what was asked for."""
    with pytest.raises(NotFound, match="NOPE") as error:
        show_plan(desk, "NOPE")
    assert error.value.code == "unknown_plan"


def test_a_plan_file_is_imported_row_by_row(desk: Desk, tmp_path: Path) -> None:
    """Good plans go in, the others are reported with line and field."""
    path = tmp_path / "plans.toml"
    for price, counts in (("12.50", (1, 0)), ("14.00", (0, 1))):
        path.write_text(FILE.format(price=price), encoding="utf-8")
        done = import_plans(desk, path)
        assert (done.created, done.updated, done.rejected) == (*counts, 1)
        assert [(error.line, error.field) for error in done.errors] == [(16, "price")]
    assert show_plan(desk, "ES-5GB-30D")[1].price_minor == 1400
    with pytest.raises(Refused) as refusal:
        import_plans(desk, tmp_path / "none.toml")
    assert refusal.value.code == "unreadable_file"


def test_plans_are_found_and_counted_without_asking_for_each(sqlite_desk: Desk) -> None:
    """Forty plans cost as many statements as two."""
    add_plans(sqlite_desk, *(plan(sku=f"ES-{n}", price=str(n + 1)) for n in range(40)))
    add_plans(sqlite_desk, plan(sku="JP", countries=["JP"], name="Japan"))
    add_stock(sqlite_desk, "ES-7", 3)
    statements: list[str] = []
    event.listen(
        sqlite_desk.engine, "before_cursor_execute", lambda *given: statements.append(given[2])
    )
    assert {card.sku: card.available for card in list_plans(sqlite_desk)}["ES-7"] == 3
    assert len([text for text in statements if text.startswith("SELECT")]) == 3
    assert [card.sku for card in list_plans(sqlite_desk, "japan")] == ["JP"]
