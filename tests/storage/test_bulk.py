"""The ways for very many rows do what the plain ones do, on both engines."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from sqlalchemy import BigInteger, Engine, bindparam, insert, select, type_coerce, update
from sqlmodel import Session

from catalog.kernel.bulk import insert_new_rows, update_rows
from catalog.kernel.bulk_reads import among, csv_of, listed, rows_at
from catalog.kernel.database import snapshot, to_micros, transact
from catalog.kernel.ids import new_id
from catalog.kernel.inserts import adding
from catalog.kernel.many import bulk_columns, execute_many
from checkout.billing.line_rows import LINES
from checkout.billing.subscriptions.rows import DAYS
from checkout.billing.usage_history import RECORDS

NOW = datetime(2026, 3, 1, 10, 0, 0, 250, tzinfo=UTC)


@pytest.fixture
def lines(engine: Engine) -> list[str]:
    """Three lines, the last without an ICCID."""
    ids = [new_id() for _ in range(3)]
    rows: list[dict[str, Any]] = [
        {
            "id": one,
            "number": n + 1,
            "iccid_key": f"893{n}" if n < 2 else None,
            "kind": "subscription",
            "validity_days": 0,
            "start": "first_usage",
            "assigned_at": NOW,
            "activated_at": NOW + timedelta(hours=n) if n else None,
            "as_of": NOW,
        }
        for n, one in enumerate(ids)
    ]
    transact(engine, lambda session: session.execute(insert(LINES), rows))
    return ids


@pytest.mark.usefixtures("lines")
@pytest.mark.parametrize("listed_as", [list, pl.Series])
def test_keys_of_any_text_are_found(engine: Engine, listed_as: Any) -> None:
    """Quotes, backslashes, commas, braces and a word that means null are text like any other."""
    odd = ['a"b\\', "NULL"]
    changed = {"number": [1, 2], "iccid_key": odd, "source": '{"x", \\}'}
    assert transact(engine, lambda session: update_rows(session, LINES, "number", changed)) == 2
    keys = [*odd, "{", "a,b", ""]
    with snapshot(engine) as session:
        mine = among(session, LINES.c.iccid_key, listed_as(keys))
        found = session.execute(select(LINES.c.iccid_key, LINES.c.source).where(mine)).all()
    assert sorted(found) == sorted((text, '{"x", \\}') for text in odd)


def test_bulk_columns_read_the_same(engine: Engine, lines: list[str]) -> None:
    """Ids with dashes, instants in UTC, and nothing where there is nothing."""
    names = ("id", "iccid_key", "assigned_at", "activated_at")
    columns = [LINES.c[name] for name in names]
    with snapshot(engine) as session:
        plain = session.execute(select(*columns).order_by(LINES.c.id)).all()
        bulk = session.execute(select(*bulk_columns(*columns)).order_by(LINES.c.id)).all()
    assert bulk == plain
    assert [row.id for row in bulk] == lines
    assert bulk[0].activated_at is None
    assert bulk[1].activated_at.tzinfo is UTC


def test_execute_many_writes_the_same(engine: Engine, lines: list[str]) -> None:
    """Parameters that differ by row, and one that is the same for all."""
    rows = [{"of": one, "at": NOW + timedelta(days=n)} for n, one in enumerate(lines)]
    statement = update(LINES).where(LINES.c.id == bindparam("of"))
    changed = statement.values(as_of=bindparam("at"), source="bulk", activated_at=None)
    transact(engine, lambda session: execute_many(session, changed, rows))
    transact(engine, lambda session: execute_many(session, changed, []))
    with snapshot(engine) as session:
        found = session.execute(select(LINES).order_by(LINES.c.id)).all()
    assert [(row.as_of, row.source, row.activated_at) for row in found] == [
        (row["at"], "bulk", None) for row in rows
    ]


def test_sums_are_added_up(engine: Engine, lines: list[str]) -> None:
    """A new key is inserted, a known one grows by what is told."""
    for count in (5, 7):
        rows = [{"line_id": lines[0], "day": NOW.date(), "bytes": count}]
        transact(engine, lambda session, r=rows: session.execute(adding(session, DAYS, "bytes"), r))  # type: ignore[misc]  # bound at once
    with snapshot(engine) as session:
        assert session.execute(select(DAYS.c.bytes)).scalars().all() == [12]


def test_only_rows_that_are_as_they_were_change(engine: Engine, lines: list[str]) -> None:
    """The second of three lines is not what it is taken for, and stays as it is."""
    del lines
    names = ["activated_at", "source"]
    with snapshot(engine) as session:
        seen = session.execute(select(LINES.c.activated_at).order_by(LINES.c.number)).scalars()
        at = [None if one is None else to_micros(one) for one in seen]
    new = {"number": [1, 2, 3], "last_step": [7, 8, 9], "source": "bulk"}
    was = dict(zip(names, [at, ["sale", "other", "sale"]], strict=True))
    changed = transact(engine, lambda session: update_rows(session, LINES, "number", new, was))
    with snapshot(engine) as session:
        found = session.execute(select(LINES.c.last_step).order_by(LINES.c.number))
        assert (changed, found.scalars().all()) == (2, [7, 0, 9])


@pytest.mark.parametrize("count", [1, 3])
def test_series_that_are_the_same_in_all_rows(engine: Engine, count: int) -> None:
    """Numbers, flags and nulls that do not differ go in and change like those that do."""
    same = {"hour": 7, "source": 1, "bytes": 5, "arrival": 0, "rated_at": None}
    flags = {"cumulative": pl.Series([True] * count), "country": pl.Series(["ES"] * count)}
    own = {"line": pl.Series(range(count)), "event_id": pl.Series([f"e{n}" for n in range(count)])}
    columns = {name: pl.Series([value] * count, dtype=pl.Int64) for name, value in same.items()}
    columns |= flags | own | {"started_at": columns["bytes"]}
    known = {name: columns[name] for name in ("rated_at", "cumulative")}
    new = {
        "line": columns["line"],
        "rated_at": columns["bytes"],
        "cumulative": ~flags["cumulative"],
    }

    def work(session: Session) -> tuple[int, int, int]:
        return (
            insert_new_rows(session, RECORDS, columns),
            update_rows(session, RECORDS, "line", new, known),
            update_rows(session, RECORDS, "line", new, known),
        )

    assert transact(engine, work) == (count, count, 0)
    with snapshot(engine) as session:
        found = session.execute(select(RECORDS.c.cumulative, RECORDS.c.rated_at)).all()
    assert {(row.cumulative, to_micros(row.rated_at)) for row in found} == {(False, 5)}
    assert len(found) == count


def test_the_database_writes_csv(engine: Engine, lines: list[str]) -> None:
    """Quotes and commas in text, and numbers that are not there."""
    del lines
    odd = update(LINES).where(LINES.c.number == 2).values(source='a"b,c')
    transact(engine, lambda session: session.execute(odd))
    columns = [LINES.c.number, LINES.c.source, type_coerce(LINES.c.activated_at, BigInteger)]
    with snapshot(engine) as session:
        told = csv_of(session, select(*columns)).decode().splitlines()
        none = csv_of(session, select(*columns).where(LINES.c.number > 9))
    later = to_micros(NOW + timedelta(hours=1))
    found = sorted(next(csv.reader([one])) for one in told)
    assert [row[:2] for row in found] == [["1", "sale"], ["2", 'a"b,c'], ["3", "sale"]]
    assert [row[2] for row in found[:2]] == ["", str(later)]
    assert none == b""


def test_lists_are_a_table(engine: Engine) -> None:
    """One parameter holds them all."""
    with snapshot(engine) as session:
        given = listed(session, {"line": [1, 2], "hour": [70, 80]})
        found = session.execute(select(given.c.hour, given.c.line).order_by(given.c.line)).all()
    assert [tuple(row) for row in found] == [(70, 1), (80, 2)]


def test_text_of_any_kind_goes_in_and_is_found_by_its_key(engine: Engine) -> None:
    """Quotes, line ends, commas, nothing at all: as it was given, on both engines."""
    odd = ["", "NULL", "\\N", "\\.", 'a"b', "a,b", "a\nb", "a\r", " a ", "é"]
    count = len(odd)
    columns = {
        "hour": list(range(count)),
        "line": [1] * count,
        "source": 1,
        "event_id": odd,
        "started_at": NOW,
        "bytes": [5] * count,
        "country": "",
        "cumulative": [n % 2 == 0 for n in range(count)],
        "arrival": list(range(count)),
        "rated_at": None,
    }
    went_in = transact(engine, lambda session: insert_new_rows(session, RECORDS, columns))
    keys: dict[str, list[Any]] = {
        "hour": list(range(count)),
        "line": [1] * count,
        "event_id": odd[1:] + odd[:1],
    }
    with snapshot(engine) as session:
        assert rows_at(session, RECORDS, ["event_id"], keys) == []
        right = keys | {"event_id": odd}
        found = rows_at(session, RECORDS, ["arrival", "event_id", "country"], right)
    assert went_in == count
    assert sorted(found) == [(n, text, "") for n, text in enumerate(odd)]
