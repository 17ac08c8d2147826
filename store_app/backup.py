"""A store copied while it sells, and brought back: a SQLite file from and into either engine."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, Table, func, insert, select

from catalog.kernel.database import file_of, open_engine
from catalog.kernel.errors import NotFound, Refused
from catalog.kernel.sqlite_copy import copy_checked, free_name, into_place
from catalog.kernel.sqlite_file import close_file, locked, read_stamp
from store_app.schema import METADATA
from store_app.upgrade import CURRENT, upgrade

_PART = 5_000


@dataclass(frozen=True, slots=True)
class BackupResult:
    """The size of the copy, and that it was read back and found whole."""

    bytes: int
    checked: bool


def back_up(engine: Engine, path: Path) -> BackupResult:
    """Copy the store to a file; others go on selling meanwhile.

    The store of a database server becomes a SQLite file too, read in one snapshot. Only an
    earlier copy is ever overwritten.
    """
    path = path.expanduser().absolute()
    _check_target(engine, path)
    source = file_of(engine)
    size = _copy_server(engine, path) if source is None else copy_checked(source, path)
    return BackupResult(size, checked=True)


def _check_target(engine: Engine, path: Path) -> None:
    source = file_of(engine)
    if source is not None and path.resolve() == source.resolve():
        raise Refused(
            "A copy over the store itself is no copy; nothing was written. Name another file.",
            code="same_file",
            field="file",
        )
    if not path.parent.is_dir():
        raise NotFound(
            f"There is no folder {path.parent}; nothing was written.",
            code="no_folder",
            field="file",
        )
    read_stamp(path)  # refuses what is not a store: it is somebody's file


def _copy_server(engine: Engine, path: Path) -> int:
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        partial = Path(folder) / "copy.db"
        upgrade(str(partial))
        with _opened(str(partial)) as copy, _frozen(engine) as source, copy.begin() as target:
            copy_rows(source, target)
        close_file(partial)
        into_place(partial, path)
    return path.stat().st_size


@contextmanager
def _frozen(engine: Engine) -> Iterator[Connection]:
    """One snapshot of everything, whatever others commit meanwhile."""
    with engine.connect() as connection:
        yield connection.execution_options(isolation_level="REPEATABLE READ")


@contextmanager
def _opened(store: str) -> Iterator[Engine]:
    engine = open_engine(store)
    try:
        yield engine
    finally:
        engine.dispose()


def copy_rows(source: Connection, target: Connection) -> None:
    """Copy every row of every table, parents first, and count them on both sides."""
    for table in METADATA.sorted_tables:
        rows = source.execution_options(yield_per=_PART).execute(select(table))
        for part in rows.mappings().partitions(_PART):
            target.execute(insert(table), [dict(row) for row in part])
        if _count(source, table) != _count(target, table):
            raise Refused(
                f"The copy of {table.name} is not complete and was thrown away. Try again.",
                code="damaged",
            )


def _count(connection: Connection, table: Table) -> int:
    return connection.execute(select(func.count()).select_from(table)).scalar_one()


def restore(address: str, file: Path | None, copy: Path, now: datetime) -> BackupResult:
    """Bring back a copy made by `back_up`; `file` is the store's own, None for a server.

    A file store is put aside under the instant of the restore, never deleted, and is refused
    while anybody has it open. On a server the copy goes only into an empty store.
    """
    copy = copy.expanduser().absolute()
    _check_copy(copy)
    if file is None:
        return _restore_server(address, copy)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with locked(file):
        if file.exists():
            close_file(file)
        ready = file.with_name(file.name + ".restored")
        copy_checked(copy, ready)
        if file.exists():
            put_aside = f"{file.stem}-before-restore-{now:%Y%m%dT%H%M%S}.db"
            file.rename(free_name(file.with_name(put_aside)))
        into_place(ready, file)
    upgrade(address)
    return BackupResult(file.stat().st_size, checked=True)


def _check_copy(copy: Path) -> None:
    stamp = read_stamp(copy)
    if stamp is None or not stamp.has_tables:
        raise NotFound(
            f"There is no copy of a store at {copy}; nothing has changed.",
            code="no_copy",
            field="file",
        )
    if stamp.schema > CURRENT.number:
        raise Refused(
            "The copy was made by a newer version of this program; nothing has changed. Install "
            "that version.",
            code="newer_store",
            field="file",
        )


def _restore_server(address: str, copy: Path) -> BackupResult:
    upgrade(address, told=True)
    with tempfile.TemporaryDirectory() as folder:
        current = Path(folder) / "copy.db"
        copy_checked(copy, current)
        upgrade(str(current))
        with (
            _opened(str(current)) as copied,
            _opened(address) as server,
            copied.connect() as source,
            server.begin() as target,
        ):
            _refuse_rows(target)
            copy_rows(source, target)
        return BackupResult(current.stat().st_size, checked=True)


def _refuse_rows(target: Connection) -> None:
    for table in METADATA.sorted_tables:
        if _count(target, table):
            raise Refused(
                "The store on the server is not empty; nothing has changed. Name an empty "
                "database.",
                code="not_empty",
                field="store",
            )
