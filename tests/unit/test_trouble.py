"""Trouble of the machine is told in words, and nothing else is mistaken for it."""

from __future__ import annotations

import errno
import sqlite3

import pytest
from sqlalchemy.exc import OperationalError

from catalog.kernel.trouble import machine_trouble


class _Said(Exception):
    """What a PostgreSQL driver says: an error with an SQLSTATE."""

    def __init__(self, sqlstate: str) -> None:
        super().__init__(sqlstate)
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("cause", "code"),
    [
        (sqlite3.OperationalError("database or disk is full"), "disk_full"),
        (sqlite3.OperationalError("attempt to write a readonly database"), "read_only"),
        (sqlite3.OperationalError("unable to open database file"), "read_only"),
        (sqlite3.OperationalError("disk I/O error"), "disk_error"),
        (sqlite3.OperationalError("database is locked"), "busy"),
        (OSError(errno.ENOSPC, "No space left on device"), "disk_full"),
        (OSError(errno.EROFS, "Read-only file system", "/srv/shop.db"), "read_only"),
        (_Said("53100"), "disk_full"),
        (_Said("25006"), "read_only"),
    ],
)
def test_the_machine_is_named(cause: Exception, code: str) -> None:
    """Bare or wrapped by the database library; the person reads what is unchanged."""
    for error in (cause, OperationalError("INSERT …", {}, cause)):
        trouble = machine_trouble(error)
        assert trouble is not None
        assert trouble.code == code
        assert "nothing has changed" in trouble.message


@pytest.mark.parametrize(
    "error",
    [
        sqlite3.OperationalError("no such table: plan"),
        sqlite3.DatabaseError("file is not a database"),
        FileNotFoundError(errno.ENOENT, "No such file", "x.csv"),
        _Said("23505"),
        ValueError("disk I/O error"),
    ],
)
def test_other_errors_are_left_alone(error: Exception) -> None:
    """A wrong statement or a missing file is not the disk's fault."""
    assert machine_trouble(error) is None
