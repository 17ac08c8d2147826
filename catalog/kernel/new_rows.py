"""Rows made and written without the machinery of mapped classes, where that is felt."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import Insert, Table, insert
from sqlalchemy.orm.attributes import manager_of_class, set_committed_value
from sqlmodel import Session, SQLModel

Row = TypeVar("Row", bound=SQLModel)


def new_row(kind: type[Row], /, **values: Any) -> Row:
    """A row that is new, made of its columns; those that are not named have their defaults.

    What calling the class does, without looking at each field as a validating model would.
    """
    row = manager_of_class(kind).new_instance()
    row.__dict__.update(_defaults(kind) | values)
    return row


@cache
def _defaults(kind: type[SQLModel]) -> dict[str, Any]:
    return {column.key: getattr(column.default, "arg", None) for column in _table(kind).columns}


def write_new(session: Session, *rows: SQLModel) -> None:
    """Insert pending rows in this order, each by one plain statement; then they are values.

    SQLAlchemy's unit of work finds the order by itself, and takes longer for it than the database
    takes for the rows.
    """
    connection = session.connection()
    for row in rows:
        session.expunge(row)
        table = _table(type(row))
        values = {column.key: row.__dict__[column.key] for column in table.columns}
        connection.execute(_plain_insert(table), values)


def tell(row: SQLModel, values: Mapping[str, Any]) -> None:
    """Tell a loaded row what a statement has just written, so that it is not read again."""
    for name, value in values.items():
        set_committed_value(row, name, value)


def _table(kind: type[SQLModel]) -> Table:
    table: Table = kind.__table__  # type: ignore[attr-defined]  # SQLModel adds it
    return table


@cache
def _plain_insert(table: Table) -> Insert:
    return insert(table)
