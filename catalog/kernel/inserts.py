"""Inserts that know of the rows that are there: only new ones, or their sums onto the old ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Insert, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import ReturningInsert
from sqlmodel import Session

from catalog.kernel.database import chunks, direct, is_server_session
from catalog.kernel.prepared import run


def insert_new(
    session: Session, table: Table, rows: Sequence[Mapping[str, Any]], returning: str
) -> set[Any]:
    """Insert the rows whose keys are new and leave the others as they are.

    Returns the values of column `returning` of the rows that went in.
    """
    if not rows:
        return set()
    statement = _insert_new(table, returning, is_server=is_server_session(session))
    fresh: set[Any] = set()
    for part in chunks(rows):
        fresh.update(direct(session).execute(statement, list(part)).scalars())
    return fresh


def insert_if_new(session: Session, table: Table, row: Mapping[str, Any]) -> bool:
    """Insert a row unless its key is there; whether it went in."""
    new = _unless_there(table, is_server=is_server_session(session))
    return run(session, new, row).rowcount == 1


@cache
def _insert_new(table: Table, returning: str, *, is_server: bool) -> ReturningInsert[Any]:
    return _unless_there(table, is_server=is_server).returning(table.c[returning])


@cache
def _unless_there(table: Table, *, is_server: bool) -> Insert:
    return insert_into(table, is_server=is_server).on_conflict_do_nothing()


@cache
def _adding(table: Table, sums: tuple[str, ...], *, is_server: bool) -> Insert:
    new = insert_into(table, is_server=is_server)
    totals = {name: table.c[name] + new.excluded[name] for name in sums}
    return new.on_conflict_do_update(index_elements=list(table.primary_key), set_=totals)


def insert_into(table: Table, *, is_server: bool) -> postgresql.Insert | sqlite.Insert:
    """An insert of the engine's own kind, which can say what happens to rows that are there."""
    return postgresql.insert(table) if is_server else sqlite.insert(table)


def adding(session: Session, table: Table, *sums: str) -> Insert:
    """Insert rows; of those that are there already only the columns `sums` grow by the new values.

    The rows are locked in the order in which they are given; no two have the same key.
    """
    return _adding(table, sums, is_server=is_server_session(session))
