"""One line that says how much data is left: a bar, the words, and a mark when they are old."""

from __future__ import annotations

from typing import ClassVar, Final

from rich.cells import cell_len
from rich.segment import Segment
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from store_app.widgets.columns import fit_text

_FULL: Final = "█"
_EMPTY: Final = "░"
_BAR_CELLS: Final = 20
_LEAST_BAR: Final = 5


def filled_cells(left_bytes: int, total_bytes: int, cells: int) -> int:
    """How many of `cells` to fill; only nothing left is empty and only everything left is full."""
    if total_bytes <= 0 or left_bytes <= 0:
        return 0
    if left_bytes >= total_bytes:
        return cells
    return max(1, min(cells - 1, cells * left_bytes // total_bytes))


def level(left_bytes: int, total_bytes: int) -> str:
    """The state in one word: `empty`, `low` (a tenth or less), or nothing to remark."""
    if total_bytes <= 0:
        return ""
    if left_bytes <= 0:
        return "empty"
    return "low" if left_bytes * 10 <= total_bytes else ""


class BalanceBar(Widget):
    """Data left of a total; the words carry the meaning, the bar and the colour repeat it.

    `words` are ready to read ("3.2 GB of 10 GB left"), `stale` says since when they are old
    ("as of 09:12") and is empty while they are fresh. Without a total only the words show.
    """

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "balance-bar--bar",
        "balance-bar--low",
        "balance-bar--empty",
        "balance-bar--stale",
    }
    DEFAULT_CSS = """
    BalanceBar {
        height: 1;
        width: 1fr;
        & > .balance-bar--bar { color: $success; }
        & > .balance-bar--low { color: $warning; }
        & > .balance-bar--empty { color: $error; }
        & > .balance-bar--stale { color: $warning; text-style: bold; }
    }
    """

    left_bytes: reactive[int] = reactive(0)
    total_bytes: reactive[int] = reactive(0)
    words: reactive[str] = reactive("")
    stale: reactive[str] = reactive("")

    def __init__(
        self,
        left_bytes: int = 0,
        total_bytes: int = 0,
        words: str = "",
        stale: str = "",
        *,
        id: str | None = None,  # noqa: A002 - Textual's own name
    ) -> None:
        """Start with a balance; each part is reactive and may be set later."""
        super().__init__(id=id)
        self.set_reactive(BalanceBar.left_bytes, left_bytes)
        self.set_reactive(BalanceBar.total_bytes, total_bytes)
        self.set_reactive(BalanceBar.words, words)
        self.set_reactive(BalanceBar.stale, stale)

    def render_line(self, y: int) -> Strip:
        """The line; where it is narrow the bar gives way to the words."""
        width, style = self.size.width, self.rich_style
        if y:
            return Strip.blank(width, style)
        state = level(self.left_bytes, self.total_bytes)
        words = ", ".join(part for part in (self.words, state) if part)
        stale = self._stale_mark(width - cell_len(words))
        room = width - cell_len(words) - cell_len(stale) - 2
        segments = self._bar(min(room, _BAR_CELLS), state)
        used = sum(segment.cell_length for segment in segments)
        body = min(cell_len(words), max(0, width - used - cell_len(stale)))
        segments.append(Segment(fit_text(words, body), style))
        segments.append(Segment(stale, self.get_component_rich_style("balance-bar--stale")))
        return Strip(segments).adjust_cell_length(width, style)

    def _stale_mark(self, room: int) -> str:
        if not self.stale:
            return ""
        mark = f"  ! stale, {self.stale}"
        return mark if cell_len(mark) <= room else "  ! stale"

    def _bar(self, cells: int, state: str) -> list[Segment]:
        if cells < _LEAST_BAR or self.total_bytes <= 0:
            return []
        full = filled_cells(self.left_bytes, self.total_bytes, cells)
        style = self.get_component_rich_style(f"balance-bar--{state or 'bar'}")
        return [Segment(_FULL * full + _EMPTY * (cells - full) + "  ", style)]
