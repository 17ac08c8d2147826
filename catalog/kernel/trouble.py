"""Trouble of the machine in words: the disk is full, the store can't be written, it is locked."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from catalog.kernel.errors import Unavailable

_TRANSIENT_STATES = {"40001", "40P01", "55P03", "57P01", "57P02", "57P03"}
_FULL = (
    "The disk is full; nothing has changed. Free some space, then try again.",
    "disk_full",
)
_READ_ONLY = (
    (
        "The store can't be written here; nothing has changed. Check that its file and its folder "
        "may be written to, then try again."
    ),
    "read_only",
)
_DISK = (
    (
        "The disk did not read or write what was asked; nothing has changed. Check the disk and "
        "its free space, run `esim-store doctor`, then try again."
    ),
    "disk_error",
)
_BUSY = (
    (
        "The store's database is busy and did not take the change; nothing has changed. "
        "Try again in a moment."
    ),
    "busy",
)
_SAID_BY_SQLITE = {
    "database or disk is full": _FULL,
    "attempt to write a readonly database": _READ_ONLY,
    "unable to open database file": _READ_ONLY,
    "disk I/O error": _DISK,
    "is locked": _BUSY,
}
_SAID_BY_THE_SYSTEM = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EROFS: _READ_ONLY,
    errno.EIO: _DISK,
}
_SAID_BY_A_SERVER = {"53100": _FULL, "25006": _READ_ONLY, "58030": _DISK}


def busy() -> Unavailable:
    """What is said when the database stays busy."""
    return _in_words(*_BUSY)


def machine_trouble(error: BaseException) -> Unavailable | None:
    """The error in words when the machine is to blame; None when it is not."""
    cause = getattr(error, "orig", None) or error  # the library keeps the driver's own there
    found = None
    if isinstance(cause, sqlite3.OperationalError):
        said = str(cause)
        found = next((words for mark, words in _SAID_BY_SQLITE.items() if mark in said), None)
    elif isinstance(cause, OSError):
        found = _SAID_BY_THE_SYSTEM.get(cause.errno or 0)
    else:
        found = _SAID_BY_A_SERVER.get(str(getattr(cause, "sqlstate", "")))
    return _in_words(*found) if found else None


def _in_words(message: str, code: str) -> Unavailable:
    return Unavailable(message, code=code)


def is_transient(error: Exception) -> bool:
    """Whether the same transaction may succeed when it is run again."""
    from sqlalchemy.exc import DBAPIError

    if not isinstance(error, DBAPIError):
        return False
    cause = error.orig
    if isinstance(cause, sqlite3.OperationalError):
        return any(word in str(cause) for word in ("locked", "busy"))
    state = str(getattr(cause, "sqlstate", None) or "")
    return state in _TRANSIENT_STATES or state.startswith("08")


@contextmanager
def told() -> Iterator[None]:
    """Trouble of the disk as `Unavailable`, in words."""
    from sqlalchemy.exc import DBAPIError

    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        trouble = machine_trouble(error)
        if trouble is None:
            raise
        raise trouble from error
