"""Uploading a stock file: a dry run with its verdict first, then the real one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType

from store_app.actions import bindings
from store_app.screens.file_dialog import FileDialog, Reporter
from store_app.screens.stock_batch import SHOWN_ERRORS
from store_app.screens.stock_words import CHECK_COLUMNS, LINE_KINDS, check_rows, gathered
from store_app.widgets.confirm import Confirm
from store_app.words import _, plural
from store_app.workers import desk_work, off_loop

if TYPE_CHECKING:
    from catalog.kernel.row_errors import RowError
    from catalog.stock.import_stock import StockImport
    from store_app.desk.context import Desk


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be uploaded; `plan` is empty where the rows name their plans.

    `kind` is that of the rows which name none.
    """

    path: Path
    operator: str
    plan: str
    kind: str


class UploadDialog(FileDialog["StockImport"]):
    """Checks the file at once, uploads it when told to, answers what came of it.

    Esc cancels what is running; nothing half done is kept.
    """

    HELP = "The file is checked first; u uploads its accepted rows, Esc cancels."
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("upload")]

    def __init__(self, desk: Desk, wanted: Wanted) -> None:
        """Nothing is kept before the dry run was looked at."""
        kind = "" if wanted.kind == "esim" else LINE_KINDS[wanted.kind]
        named = (wanted.path.name, wanted.operator, wanted.plan, kind)
        title = "  ".join(each for each in named if each)
        super().__init__(desk, wanted.path, title, CHECK_COLUMNS)
        self._wanted = wanted
        self.checked: StockImport | None = None

    def on_mount(self) -> None:
        """Begin with the dry run."""
        self.check_file()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Upload and save are there once the verdict is."""
        del parameters
        done = None if self.is_busy else self.checked
        if action == "submit":
            return done is not None and done.accepted > 0
        return done is not None and bool(done.errors) if action == "save" else True

    @desk_work("upload")
    async def check_file(self) -> None:
        """Run through the file without keeping anything."""
        checked = await self.run_file(partial(self._import, True))
        if checked.state == "cancelled":
            self.answer(None)
            return
        self.checked = checked
        self._show(checked, await off_loop(gathered, checked.warnings))

    @desk_work("upload")
    async def upload_file(self) -> None:
        """The real upload; the answer of the dialog is its outcome."""
        self.answer(await self.run_file(partial(self._import, False)))

    def action_submit(self) -> None:
        """Ask, then upload."""
        if self.checked is None or self.is_busy:
            return
        accepted, rejected = self.checked.accepted, self.checked.rejected
        waits = plural(
            "{count} profile will wait for approval",
            "{count} profiles will wait for approval",
            accepted,
        ).format(count=f"{accepted:,}")
        refused = plural("{count} row is refused.", "{count} rows are refused.", rejected).format(
            count=f"{rejected:,}"
        )
        detail = f"{self._wanted.path}\n{waits}; {refused}"
        detail = "\n".join(filter(None, (detail, self.checked.remark)))
        question = Confirm(_("Upload the accepted rows?"), detail, _("Upload"))
        self.app.push_screen(question, self._begin)

    def action_save(self) -> None:
        """Write the refused rows to a file."""
        if self.checked is not None:
            self.save_rows(self.checked.errors)

    def _begin(self, yes: bool | None) -> None:
        if yes and not self.is_busy:
            self.upload_file()

    def _import(
        self, dry_run: bool, progress: Reporter, cancelled: Callable[[], bool]
    ) -> StockImport:
        from store_app.desk.stock import import_stock

        return import_stock(
            self._desk,
            self._wanted.path,
            operator=self._wanted.operator,
            plan_sku=self._wanted.plan or None,
            kind=self._wanted.kind,
            dry_run=dry_run,
            progress=progress,
            cancelled=cancelled,
        )

    def _show(self, checked: StockImport, remarks: list[RowError]) -> None:
        words = _("Checked: {accepted} accepted, {rejected} rejected ({same} of them duplicates).")
        counts = (checked.accepted, checked.rejected, checked.duplicates)
        accepted, rejected, same = (f"{count:,}" for count in counts)
        verdict = words.format(accepted=accepted, rejected=rejected, same=same)
        found = len(checked.warnings)
        told = plural(" {count} remark.", " {count} remarks.", found).format(count=f"{found:,}")
        verdict += told if checked.warnings else ""
        self.show_verdict("\n".join(filter(None, (verdict, checked.remark))))
        errors = checked.errors[: SHOWN_ERRORS - len(remarks)]
        self.show_rows(
            checked.accepted + checked.rejected,
            [*errors, *remarks],
            check_rows(errors, remarks),
            _("No row is refused. Press u to upload."),
        )
