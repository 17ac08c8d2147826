"""Waiting for the one writer's place in a SQLite store."""

from __future__ import annotations

import sqlite3
from time import monotonic, sleep

_LOOK_AGAIN_S = 0.001


def begin_writing(driver: sqlite3.Connection, wait_ms: int) -> None:
    """Begin a writing transaction as soon as the store is free; `busy` when it is not for so long.

    SQLite's own way of waiting looks every 100 ms in the end, and misses the moments between the
    transactions of an import.
    """
    ends = monotonic() + wait_ms / 1000
    driver.execute("PRAGMA busy_timeout=0")
    try:
        while not _begun(driver, is_last=monotonic() >= ends):
            sleep(_LOOK_AGAIN_S)
    finally:
        driver.execute(f"PRAGMA busy_timeout={wait_ms}")


def _begun(driver: sqlite3.Connection, *, is_last: bool) -> bool:
    try:
        driver.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if is_last or error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
            raise
        return False
    return True
