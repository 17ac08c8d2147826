"""Many rows written at once, column by column: the fastest way of each engine behind one name.

Columns are lists or series of what the driver stores (integers, text, flags), or one value for
all rows, which may then be of any type that the column takes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Table
from sqlmodel import Session

from catalog.kernel.database import is_server_session
from catalog.kernel.drivers import array_text, driver_cursor, unnest

Columns = Mapping[str, Any]
"""Lists or series of one length by column name; anything else is the same in every row."""

_TOGETHER = 16  # rows that one statement inserts: half as much work as one by one


def insert_rows(session: Session, table: Table, columns: Columns) -> None:
    """Insert rows; `COPY` on PostgreSQL."""
    with driver_cursor(session) as cursor:
        if is_server_session(session):
            _copy(cursor, session, table, columns)
        else:
            _insert_each(cursor, session, table, columns)


def insert_new_rows(session: Session, table: Table, columns: Columns) -> int:
    """Insert the rows whose keys are new and leave the others as they are; how many went in."""
    with driver_cursor(session) as cursor:
        if is_server_session(session):
            return _copy_new(cursor, session, table, columns)
        before = cursor.connection.total_changes
        _insert_each(cursor, session, table, columns, "OR IGNORE ")
        return int(cursor.connection.total_changes - before)


def _copy_new(cursor: Any, session: Session, table: Table, columns: Columns) -> int:
    """`COPY`, which is fast and takes all or nothing; when that fails the slower way."""
    from psycopg.errors import UniqueViolation

    cursor.execute("SAVEPOINT new_rows")
    try:
        _copy(cursor, session, table, columns)
        return int(cursor.rowcount)
    except UniqueViolation:
        cursor.execute("ROLLBACK TO SAVEPOINT new_rows")
    names = ", ".join(columns)
    listed, values = _listed(session, table, columns)
    cursor.execute(
        f"INSERT INTO {table.name} ({names}) SELECT {names} FROM {listed} ON CONFLICT DO NOTHING",  # noqa: S608 - names of ours
        values,
    )
    return int(cursor.rowcount)


def update_rows(
    session: Session, table: Table, key: str, columns: Columns, was: Columns | None = None
) -> int:
    """Set columns of the rows that a key column, which is among them, names; how many were set.

    A row that is no longer as it `was`, column by column, stays as it is.
    """
    names, was = [name for name in columns if name != key], was or {}
    if not len(columns[key]):
        return 0
    listed = {name: columns[name] for name in names}
    listed |= {f"old_{name}": was[name] for name in was} | {key: columns[key]}
    with driver_cursor(session) as cursor:
        if is_server_session(session):
            rows, values = _listed(session, table, listed)
            cursor.execute(_update_from(table, key, names, was, rows), values)
        else:
            marks, lists = _marked(session, table, listed)
            cursor.executemany(_update(table, key, marks, was), zip(*lists, strict=True))
        return int(cursor.rowcount)


def _update(table: Table, key: str, marks: Mapping[str, str], was: Iterable[str]) -> str:
    old = {f"old_{name}": name for name in was}
    values = ", ".join(f"{name} = {marks[name]}" for name in marks if name not in {key, *old})
    same = [f"{name} IS {marks[old_name]}" for old_name, name in old.items()]
    where = " AND ".join([*same, f"{key} = {marks[key]}"])
    return f"UPDATE {table.name} SET {values} WHERE {where}"  # noqa: S608 - names of ours


def _update_from(
    table: Table, key: str, names: Sequence[str], was: Iterable[str], listed: str
) -> str:
    values = ", ".join(f"{name} = listed.{name}" for name in names)
    same = [f"{table.c[name]} IS NOT DISTINCT FROM listed.old_{name}" for name in was]
    where = " AND ".join([f"{table.c[key]} = listed.{key}", *same])
    return f"UPDATE {table.name} SET {values} FROM {listed} WHERE {where}"  # noqa: S608 - names of ours


def _insert_each(
    cursor: Any, session: Session, table: Table, columns: Columns, manner: str = ""
) -> None:
    """Insert rows, some in each statement and the last few one by one."""
    marks, lists = _marked(session, table, columns)
    insert = f"INSERT {manner}INTO {table.name} ({', '.join(marks)}) VALUES "  # noqa: S608 - names of ours
    row, rows = f"({', '.join(marks.values())})", len(lists[0])
    whole = rows - rows % _TOGETHER
    apart = (one[place:whole:_TOGETHER] for place in range(_TOGETHER) for one in lists)
    cursor.executemany(insert + ", ".join([row] * _TOGETHER), zip(*apart, strict=True))
    cursor.executemany(insert + row, zip(*(one[whole:] for one in lists), strict=True))


def _marked(
    session: Session, table: Table, columns: Columns
) -> tuple[dict[str, str], list[list[Any]]]:
    """What stands for each column in a statement of SQLite, and the lists of the marks.

    A number, a flag or null in the statement itself costs nothing for each row; the driver takes
    ten times as long for a null or a flag as for a number. One list at least tells how many rows
    there are.
    """
    marks, lists = dict[str, str](), list[list[Any]]()
    for name, value in columns.items():
        is_many = _is_many(value)
        shared = _shared(value) if is_many else (_bound(session, table, name, value),)
        is_word = shared and not isinstance(shared[0], str | bytes) and (lists or not is_many)
        if is_word:
            marks[name] = "NULL" if shared[0] is None else f"{shared[0]:d}"
        else:
            marks[name] = "?"
            lists.append([shared[0]] * _height(columns) if shared else _list_of(value))
    return marks, lists


def _shared(values: Any) -> tuple[Any, ...]:
    """The one value of all rows of a series; nothing when they differ, or for a list."""
    if isinstance(values, list) or values.is_empty() or values[0] != values[-1]:
        return ()
    first, nulls = values[0], values.null_count()
    is_same = nulls == len(values) if first is None else not nulls and (values == first).all()
    return (first,) if is_same else ()


def _height(columns: Columns) -> int:
    """How many rows the columns have."""
    return next(len(value) for value in columns.values() if _is_many(value))


def _is_many(value: Any) -> bool:
    return isinstance(value, list) or hasattr(value, "to_list")


def _list_of(value: Any) -> list[Any]:
    return value if isinstance(value, list) else list(value.to_list())


def _bound(session: Session, table: Table, name: str, value: Any) -> Any:
    dialect = session.get_bind().dialect
    kind = table.c[name.removeprefix("old_")].type.dialect_impl(dialect)
    process = kind.bind_processor(dialect)
    return process(value) if process else value


def _copy(cursor: Any, session: Session, table: Table, columns: Columns) -> None:
    """`COPY` of the rows as one text, which costs a fraction of handing them over one by one."""
    import polars as pl

    lists = {name: value for name, value in columns.items() if _is_many(value)}
    same = {
        name: pl.lit(None if (bound := _bound(session, table, name, value)) is None else str(bound))
        for name, value in columns.items()
        if name not in lists
    }
    frame = pl.DataFrame(lists).with_columns(**same)
    text = frame.select(*columns).write_csv(include_header=False, quote_style="non_numeric")
    with cursor.copy(f"COPY {table.name} ({', '.join(columns)}) FROM STDIN (FORMAT csv)") as copy:
        copy.write(text)


def _listed(session: Session, table: Table, columns: Columns) -> tuple[str, list[Any]]:
    """The rows as a table of PostgreSQL, and the values that stand in it."""
    same = [name for name, value in columns.items() if not _is_many(value)]
    kinds = {name: table.c[name.removeprefix("old_")] for name in columns}
    values = [_bound(session, table, name, columns[name]) for name in same]
    values += [array_text(value) for value in columns.values() if _is_many(value)]
    return unnest(kinds, same), values
