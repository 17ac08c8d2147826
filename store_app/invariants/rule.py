"""What `doctor` proves: a sentence that is true of every sound store, and how to find breaches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import CompoundSelect, Select, Table
from sqlmodel import Session, SQLModel

_PART = 1_000

Rows = Select[Any] | CompoundSelect[Any]
"""A question about many rows."""

Finder = Callable[[Session, datetime], Iterator[str]]
"""Gives every breach, named for a person and never with a secret."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A sentence about the store, and the finder of what contradicts it."""

    name: str
    breaches: Finder


def table_of(model: type[SQLModel]) -> Table:
    """The table of a model, for questions about many rows."""
    table: Table = model.__table__  # type: ignore[attr-defined]  # SQLModel adds it
    return table


def rows_of(session: Session, statement: Rows) -> Iterator[Any]:
    """The rows of a statement, fetched in parts and not all at once."""
    yield from session.execute(statement, execution_options={"yield_per": _PART})


def named(statement: Callable[[], Rows]) -> Finder:
    """The finder of a statement whose every row is one breach, named by its columns."""

    def breaches(session: Session, now: datetime) -> Iterator[str]:
        del now
        for row in rows_of(session, statement()):
            yield " ".join(str(value) for value in row)

    return breaches
