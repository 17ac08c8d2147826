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

from catalog.kernel.database import open_engine, transact
from catalog.kernel.tables import SettingRow
from store_app.desk.context import Desk
from store_app.desk.esims import show_esim
from store_app.desk.sales import sell
from store_app.schema import METADATA
from tests.shop import small_shop

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
    """Write the medians of a bare commit, a sale and a balance read, and their ratios."""
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(str(Path(folder) / "store.db"))
        METADATA.create_all(engine)
        desk = small_shop(Desk(engine, lambda: NOW, "bench", "R1"), stock=count)

        def commit(number: int) -> None:
            transact(engine, lambda session: session.add(SettingRow(name=f"n{number}", value="")))

        bare = milliseconds(commit, count)
        sold = []
        sale = milliseconds(
            lambda n: sold.append(sell(desk, sku="ES-5GB-30D", pay="cash", key=f"k{n}")), count
        )
        read = milliseconds(lambda n: show_esim(desk, str(sold[n].iccid)), count)
        engine.dispose()
    sys.stdout.write(
        f"one durable row {bare:.1f} ms, one cash sale {sale:.1f} ms ({sale / bare:.1f}), "
        f"one balance read {read:.1f} ms ({read / bare:.1f})\n"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
