"""Rows that many keys name, read at once: the keys are one parameter together."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    FromClause,
    Integer,
    Select,
    Table,
    any_,
    cast,
    func,
    literal,
    select,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.sql.visitors import iterate
from sqlalchemy.types import NullType, TypeEngine
from sqlmodel import Session

from catalog.kernel.database import is_server_session
from catalog.kernel.drivers import array_text, driver_cursor, unnest

if TYPE_CHECKING:
    import polars as pl


def among(
    session: Session, column: ColumnElement[Any], keys: Sequence[Any] | pl.Series
) -> ColumnElement[bool]:
    """Whether a column is one of many keys, integers or text, which are one parameter together."""
    if is_server_session(session):
        return column == any_(_array(keys, column.type))
    listed = func.json_each(_as_json(keys)).table_valued("value")
    return column.in_(select(listed.c.value))


def _array(values: Any, kind: TypeEngine[Any]) -> ColumnElement[Any]:
    """A list or series as one parameter of PostgreSQL.

    It has no type but that of the cast: text would be cast again for each row.
    """
    return cast(literal(array_text(values), NullType()), postgresql.ARRAY(kind))


def _as_json(keys: Sequence[Any] | pl.Series) -> str:
    """The keys as a list of JSON; those of a series without one of them being a value of Python."""
    if not hasattr(keys, "to_frame"):
        return json.dumps(list(keys))
    import polars as pl

    in_one = pl.struct(pl.col("keys").implode()).struct.json_encode()
    text: str = keys.to_frame("keys").select(in_one).item()
    return text.removeprefix('{"keys":').removesuffix("}")


def listed(session: Session, columns: Mapping[str, Sequence[int]]) -> FromClause:
    """Lists of integers as a table of the database, one column each."""
    if is_server_session(session):
        arrays = (_array(one, BigInteger()) for one in columns.values())
        return func.unnest(*arrays).table_valued(*columns, name="listed").render_derived()
    rows = func.json_each(json.dumps(list(zip(*columns.values(), strict=True)))).table_valued(
        "value"
    )
    places = enumerate(columns)
    cells = (func.json_extract(rows.c.value, f"$[{n}]").label(name) for n, name in places)
    return select(*cells).subquery("listed")


def csv_of(session: Session, statement: Select[Any]) -> bytes:
    """The rows of a statement, integers and text, as the database writes CSV itself.

    No value becomes one of Python's, and other threads go on meanwhile.
    """
    if is_server_session(session):
        asked = statement.compile(dialect=session.get_bind().dialect)
        copied = f"COPY ({asked}) TO STDOUT (FORMAT csv)"
        with driver_cursor(session) as cursor, cursor.copy(copied, asked.params) as copy:
            return b"".join(copy)
    cells = [_cell(column) for column in statement.selected_columns]
    row = func.printf(",".join(mark for mark, _ in cells), *(value for _, value in cells))
    joined = func.group_concat(row, "\n")
    text = session.execute(statement.with_only_columns(joined, maintain_column_froms=True))
    return (text.scalar_one() or "").encode()


def _cell(column: ColumnElement[Any]) -> tuple[str, ColumnElement[Any]]:
    """What stands for a value in the row of CSV, and the value; null is an empty cell."""
    read = [one for one in iterate(column) if isinstance(one, Column)]
    is_given = bool(read) and not any(one.nullable for one in read)
    if isinstance(column.type, Integer):
        return "%d" if is_given else "%s", column  # the first makes no text of each number
    if is_given:
        return '"%w"', column
    return "%s", literal('"').concat(func.replace(column, '"', '""')).concat('"')


def rows_at(
    session: Session, table: Table, names: Sequence[str], keys: Mapping[str, list[Any]]
) -> list[Any]:
    """Columns of the rows with these keys, of several columns each, as the driver gives them."""
    wanted = ", ".join(f"{table.name}.{name}" for name in names)
    with driver_cursor(session) as cursor:
        if is_server_session(session):
            listed = unnest({name: table.c[name] for name in keys})
            given: list[Any] = [array_text(one) for one in keys.values()]
            same = [f"{table.c[name]} = listed.{name}" for name in keys]
            join = f"{listed} JOIN"
        else:
            given = [json.dumps(list(zip(*keys.values(), strict=True)))]
            places = enumerate(keys)
            same = [f"{table.c[name]} = json_extract(value, '$[{n}]')" for n, name in places]
            join = "json_each(?) CROSS JOIN"  # in this order: a key after the other
        where = " AND ".join(same)
        asked = f"SELECT {wanted} FROM {join} {table.name} ON {where}"  # noqa: S608 - names of ours
        return list(cursor.execute(asked, given).fetchall())
