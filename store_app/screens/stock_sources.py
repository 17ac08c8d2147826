"""Where stock comes from besides a typed path: a look through folders, or pasted rows."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import DirectoryTree, Static, TextArea

from store_app.actions import bindings
from store_app.card_numbers import CARD_NUMBER_REFUSED, holds_card_number
from store_app.screens.base import StatusLine
from store_app.widgets.key_footer import KeyFooter
from store_app.words import _

_BOX = """
        align: center middle;
        & > Vertical {
            width: 76; max-width: 95%; height: 20; max-height: 95%;
            padding: 0 1; border: round $primary; background: $surface;
        }
        & .title { text-style: bold; }
"""


class _Folders(DirectoryTree):
    """Folders and files, without those that are hidden."""

    def filter_paths(self, paths: Iterable[Path]) -> Iterable[Path]:
        """What does not begin with a dot."""
        return [path for path in paths if not path.name.startswith(".")]


class FilePicker(ModalScreen[Path | None]):
    """Shows folders from one on and answers the chosen file, or None for Esc."""

    HELP = "Arrow keys move, Enter opens a folder or takes a file, Backspace goes to the one above."
    AUTO_FOCUS = "DirectoryTree"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("files")]
    DEFAULT_CSS = f"FilePicker {{ {_BOX} & DirectoryTree {{ background: $surface; }} }}"

    def __init__(self, folder: Path) -> None:
        """Begin in this folder."""
        super().__init__()
        self._folder = folder

    def compose(self) -> ComposeResult:
        """The question over the tree."""
        with Vertical():
            yield Static(_("Which file is it?"), classes="title", markup=False)
            yield _Folders(self._folder)
            yield KeyFooter()

    @on(DirectoryTree.FileSelected)
    def take(self, event: DirectoryTree.FileSelected) -> None:
        """Answer the file."""
        if self.is_current:
            self.dismiss(event.path)

    def action_up(self) -> None:
        """Show the folder above."""
        self._folder = self._folder.parent
        self.query_one(DirectoryTree).path = self._folder

    def action_back(self) -> None:
        """Answer nothing."""
        if self.is_current:
            self.dismiss(None)


class PastedRows(ModalScreen[str | None]):
    """Takes rows that were copied from a mail, a table or another program; None for Esc."""

    HELP = "Paste the rows with their header, or codes one under the other; F10 goes on."
    AUTO_FOCUS = "TextArea"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("rows")]
    DEFAULT_CSS = f"PastedRows {{ {_BOX} & TextArea {{ height: 1fr; border: none; }} }}"

    def compose(self) -> ComposeResult:
        """The question over the field."""
        with Vertical():
            words = _("Paste the rows with their header, or LPA codes line by line")
            yield Static(words, classes="title", markup=False)
            yield TextArea(soft_wrap=False, tab_behavior="indent")
            yield StatusLine(id="status", markup=False)
            yield KeyFooter()

    def action_submit(self) -> None:
        """Answer the rows, or say why not."""
        typed = self.query_one(TextArea).text
        if not typed.strip():
            self.query_one(StatusLine).say(_("There are no rows yet: paste them here."), "warning")
        elif holds_card_number(typed):
            self.query_one(StatusLine).say(CARD_NUMBER_REFUSED, "error")
        elif self.is_current:
            self.dismiss(typed)

    def action_back(self) -> None:
        """Answer nothing."""
        if self.is_current:
            self.dismiss(None)
