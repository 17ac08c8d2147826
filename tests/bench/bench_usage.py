"""The usage feed against the same rows inserted raw; run it from the project root.

`python -m tests.bench.bench_usage [records] [lines]`
"""

from __future__ import annotations

import csv
import random
import sqlite3
import sys
import tempfile
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter

from sqlalchemy import Engine, insert

from catalog.kernel.database import open_engine, transact
from checkout.billing.line_rows import GRANTS, LINES
from checkout.billing.usage_feed import feed
from checkout.billing.usage_files import REQUIRED, read_usage
from store_app.schema import METADATA

SOLD = datetime(2026, 1, 1, tzinfo=UTC)
NOW = SOLD + timedelta(days=20)
LEFT = 10**10


def line_id(number: int) -> str:
    """The id of the n-th line."""
    return f"00000000-0000-7000-8000-{number:012}"


def iccid(number: int) -> str:
    """The card of the n-th line."""
    return f"89310{number:014}"


def fill_lines(engine: Engine, count: int) -> None:
    """Sold lines with their data, clock not started."""
    METADATA.create_all(engine)
    lines = [
        {
            "id": line_id(number),
            "iccid_key": iccid(number),
            "kind": "prepaid",
            "validity_days": 30,
            "start": "first_usage",
            "assigned_at": SOLD,
            "granted_bytes": LEFT,
            "left_bytes": LEFT,
            "as_of": SOLD,
            "rated_until": SOLD,
        }
        for number in range(count)
    ]
    grants = [
        {
            "id": line_id(10**11 + number),
            "line_id": line_id(number),
            "kind": "sale",
            "data_bytes": LEFT,
            "at": SOLD,
        }
        for number in range(count)
    ]
    transact(engine, lambda session: session.execute(insert(LINES), lines))
    transact(engine, lambda session: session.execute(insert(GRANTS), grants))


def write_file(path: Path, records: int, lines: int) -> None:
    """Records in order of time over all lines, one in a hundred twice."""
    chance, step = random.Random(7), timedelta(days=19) / records
    with path.open("w", newline="", encoding="utf-8") as stream:
        out = csv.writer(stream)
        out.writerow(REQUIRED)
        for number in range(records):
            at = (SOLD + timedelta(hours=1) + number * step).isoformat()
            row = (f"e{number}", iccid(chance.randrange(lines)), at, chance.randrange(10**6), "ES")
            out.writerow(row)
            if number % 100 == 0:
                out.writerow(row)


def raw(path: Path, store: Path) -> float:
    """Seconds to insert the rows of the file with no logic at all: the bound."""
    rows = list(_rows(path))
    connection = sqlite3.connect(store)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(
        "CREATE TABLE usage (event_id TEXT PRIMARY KEY, iccid, started_at, bytes INT, country)"
    )
    began = perf_counter()
    with connection:
        connection.executemany("INSERT OR IGNORE INTO usage VALUES (?, ?, ?, ?, ?)", rows)
    spent = perf_counter() - began
    connection.close()
    return spent


def _rows(path: Path) -> Iterable[list[str]]:
    with path.open(newline="", encoding="utf-8") as stream:
        reader = csv.reader(stream)
        next(reader)
        yield from reader


def rated(path: Path, engine: Engine) -> float:
    """Seconds to import the file."""
    began = perf_counter()
    with path.open(newline="", encoding="utf-8") as stream:
        feed(engine, read_usage(stream), source="bench", now=NOW)
    return perf_counter() - began


def report(records: int, lines: int) -> Iterator[str]:
    """The rates and their ratios, line by line."""
    with tempfile.TemporaryDirectory() as folder:
        file, store = Path(folder) / "usage.csv", Path(folder) / "store.db"
        engine = open_engine(str(store))
        fill_lines(engine, lines)
        write_file(file, records, lines)
        bound = raw(file, Path(folder) / "raw.db")
        spent = {"raw rows": bound, "import": rated(file, engine), "again": rated(file, engine)}
        engine.dispose()
    for name, seconds in spent.items():
        yield f"{name:10}{records / seconds:12,.0f} records/s{bound / seconds:8.3f} of the bound\n"


if __name__ == "__main__":
    counts = [int(text) for text in sys.argv[1:]] or [200_000, 20_000]
    sys.stdout.writelines(report(*counts))
