"""One statement for tens of thousands of rows that are values of the program, in or out."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Insert, Update, Uuid, type_coerce
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeEngine
from sqlmodel import Session

from catalog.kernel.database import UtcDateTime
from catalog.kernel.prepared import prepared


class _BulkId(TypeEngine[str]):
    """Ids that are read in the tens of thousands, without a `UUID` object for each."""

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any]:
        del coltype
        return _text if dialect.supports_native_uuid else _dashed


class _BulkInstant(TypeEngine[datetime]):
    """Instants that are read in the tens of thousands."""

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any]:
        del coltype
        return _instant if dialect.name == "sqlite" else _in_utc


def _text(value: object) -> str | None:
    return None if value is None else str(value)


@lru_cache(maxsize=50_000)  # the same ids stand in several tables that are read together
def _dashed(text: str | None) -> str | None:
    if text is None:
        return None
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(f"{text}+00:00")


def _in_utc(value: datetime | None) -> datetime | None:
    return None if value is None else value.astimezone(UTC)


@contextmanager
def uncollected() -> Iterator[None]:
    """Make values by the ten thousands without the collector looking for cycles among them."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def bulk_columns(*columns: ColumnElement[Any]) -> list[ColumnElement[Any]]:
    """Columns for a statement that reads very many rows; what they hold is the same."""
    return [_bulk(one) for one in columns]


def _bulk(column: ColumnElement[Any]) -> ColumnElement[Any]:
    if isinstance(column.type, Uuid):
        return type_coerce(column, _BulkId()).label(column.key)
    if isinstance(column.type, UtcDateTime):
        return type_coerce(column, _BulkInstant()).label(column.key)
    return column


def execute_many(
    session: Session, statement: Insert | Update, rows: Sequence[Mapping[str, Any]]
) -> None:
    """One statement for very many rows, which name each of its parameters.

    What SQLAlchemy does for each row anew is done once.
    """
    if not rows:
        return
    connection = session.connection()
    once = prepared(statement, connection.dialect, list(rows[0]))
    columns = [_bound(rows, *bind) for bind in once.binds]
    values: Any = list(zip(*columns, strict=True))
    if not once.is_positional:
        names = [name for name, _fixed, _take in once.binds]
        values = [dict(zip(names, one, strict=True)) for one in values]
    connection.exec_driver_sql(once.text, values)


def _bound(
    rows: Sequence[Mapping[str, Any]],
    name: str,
    fixed: object,
    take: Callable[[Any], Any] | None,
) -> list[Any]:
    """One parameter of all rows as the driver takes it; what rows do not name is `fixed`."""
    if name not in rows[0]:
        return [take(fixed) if take else fixed] * len(rows)
    return [take(row[name]) for row in rows] if take else [row[name] for row in rows]
