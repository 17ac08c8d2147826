"""A dialog over a file that is being read: how far, what came of it, which rows were refused."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.message_pump import MessagePump
from textual.screen import ModalScreen
from textual.widgets import ProgressBar, Static

from store_app.screens.base import StatusLine, Tone
from store_app.screens.stock_batch import SHOWN_ERRORS, save_form
from store_app.widgets.key_footer import KeyFooter
from store_app.widgets.lazy_list import Cell, Column, LazyList, Rows
from store_app.words import _
from store_app.workers import off_loop

if TYPE_CHECKING:
    from catalog.kernel.row_errors import RowError
    from store_app.desk.context import Desk

R = TypeVar("R")
D = TypeVar("D")
_LEAST_S: Final = 0.05


class Progress(Message):
    """How far the file has been read; a newer one replaces an older one that still waits."""

    def __init__(self, done: int, total: int | None, rate: int) -> None:
        super().__init__()
        self.done = done
        self.total = total
        self.rate = rate

    def can_replace(self, message: Message) -> bool:
        """Any earlier progress."""
        return isinstance(message, Progress)


def time_words(seconds: int) -> str:
    """A span of time as a clock shows it.

    >>> time_words(7), time_words(83), time_words(3671)
    ('0:07', '1:23', '1:01:11')
    """
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


class Reporter:
    """Posts progress from the thread that reads, at most twenty times a second."""

    def __init__(self, pump: MessagePump, now: Callable[[], float] = time.monotonic) -> None:
        self._pump = pump
        self._now = now
        self._began = self._last = now()

    def __call__(self, done: int, total: int | None) -> None:
        """Called with the rows done and about how many there are."""
        now = self._now()
        if now - self._last >= _LEAST_S or done == total:
            self._last = now
            rate = int(done / max(now - self._began, _LEAST_S))
            self._pump.post_message(Progress(done, total, rate))


class FileDialog(ModalScreen[R | None]):
    """Reads a file in a thread of its own; `run_file` is how a subclass does it.

    Esc cancels what is running, closes the dialog otherwise.
    """

    AUTO_FOCUS = "LazyList"
    DEFAULT_CSS = """
    FileDialog {
        align: center middle;
        & > Vertical {
            width: 76; max-width: 95%; height: 20; max-height: 95%;
            padding: 0 1; border: round $primary; background: $surface;
        }
        & #title { text-style: bold; }
        & #bar { height: 1; }
        & ProgressBar { width: 1fr; }
        & Bar { width: 1fr; }
        & #verdict { height: auto; max-height: 4; }
        & LazyList { background: $surface; margin-top: 1; }
        & #reason { height: auto; max-height: 3; color: $text-muted; }
    }
    """

    def __init__(self, desk: Desk, path: Path, title: str, columns: Sequence[Column]) -> None:
        """The columns are those of the refused rows."""
        super().__init__()
        self._desk = desk
        self._path = path
        self._words = title
        self._columns = columns
        self._gave_up = threading.Event()
        self._listed: Sequence[RowError] = ()
        self.is_busy = False

    def compose(self) -> ComposeResult:
        """The file, how far it is, the verdict, the refused rows."""
        with Vertical():
            yield Static(self._words, id="title", markup=False)
            yield ProgressBar(show_eta=False, id="bar")
            yield Static("", id="verdict", markup=False)
            yield LazyList(self._columns, empty_text="")
            yield Static("", id="reason", markup=False)
            yield StatusLine(id="status", markup=False)
            yield KeyFooter()

    def on_unmount(self) -> None:
        """Whoever closes the dialog stops its thread."""
        self._gave_up.set()

    def on_progress(self, message: Progress) -> None:
        """Show how far it is and how fast."""
        self.query_one(ProgressBar).update(total=message.total, progress=message.done)
        words = _("{done} rows, {rate} a second. Esc cancels.")
        if message.total and message.rate:
            words = _("{done} rows, {rate} a second, {left} left. Esc cancels.")
        left = time_words(max((message.total or 0) - message.done, 0) // max(message.rate, 1))
        if self.is_busy and not self._gave_up.is_set():
            done, rate = f"{message.done:,}", f"{message.rate:,}"
            self.show_verdict(words.format(done=done, rate=rate, left=left))

    @on(LazyList.Highlighted)
    def spell_out(self, event: LazyList.Highlighted) -> None:
        """The whole reason of the marked row, which the list may have cut."""
        self.query_one("#reason", Static).update(self._listed[event.index].reason)

    def say(self, sentence: str, tone: Tone = "muted") -> None:
        """Show a sentence under the list."""
        self.query_one(StatusLine).say(sentence, tone)

    def show_verdict(self, words: str) -> None:
        """Say what came of the file, or how far it is."""
        self.query_one("#verdict", Static).update(Content(words))

    def show_rows(
        self,
        count: int,
        told: Sequence[RowError],
        cells: Sequence[Sequence[Cell]],
        empty_text: str,
    ) -> None:
        """All `count` rows are read; list what is told of some, each as `cells`."""
        self.query_one(ProgressBar).update(total=count or 1, progress=count or 1)
        self._listed = told[:SHOWN_ERRORS]
        self.query_one(LazyList).show(Rows(cells[:SHOWN_ERRORS]), empty_text=empty_text)

    async def run_file(self, work: Callable[[Reporter, Callable[[], bool]], D]) -> D:
        """Call `work` in a thread with whom to tell the progress and whom to ask for an end."""
        self.is_busy = True
        self.query_one(ProgressBar).update(total=None, progress=0)
        self.refresh_bindings()
        try:
            return await off_loop(work, Reporter(self), self._gave_up.is_set)
        finally:
            self.is_busy = False
            if self.is_mounted:
                self.refresh_bindings()

    def save_rows(self, errors: Sequence[RowError]) -> None:
        """Ask where to, then write the refused rows."""
        self.app.push_screen(save_form(self._path.name, errors, self._path.parent))

    def action_back(self) -> None:
        """Cancel what is running; its end closes the dialog."""
        if self.is_busy:
            self._gave_up.set()
            self.show_verdict(_("Cancelling…"))
        else:
            self.answer(None)

    def answer(self, outcome: R | None) -> None:
        """Close with this outcome."""
        if self.is_current:
            self.dismiss(outcome)
