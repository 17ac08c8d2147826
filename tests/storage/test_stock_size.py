"""What is asked all day is asked in the same way of a small stock and of a large one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine

from store_app.desk.assignable import free_esims
from store_app.desk.context import Desk
from store_app.desk.esims import show_esim
from store_app.desk.sales import quote, sell
from store_app.desk.shifts import open_shift
from store_app.desk.stock import list_batches, stock_summary
from tests.shop import add_plans, iccid, plan
from tests.statements import counted
from tests.stock_files import row, upload, write

SKU = "ES-5GB-30D"
SIZES = (10, 12_000)
WORKS: dict[str, Callable[[Desk], object]] = {
    "summary": stock_summary,
    "uploads": list_batches,
    "by ICCID": lambda desk: show_esim(desk, iccid(4)),
    "assignable": lambda desk: free_esims(desk, number=iccid(4)[:12]),
    "quote": lambda desk: quote(desk, SKU),
    "sale": lambda desk: sell(desk, sku=SKU, pay="cash", key="k1"),
}


def stocked(desk: Desk, path: Path, count: int) -> Desk:
    """A shop with so many profiles of one plan, approved, and a known distribution."""
    add_plans(desk, plan(operator="Telefonica"))
    open_shift(desk, float_amount="100.00")
    done = upload(desk, write(path / "a.csv", map(row, range(count))), plan_sku=SKU, approve=True)
    assert (done.state, done.accepted) == ("approved", count)
    return desk


def plans_of(engine: Engine, work: Callable[[], object]) -> list[list[str]]:
    """How SQLite carries out each statement of a piece of work."""
    with counted(engine) as asked:
        work()
    with engine.connect() as connection:
        found = []
        for statement, values in asked.statements:
            if statement.startswith(("SELECT", "UPDATE", "INSERT", "DELETE", "WITH")):
                one = values[0] if isinstance(values, list) else values
                rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", one).all()
                found.append([str(step.detail) for step in rows])
        return found


@pytest.mark.parametrize("what", WORKS)
def test_the_plan_of_each_question_is_that_of_a_small_stock(
    sqlite_desk: Desk, tmp_path: Path, what: str
) -> None:
    """With statistics or without, for one lot or two; no profile is looked at in vain."""
    desk, plans = sqlite_desk, list[list[list[str]]]()
    for size in SIZES:
        folder = tmp_path / str(size)
        folder.mkdir()
        if not plans:
            stocked(desk, folder, size)
        else:
            rows = (row(n) for n in range(SIZES[0], size))
            upload(desk, write(folder / "b.csv", rows), plan_sku=SKU, approve=True)
            with desk.engine.connect() as connection:
                connection.exec_driver_sql("ANALYZE")
        plans.append(plans_of(desk.engine, lambda: WORKS[what](desk)))
    small, large = plans
    if what != "sale":  # the second time its key is known
        assert set(map(tuple, large)) == set(map(tuple, small))
    whole = [step for steps in small + large for step in steps if step.startswith("SCAN esim")]
    assert [step for step in whole if "ix_esim_reserved" not in step] == []


@pytest.mark.parametrize("size", SIZES)
def test_an_approval_and_a_sale_write_as_little_whatever_the_stock(
    sqlite_desk: Desk, tmp_path: Path, size: int
) -> None:
    """So many statements as for ten profiles, and none that touches them all."""
    desk = stocked(sqlite_desk, tmp_path, size)
    plans = plans_of(desk.engine, lambda: sell(desk, sku=SKU, pay="cash", key="k1"))
    assert not any(step.startswith("SCAN") and "esim" in step.split() for s in plans for step in s)
    with counted(desk.engine) as asked:
        sell(desk, sku=SKU, pay="cash", key="k2")
    claims = [statement for statement, _ in asked.statements if "UPDATE esim" in statement]
    assert (len(claims), asked.commits) == (1, 1)
