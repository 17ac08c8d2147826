"""New rows without a unit of work: as calling their class and flushing them would have it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from catalog.kernel.database import snapshot, transact, when_committed
from catalog.kernel.new_rows import new_row, write_new
from catalog.kernel.tables import RequestRow
from checkout.payments.tables import PaymentAttemptRow

NOW = datetime(2026, 3, 1, 10, tzinfo=UTC)
WHAT = {"key": "k", "verb": "sell", "body_hash": "h", "actor": "me", "created_at": NOW}


def test_a_new_row_is_what_its_class_makes() -> None:
    """The same columns, the same defaults."""
    named: dict[str, Any] = {
        "id": "a",
        "order_id": "o",
        "method": "cash",
        "amount_minor": 5,
        "currency": "EUR",
    }
    named |= {"state": "pending", "idempotency_key": "i", "parameters": {}, "created_at": NOW}
    made, called = new_row(PaymentAttemptRow, **named), PaymentAttemptRow(**named)
    columns = list(PaymentAttemptRow.__table__.columns.keys())  # type: ignore[attr-defined]  # SQLModel adds it
    assert [getattr(made, name) for name in columns] == [getattr(called, name) for name in columns]


def test_it_is_written_at_once_or_with_the_rest(engine: Engine) -> None:
    """Pending rows may be written by a plain statement, and are flushed like any other if not."""

    def work(session: Session, key: str) -> None:
        row = new_row(RequestRow, **WHAT | {"key": key})
        session.add(row)
        if key == "plain":
            write_new(session, row)
            assert not session.new

    for key in ("plain", "flushed"):
        transact(engine, lambda session, key=key: work(session, key))  # type: ignore[misc]  # bound at once
    with snapshot(engine) as session:
        found = [session.get_one(RequestRow, key) for key in ("plain", "flushed")]
    assert [(one.verb, one.result, one.created_at) for one in found] == [("sell", None, NOW)] * 2


def test_only_what_is_durable_is_told(engine: Engine) -> None:
    """A call that waits for the commit is not made when there is none."""
    told: list[str] = []

    def work(session: Session, word: str) -> None:
        when_committed(session, lambda: told.append(word))
        if word == "lost":
            raise LookupError

    transact(engine, lambda session: work(session, "kept"))
    try:
        transact(engine, lambda session: work(session, "lost"))
    except LookupError:
        told.append("rolled back")
    assert told == ["kept", "rolled back"]
