"""A dialog to choose one row, by typing a part of it or with the arrow keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from store_app.actions import bindings
from store_app.widgets.lazy_list import Cell, Column, LazyList, Rows, Toned

_MOST_ROWS: Final = 12


@dataclass(frozen=True, slots=True)
class Choice:
    """A row to choose; `value` is the answer."""

    value: str
    cells: tuple[Cell, ...]

    def holds(self, words: Sequence[str]) -> bool:
        """Whether every typed word is somewhere in the row."""
        text = " ".join(cell.text if isinstance(cell, Toned) else cell for cell in self.cells)
        folded = text.casefold()
        return all(word in folded for word in words)


class Picker(ModalScreen[str | None]):
    """Offers the choices and answers the value of one, or None for Esc.

    With `typed` there is a field that narrows the list; Enter takes the row marked ›.
    """

    AUTO_FOCUS = "Input, LazyList"
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("picker"),
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
    ]
    DEFAULT_CSS = """
    Picker {
        align: center middle;
        & > Vertical {
            width: 70; max-width: 95%; height: auto; max-height: 90%;
            padding: 0 1; border: round $primary; background: $surface;
        }
        & #title { text-style: bold; }
        & LazyList { background: $surface; }
    }
    """

    def __init__(
        self,
        title: str,
        columns: Sequence[Column],
        choices: Sequence[Choice],
        *,
        empty_text: str,
        typed: str | None = None,
    ) -> None:
        """Choices from the top; `typed` is what stands in the field, None for no field."""
        super().__init__()
        self._title = title
        self._columns = columns
        self._choices = tuple(choices)
        self._shown = self._choices
        self._empty_text = empty_text
        self._typed = typed

    def compose(self) -> ComposeResult:
        """The title, the field, the rows."""
        with Vertical():
            yield Static(self._title, id="title", markup=False)
            if self._typed is not None:
                yield Input(self._typed, "Type a part of the name", max_length=120)
            yield LazyList(self._columns, empty_text=self._empty_text)

    def on_mount(self) -> None:
        """Show the rows that fit what stands in the field, and as much room as they need."""
        rows = min(_MOST_ROWS, max(2, len(self._choices)))
        self.query_one(LazyList).styles.height = rows + 1
        self._narrow(self._typed or "")

    @on(Input.Changed)
    def narrow(self, event: Input.Changed) -> None:
        """Keep the rows that hold every typed word."""
        self._narrow(event.value)

    @on(Input.Submitted)
    def take_marked(self) -> None:
        """Enter in the field takes the row marked ›."""
        self.query_one(LazyList).choose()

    @on(LazyList.Chosen)
    def take(self, event: LazyList.Chosen) -> None:
        """Answer the chosen row."""
        if self.is_current:
            self.dismiss(self._shown[event.index].value)

    def action_choose(self) -> None:
        """Take the row marked ›."""
        self.query_one(LazyList).choose()

    def action_move(self, rows: int) -> None:
        """Move the mark while the field has the focus."""
        self.query_one(LazyList).action_move(rows)

    def action_back(self) -> None:
        """Answer nothing."""
        if self.is_current:
            self.dismiss(None)

    def _narrow(self, text: str) -> None:
        words = text.casefold().split()
        self._shown = tuple(choice for choice in self._choices if choice.holds(words))
        rows = Rows([choice.cells for choice in self._shown])
        self.query_one(LazyList).show(rows, cursor=0)
