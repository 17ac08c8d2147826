"""F1: what this screen is for and what every key does on it, read from the registry."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

from store_app.actions import GLOBAL, bindings
from store_app.key_words import key_words
from store_app.reachable import reachable

Entry = tuple[str, str]


def help_sections(screen: Screen[object]) -> tuple[tuple[str, tuple[Entry, ...]], ...]:
    """The keys of a live screen as titled lists of (key, sentence); empty lists are left out.

    The focused widget's keys are listed when it speaks for itself with a `HELP` sentence.
    """
    actions = [action for action, _ in reachable(screen).values()]
    own = [(key_words(each.key), each.help) for each in actions if each.screen != GLOBAL]
    everywhere = [(key_words(each.key), each.help) for each in actions if each.screen == GLOBAL]
    focused = screen.focused
    speaks = bool(getattr(focused, "HELP", ""))
    here = (
        (key_words(active.binding.key), f"{active.binding.description}.")
        for active in screen.active_bindings.values()
        if active.node is focused and speaks and active.binding.description
    )
    sections = (
        ("On this screen", own),
        ("In this list or field", here),
        ("Everywhere", everywhere),
    )
    every = ((title, _distinct(entries)) for title, entries in sections)
    return tuple((title, entries) for title, entries in every if entries)


def _distinct(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    return tuple(dict.fromkeys(entries))


class HelpScreen(ModalScreen[None]):
    """The help for one screen and its focused part; opened over them, closed with Esc."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("help")]
    AUTO_FOCUS = "VerticalScroll"
    DEFAULT_CSS = """
    HelpScreen {
        align: center middle;
        & > VerticalScroll {
            width: 76; max-width: 95%; height: auto; max-height: 90%;
            padding: 0 2; border: round $primary; background: $surface;
        }
    }
    """

    def __init__(self, screen: Screen[object]) -> None:
        """Look at `screen` now: its `HELP` sentence, its focused widget's, and its keys."""
        super().__init__()
        about = (getattr(screen, "HELP", ""), getattr(screen.focused, "HELP", ""))
        self._about = [sentence for sentence in about if sentence]
        self._sections = help_sections(screen)

    def compose(self) -> ComposeResult:
        """One text that scrolls."""
        with VerticalScroll() as scroll:
            scroll.border_title = "Help"
            scroll.border_subtitle = "Up and Down scroll, Esc closes"
            yield Static(self._text(), id="help")

    def action_back(self) -> None:
        """Close the help."""
        if self.is_current:
            self.dismiss(None)

    def _text(self) -> Content:
        parts = [Content(f"{sentence}\n") for sentence in self._about]
        keys = [key for _, entries in self._sections for key, _ in entries]
        wide = max(map(cell_len, keys), default=0) + 2
        for title, entries in self._sections:
            parts.append(Content.styled(f"\n{title}\n", "bold"))
            parts.extend(Content(f"  {key:<{wide}}{sentence}\n") for key, sentence in entries)
        return Content.assemble(*parts)
