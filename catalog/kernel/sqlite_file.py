"""The file of a SQLite store: whose it is, having it alone, opening it for an upgrade."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event

from catalog.kernel.errors import Refused, Unavailable
from catalog.kernel.trouble import busy

APPLICATION_ID = 0x6553494D  # "eSIM"
LOCK_WAIT_S = 60


@dataclass(frozen=True, slots=True)
class FileStamp:
    """What the file's header says: whose file it is, its schema, and whether it holds tables."""

    application_id: int
    schema: int
    has_tables: bool


def read_stamp(path: Path) -> FileStamp | None:
    """The stamp of a SQLite file; None for a missing or empty file, `Refused` for another kind."""
    if not path.exists() or path.stat().st_size == 0:
        return None
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
            application_id, schema, tables = (
                connection.execute(question).fetchone()[0]
                for question in (
                    "PRAGMA application_id",
                    "PRAGMA user_version",
                    "SELECT count(*) FROM sqlite_master",
                )
            )
    except sqlite3.OperationalError as error:
        raise busy() if "locked" in str(error) else _cannot_open(path) from error
    except sqlite3.DatabaseError as error:
        raise _not_a_store(path) from error
    if tables and application_id != APPLICATION_ID:
        raise _not_a_store(path)
    return FileStamp(application_id, schema, bool(tables))


def _cannot_open(path: Path) -> Unavailable:
    return Unavailable(
        f"{path} can't be opened; nothing has changed. Check that you may read it and write to "
        "its folder.",
        code="unreachable",
        field="store",
    )


def _not_a_store(path: Path) -> Refused:
    return Refused(
        f"{path} is not a file of this program; it was left as it is. Name another file.",
        code="not_a_store",
        field="store",
    )


def stamp(connection: Connection, schema: int) -> None:
    """Mark the file as a store of this schema, inside the transaction that made it so."""
    connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.exec_driver_sql(f"PRAGMA user_version = {schema}")


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Alone with the file: a lock beside it, which the system releases when a process dies.

    The lock is SQLite's own on an empty file, so it works wherever the store does.
    """
    lock = path.with_name(path.name + ".lock")
    try:
        connection = sqlite3.connect(lock, timeout=LOCK_WAIT_S, isolation_level=None)
    except sqlite3.OperationalError as error:
        raise _cannot_open(path) from error
    with closing(connection):
        try:
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            raise Unavailable(
                "Another process is upgrading or restoring this store; nothing has changed. "
                "Try again when it is done.",
                code="busy",
            ) from error
        yield


def upgrade_engine(path: Path) -> Engine:
    """An engine for changing the schema only.

    Foreign keys are off from the start: rebuilding a table with them on deletes the children
    of its rows without an error, and inside a transaction they cannot be switched.
    """
    engine = create_engine(f"sqlite:///{path}")

    @event.listens_for(engine, "connect")
    def _(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=OFF")

    @event.listens_for(engine, "begin")
    def _(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def orphan_rows(connection: Connection) -> list[str]:
    """The tables with rows whose parent is missing, one entry for each such row."""
    return [str(row[0]) for row in connection.exec_driver_sql("PRAGMA foreign_key_check")]


def integrity(connection: Connection) -> str:
    """What SQLite itself says of the file's pages: `ok`, or its first complaint."""
    return str(connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar_one())


def close_file(path: Path) -> None:
    """Fold everything into the one file, or refuse because another process has it open."""
    try:
        with closing(sqlite3.connect(path, timeout=0)) as connection:
            connection.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.OperationalError as error:
        raise Refused(
            f"{path} is in use; nothing has changed. Leave the program everywhere first.",
            code="store_in_use",
        ) from error
