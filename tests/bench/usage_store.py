"""Stores, files and clerks for the bench of the usage feed."""

from __future__ import annotations

import csv
import os
import random
import resource
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing.synchronize import Event
from pathlib import Path
from threading import local
from time import perf_counter
from typing import Any

from sqlalchemy import Engine, event, insert
from sqlalchemy.schema import CreateTable
from sqlmodel import Session

from catalog.kernel.bulk import insert_rows
from catalog.kernel.database import open_engine, to_micros, transact
from catalog.places import ALL_COUNTRIES
from checkout.billing.line_rows import GRANTS, LINES
from checkout.billing.paygo_rows import PAYGO, TARIFFS
from checkout.billing.tariff import tariff_to_json
from checkout.billing.usage_columns import read_blocks
from checkout.billing.usage_feed import UsageImport, feed_blocks
from checkout.billing.usage_files import REQUIRED
from checkout.billing.usage_history import RECORDS, SOURCES
from checkout.billing.usage_identity import SLICES, WINDOW
from checkout.billing.usage_tables import UsageRecordRow
from store_app.desk.context import Desk
from store_app.desk.sales import sell
from store_app.schema import METADATA
from tests.paygo import new_wallet, tariff
from tests.shop import small_shop

SOLD = datetime(2026, 1, 1, tzinfo=UTC)
NOW = SOLD + timedelta(days=20)
COUNTRIES = sorted(ALL_COUNTRIES)[:60]
LEFT = 10**12
WALLETS = 200
TARIFF = "00000000-0000-7000-8000-00000000abcd"
SALES = 2_000


@dataclass(frozen=True)
class Workload:
    """Half of the lines are prepaid, half PAYGO; none has been used before."""

    records: int
    lines: int


def iccid(number: int) -> str:
    """The card of the n-th line."""
    return f"89311{number:014}"


def fill(engine: Engine, lines: int) -> None:
    """Sold lines, wallets that can pay for them, and a shop that sells."""
    METADATA.create_all(engine)
    small_shop(Desk(engine, lambda: NOW, "bench", "R1"), stock=SALES)
    rates = {country: 1_000 + 100 * place for place, country in enumerate(COUNTRIES)}
    terms = {"id": TARIFF, "terms": tariff_to_json(tariff(country_rates_micro=rates, barred=()))}
    wallets = [new_wallet(engine, 10**9) for _ in range(WALLETS)]
    transact(engine, lambda session: session.execute(insert(TARIFFS), [terms]))
    transact(engine, lambda session: _fill_lines(session, lines, wallets))


def _fill_lines(session: Session, lines: int, wallets: list[str]) -> None:
    numbers = list(range(1, lines + 1))
    ids = [f"{number:032x}" for number in numbers]
    is_paygo = [number % 2 == 0 for number in numbers]
    data = [0 if paygo else LEFT for paygo in is_paygo]
    sold = to_micros(SOLD)
    nothing = dict.fromkeys(
        ("served_bytes", "lost_bytes", "revoked_bytes", "overrun_bytes", "used_bytes", "last_step"),
        0,
    )
    common = {
        "validity_days": 30,
        "start": "first_usage",
        "assigned_at": SOLD,
        "source": "sale",
    } | {"is_held": False}
    line = {
        "id": ids,
        "number": numbers,
        "iccid_key": [iccid(number) for number in numbers],
        "kind": ["paygo" if paygo else "prepaid" for paygo in is_paygo],
        "granted_bytes": data,
        "left_bytes": data,
        "as_of": SOLD,
        "rated_until": [None if paygo else sold for paygo in is_paygo],
    }
    insert_rows(session, LINES, line | common | nothing)
    prepaid = [one for one, paygo in zip(ids, is_paygo, strict=True) if not paygo]
    grant = {"id": prepaid, "line_id": prepaid, "kind": "sale", "data_bytes": LEFT, "at": SOLD}
    insert_rows(session, GRANTS, grant)
    metered = numbers[1::2]
    meter = {
        "line_id": ids[1::2],
        "line_number": metered,
        "wallet_id": [wallets[number % WALLETS].replace("-", "") for number in metered],
        "tariff_id": TARIFF,
    }
    zero = ("remainder", "charged_minor", "barred_bytes", "charges", "mrc_months")
    insert_rows(session, PAYGO, meter | dict.fromkeys(zero, 0))


def write_file(path: Path, load: Workload) -> None:
    """Records in order of time over all lines and countries, one in a hundred twice."""
    chance, step = random.Random(7), timedelta(days=19) / load.records
    with path.open("w", newline="", encoding="utf-8") as stream:
        out = csv.writer(stream)
        out.writerow(REQUIRED)
        for number in range(load.records):
            at = (SOLD + timedelta(hours=1) + number * step).isoformat()
            card, country = iccid(1 + chance.randrange(load.lines)), chance.choice(COUNTRIES)
            row = (f"e{number}", card, at, chance.randrange(10**6), country)
            out.writerow(row)
            if number % 100 == 0:
                out.writerow(row)


def raw_rows(path: Path) -> list[tuple[Any, ...]]:
    """The rows of the file as they are stored, in the order of their key, for the bounds."""
    found = []
    with path.open("rb") as stream:
        for block in read_blocks(stream):
            for row, event_id, card, at, count, country, _flag in block.records.iter_rows():
                line = int(card[5:])
                found.append((at // 3_600_000_000, line, 1, event_id, at, count, country, 0, row))
    return sorted(set(found), key=lambda row: row[:2])


def bound(rows: list[tuple[Any, ...]], store: Path) -> float:
    """Seconds to insert the rows into one table with its unique key, with no logic at all."""
    connection = sqlite3.connect(store, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    engine = open_engine(str(store))
    connection.execute(str(CreateTable(RECORDS).compile(engine)))
    began = perf_counter()
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany(
        "INSERT OR IGNORE INTO usage_record VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)", rows
    )
    connection.execute("COMMIT")
    spent = perf_counter() - began
    connection.close()
    return spent


def copied(rows: list[tuple[Any, ...]], engine: Engine) -> float:
    """Seconds to COPY the rows into the table of an empty PostgreSQL database."""
    distinct = list({row[:4]: row for row in rows}.values())
    with engine.begin() as connection:
        connection.execute(CreateTable(RECORDS))
    began = perf_counter()
    with engine.begin() as connection:
        cursor: Any = connection.connection.cursor()
        names = ", ".join(column.name for column in RECORDS.columns if column.name != "rated_at")
        with cursor.copy(f"COPY usage_record ({names}) FROM STDIN") as copy:
            for row in distinct:
                copy.write_row((*row[:7], False, row[8]))
    return perf_counter() - began


def by_orm(engine: Engine, count: int) -> float:
    """Seconds for so many records that are added and committed one by one."""
    METADATA.create_all(engine)
    began = perf_counter()
    with Session(engine) as session:
        for number in range(count):
            at = SOLD + number * timedelta(seconds=1)
            session.add(
                UsageRecordRow(
                    hour=number,
                    line=number,
                    source=1,
                    event_id=f"e{number}",
                    started_at=at,
                    bytes=1,
                    country="ES",
                    arrival=number,
                )
            )
            session.commit()
    return perf_counter() - began


def add_history(engine: Engine, rows: int) -> None:
    """Records of the year before, and the hashes of the latest of them."""
    hour = to_micros(SOLD) // 3_600_000_000 - 8760
    each = max(rows // 8760, 1)
    places = f"SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {rows - 1}"  # noqa: S608 - a number of ours
    when = f"{hour} + i / {each}"
    made = f"{when}, i % {each}, 1, 'h' || i, ({when}) * 3600000000, 1000, 'ES', 0, i, NULL"
    with engine.begin() as connection:
        connection.exec_driver_sql(
            f"WITH RECURSIVE n(i) AS ({places}) INSERT INTO usage_record SELECT {made} FROM n"  # noqa: S608 - numbers of ours
        )
    slices = min(rows, WINDOW) // 5_000
    transact(engine, lambda session: _add_slices(session, slices, hour))


def _add_slices(session: Session, slices: int, hour: int) -> None:
    session.execute(insert(SOURCES), [{"number": 1, "name": "bench", "slices": slices}])
    hashes = [os.urandom(8 * 5_000) for _ in range(slices)]
    numbers = list(range(1, slices + 1))
    same = {"source": 1, "batch": 0, "records": 5_000, "first_hour": hour, "last_hour": hour}
    insert_rows(session, SLICES, {"number": numbers, "hashes": hashes} | same)


def fed(path: Path, engine: Engine, *, at_once: bool) -> float:
    """Seconds to import the file."""
    began = perf_counter()
    run(path, engine, at_once=at_once)
    return perf_counter() - began


def run(path: Path, engine: Engine, *, at_once: bool) -> UsageImport:
    """Import the file."""
    with path.open("rb") as stream:
        return feed_blocks(engine, read_blocks(stream), source="bench", now=NOW, at_once=at_once)


@contextmanager
def lock_times(engine: Engine) -> Iterator[list[float]]:
    """Seconds for which each writing transaction of the engine holds the store's lock."""
    times, held, commit = list[float](), local(), engine.dialect.do_commit

    @event.listens_for(engine, "begin")
    def _(connection: Any) -> None:
        reading = connection.get_execution_options().get("reading")
        held.since = 0.0 if reading else perf_counter()

    def timed(connection: Any) -> None:
        commit(connection)
        if held.since:
            times.append(perf_counter() - held.since)

    engine.dialect.do_commit = timed  # type: ignore[assignment, method-assign]  # the moment after a commit
    yield times
    engine.dialect.do_commit = commit  # type: ignore[method-assign]  # as it was


def clerk(store: str, stop: Event, times: Any) -> None:
    """Sell one eSIM after another until told to stop; the seconds that each sale took."""
    desk, found = Desk(open_engine(store), lambda: NOW, "clerk", "R1"), []
    number = 0
    while not stop.is_set() and number < SALES:
        began = perf_counter()
        sell(desk, sku="ES-5GB-30D", pay="cash", key=f"k{os.getpid()}-{number}")
        found.append(perf_counter() - began)
        number += 1
        stop.wait(0.05)
    times.put(found)


def peak_megabytes(path: str, store: str, answer: Any) -> None:
    """The most memory that importing a file takes, in a process of its own."""
    run(Path(path), open_engine(store), at_once=False)
    answer.put(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
