"""The drivers themselves, where SQLAlchemy would take a step for each of very many rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Column
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session


@contextmanager
def driver_cursor(session: Session) -> Iterator[Any]:
    """The driver's own cursor, inside the session's transaction, with the errors of any other."""
    try:
        yield session.connection().connection.cursor()
    except Exception as error:
        if not hasattr(error, "sqlstate"):
            raise
        raise DBAPIError("many rows at once", None, error) from error


def unnest(columns: Mapping[str, Column[Any]]) -> str:
    """The rows as a table of PostgreSQL, out of one array for each column."""
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy's own
    kinds = [column.type.compile(dialect) for column in columns.values()]
    arrays = ", ".join(f"%s::{kind}[]" for kind in kinds)
    return f"unnest({arrays}) AS listed({', '.join(columns)})"
