"""A bar for every day in block characters, with labels on both axes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from rich.cells import cell_len
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from store_app.widgets.columns import fit_text

Values = Sequence[tuple[str, int]]
_EIGHTHS: Final = " ▁▂▃▄▅▆▇█"


def plot_lines(
    values: Values, width: int, height: int, words: Callable[[int], str]
) -> tuple[str, ...]:
    """The plot as `height` lines of `width` cells: bars over an axis line over labels.

    The latest values are kept when not all fit. `words` turns bytes into text for the scale.
    """
    top = max((amount for _, amount in values), default=0)
    scale = words(top)
    room = width - cell_len(scale) - 2
    rows = height - 2
    if rows < 1 or room < 3 or not values:
        return tuple(" " * width for _ in range(height))
    shown = values[-room:]
    bar = max(1, min(6, room // len(shown)))
    lines = []
    for row in range(rows):
        left = scale if row == 0 else ""
        bars = "".join(_bar_cell(amount, top, rows, row, bar) for _, amount in shown)
        lines.append(f"{fit_text(left, cell_len(scale), 'right')} │{bars}")
    lines.append(f"{fit_text('0', cell_len(scale), 'right')} └{'─' * (bar * len(shown))}")
    lines.append(" " * (cell_len(scale) + 2) + _labels(shown, bar, room))
    return tuple(fit_text(line, width) for line in lines)


def _bar_cell(amount: int, top: int, rows: int, row: int, width: int) -> str:
    # One eighth at least, so that a day with any use never looks like a day without.
    eighths = max(1, amount * rows * 8 // top) if amount > 0 else 0
    here = max(0, min(8, eighths - (rows - 1 - row) * 8))
    gap = 1 if width > 1 else 0
    return _EIGHTHS[here] * (width - gap) + " " * gap


def _labels(values: Values, bar: int, room: int) -> str:
    line, free_from = "", 0
    for number, (label, _) in enumerate(values):
        start = number * bar
        if start >= free_from and start + cell_len(label) <= room:
            line += " " * (start - cell_len(line)) + fit_text(label, cell_len(label))
            free_from = start + cell_len(label) + 1
    return line


class UsagePlot(Widget):
    """Usage by day; says so in words when there is none."""

    DEFAULT_CSS = """
    UsagePlot { height: 10; width: 1fr; color: $foreground; }
    """

    values: reactive[Values] = reactive((), always_update=True)

    def __init__(
        self,
        values: Values = (),
        *,
        words: Callable[[int], str] = str,
        empty_text: str = "No usage reported yet.",
        id: str | None = None,  # noqa: A002 - Textual's own name
    ) -> None:
        """Values as (day label, bytes), oldest first; `words` says bytes for the scale."""
        super().__init__(id=id)
        self._words = words
        self._empty_text = empty_text
        self.set_reactive(UsagePlot.values, tuple(values))

    def render(self) -> Content:
        """The plot at the present size."""
        if not self.values:
            return Content(self._empty_text)
        return Content("\n".join(plot_lines(self.values, *self.size, self._words)))
