"""What an upload costs over a bare bulk insert; run `python -m tests.bench.bench_stock [ROWS]`."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

from sqlalchemy import Engine, insert

from catalog.esim.tables import EsimRow
from catalog.kernel.database import open_engine, transact
from catalog.kernel.ids import new_id
from catalog.kernel.records import numbered_lines
from catalog.stock.batches import Origin, begin_batch
from catalog.stock.raw_rows import RawRow
from catalog.stock.readers import read_rows
from catalog.stock.verdicts import Profile, Upload, judge
from store_app.desk.context import Desk
from store_app.schema import METADATA
from tests.stock_files import row, upload, write

NOW = datetime(2026, 3, 1, 10, tzinfo=UTC)


def seconds(work: Callable[[], object]) -> float:
    """How long a piece of work takes."""
    start = perf_counter()
    work()
    return perf_counter() - start


def normalised(path: Path) -> list[dict[str, object]]:
    """The columns of every row, as an upload writes them."""
    terms = Upload("Telefonica", "", {}, "EUR", NOW.date())
    with path.open(encoding="utf-8") as file:
        rows = [each for each in read_rows(numbered_lines(file)) if isinstance(each, RawRow)]
    verdicts = [judge(each, terms) for each in rows]
    return [{"id": new_id(), **each.columns} for each in verdicts if isinstance(each, Profile)]


def bare_insert(engine: Engine, rows: list[dict[str, object]]) -> float:
    """Seconds to insert ready rows in one statement; they are taken back."""
    origin = Origin("bare", "bare", "Telefonica", None, "bench", NOW)
    batch = transact(engine, lambda session: begin_batch(session, origin))
    ready = [{**each, "batch_id": batch.id} for each in rows]
    with engine.connect() as connection:
        took = seconds(lambda: connection.execute(insert(EsimRow), ready))
        connection.rollback()
    return took


def main(count: int) -> None:
    """Write the times of a bare insert, a dry run and an upload, and their ratios."""
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(str(Path(folder) / "store.db"))
        METADATA.create_all(engine)
        desk = Desk(engine, lambda: NOW, "bench", "R1")
        path = write(Path(folder) / "stock.csv", map(row, range(count)))
        bare = bare_insert(engine, normalised(path))
        dry = seconds(lambda: upload(desk, path, dry_run=True))
        whole = seconds(lambda: upload(desk, path, approve=True))
        engine.dispose()
    sys.stdout.write(
        f"{count} rows: bare insert {bare:.2f} s, dry run {dry:.2f} s ({dry / bare:.1f}), "
        f"upload and approval {whole:.2f} s ({whole / bare:.1f})\n"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
