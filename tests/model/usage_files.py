"""Usage files as a source sends them, written from rows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.model.records import Row

_HEADER = "event_id,iccid,started_at,bytes,country,cumulative"


def usage_file(folder: Path, rows: Sequence[Row | None]) -> Path:
    """A file of these rows; in the place of None stands one that can't be read."""
    lines = [_HEADER, *("broken,1,today,-,?," if row is None else _line(row) for row in rows)]
    path = folder / "usage.csv"
    path.write_text("\n".join([*lines, ""]))
    return path


def _line(row: Row) -> str:
    counter = str(row.counter).lower()
    return f"{row.event},{row.card},{row.start.isoformat()},{row.size},{row.country},{counter}"
