"""A durable cash sale against a single-row durable commit; run it from the project root.

`python -m tests.bench.bench_sale [sales]`
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import perf_counter

from sqlmodel import Session

from catalog.kernel.database import open_engine, transact
from catalog.kernel.tables import NumberSeriesRow
from store_app.desk.context import Desk
from store_app.desk.sales import sell
from store_app.schema import METADATA
from tests.bench.verdict import verdict
from tests.shop import small_shop
from tests.statements import counted

NOW = datetime(2026, 3, 1, 10, tzinfo=UTC)
SKU = "ES-5GB-30D"


def milliseconds(work: Callable[[], object]) -> float:
    """How long one call takes."""
    began = perf_counter()
    work()
    return 1000 * (perf_counter() - began)


def report(count: int) -> Iterator[str]:
    """Bare commits and sales in turn, so that noise meets both, and which targets are reached."""
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(str(Path(folder) / "store.db"))
        METADATA.create_all(engine)
        desk = small_shop(Desk(engine, lambda: NOW, "bench", "R1"), stock=count + 2)
        sell(desk, sku=SKU, pay="cash", key="first")
        with counted(engine) as asked:
            sell(desk, sku=SKU, pay="cash", key="counted")

        def commit(number: int) -> None:
            def work(session: Session) -> None:
                session.add(NumberSeriesRow(name=f"bench-{number}", last=0))

            transact(engine, work)

        def sale(number: int) -> None:
            sell(desk, sku=SKU, pay="cash", key=f"k{number}")

        times = [
            [milliseconds(lambda w=work, n=number: w(n)) for work in (commit, sale)]  # type: ignore[misc]  # bound at once
            for number in range(count)
        ]
        engine.dispose()
    bare, sold = (median(each) for each in zip(*times, strict=True))
    yield verdict("statements of a cash sale", len(asked.statements))
    yield verdict("commits of a cash sale", asked.commits, at_most=3)
    spent = f"{sold:.2f} / {bare:.2f} ms"
    yield verdict("a cash sale, in durable rows", sold / bare, at_most=4, beside=spent)


if __name__ == "__main__":
    sys.stdout.writelines(report(*([int(text) for text in sys.argv[1:]] or [300])))
