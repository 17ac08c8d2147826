"""A store brings itself up to date: one process at a time, all or nothing, with a copy kept."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, make_url

from catalog.kernel.database import open_engine, to_url
from catalog.kernel.errors import Refused
from catalog.kernel.server_schema import alone, server_revision
from catalog.kernel.sqlite_copy import copy_before_upgrade
from catalog.kernel.sqlite_file import (
    FileStamp,
    locked,
    orphan_rows,
    read_stamp,
    stamp,
    upgrade_engine,
)

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"


@dataclass(frozen=True, slots=True)
class Schema:
    """A schema by its number, and the folders with the revisions that lead to it.

    Revision ids are the numbers in four digits, so that a SQLite header can hold them too.
    """

    number: int
    folders: tuple[Path, ...] = (MIGRATIONS / "versions",)


CURRENT = Schema(1)


def upgrade(store: str, *, told: bool = False, schema: Schema = CURRENT) -> int:
    """Create the store or bring it up to date, and return the number of its schema.

    A store made by a newer version is refused and left as it is. A server database is changed
    only when `told`: its operator does that after a dump.
    """
    url = make_url(to_url(store))
    if url.get_backend_name() == "sqlite":
        _upgrade_file(Path(str(url.database)), schema)
    else:
        engine = open_engine(store)
        try:
            _upgrade_server(engine, schema, told=told)
        finally:
            engine.dispose()
    return schema.number


def _upgrade_file(path: Path, schema: Schema) -> None:
    if _is_current(read_stamp(path), schema):
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with locked(path):
        found = read_stamp(path)
        if _is_current(found, schema):  # another process was first
            return
        if found is not None and found.has_tables:
            copy_before_upgrade(path, f"before-{schema.number:04d}-from-{found.schema:04d}")
        path.touch(mode=0o600)  # it holds activation codes
        _change_file(path, schema)


def _is_current(found: FileStamp | None, schema: Schema) -> bool:
    if found is None:
        return False
    _refuse_newer(found.schema, schema)
    return found.schema == schema.number


def _change_file(path: Path, schema: Schema) -> None:
    engine = upgrade_engine(path)
    try:
        with engine.begin() as connection:
            run_revisions(connection, schema)
            orphans = orphan_rows(connection)
            if orphans:
                raise Refused(
                    f"The upgrade would leave rows of {orphans[0]} without what they belong to; "
                    "it was undone and the store is as it was. Run `doctor` with the old version.",
                    code="orphan_rows",
                )
            stamp(connection, schema.number)
    finally:
        engine.dispose()


def _upgrade_server(engine: Engine, schema: Schema, *, told: bool) -> None:
    found = _server_number(engine, schema)
    if found == schema.number:
        return
    if not told:
        raise Refused(
            "The database on the server has no store of this version yet; nothing has changed. "
            "Back it up if it holds a store, then run `esim-store init`.",
            code="not_upgraded",
            field="store",
        )
    with alone(engine):
        if _server_number(engine, schema) != schema.number:
            with engine.begin() as connection:
                run_revisions(connection, schema)


def _server_number(engine: Engine, schema: Schema) -> int:
    with engine.connect() as connection:
        revision = server_revision(connection)
    number = int(revision or 0)
    _refuse_newer(number, schema)
    return number


def _refuse_newer(found: int, schema: Schema) -> None:
    if found > schema.number:
        raise Refused(
            f"The store was made by a newer version of this program (schema {found}, this one "
            f"knows {schema.number}); it was left as it is. Install the newer version.",
            code="newer_store",
            field="store",
        )


def run_revisions(connection: Connection, schema: Schema) -> None:
    """Run what is missing up to this schema, in the transaction of the connection."""
    from alembic import command

    command.upgrade(alembic_config(connection, schema), f"{schema.number:04d}")


def alembic_config(connection: Connection, schema: Schema) -> Config:
    """Alembic's settings for one run on this connection."""
    from alembic.config import Config

    folders = "\n".join(str(folder) for folder in schema.folders)
    config = Config()
    config.set_main_option("script_location", _plain(str(MIGRATIONS)))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", _plain(folders))
    config.attributes["connection"] = connection
    return config


def _plain(text: str) -> str:
    return text.replace("%", "%%")  # the option file format would expand a percent sign
