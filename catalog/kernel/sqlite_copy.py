"""Copies of a SQLite store: consistent while it is in use, checked before they count."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from itertools import chain, count
from pathlib import Path

from catalog.kernel.errors import Refused, Unavailable

COPIES_KEPT = 3


def copy_checked(source: Path, target: Path) -> int:
    """Copy a store while it is in use, check the copy, and only then put it in place.

    Returns the size of the copy in bytes; an existing target is replaced in one step.
    """
    partial = target.with_name(target.name + ".partial")
    partial.unlink(missing_ok=True)
    partial.touch(mode=0o600)  # it holds activation codes
    try:
        if not _copied(source, partial):
            raise Refused(
                f"{source} is damaged and its copy was thrown away; nothing else has changed. "
                "Run `doctor`, or take an earlier copy.",
                code="damaged",
            )
        into_place(partial, target)
    finally:
        partial.unlink(missing_ok=True)
    return target.stat().st_size


def _copied(source: Path, copy: Path) -> bool:
    """Copy every page, and say whether the copy is whole."""
    with closing(sqlite3.connect(source)) as store, closing(sqlite3.connect(copy)) as target:
        try:
            store.backup(target)
            target.execute("PRAGMA journal_mode=DELETE")  # one file, nothing beside it
            return bool(target.execute("PRAGMA quick_check").fetchone()[0] == "ok")
        except sqlite3.OperationalError as error:
            raise Unavailable(
                f"The copy of {source} can't be written: {error}. Nothing else has changed.",
                code="not_copied",
            ) from error
        except sqlite3.DatabaseError:
            return False


def free_name(path: Path) -> Path:
    """The path, or when it is taken the same with the first free number: nothing is overwritten."""
    numbered = (path.with_stem(f"{path.stem}-{number}") for number in count(2))
    return next(name for name in chain([path], numbered) if not os.path.lexists(name))


def into_place(partial: Path, target: Path) -> None:
    """Rename a finished file over its name, durably."""
    _sync(partial)
    partial.replace(target)
    if os.name == "posix":
        _sync(target.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def copy_before_upgrade(path: Path, name: str) -> None:
    """Keep a checked copy in `backups` beside the store, and no more than the last few."""
    if shutil.disk_usage(path.parent).free < 3 * path.stat().st_size:
        raise Refused(
            f"There is not enough free space beside {path} to upgrade it safely; nothing has "
            "changed. Free three times its size and start again.",
            code="no_space",
        )
    copies = path.parent / "backups"
    copies.mkdir(exist_ok=True)
    copy_checked(path, copies / f"{path.stem}-{name}.db")
    kept = sorted(copies.glob(f"{path.stem}-before-*.db"), key=lambda copy: copy.stat().st_mtime)
    for old in kept[:-COPIES_KEPT]:
        old.unlink()
