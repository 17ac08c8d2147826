"""Engine, sessions and column types: the one place that knows which database it is.

Use cases take a `Session`, flush and never commit; edges call `transact` (one unit of work, run
again when the database says "busy") or `snapshot` (reading only).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar

from sqlalchemy import (
    ColumnElement,
    Connection,
    DateTime,
    Engine,
    Insert,
    Table,
    Update,
    Uuid,
    create_engine,
    event,
    make_url,
    type_coerce,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import TypeDecorator, TypeEngine
from sqlmodel import Session, SQLModel

from catalog.kernel.trouble import busy, machine_trouble

T = TypeVar("T")

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

TENANT: dict[str, Any] = {"info": {"schema": "tenant"}}
"""Table arguments of everything that belongs to one shop."""

ID: Uuid[str] = Uuid(as_uuid=False)
"""The type of id columns: text in Python, `uuid` on PostgreSQL."""


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


def _dashed(text: str | None) -> str | None:
    if text is None:
        return None
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).replace(tzinfo=UTC)


def _in_utc(value: datetime | None) -> datetime | None:
    return None if value is None else value.astimezone(UTC)


def bulk_columns(*columns: ColumnElement[Any]) -> list[ColumnElement[Any]]:
    """Columns for a statement that reads very many rows; what they hold is the same."""
    return [_bulk(one) for one in columns]


def _bulk(column: ColumnElement[Any]) -> ColumnElement[Any]:
    if isinstance(column.type, Uuid):
        return type_coerce(column, _BulkId()).label(column.key)
    if isinstance(column.type, UtcDateTime):
        return type_coerce(column, _BulkInstant()).label(column.key)
    return column


BUSY_TIMEOUT_MS = 5_000
BUSY_WAIT_S = 15
"""How long a change is tried again; the last try may take one more `BUSY_TIMEOUT_MS`."""
RETRIES = 10
_TRANSIENT_STATES = {"40001", "40P01", "55P03", "57P01", "57P02", "57P03"}
_IN_CHUNK = 500  # below every engine's limit on bound parameters in one IN list


class UtcDateTime(TypeDecorator[datetime]):
    """Aware UTC in, aware UTC out; SQLite forgets zones, so naive values are refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive values, store UTC."""
        del dialect
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive datetime")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give back `datetime.UTC` whatever the driver said."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def is_server(engine: Engine) -> bool:
    """Whether the store is on a database server, and not in a file of its own."""
    return engine.dialect.name != "sqlite"


def file_of(engine: Engine) -> Path | None:
    """The file of a SQLite store."""
    return None if is_server(engine) else Path(str(engine.url.database))


def to_url(store: str) -> str:
    """A database address from what people type: a URL, or the path of a SQLite file."""
    if "://" in store:
        return store.replace("postgresql://", "postgresql+psycopg://", 1)
    return f"sqlite:///{Path(store).expanduser().absolute()}"


def open_engine(store: str) -> Engine:
    """An engine with this store's settings; nothing is connected or created yet."""
    url = make_url(to_url(store))
    if url.get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True, hide_parameters=True)
    engine = create_engine(url, hide_parameters=True)  # parameters hold codes; errors are logged
    event.listen(engine, "connect", _set_pragmas)
    event.listen(engine, "begin", _begin)
    return engine


def _set_pragmas(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # BEGIN and COMMIT are ours, so that DDL rolls back too
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={BUSY_TIMEOUT_MS}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    # A deferred transaction that writes later can fail with BUSY at once: writers lock first.
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


@contextmanager
def unit_of_work(engine: Engine) -> Iterator[Session]:
    """One writing transaction: committed at the end, rolled back on any error."""
    with Session(engine, expire_on_commit=False) as session, session.begin():
        yield session


@contextmanager
def snapshot(engine: Engine) -> Iterator[Session]:
    """One reading transaction: a consistent view that never waits for writers on SQLite."""
    reading = engine.execution_options(reading=True)
    with _told(), Session(reading, expire_on_commit=False) as session, session.begin():
        yield session


@contextmanager
def _told() -> Iterator[None]:
    """Trouble of the disk as `Unavailable`, in words."""
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        trouble = machine_trouble(error)
        if trouble is None:
            raise
        raise trouble from error


def transact(engine: Engine, work: Callable[[Session], T]) -> T:
    """Run `work` in one unit of work, again from the start while the database is busy.

    `work` may run more than once, so it has no effect outside the session.
    """
    began = monotonic()
    with _told():
        try:
            return _once(engine, work)
        except DBAPIError as error:
            if not is_transient(error):
                raise
        return _insist(engine, work, BUSY_WAIT_S - (monotonic() - began))


def _once(engine: Engine, work: Callable[[Session], T]) -> T:
    with unit_of_work(engine) as session:
        return work(session)


def _insist(engine: Engine, work: Callable[[Session], T], seconds: float) -> T:
    import stamina

    @stamina.retry(
        on=is_transient,
        attempts=RETRIES,
        timeout=max(seconds, 0.001),
        wait_initial=0.005,
        wait_max=0.5,
    )
    def again() -> T:
        return _once(engine, work)

    try:
        return again()
    except DBAPIError as error:
        if not is_transient(error):
            raise
        raise busy() from error


def is_transient(error: Exception) -> bool:
    """Whether the same transaction may succeed when it is run again."""
    if not isinstance(error, DBAPIError):
        return False
    cause = error.orig
    if isinstance(cause, sqlite3.OperationalError):
        return any(word in str(cause) for word in ("locked", "busy"))
    state = str(getattr(cause, "sqlstate", None) or "")
    return state in _TRANSIENT_STATES or state.startswith("08")


def insert_new(
    session: Session, table: Table, rows: Sequence[Mapping[str, Any]], returning: str
) -> set[Any]:
    """Insert the rows whose keys are new and leave the others as they are.

    Returns the values of column `returning` of the rows that went in.
    """
    if not rows:
        return set()
    maker = postgresql.insert if is_server_session(session) else sqlite.insert
    statement = maker(table).on_conflict_do_nothing().returning(table.c[returning])
    fresh: set[Any] = set()
    for part in chunks(rows):
        fresh.update(session.execute(statement, list(part)).scalars())
    return fresh


def add_up(
    session: Session, table: Table, rows: Sequence[Mapping[str, Any]], sums: Sequence[str]
) -> None:
    """Insert the rows, and where a row of the same primary key stands add the columns `sums` to it.

    No two of the rows have the same key.
    """
    if not rows:
        return
    maker = postgresql.insert if is_server_session(session) else sqlite.insert
    statement = maker(table)
    added = {name: table.c[name] + statement.excluded[name] for name in sums}
    keys = list(table.primary_key.columns)
    session.execute(statement.on_conflict_do_update(index_elements=keys, set_=added), list(rows))


def execute_many(
    session: Session, statement: Insert | Update, rows: Sequence[Mapping[str, Any]]
) -> None:
    """One statement for very many rows, which name each of its parameters.

    What SQLAlchemy does for each row anew is done once; defaults of the program are not filled in.
    """
    if not rows:
        return
    connection = session.connection()
    columns = list(rows[0]) if isinstance(statement, Insert) else []
    compiled: Any = statement.compile(dialect=connection.dialect, column_keys=columns)
    binds = [
        (name, bind.value, bind.type.dialect_impl(connection.dialect))
        for bind, name in compiled.bind_names.items()
    ]
    if compiled.positional:
        binds.sort(key=lambda one: compiled.positiontup.index(one[0]))
    values = [
        _bound(rows, name, fixed, one.bind_processor(connection.dialect))
        for name, fixed, one in binds
    ]
    names = [name for name, _value, _type in binds]
    parameters: Any = list(zip(*values, strict=True))
    if not compiled.positional:
        parameters = [dict(zip(names, one, strict=True)) for one in parameters]
    connection.exec_driver_sql(compiled.string, parameters)


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


def is_server_session(session: Session) -> bool:
    """The same question as `is_server`, asked of a session."""
    return session.get_bind().dialect.name != "sqlite"


def chunks(values: Sequence[T], size: int = _IN_CHUNK) -> Iterator[Sequence[T]]:
    """Parts of at most `size`, for IN lists and bulk statements."""
    for start in range(0, len(values), size):
        yield values[start : start + size]
