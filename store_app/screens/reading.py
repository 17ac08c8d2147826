"""A text to read over whatever is open: a receipt, a report; closed with Esc."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from store_app.actions import bindings
from store_app.words import _


class Reading(ModalScreen[None]):
    """Shows a text of any length as it is; it scrolls."""

    HELP = "A text: Up and Down scroll, Esc closes."
    AUTO_FOCUS = "VerticalScroll"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("reading")]
    DEFAULT_CSS = """
    Reading {
        align: center middle;
        & > VerticalScroll {
            width: auto; max-width: 95%; height: auto; max-height: 95%;
            padding: 0 2; border: round $primary; background: $surface;
        }
        & Static { width: auto; }
    }
    """

    def __init__(self, title: str, text: str) -> None:
        """The text is data: no markup is read."""
        super().__init__()
        self._title = title
        self._text = text

    def compose(self) -> ComposeResult:
        """The text in a frame."""
        with VerticalScroll() as scroll:
            scroll.border_title = Content(self._title)
            scroll.border_subtitle = _("Up and Down scroll, Esc closes")
            yield Static(Content(self._text), id="text")

    def action_back(self) -> None:
        """Close the text."""
        if self.is_current:
            self.dismiss(None)
