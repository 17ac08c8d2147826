"""Uploading a stock file: a dry run with its verdict first, then the real one."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.message_pump import MessagePump
from textual.screen import ModalScreen
from textual.widgets import ProgressBar, Static

from store_app.actions import bindings
from store_app.screens.base import StatusLine, Tone
from store_app.screens.stock_batch import save_form
from store_app.screens.stock_words import CHECK_COLUMNS, check_rows
from store_app.widgets.confirm import Confirm
from store_app.widgets.key_footer import KeyFooter
from store_app.widgets.lazy_list import LazyList, Rows
from store_app.words import _, plural
from store_app.workers import desk_work, off_loop

if TYPE_CHECKING:
    from catalog.kernel.row_errors import RowError
    from catalog.stock.import_stock import StockImport
    from store_app.desk.context import Desk

_LEAST_S: Final = 0.05
_SHOWN_ERRORS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be uploaded; `plan` is empty where the rows name their plans."""

    path: Path
    operator: str
    plan: str


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


class UploadDialog(ModalScreen["StockImport | None"]):
    """Checks the file at once, uploads it when told to, answers what came of it.

    Esc cancels what is running; nothing half done is kept.
    """

    HELP = "The file is checked first; u uploads its accepted rows, Esc cancels."
    AUTO_FOCUS = "LazyList"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("upload")]
    DEFAULT_CSS = """
    UploadDialog {
        align: center middle;
        & > Vertical {
            width: 76; max-width: 95%; height: 20; max-height: 95%;
            padding: 0 1; border: round $primary; background: $surface;
        }
        & #title { text-style: bold; }
        & #bar { height: 1; }
        & ProgressBar { width: 1fr; }
        & Bar { width: 1fr; }
        & LazyList { background: $surface; margin-top: 1; }
        & #reason { height: auto; max-height: 3; color: $text-muted; }
    }
    """

    def __init__(self, desk: Desk, wanted: Wanted) -> None:
        """Nothing is kept before the dry run was looked at."""
        super().__init__()
        self._desk = desk
        self._wanted = wanted
        self._gave_up = threading.Event()
        self.is_busy = False
        self.checked: StockImport | None = None
        self._listed: Sequence[RowError] = ()

    def compose(self) -> ComposeResult:
        """The file, how far it is, the verdict, the refused rows."""
        with Vertical():
            title = f"{self._wanted.path.name}  {self._wanted.operator}  {self._wanted.plan}"
            yield Static(title.rstrip(), id="title", markup=False)
            yield ProgressBar(show_eta=False, id="bar")
            yield Static("", id="verdict", markup=False)
            yield LazyList(CHECK_COLUMNS, empty_text="")
            yield Static("", id="reason", markup=False)
            yield StatusLine(id="status", markup=False)
            yield KeyFooter()

    def on_mount(self) -> None:
        """Begin with the dry run."""
        self.check_file()

    def on_unmount(self) -> None:
        """Whoever closes the dialog stops its thread."""
        self._gave_up.set()

    def on_progress(self, message: Progress) -> None:
        """Show how far it is and how fast."""
        self.query_one(ProgressBar).update(total=message.total, progress=message.done)
        rate = _("{done} rows, {rate} a second. Esc cancels.")
        words = rate.format(done=f"{message.done:,}", rate=f"{message.rate:,}")
        if self.is_busy:
            self.query_one("#verdict", Static).update(Content(words))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Upload and save are there once the verdict is."""
        del parameters
        done = None if self.is_busy else self.checked
        if action == "submit":
            return done is not None and done.accepted > 0
        return done is not None and bool(done.errors) if action == "save" else True

    @on(LazyList.Highlighted)
    def spell_out(self, event: LazyList.Highlighted) -> None:
        """The whole reason of the marked row, which the list may have cut."""
        self.query_one("#reason", Static).update(self._listed[event.index].reason)

    def say(self, sentence: str, tone: Tone = "muted") -> None:
        """Show a sentence under the list."""
        self.query_one(StatusLine).say(sentence, tone)

    @desk_work("upload")
    async def check_file(self) -> None:
        """Run through the file without keeping anything."""
        checked = await self._run(dry_run=True)
        if checked.state == "cancelled":
            self._answer(None)
            return
        self.checked = checked
        self._show(checked)

    @desk_work("upload")
    async def upload_file(self) -> None:
        """The real upload; the answer of the dialog is its outcome."""
        done = await self._run(dry_run=False)
        self._answer(done)

    def action_submit(self) -> None:
        """Ask, then upload."""
        if self.checked is None or self.is_busy:
            return
        words = _("{accepted} profiles will wait for approval; {rejected} rows are refused.")
        detail = f"{self._wanted.path}\n" + words.format(
            accepted=self.checked.accepted, rejected=self.checked.rejected
        )
        question = Confirm(_("Upload the accepted rows?"), detail, _("Upload"))
        self.app.push_screen(question, self._begin)

    def action_save(self) -> None:
        """Ask where to, then write the refused rows."""
        if self.checked is not None:
            path = self._wanted.path
            self.app.push_screen(save_form(path.name, self.checked.errors, path.parent))

    def action_back(self) -> None:
        """Cancel what is running; its end closes the dialog."""
        if self.is_busy:
            self._gave_up.set()
            self.query_one("#verdict", Static).update(_("Cancelling…"))
        else:
            self._answer(None)

    def _begin(self, yes: bool | None) -> None:
        if yes and not self.is_busy:
            self.upload_file()

    async def _run(self, *, dry_run: bool) -> StockImport:
        from store_app.desk.stock import import_stock

        work = partial(
            import_stock,
            self._desk,
            self._wanted.path,
            operator=self._wanted.operator,
            plan_sku=self._wanted.plan or None,
            dry_run=dry_run,
            progress=Reporter(self),
            cancelled=self._gave_up.is_set,
        )
        self.is_busy = True
        self.query_one(ProgressBar).update(total=None, progress=0)
        self.refresh_bindings()
        try:
            return await off_loop(work)
        finally:
            self.is_busy = False
            if self.is_mounted:
                self.refresh_bindings()

    def _show(self, checked: StockImport) -> None:
        words = _("Checked: {accepted} accepted, {rejected} rejected ({same} of them duplicates).")
        counts = (checked.accepted, checked.rejected, checked.duplicates)
        accepted, rejected, same = (f"{count:,}" for count in counts)
        verdict = words.format(accepted=accepted, rejected=rejected, same=same)
        found = len(checked.warnings)
        remarks = plural(" {count} remark.", " {count} remarks.", found).format(count=found)
        rows = checked.accepted + checked.rejected
        self.query_one(ProgressBar).update(total=rows, progress=rows)
        self.query_one("#verdict", Static).update(verdict + (remarks if checked.warnings else ""))
        self._listed = [*checked.errors, *checked.warnings][:_SHOWN_ERRORS]
        nothing = _("No row is refused. Press u to upload.")
        rows_shown = check_rows(checked.errors, checked.warnings)[:_SHOWN_ERRORS]
        self.query_one(LazyList).show(Rows(rows_shown), empty_text=nothing)

    def _answer(self, outcome: StockImport | None) -> None:
        if self.is_current:
            self.dismiss(outcome)
