"""Copying the log of a SQLite store into the store while a long run of transactions goes on."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Lock, Thread
from typing import Any

from sqlalchemy import Connection, Engine

_AGAIN_S = 1
_PAGES = 1_000  # that SQLite lets the log grow to, then a commit copies it
_MOST_PAGES = 32_000  # of 4 KB that the log grows to meanwhile, for want of a moment to begin anew
_COPIER = "log_copier"


@contextmanager
def log_copied_apart(engine: Engine) -> Iterator[Engine]:
    """The engine for a long run of writing transactions: a thread copies what they log.

    A commit is durable once it is in the log. SQLite copies the log in the very commit that
    makes it too long, and the program waits for that each time.
    """
    if engine.dialect.name != "sqlite":
        yield engine
        return
    copier = _Copier(engine)
    thread = Thread(target=copier.run, name="log copier", daemon=True)
    thread.start()
    try:
        yield engine.execution_options(**{_COPIER: copier})
    finally:
        copier.done.set()
        thread.join()


def before_writing(connection: Connection, driver: sqlite3.Connection) -> None:
    """Say whether commits of this connection copy the log, and keep it from growing for ever."""
    copier: _Copier | None = connection.get_execution_options().get(_COPIER)
    pages = 0 if copier else _PAGES
    if connection.info.get(_COPIER, _PAGES) != pages:
        driver.execute(f"PRAGMA wal_autocheckpoint={pages}")
        connection.info[_COPIER] = pages
    if copier:
        copier.make_room(driver)


class _Copier:
    """Copies what is logged again and again until it is `done`, and then once more."""

    def __init__(self, engine: Engine) -> None:
        self.done = Event()
        self._engine = engine
        self._pages = 0
        self._copying = Lock()

    def run(self) -> None:
        connection: Any = self._engine.raw_connection()
        try:
            while not self.done.wait(_AGAIN_S):
                self._copy(connection.dbapi_connection)
            self._copy(connection.dbapi_connection)
        finally:
            connection.close()

    def make_room(self, driver: sqlite3.Connection) -> None:
        """Copy all of a long log while nobody writes: the next transaction begins it anew."""
        if self._pages > _MOST_PAGES and self._copy(driver):
            self._pages = 0

    def _copy(self, driver: sqlite3.Connection) -> bool:
        """Copy what is logged; whether that was all. A failure changes nothing: it stays logged."""
        with self._copying, suppress(sqlite3.OperationalError):
            row = driver.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            _is_busy, self._pages, copied = row
            return bool(copied == self._pages)
        return False
