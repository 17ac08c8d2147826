"""Engine, sessions and column types: with `inserts` all that knows which database it is.

Use cases take a `Session`, flush and never commit; edges call `transact` (one unit of work, run
again when the database says "busy") or `snapshot` (reading only).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar

from sqlalchemy import (
    BigInteger,
    Connection,
    DateTime,
    Engine,
    Integer,
    Uuid,
    create_engine,
    event,
    make_url,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.types import TypeDecorator
from sqlmodel import Session, SQLModel

from catalog.kernel.log_copying import before_writing
from catalog.kernel.sqlite_lock import begin_writing
from catalog.kernel.trouble import busy, is_transient, told

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

CLUSTERED = TENANT | {"sqlite_with_rowid": False}
"""The same for small rows, which SQLite keeps in the index of their key and not beside it."""

OFTEN_CHANGED = TENANT | {"postgresql_with": {"fillfactor": 45}}
"""The same for rows that change again and again in columns without an index.

PostgreSQL writes the changed row beside the old one, where its page has room, and leaves the
indexes as they are.
"""

ID: Uuid[str] = Uuid(as_uuid=False)
"""The type of id columns: text in Python, `uuid` on PostgreSQL."""

ROW_NUMBER = BigInteger().with_variant(Integer(), "sqlite")
"""The type of a key under which SQLite keeps the row itself: found without an index beside it."""

BUSY_TIMEOUT_MS = 5_000
BUSY_WAIT_S = 15
"""How long a change is tried again; the last try may take one more `BUSY_TIMEOUT_MS`."""
RETRIES = 10
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


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_micros(instant: datetime) -> int:
    """Microseconds since 1970; what an `Instant` column holds."""
    if instant.tzinfo is None:
        raise ValueError("naive datetime")
    return (instant - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """The aware UTC instant so many microseconds after 1970."""
    return _EPOCH + micros * _MICROSECOND


class Instant(TypeDecorator[datetime]):
    """Aware UTC in, aware UTC out, kept as an integer: for rows that are read by the million."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Refuse naive values, store microseconds."""
        del dialect
        return None if value is None else to_micros(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """Give back `datetime.UTC`."""
        del dialect
        return None if value is None else from_micros(value)


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
    if connection.get_execution_options().get("reading", False):
        connection.exec_driver_sql("BEGIN")
        return
    driver: Any = connection.connection.dbapi_connection
    before_writing(connection, driver)
    try:
        begin_writing(driver, BUSY_TIMEOUT_MS)
    except sqlite3.OperationalError as error:
        raise OperationalError("BEGIN IMMEDIATE", None, error) from error


class _Remembering(Session):
    """A session that keeps hold of the rows it has read, so that none is read twice."""


@event.listens_for(_Remembering, "loaded_as_persistent")
@event.listens_for(_Remembering, "detached_to_persistent")
def _remember(session: Session, row: object) -> None:
    session.info.setdefault("read", []).append(row)


@contextmanager
def unit_of_work(engine: Engine) -> Iterator[Session]:
    """One writing transaction: committed at the end, rolled back on any error."""
    with _Remembering(engine, expire_on_commit=False) as session:
        with session.begin():
            yield session
        for tell_of_it in session.info.pop("committed", ()):
            tell_of_it()


def when_committed(session: Session, call: Callable[[], object]) -> None:
    """Call this as soon as the unit of work has become durable; never if it does not."""
    session.info.setdefault("committed", []).append(call)


@contextmanager
def snapshot(engine: Engine) -> Iterator[Session]:
    """One reading transaction: one consistent view, that never waits for writers on SQLite."""
    reading = engine.execution_options(reading=True)
    if is_server(engine):  # else each of its statements would see another state
        reading = reading.execution_options(isolation_level="REPEATABLE READ")
    with told(), Session(reading, expire_on_commit=False) as session, session.begin():
        yield session


def transact(engine: Engine, work: Callable[[Session], T]) -> T:
    """Run `work` in one unit of work, again from the start while the database is busy.

    `work` may run more than once, so it has no effect outside the session.
    """
    began = monotonic()
    with told():
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


def direct(session: Session) -> Connection:
    """The session's connection, for statements over tables alone; what is pending goes first.

    A session looks for mapped classes in every statement, which takes as long as a small one.
    """
    if session.autoflush:
        session.flush()
    known: Connection | None = session.info.get("connection")
    if known is None or known.closed:
        known = session.info["connection"] = session.connection()
    return known


def is_server_session(session: Session) -> bool:
    """The same question as `is_server`, asked of a session."""
    return session.get_bind().dialect.name != "sqlite"


def chunks(values: Sequence[T], size: int = _IN_CHUNK) -> Iterator[Sequence[T]]:
    """Parts of at most `size`, for IN lists and bulk statements."""
    return (values[start : start + size] for start in range(0, len(values), size))
