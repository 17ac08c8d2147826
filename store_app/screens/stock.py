"""F4: what is left of every plan, and the uploads it came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Static

from catalog.kernel.errors import Refused
from store_app.actions import bindings
from store_app.screens.base import StoreScreen
from store_app.screens.money import ask, once, start
from store_app.screens.stock_batch import SHOWN_ERRORS, BatchDialog, question_of
from store_app.screens.stock_sources import FilePicker, PastedRows
from store_app.screens.stock_upload import UploadDialog, Wanted
from store_app.screens.stock_words import (
    BATCH_COLUMNS,
    LEVEL_COLUMNS,
    LINE_KINDS,
    batch_cells,
    existing_file,
    level_rows,
)
from store_app.screens.unread import or_unread
from store_app.widgets.confirm import Confirm
from store_app.widgets.form import Field, Form, Values
from store_app.widgets.lazy_list import LazyList, Rows
from store_app.words import _, plural
from store_app.workers import desk_work

if TYPE_CHECKING:
    from catalog.stock.history import BatchView
    from catalog.stock.import_stock import StockImport
    from catalog.stock.summary import StockLevel
    from store_app.desk.context import Desk

Levels = Sequence["StockLevel"]


def read_stock(desk: Desk) -> tuple[list[StockLevel], list[BatchView]]:
    """The levels of all plans and every upload."""
    from store_app.desk.stock import list_batches, stock_summary

    return stock_summary(desk), list_batches(desk)


class StockScreen(StoreScreen):
    """Levels by plan over the list of uploads; Tab goes from one to the other."""

    HELP = (
        "Above, what can be sold of each plan; below, the uploads. “+9 generic” means that nine "
        "profiles of the operator, tied to no plan, can be sold for this one too. Enter on an "
        "upload shows its refused rows and approves, rejects or rolls it back. Files may be CSV, "
        "TSV, JSON lines, LPA codes, .gz, .zip with QR images, or workbooks. s assigns a free eSIM "
        "of the plan marked › to a company. j shows the suppliers of plans ordered live."
    )
    AUTO_FOCUS = "#levels"
    CSS_PATH = "stock.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("stock")]
    batches: Sequence[BatchView] = ()
    levels: Levels = ()
    folder = Path()

    def compose_body(self) -> ComposeResult:
        """Two lists, each under its title."""
        title = _("Stock by plan (“+9 generic”: 9 more that fit any plan)")
        yield Static(title, classes="title", markup=False)
        yield LazyList(LEVEL_COLUMNS, empty_text=_("Reading…"), id="levels")
        yield Static(_("Uploads"), classes="title", markup=False)
        yield LazyList(BATCH_COLUMNS, empty_text=_("Reading…"), id="batches")

    def on_screen_resume(self) -> None:
        """Read again: something may have been sold."""
        if self.is_open:
            self.read()

    @desk_work("stock", exclusive=True)
    async def read(self, batch: str = "") -> None:
        """Show the stock as it is now, and go to a batch when one is named."""
        with or_unread(*self.query(LazyList)):
            levels, batches = await self.run_desk(read_stock)
        self._show(levels, batches, batch)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """No upload from a browser: its files are not on this machine."""
        del parameters
        if action == "assign":
            return bool(self.levels)
        return not (action in {"upload", "browse"} and self.app.is_web)

    @on(LazyList.Chosen, "#batches")
    def open_batch(self, event: LazyList.Chosen) -> None:
        """Look at an upload and decide on it."""
        start(self, self._decide(self.batches[event.index]))

    @on(LazyList.Chosen, "#levels")
    def go_to_batches(self) -> None:
        """A plan has nothing to open; its uploads are below."""
        self.query_one("#batches").focus()

    def action_choose(self) -> None:
        """Open the upload under the cursor."""
        self.query_one("#batches", LazyList).choose()

    def action_upload(self) -> None:
        """Ask for the file, check it, upload it."""
        start(self, self._upload())

    def action_assign(self) -> None:
        """Give a free eSIM of the plan under the cursor to a company."""
        from store_app.screens.stock_assign import assign_from_stock

        index = self.query_one("#levels", LazyList).index
        if index is not None:
            start(self, assign_from_stock(self, self.levels[index]))

    def action_suppliers(self) -> None:
        """Open the list of those that profiles are ordered from."""
        from store_app.screens.suppliers import SuppliersScreen

        self.app.push_screen(SuppliersScreen(self.desk))

    def action_browse(self) -> None:
        """Let the person look for the file, then go on as if its path had been typed."""
        start(self, self._browse())

    def action_paste_rows(self) -> None:
        """Ask for rows instead of a file."""
        start(self, self._paste())

    async def _browse(self) -> None:
        path: Path | None = await ask(self, FilePicker(self.folder.absolute()))
        if path is not None:
            self.folder = path.parent
            await self._upload(path)

    async def _paste(self) -> None:
        rows: str | None = await ask(self, PastedRows())
        if rows is None:
            return
        with TemporaryDirectory(prefix="esim-store-") as folder:
            path = Path(folder) / _("pasted rows")
            path.write_text(rows, encoding="utf-8")
            await self._upload(path, is_pasted=True)

    async def _upload(self, path: Path | None = None, *, is_pasted: bool = False) -> None:
        plans = {level.sku: level.operator for level in self.levels if level.sku}
        typed = await ask(self, _form(plans, path, is_pasted=is_pasted))
        if typed is None:
            return
        file = path if path and is_pasted else existing_file(typed["path"])
        self.folder = self.folder if is_pasted else file.parent
        wanted = Wanted(file, typed["operator"].strip(), typed["plan"], typed["kind"])
        done: StockImport | None = await ask(self, UploadDialog(self.desk, wanted))
        if done is None or done.batch is None:
            self.say(_("Nothing was uploaded."))
            return
        self.read(done.batch)
        words = plural(
            "{batch}: {accepted} profile waits for approval. Enter opens the batch.",
            "{batch}: {accepted} profiles wait for approval. Enter opens the batch.",
            done.accepted,
        )
        self.say(words.format(batch=done.batch, accepted=f"{done.accepted:,}"), "success")

    async def _decide(self, view: BatchView) -> None:
        from store_app.desk.stock import batch_errors, decide_batch

        errors = await self.run_desk(batch_errors, view.batch, SHOWN_ERRORS)
        decision = await ask(self, BatchDialog(self.desk, view, errors))
        if decision is None or not await ask(self, Confirm(*question_of(view, decision))):
            return
        done = await once(self, decide_batch, view.batch, decision)
        self.read(view.batch)
        words = plural(
            "{batch} is {state}: {kept} profile kept, {removed} removed.",
            "{batch} is {state}: {kept} profiles kept, {removed} removed.",
            done.kept,
        )
        state = done.state.replace("_", " ")
        said = words.format(batch=done.batch, state=state, kept=done.kept, removed=done.removed)
        self.say(said, "success")

    def _show(self, levels: Levels, batches: Sequence[BatchView], batch: str) -> None:
        self.levels, self.batches = levels, batches
        zone = self.heading.time_zone if self.heading else "UTC"
        no_plan = _("There are no plans yet: esim-store plans import FILE.")
        rows = Rows(level_rows(levels))
        self.query_one("#levels", LazyList).show(rows, empty_text=no_plan)
        listing = self.query_one("#batches", LazyList)
        named = [view.batch for view in batches]
        listing.show(
            Rows([batch_cells(view, zone) for view in batches]),
            cursor=named.index(batch) if batch in named else None,
            empty_text=_("Nothing was uploaded yet. Press u to upload a stock file."),
        )
        if batch:
            listing.focus()


def _form(plans: Mapping[str, str], path: Path | None, *, is_pasted: bool) -> Form:
    """Asks for file, plan, kind and operator; `plans` are SKUs with their operators."""
    named = {*plans.values()} - {""}
    asked = _("File: type, paste or drag its path here")
    file = Field("path", asked, str(path or ""), max_length=1000)
    fields = [
        Field(
            "plan",
            _("Plan of rows that name none"),
            kind="choice",
            placeholder=_("None: generic stock, or the rows name it"),
            choices=tuple((sku, sku) for sku in plans),
        ),
        Field(
            "kind",
            _("Kind of rows that name none"),
            "esim",
            kind="choice",
            choices=tuple((words, kind) for kind, words in LINE_KINDS.items()),
        ),
        # The last field is one to type into: Enter in it goes on.
        Field(
            "operator",
            _("Operator whose profiles these are"),
            named.pop() if len(named) == 1 else "",
            placeholder=_("name of the operator"),
        ),
    ]
    title = _("Upload the pasted rows") if is_pasted else _("Upload a stock file")
    return Form(
        title, fields if is_pasted else [file, *fields], yes_label=_("Check it"), check=_check
    )


def _check(typed: Values) -> None:
    if "path" in typed:
        existing_file(typed["path"])
    if not typed["kind"]:
        raise Refused(_("Say of which kind the lines are."), field="kind")
    if not typed["operator"].strip():
        raise Refused(_("Name the operator whose profiles these are."), field="operator")
