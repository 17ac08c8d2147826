"""What a list is made of: cells, rows in memory, and the protocol of everything that has rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol


@dataclass(frozen=True, slots=True)
class Toned:
    """A cell that says its state in colour as well; the text alone must say it too."""

    text: str
    tone: Literal["success", "warning", "error", "muted"]


Cell = str | Toned


class RowSource(Protocol):
    """Where rows come from: a list, an index of matches, or a window read from a database."""

    def count(self) -> int:
        """How many rows there are."""

    def row(self, index: int) -> Sequence[Cell]:
        """The cells of one row, one for each column, as data: no markup is read."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows already in memory."""

    rows: Sequence[Sequence[Cell]] = ()

    def count(self) -> int:
        """How many rows there are."""
        return len(self.rows)

    def row(self, index: int) -> Sequence[Cell]:
        """The cells of one row."""
        return self.rows[index]
