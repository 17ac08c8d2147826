"""A list of any length that asks for the visible rows only: plans, orders, eSIMs, stock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from store_app.key_words import key_words
from store_app.widgets.columns import GAP, Column, fit_columns, fit_text, printable
from store_app.widgets.rows import Cell, Rows, RowSource, Toned

__all__ = ["Cell", "Column", "LazyList", "RowSource", "Rows", "Toned"]

_MARKER: Final = "› "


def _key(key: str, action: str, description: str) -> Binding:
    return Binding(key, action, description, show=False, key_display=key_words(key))


class LazyList(ScrollView, can_focus=True, inherit_bindings=False):
    """A header, a cursor row and as many rows as fit; the cursor shows without colour.

    A row under the cursor carries the sign `›`; it is reversed while the list has focus.
    """

    HELP: ClassVar[str] = "A list: move with the arrow keys, Enter chooses the row marked ›."
    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "lazy-list--header",
        "lazy-list--cursor",
        "lazy-list--empty",
        "lazy-list--success",
        "lazy-list--warning",
        "lazy-list--error",
        "lazy-list--muted",
    }
    DEFAULT_CSS = """
    LazyList {
        height: 1fr;
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-size-vertical: 1;
        background: $background;
        color: $foreground;
        & > .lazy-list--header { color: $text-muted; text-style: bold; }
        & > .lazy-list--cursor { text-style: bold; }
        &:focus > .lazy-list--cursor { text-style: bold reverse; }
        & > .lazy-list--empty { color: $text-muted; }
        & > .lazy-list--success { color: $success; }
        & > .lazy-list--warning { color: $warning; }
        & > .lazy-list--error { color: $error; }
        & > .lazy-list--muted { color: $text-muted; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        _key("up", "move(-1)", "Row up"),
        _key("down", "move(1)", "Row down"),
        _key("pageup", "page(-1)", "Page up"),
        _key("pagedown", "page(1)", "Page down"),
        _key("home", "first", "First row"),
        _key("end", "last", "Last row"),
        _key("enter", "choose_row", "Choose the row"),
    ]

    @dataclass
    class Highlighted(Message):
        """The cursor stands on another row, or the rows were exchanged under it."""

        lazy_list: LazyList
        index: int

        @property
        def control(self) -> LazyList:
            """The list, for `@on(..., "#id")`."""
            return self.lazy_list

    @dataclass
    class Chosen(Message):
        """Enter was pressed or the row was double-clicked."""

        lazy_list: LazyList
        index: int

        @property
        def control(self) -> LazyList:
            """The list, for `@on(..., "#id")`."""
            return self.lazy_list

    def __init__(
        self,
        columns: Sequence[Column],
        source: RowSource | None = None,
        *,
        empty_text: str = "Nothing here yet.",
        id: str | None = None,  # noqa: A002 - Textual's own name
        classes: str | None = None,
    ) -> None:
        """Columns from the left; `empty_text` says what to do when there are no rows."""
        super().__init__(id=id, classes=classes)
        self._columns = tuple(columns)
        self._source: RowSource = source or Rows()
        self._count = self._source.count()
        self._cursor = 0
        self._empty_text = empty_text
        self._fitted: tuple[tuple[int, int], ...] = ()
        self._fitted_width = -1

    @property
    def index(self) -> int | None:
        """The row under the cursor, or None when the list is empty."""
        return self._cursor if self._count else None

    @property
    def shown_columns(self) -> tuple[str, ...]:
        """The titles that fit at the present width."""
        return tuple(self._columns[index].title for index, _ in self._fit(self._room))

    def show(
        self, source: RowSource, *, cursor: int | None = None, empty_text: str | None = None
    ) -> None:
        """Exchange the rows; the cursor stays on its row number unless `cursor` names another."""
        self._source = source
        self._count = source.count()
        self._empty_text = self._empty_text if empty_text is None else empty_text
        self._cursor = self._clamp(self._cursor if cursor is None else cursor)
        self._resize_content()
        self._report()

    def move_to(self, index: int) -> None:
        """Put the cursor on a row, as near as there is one, and bring it into view."""
        target = self._clamp(index)
        if target == self._cursor or not self._count:
            return
        before, self._cursor = self._cursor, target
        self._reveal()
        self.refresh_line(before + 1)
        self.refresh_line(target + 1)
        self._report()

    def choose(self) -> None:
        """Choose the row under the cursor, as Enter does."""
        if self._count:
            self.post_message(self.Chosen(self, self._cursor))

    def action_move(self, rows: int) -> None:
        """Move the cursor by a number of rows."""
        self.move_to(self._cursor + rows)

    def action_page(self, pages: int) -> None:
        """Move the cursor by a number of windows."""
        self.move_to(self._cursor + pages * max(1, self.size.height - 2))

    def action_first(self) -> None:
        """Go to the first row."""
        self.move_to(0)

    def action_last(self) -> None:
        """Go to the last row."""
        self.move_to(self._count - 1)

    def action_choose_row(self) -> None:
        """Choose the row under the cursor."""
        self.choose()

    def render_line(self, y: int) -> Strip:
        """One line of the window: the header at 0, rows under it, every one as wide as the list."""
        width = self._room
        if not self._count:
            return self._empty_line(y, width)
        if y == 0:
            return self._header(width)
        index = self.scroll_offset.y + y - 1
        if index >= self._count:
            return Strip.blank(width, self.rich_style)
        return self._row(index, width)

    def on_mount(self) -> None:
        """Tell the scroll bar how long the list is, and the screen where the cursor stands."""
        self._resize_content()
        self._report()

    def on_resize(self) -> None:
        """Keep the cursor row in view and the scroll bar true."""
        self._resize_content()

    def on_click(self, event: events.Click) -> None:
        """A click moves the cursor, a double click chooses."""
        offset = event.get_content_offset(self)
        if offset is None or offset.y == 0:
            return
        index = self.scroll_offset.y + offset.y - 1
        if index < self._count:
            self.move_to(index)
            if event.chain == 2:
                self.choose()

    @property
    def _room(self) -> int:
        return self.scrollable_content_region.width

    def _fit(self, width: int) -> tuple[tuple[int, int], ...]:
        if width != self._fitted_width:
            self._fitted = fit_columns(self._columns, width - len(_MARKER))
            self._fitted_width = width
        return self._fitted

    def _header(self, width: int) -> Strip:
        style = self.get_component_rich_style("lazy-list--header")
        fitted = [(self._columns[index], cells) for index, cells in self._fit(width)]
        titles = [fit_text(column.title, cells, column.align) for column, cells in fitted]
        return self._strip(
            [Segment(title, style) for title in titles], " " * len(_MARKER), style, width
        )

    def _row(self, index: int, width: int) -> Strip:
        style, marker = self.rich_style, " " * len(_MARKER)
        if index == self._cursor:
            style, marker = self.get_component_rich_style("lazy-list--cursor"), _MARKER
        cells = self._source.row(index)
        segments = []
        for at, room in self._fit(width):
            cell = cells[at] if at < len(cells) else ""
            text = cell.text if isinstance(cell, Toned) else cell
            tone = style if index == self._cursor else self._tone(cell, style)
            segments.append(Segment(fit_text(text, room, self._columns[at].align), tone))
        return self._strip(segments, marker, style, width)

    def _tone(self, cell: Cell, style: Style) -> Style:
        if isinstance(cell, Toned):
            return self.get_component_rich_style(f"lazy-list--{cell.tone}")
        return style

    def _strip(self, cells: list[Segment], marker: str, style: Style, width: int) -> Strip:
        segments = [Segment(marker, style)]
        for number, cell in enumerate(cells):
            if number:
                segments.append(Segment(" " * GAP, style))
            segments.append(cell)
        return Strip(segments).adjust_cell_length(width, style)

    def _empty_line(self, y: int, width: int) -> Strip:
        style = self.get_component_rich_style("lazy-list--empty")
        if width <= 2 * len(_MARKER):
            return Strip.blank(width, style)
        text = Text(printable(self._empty_text))
        lines = text.wrap(self.app.console, width - 2 * len(_MARKER))
        line = lines[y - 1].plain if 0 < y <= len(lines) else ""
        return Strip([Segment(" " * len(_MARKER) + line, style)]).adjust_cell_length(width, style)

    def _clamp(self, index: int) -> int:
        return max(0, min(index, self._count - 1))

    def _resize_content(self) -> None:
        self.virtual_size = Size(self._room, self._count + 1)
        self._reveal()
        self.refresh()

    def _reveal(self) -> None:
        rows = max(1, self.size.height - 1)
        top = self.scroll_offset.y
        if not top <= self._cursor < top + rows:
            target = self._cursor if self._cursor < top else self._cursor - rows + 1
            self.scroll_to(y=target, animate=False, force=True)

    def _report(self) -> None:
        if self._count:
            self.post_message(self.Highlighted(self, self._cursor))
