"""The bill run against the same lines inserted raw; run it from the project root.

`python -m tests.bench.bench_bills [eSIMs] [runs]`
"""

from __future__ import annotations

import sqlite3
import sys
import tempfile
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import perf_counter

from sqlalchemy import Engine, insert

from catalog.kernel.database import open_engine, transact
from checkout.billing.line_rows import LINES
from checkout.billing.subscriptions.bill_run import Taxation, bill_all
from checkout.billing.subscriptions.rows import ASSIGNMENTS, SUBSCRIPTIONS, USED, keep_terms
from checkout.billing.subscriptions.terms import Terms
from store_app.schema import METADATA
from tests.bench.usage_store import iccid
from tests.bench.verdict import verdict

BEGAN = datetime(2026, 3, 1, 10, tzinfo=UTC)
ENDS = datetime(2026, 4, 1, 10, tzinfo=UTC)
COMPANIES = 20
TERMS = Terms(
    sku="BUNDLE",
    name="Bundle",
    kind="monthly_bundle",
    currency="EUR",
    fee_minor=1_500,
    data_bytes=10**10,
    overage_size_bytes=10**8,
    overage_price_minor=50,
)


def line_id(number: int) -> str:
    """The id of the n-th row of a table."""
    return f"00000000-0000-7000-8000-{number:012}"


def fill(engine: Engine, count: int) -> None:
    """Lines of 20 companies that have each used their bundle, one in ten more than that."""
    METADATA.create_all(engine)
    terms_id = transact(engine, lambda session: keep_terms(session, TERMS))
    numbers = range(count)
    lines = [
        {
            "id": line_id(n),
            "number": n + 1,
            "iccid_key": iccid(n),
            "kind": "subscription",
            "validity_days": 0,
            "start": "first_usage",
            "assigned_at": BEGAN,
            "as_of": BEGAN,
        }
        for n in numbers
    ]
    subscriptions = [
        {
            "id": line_id(10**10 + n),
            "kind": "line",
            "company_id": line_id(n % COMPANIES),
            "terms_id": terms_id,
            "zone": "UTC",
            "anchor_at": BEGAN,
            "next_step": 1,
            "due_at": ENDS,
        }
        for n in numbers
    ]
    assignments = [
        {
            "id": line_id(10**11 + n),
            "subscription_id": line_id(10**10 + n),
            "line_id": line_id(n),
            "terms_id": terms_id,
            "begins_at": BEGAN,
        }
        for n in numbers
    ]
    used = [
        {
            "subscription_id": line_id(10**10 + n),
            "period": 0,
            "assignment_id": line_id(10**11 + n),
            "country": "NL",
            "bytes": 10**10 + (n % 10 == 0),
        }
        for n in numbers
    ]
    for table, rows in (
        (LINES, lines),
        (SUBSCRIPTIONS, subscriptions),
        (ASSIGNMENTS, assignments),
        (USED, used),
    ):
        statement = insert(table)
        transact(engine, lambda session, s=statement, r=rows: session.execute(s, r))  # type: ignore[misc]  # bound at once


def _taxes(_session: object, ids: Collection[str]) -> dict[str, Taxation]:
    return dict.fromkeys(ids, Taxation(2_100, inclusive=False))


def billed(engine: Engine) -> float:
    """Seconds to bill them all."""
    began = perf_counter()
    for _done in bill_all(engine, ENDS, _taxes):
        pass
    return perf_counter() - began


def raw(store: Path) -> tuple[int, float]:
    """How many lines the bills have, and the seconds to insert the same ones with no logic."""
    source = sqlite3.connect(store)
    made = source.execute("SELECT sql FROM sqlite_master WHERE name = 'invoice_line'").fetchone()[0]
    indexes = source.execute(
        "SELECT sql FROM sqlite_master WHERE tbl_name = 'invoice_line' AND type = 'index'"
        " AND sql IS NOT NULL"
    ).fetchall()
    rows = source.execute("SELECT * FROM invoice_line").fetchall()
    source.close()
    target = sqlite3.connect(store.with_name("raw.db"))
    target.execute("PRAGMA journal_mode=WAL")
    target.execute("PRAGMA synchronous=FULL")
    for statement in (made, *(text for (text,) in indexes)):
        target.execute(statement)
    marks = ", ".join("?" * len(rows[0]))
    began = perf_counter()
    with target:
        target.executemany(f"INSERT INTO invoice_line VALUES ({marks})", rows)  # noqa: S608 - marks
    spent = perf_counter() - began
    target.close()
    return len(rows), spent


def report(count: int, runs: int) -> Iterator[str]:
    """The medians of both rates and their ratio; runs alternate, so that noise meets both."""
    bounds, spending = [], []
    for _ in range(runs):
        with tempfile.TemporaryDirectory() as folder:
            store = Path(folder) / "store.db"
            engine = open_engine(str(store))
            fill(engine, count)
            spending.append(billed(engine))
            engine.dispose()
            lines, bound = raw(store)
            bounds.append(bound)
    bound, spent = median(bounds), median(spending)
    beside = f"{lines / spent:,.0f} / {lines / bound:,.0f} lines/s"
    yield verdict(
        f"bill run of {count:,}, in raw lines", bound / spent, at_least=0.1, beside=beside
    )


if __name__ == "__main__":
    sys.stdout.writelines(report(*([int(text) for text in sys.argv[1:]] or [100_000, 5])))
