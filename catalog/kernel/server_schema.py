"""The schema of a store on a database server: its revision, and changing it alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, String, column, func, inspect, select, table

_LOCK = 0x6553494D
"""Any number that every version of this program agrees on."""

_NOTED = table("alembic_version", column("version_num", String))


def server_revision(connection: Connection) -> str | None:
    """The revision that Alembic noted; None for a database without this program's tables."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.scalar(select(_NOTED.c.version_num))


@contextmanager
def alone(engine: Engine) -> Iterator[None]:
    """Alone with the schema: an advisory lock held by a connection of its own."""
    with engine.connect() as connection:
        connection.execute(select(func.pg_advisory_lock(_LOCK)))
        try:
            yield
        finally:
            connection.execute(select(func.pg_advisory_unlock(_LOCK)))
