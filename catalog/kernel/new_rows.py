"""Rows made, read and written without the machinery of mapped classes, where that is felt."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import Executable, Insert, Table, insert
from sqlalchemy.orm import class_mapper, make_transient_to_detached
from sqlalchemy.orm.attributes import instance_state, manager_of_class, set_committed_value
from sqlmodel import Session, SQLModel

from catalog.kernel.database import direct
from catalog.kernel.prepared import run

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


def read_row(
    session: Session, kind: type[Row], statement: Executable, given: Mapping[str, Any]
) -> Row | None:
    """The first row of a statement over all columns of the table of `kind`; None without one.

    The session knows it as if it had read it itself. One that it knew already is told what there
    is now.
    """
    found = direct(session).execute(statement, given).mappings().first()
    if found is None:
        return None
    mapper = class_mapper(kind)
    row: Row = mapper.class_manager.new_instance()
    row.__dict__.update(found)
    known: Row | None = session.identity_map.get(mapper.identity_key_from_instance(row))
    if known is not None:
        tell(known, found)
        return known
    make_transient_to_detached(row)
    session.add(row)
    return row


def is_unwritten(row: SQLModel) -> bool:
    """Whether a session has the row and the database not yet."""
    return instance_state(row).pending


def write_new(session: Session, *rows: SQLModel) -> None:
    """Insert pending rows in this order, each by one plain statement; then they are values.

    SQLAlchemy's unit of work finds the order by itself, and takes longer for it than the database
    takes for the rows.
    """
    for row in rows:
        session.expunge(row)
    for row in rows:
        table = _table(type(row))
        values = {column.key: row.__dict__[column.key] for column in table.columns}
        run(session, _plain_insert(table), values)


def tell(row: SQLModel, values: Mapping[Any, Any]) -> None:
    """Tell a loaded row what a statement has just written, so that it is not read again."""
    for name, value in values.items():
        set_committed_value(row, name, value)


def _table(kind: type[SQLModel]) -> Table:
    table: Table = kind.__table__  # type: ignore[attr-defined]  # SQLModel adds it
    return table


@cache
def _plain_insert(table: Table) -> Insert:
    return insert(table)
