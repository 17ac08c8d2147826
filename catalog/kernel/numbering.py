"""Numbers that follow each other, taken in the same transaction as what bears them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import Insert, Table, func, select
from sqlalchemy.sql.dml import ReturningInsert
from sqlmodel import Session

from catalog.kernel.database import is_server_session
from catalog.kernel.inserts import adding, insert_into
from catalog.kernel.prepared import run
from catalog.kernel.tables import NumberSeriesRow

_SERIES: Table = NumberSeriesRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it


def next_number(session: Session, series: str) -> int:
    """The next number of a series, without gaps: a rolled-back transaction gives it back."""
    statement = _counting(adding(session, _SERIES, "last"))
    return int(run(session, statement, {"name": series, "last": 1}).scalar_one())


@cache
def _counting(statement: Insert) -> ReturningInsert[Any]:
    return statement.returning(_SERIES.c.last)


def insert_numbered(session: Session, table: Table, row: Mapping[str, Any]) -> int:
    """Insert a row with the number after the highest of its table; gives that number."""
    statement = _numbered(table, is_server=is_server_session(session))
    while (number := run(session, statement, row).scalar()) is None:
        pass  # another transaction took it at the same moment
    return int(number)


@cache
def _numbered(table: Table, *, is_server: bool) -> ReturningInsert[Any]:
    highest = select(func.coalesce(func.max(table.c.number), 0)).scalar_subquery()
    new = insert_into(table, is_server=is_server).values(number=highest + 1)
    return new.on_conflict_do_nothing(index_elements=["number"]).returning(table.c.number)
