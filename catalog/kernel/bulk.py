"""Many rows at once, column by column: the fastest way of each engine behind one name.

Columns are lists of what the driver stores (integers, text, bytes), or one value for all rows,
which may then be of any type that the column takes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import repeat
from typing import Any

from sqlalchemy import ColumnElement, Table, any_, cast, func, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from catalog.kernel.database import is_server_session

Columns = Mapping[str, Any]
"""Lists of one length by column name; what is no list is the same in every row."""


def among(session: Session, column: ColumnElement[Any], keys: Sequence[Any]) -> ColumnElement[bool]:
    """Whether a column is one of many keys, integers or text, which are one parameter together."""
    if is_server_session(session):
        kind = postgresql.ARRAY(column.type)
        return column == any_(cast(list(keys), kind))
    listed = func.json_each(json.dumps(list(keys))).table_valued("value")
    return column.in_(select(listed.c.value))


def insert_rows(session: Session, table: Table, columns: Columns) -> None:
    """Insert rows; `COPY` on PostgreSQL."""
    rows = _rows(session, table, columns)
    with _cursor(session) as cursor:
        if is_server_session(session):
            _copy(cursor, table, columns, rows)
        else:
            cursor.executemany(_insert(table, columns), rows)


def insert_new_rows(session: Session, table: Table, columns: Columns) -> int:
    """Insert the rows whose keys are new and leave the others as they are; how many went in."""
    with _cursor(session) as cursor:
        if is_server_session(session):
            return _copy_new(cursor, session, table, columns)
        before = cursor.connection.total_changes
        rows = _rows(session, table, columns)
        cursor.executemany(_insert(table, columns, "OR IGNORE "), rows)
        return int(cursor.connection.total_changes - before)


def _copy_new(cursor: Any, session: Session, table: Table, columns: Columns) -> int:
    """`COPY`, which is fast and takes all or nothing; when that fails the slower way."""
    from psycopg.errors import UniqueViolation

    cursor.execute("SAVEPOINT new_rows")
    try:
        _copy(cursor, table, columns, _rows(session, table, columns))
        return int(cursor.rowcount)
    except UniqueViolation:
        cursor.execute("ROLLBACK TO SAVEPOINT new_rows")
    names, listed = ", ".join(columns), _listed(table, columns)
    cursor.execute(
        f"INSERT INTO {table.name} ({names}) SELECT * FROM {listed} ON CONFLICT DO NOTHING",  # noqa: S608 - names of ours
        _arrays(session, table, columns),
    )
    return int(cursor.rowcount)


def update_rows(session: Session, table: Table, key: str, columns: Columns) -> None:
    """Set columns of the rows that a key column, which is among them, names."""
    names = [name for name in columns if name != key]
    if not columns[key]:
        return
    with _cursor(session) as cursor:
        if is_server_session(session):
            values = ", ".join(f"{name} = listed.{name}" for name in names)
            cursor.execute(
                f"UPDATE {table.name} SET {values} FROM {_listed(table, columns)} "  # noqa: S608 - names of ours
                f"WHERE {table.name}.{key} = listed.{key}",
                _arrays(session, table, columns),
            )
            return
        values = ", ".join(f"{name} = ?" for name in names)
        ordered = {name: columns[name] for name in [*names, key]}
        cursor.executemany(
            f"UPDATE {table.name} SET {values} WHERE {key} = ?",  # noqa: S608 - names of ours
            _rows(session, table, ordered),
        )


@contextmanager
def _cursor(session: Session) -> Iterator[Any]:
    """The driver's own cursor, inside the session's transaction, with the errors of any other."""
    try:
        yield session.connection().connection.cursor()
    except Exception as error:
        if not hasattr(error, "sqlstate"):
            raise
        raise DBAPIError("many rows at once", None, error) from error


def _rows(session: Session, table: Table, columns: Columns) -> Iterator[tuple[Any, ...]]:
    return zip(*(_values(session, table, name, columns[name]) for name in columns), strict=False)


def _values(session: Session, table: Table, name: str, value: Any) -> Iterable[Any]:
    return value if isinstance(value, list) else repeat(_bound(session, table, name, value))


def _bound(session: Session, table: Table, name: str, value: Any) -> Any:
    dialect = session.get_bind().dialect
    kind = table.c[name].type.dialect_impl(dialect)
    process = kind.bind_processor(dialect)
    return process(value) if process else value


def _insert(table: Table, columns: Columns, manner: str = "") -> str:
    marks = ", ".join("?" * len(columns))
    return f"INSERT {manner}INTO {table.name} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608 - names of ours


def _copy(cursor: Any, table: Table, columns: Columns, rows: Iterable[Sequence[Any]]) -> None:
    with cursor.copy(f"COPY {table.name} ({', '.join(columns)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _listed(table: Table, columns: Columns) -> str:
    """The rows as a table of PostgreSQL, out of one array for each column."""
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy's own
    kinds = [table.c[name].type.compile(dialect) for name in columns]
    arrays = ", ".join(f"%s::{kind}[]" for kind in kinds)
    return f"unnest({arrays}) AS listed({', '.join(columns)})"


def _arrays(session: Session, table: Table, columns: Columns) -> list[list[Any]]:
    length = next(len(value) for value in columns.values() if isinstance(value, list))
    return [
        value if isinstance(value, list) else [_bound(session, table, name, value)] * length
        for name, value in columns.items()
    ]
