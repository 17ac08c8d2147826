"""The drivers themselves, where SQLAlchemy would take a step for each of very many rows."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
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


def unnest(columns: Mapping[str, Column[Any]], same: Collection[str] = ()) -> str:
    """The rows as a table of PostgreSQL, out of one array for each column, then the `same` ones.

    Those are one value for all rows.
    """
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy's own
    kinds = {name: column.type.compile(dialect) for name, column in columns.items()}
    many = [name for name in columns if name not in same]
    arrays = ", ".join(f"%s::{kinds[name]}[]" for name in many)
    values = "".join(f", %s::{kinds[name]} AS {name}" for name in same)
    rows = f"unnest({arrays}) AS each({', '.join(many)})"
    return f"(SELECT each.*{values} FROM {rows}) AS listed"  # noqa: S608 - names of ours


def array_text(values: Any) -> str:
    """A list or series as PostgreSQL writes an array: drivers take its elements one by one."""
    import polars as pl

    series = pl.Series("all", values)
    if series.dtype == pl.String:
        series = '"' + series.str.replace_all(r"([\"\\])", r"\$1") + '"'
    return f"{{{series.cast(pl.String).fill_null('NULL').str.join(',').item()}}}"
