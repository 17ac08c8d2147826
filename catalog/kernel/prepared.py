"""Statements over tables, compiled once, where the work that SQLAlchemy does each time is felt."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CursorResult, Insert, Update
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeEngine
from sqlmodel import Session

from catalog.kernel.database import direct

Statement = Insert | Update
"""One without lists: those are spread over the statement when it is executed."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """The text of a statement, and how the driver takes each of its parameters.

    Attributes:
        binds: name, the value that it has in the statement itself, what makes the driver's value.

    """

    text: str
    is_positional: bool
    binds: tuple[tuple[str, Any, Callable[[Any], Any] | None], ...]

    def values(self, row: Mapping[str, Any]) -> Any:
        """The parameters of one row, as the driver takes them."""
        made = [
            take(row.get(name, fixed)) if take else row.get(name, fixed)
            for name, fixed, take in self.binds
        ]
        if self.is_positional:
            return tuple(made)
        return dict(zip((name for name, _fixed, _take in self.binds), made, strict=True))


def prepared(statement: Statement, dialect: Dialect, names: Sequence[str]) -> Prepared:
    """A statement whose parameters have these names, for a kind of database.

    Columns that are not named have the default that their table gives them, which is a constant.
    """
    columns = list(names) if isinstance(statement, Insert) else []
    compiled: Any = statement.compile(dialect=dialect, column_keys=columns)
    order = compiled.positiontup if compiled.positional else list(compiled.binds)
    binds = ((name, compiled.binds[name]) for name in order)
    unnamed = {column.key: column.default.arg for column in compiled.insert_prefetch}
    return Prepared(
        compiled.string,
        compiled.positional,
        tuple(
            (name, unnamed.get(name, one.value), _taken(one.type, dialect)) for name, one in binds
        ),
    )


def run(session: Session, statement: Statement, *rows: Mapping[str, Any]) -> CursorResult[Any]:
    """Execute a statement that the program keeps, for rows that name the same parameters.

    What it returns is as the driver gives it.
    """
    connection, names = direct(session), tuple(rows[0])
    key = (statement, connection.dialect.name, names)
    kept = _KEPT.get(key)
    if kept is None:
        kept = _KEPT[key] = prepared(statement, connection.dialect, names)
    values = [kept.values(row) for row in rows]
    return connection.exec_driver_sql(kept.text, values if len(values) > 1 else values[0])


_KEPT: dict[tuple[Statement, str, tuple[str, ...]], Prepared] = {}


def _taken(kind: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    """What makes a value the driver's."""
    return kind.dialect_impl(dialect).bind_processor(dialect)
