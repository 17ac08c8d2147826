"""A SQLite store read with the standard library alone, before the database layer is imported."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path


@contextmanager
def quick_read(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that cannot write; `sqlite3.Error` when the file is no store or is busy.

    A read-only connection could not take up the write-ahead log of a store that was killed.
    """
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True)) as file:
        file.execute("PRAGMA query_only = ON")
        yield file
