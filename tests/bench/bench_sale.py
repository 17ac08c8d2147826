"""A durable cash sale against a single-row durable commit; run it from the project root.

`python -m tests.bench.bench_sale [sales]`
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import perf_counter

from sqlalchemy import delete
from sqlmodel import Session, col

from catalog.kernel.database import open_engine, transact
from catalog.kernel.tables import SettingRow
from store_app.desk.context import Desk
from store_app.desk.esims import show_esim
from store_app.desk.sales import sell
from store_app.schema import METADATA
from tests.shop import small_shop
from tests.statements import counted

NOW = datetime(2026, 3, 1, 10, tzinfo=UTC)


def milliseconds(work: Callable[[int], object], count: int) -> float:
    """The median time of one call."""
    times = []
    for number in range(count):
        began = perf_counter()
        work(number)
        times.append(perf_counter() - began)
    return 1000 * median(times)


def main(count: int) -> None:
    """Measure a bare commit, a sale and a balance read, and say which targets are reached."""
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(str(Path(folder) / "store.db"))
        METADATA.create_all(engine)
        desk = small_shop(Desk(engine, lambda: NOW, "bench", "R1"), stock=count + 1)
        sold = [str(sell(desk, sku="ES-5GB-30D", pay="cash", key="warm").iccid)]

        def commit(number: int) -> None:
            transact(engine, lambda session: session.add(SettingRow(name=f"n{number}", value="")))

        def sale(number: int) -> None:
            done = sell(desk, sku="ES-5GB-30D", pay="cash", key=f"k{number}")
            sold.append(str(done.iccid))

        bare = milliseconds(commit, count)
        transact(engine, _forget_rows)
        with counted(engine) as selling:
            sales = milliseconds(sale, count)
        with counted(engine) as reading:
            reads = milliseconds(lambda number: show_esim(desk, sold[number]), count)
        engine.dispose()
    _line("one durable row", f"{bare:.2f} ms")
    _line("statements of a cash sale", f"{len(selling.statements) / count:.0f}")
    _line("commits of a cash sale", f"{selling.commits / count:.0f}", 3, selling.commits / count)
    _line("one cash sale, in durable rows", f"{sales / bare:.1f} ({sales:.2f} ms)", 4, sales / bare)
    lookups = len(reading.lookups) / count
    _line("lookups of a balance read", f"{lookups:.0f} ({reads:.2f} ms)", 5, lookups)


def _forget_rows(session: Session) -> None:
    """The rows of the bare commits look like settings, which every sale reads."""
    session.execute(delete(SettingRow).where(col(SettingRow.name).startswith("n")))


def _line(what: str, said: str, target: int | None = None, measured: float = 0) -> None:
    verdict = "ok" if target is None or measured <= target else "no"
    goal = "" if target is None else f"at most {target:<3} {verdict}"
    sys.stdout.write(f"{what:32}{said:>16}   {goal}".rstrip() + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
