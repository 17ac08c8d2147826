"""The ways for very many rows do what the plain ones do, on both engines."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, bindparam, insert, select, update

from catalog.kernel.database import adding, snapshot, transact
from catalog.kernel.ids import new_id
from catalog.kernel.many import bulk_columns, execute_many
from checkout.billing.line_rows import LINES
from checkout.billing.subscriptions.rows import DAYS

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
