"""Taking in a usage file from the screen: it is read at once, and what came of it is said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType

from store_app.actions import bindings
from store_app.present import size
from store_app.screens.file_dialog import FileDialog, Reporter
from store_app.screens.stock_words import ERROR_COLUMNS, error_cells, existing_file
from store_app.widgets.form import Field, Form, Values
from store_app.words import _, plural
from store_app.workers import desk_work

if TYPE_CHECKING:
    from checkout.billing.usage_feed import UsageImport
    from store_app.desk.context import Desk


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which file, who reports, and whether its bytes are counters."""

    path: Path
    source: str
    cumulative: bool


def usage_form() -> Form:
    """The question for a usage file."""
    amounts, counters = _("bytes used"), _("counters that only grow")
    fields = [
        Field("path", _("Usage file (.csv or .jsonl)"), max_length=1000),
        Field("source", _("Who reports: event ids are unique within it")),
        Field("bytes", _("Bytes are"), "", kind="choice", choices=((amounts, ""), (counters, "c"))),
    ]
    return Form(_("Take in usage"), fields, yes_label=_("Read"), check=_checked)


def wanted(typed: Values) -> Wanted:
    """What the form asked for."""
    return Wanted(existing_file(typed["path"]), typed["source"].strip(), bool(typed["bytes"]))


def _checked(typed: Values) -> None:
    from checkout.billing.usage_feed import check_source

    existing_file(typed["path"])
    check_source(typed["source"])


class UsageDialog(FileDialog[None]):
    """Reads the file into the balances and says what came of it.

    Esc ends it between two slices: what is read stays, and the same file goes on from there.
    """

    HELP = "Records go into the balances as they are read. The same file again changes nothing."
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("usage_file")]

    def __init__(self, desk: Desk, asked: Wanted) -> None:
        """The reading begins when the dialog opens."""
        super().__init__(desk, asked.path, f"{asked.path.name}  {asked.source}", ERROR_COLUMNS)
        self._asked = asked
        self.done: UsageImport | None = None

    def on_mount(self) -> None:
        """Begin."""
        self.read_file()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Refused rows can be saved once there are some."""
        del parameters
        return action != "save" or (self.done is not None and bool(self.done.errors))

    @desk_work("usage")
    async def read_file(self) -> None:
        """Take the records in and say what came of them."""
        self.done = done = await self.run_file(self._import)
        ended = self._gave_up.is_set()
        words = _("Stopped; the same file goes on from here. ") if ended else ""
        self.show_verdict(words + verdict(done))
        cells = [error_cells(error) for error in done.errors]
        self.show_rows(done.events, done.errors, cells, _("No record was refused."))
        self.refresh_bindings()

    def action_save(self) -> None:
        """Write the refused rows to a file."""
        if self.done is not None:
            self.save_rows(self.done.errors)

    def _import(self, progress: Reporter, cancelled: Callable[[], bool]) -> UsageImport:
        from store_app.desk.usage import import_usage

        return import_usage(
            self._desk,
            self._asked.path,
            source=self._asked.source,
            cumulative=self._asked.cumulative,
            progress=progress,
            cancelled=cancelled,
        )


def verdict(done: UsageImport) -> str:
    """What an import came to, in one or two sentences."""
    words = _(
        "{events} records: {applied} applied, {same} known, {unknown} unknown, {bad} refused."
    )
    counts = (done.events, done.applied, done.duplicates, done.unknown, done.rejected)
    events, applied, same, unknown, bad = (f"{count:,}" for count in counts)
    said = words.format(events=events, applied=applied, same=same, unknown=unknown, bad=bad)
    if done.overrun_bytes:
        said += _(" Overrun: {size}.").format(size=size(done.overrun_bytes))
    if done.suspended:
        one, many = _(" {count} eSIM was suspended."), _(" {count} eSIMs were suspended.")
        said += plural(one, many, done.suspended).format(count=f"{done.suspended:,}")
    return said
