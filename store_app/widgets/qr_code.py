"""A QR code in half blocks: black on white in every cell, whatever the theme or terminal."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual import events
from textual.filter import LineFilter
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from catalog.esim.qr import Cell, Matrix, QrFit, fit, half_block_rows
from catalog.kernel.errors import Refused

# Entries 16 and 231 of the 256-colour palette are fixed; the first sixteen are the user's to
# repaint. On 16 colours they become black and bright white.
_BLACK, _WHITE = Color.from_ansi(16), Color.from_ansi(231)
_STYLES = {
    Cell(upper, lower): Style(
        color=_BLACK if upper else _WHITE, bgcolor=_BLACK if lower else _WHITE
    )
    for upper in (True, False)
    for lower in (True, False)
}


class QrCode(Widget):
    """Draws a payload from its upper left corner, or says what size it needs.

    It is never clipped, inverted or filtered: NO_COLOR and themes stop at its border, because a
    grey code is no code. The payload is a secret and shows in no repr.
    """

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    QrCode { width: auto; height: 1fr; color: $foreground; }
    """

    def __init__(
        self,
        payload: str = "",
        *,
        advice: str = "Enlarge the window, or save the code as a file.",
        id: str | None = None,  # noqa: A002 - Textual's own name
    ) -> None:
        """Start with a payload or empty; `advice` says what to do when there is no room."""
        super().__init__(id=id)
        self._payload = payload
        self._advice = advice
        self._drawn: tuple[Size, list[Strip]] | None = None

    @property
    def is_scannable(self) -> bool:
        """Whether the whole code is on the screen at the present size."""
        return isinstance(fitted := self._fit(self.size), QrFit) and fitted.matrix is not None

    def show(self, payload: str) -> None:
        """Draw another payload; an empty one clears the code."""
        self._payload = payload
        self._drawn = None
        self.refresh(layout=True)

    def get_content_width(self, container: Size, viewport: Size) -> int:  # noqa: ARG002 - Textual's signature
        """The code's own width, as far as there is room."""
        fitted = self._fit(container)
        columns = fitted.columns if isinstance(fitted, QrFit) else container.width
        return min(columns, container.width)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """None: a filter that turns colours into greys would make the code unreadable."""
        return ()

    def render_line(self, y: int) -> Strip:
        """One line of the code, or of the sentence that asks for more room."""
        if self._drawn is None or self._drawn[0] != self.size:
            self._drawn = (self.size, self._draw(self.size))
        strips = self._drawn[1]
        width, style = self.size.width, self.rich_style
        return strips[y].adjust_cell_length(width, style) if y < len(strips) else self._blank()

    def on_resize(self, event: events.Resize) -> None:
        """Fit the code anew."""
        if self._drawn is not None and self._drawn[0] != event.size:
            self._drawn = None
            self.refresh()

    def _fit(self, size: Size) -> QrFit | str:
        if not self._payload:
            return ""
        try:
            return fit(self._payload, *size)
        except Refused as refusal:
            return refusal.message

    def _draw(self, size: Size) -> list[Strip]:
        fitted = self._fit(size)
        if isinstance(fitted, str):
            return self._sentence(fitted, size)
        if fitted.matrix is None:
            room = f"The QR code {fitted.message}; here are {size.width} x {size.height}."
            return self._sentence(f"{room} {self._advice}", size)
        return _code_strips(fitted.matrix)

    def _sentence(self, sentence: str, size: Size) -> list[Strip]:
        if not size.area:
            return []
        lines = Text(sentence, justify="center").wrap(self.app.console, size.width)
        above = max(0, (size.height - len(lines)) // 2)
        drawn = [Strip([Segment(line.plain, self.rich_style)]) for line in lines]
        return [self._blank()] * above + drawn

    def _blank(self) -> Strip:
        return Strip.blank(self.size.width, self.rich_style)


def _code_strips(matrix: Matrix) -> list[Strip]:
    return [
        Strip(Segment(cell.glyph * len(list(run)), _STYLES[cell]) for cell, run in groupby(cells))
        for cells in half_block_rows(matrix)
    ]
