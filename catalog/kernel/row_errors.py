"""What is wrong with a row of a file: a value, so that every row can be reported at once."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RowError:
    """One thing wrong in a file: physical line from 1, the field ("" for the whole), why."""

    line: int
    field: str
    reason: str
