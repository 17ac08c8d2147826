"""Long lists read as they are walked through: the next page comes before the end is reached."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from store_app.widgets.lazy_list import Cell

T = TypeVar("T")

PAGE: Final = 100
_MARGIN: Final = 30


@dataclass(slots=True)
class Pages(Generic[T]):
    """What was read so far, put into words only where it is seen; a page is `PAGE` rows."""

    cells: Callable[[T], Sequence[Cell]]
    items: list[T] = field(default_factory=list)
    has_more: bool = False

    def add(self, page: Sequence[T]) -> None:
        """Append the next page; a short one is the last."""
        self.items.extend(page)
        self.has_more = len(page) == PAGE

    def wants_more(self, index: int) -> bool:
        """Whether a row is so near the end that the next page should be read."""
        return self.has_more and index >= len(self.items) - _MARGIN

    def count(self) -> int:
        """How many rows were read."""
        return len(self.items)

    def row(self, index: int) -> Sequence[Cell]:
        """The cells of one row."""
        return self.cells(self.items[index])
