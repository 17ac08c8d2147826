"""F12: what companies owe for their subscriptions, from the bill run to the paid invoice."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import Static

from store_app.actions import bindings
from store_app.screens.base import StoreScreen
from store_app.screens.bill_words import (
    ALL,
    COLUMNS,
    ITEM_COLUMNS,
    bill_cells,
    bill_title,
    filter_form,
    filter_words,
    is_creditable,
    is_payable,
    item_cells,
)
from store_app.screens.money import ask, start
from store_app.screens.pages import PAGE, Pages
from store_app.screens.unread import or_unread
from store_app.widgets.lazy_list import LazyList, Rows
from store_app.words import _
from store_app.workers import desk_work

if TYPE_CHECKING:
    from store_app.desk.bills import BillFilter
    from store_app.desk.context import Desk
    from store_app.desk.invoices import InvoiceView

_OF_A_BILL = frozenset(
    {"choose", "approve", "issue", "take_payment", "credit", "give_back", "save"}
)
_NO_BILLS = _(
    "No bill yet. Companies are billed for the eSIMs that are assigned to them: press s on an "
    "eSIM (F3) to assign one, and r here when a period has ended."
)
_NO_MATCH = _("No bill matches. 0 shows all of them.")


class BillsScreen(StoreScreen):
    """The bills over the items of the one under the cursor; the list is read as it is walked."""

    HELP = (
        "Above, pre-bills and invoices, the newest first; below, the items of the one marked ›. "
        "A bill waits, is approved with a (A: all of the list), issued with i and paid with p. c "
        "corrects an invoice, g gives back what that leaves, s writes it as PDF. r makes the bills "
        "of all periods that have ended, nothing twice. Enter shows the usage behind a bill, o the "
        "pools."
    )
    AUTO_FOCUS = "#bills"
    CSS_PATH = "bills.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("bills")]
    pages: Pages[InvoiceView] | None = None

    def __init__(self, desk: Desk | None = None) -> None:
        """Everything is shown at first."""
        from store_app.desk.bills import BillFilter

        super().__init__(desk)
        self.wanted: BillFilter = BillFilter()

    def compose_body(self) -> ComposeResult:
        """Two lists, each under its title."""
        yield Static("", id="title", classes="title", markup=False)
        yield LazyList(COLUMNS, empty_text=_("Reading…"), id="bills")
        yield Static("", id="bill", classes="title", markup=False)
        yield LazyList(ITEM_COLUMNS, empty_text="", id="items")

    def on_screen_resume(self) -> None:
        """Read again: usage that comes late changes bills that are not issued."""
        if self.is_open:
            self.read()

    @property
    def zone(self) -> str:
        """The time zone of the store, UTC until it is known."""
        return self.heading.time_zone if self.heading else "UTC"

    @property
    def marked(self) -> InvoiceView | None:
        """The bill under the cursor."""
        index = self.query_one("#bills", LazyList).index
        return self.pages.items[index] if self.pages and index is not None else None

    @desk_work("bills", exclusive=True)
    async def read(self, ref: str = "") -> None:
        """Show the newest bills, as many as were seen already, the cursor on `ref` if there."""
        from store_app.desk.bills import page_bills

        marked = ref or (self.marked.ref if self.marked else "")
        limit = max(PAGE, len(self.pages.items) if self.pages else 0)
        with or_unread(*self.query(LazyList)):
            page = await self.run_desk(page_bills, self.wanted, limit=limit)
        self.pages = Pages(partial(bill_cells, zone=self.zone), page, len(page) == limit)
        self.query_one("#title", Static).update(Content(filter_words(self.wanted)))
        refs = [bill.ref for bill in page]
        self.query_one("#bills", LazyList).show(
            self.pages,
            cursor=refs.index(marked) if marked in refs else 0,
            empty_text=_NO_MATCH if self.is_filtered else _NO_BILLS,
        )
        if not page:
            self.query_one("#bill", Static).update("")
            self.query_one("#items", LazyList).show(Rows())
        self.refresh_bindings()

    @on(LazyList.Highlighted, "#bills")
    def follow(self, event: LazyList.Highlighted) -> None:
        """Show the items of the bill under the cursor, and read on near the end of the list."""
        bill = self.marked
        if bill is not None and self.pages is not None:
            self.query_one("#bill", Static).update(Content(bill_title(bill)))
            self.read_items(bill.ref)
            self.refresh_bindings()
            if self.pages.wants_more(event.index):
                self.read_page(self.pages)

    @desk_work("bills", exclusive=True)
    async def read_page(self, pages: Pages[InvoiceView]) -> None:
        """Add the next page."""
        from store_app.desk.bills import page_bills

        last = pages.items[-1]
        pages.add(await self.run_desk(page_bills, self.wanted, after=last, limit=PAGE))
        self.query_one("#bills", LazyList).show(pages)

    @desk_work("items", exclusive=True)
    async def read_items(self, ref: str) -> None:
        """Show the items of one bill."""
        from store_app.desk.bills import read_bill

        listed = self.query_one("#items", LazyList)
        with or_unread(listed):
            paper = await self.run_desk(read_bill, ref)
        rows = Rows([item_cells(item, paper.bill.currency) for item in paper.items])
        listed.show(rows, cursor=0, empty_text=_("This bill has no items."))

    @property
    def is_filtered(self) -> bool:
        """Whether some bills are left out."""
        return bool(self.wanted.company or self.wanted.state)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nothing is offered that the bill under the cursor does not take."""
        del parameters
        if action == "unfilter":
            return self.is_filtered
        if action not in _OF_A_BILL:
            return True
        bill = self.marked
        if bill is None:
            return False
        wanted = {
            "approve": bill.state == "pre_bill",
            "issue": bill.state == "approved",
            "credit": is_creditable(bill),
            "give_back": bill.open_minor < 0,
            "save": bill.number is not None,
        }
        return wanted.get(action, action == "choose" or is_payable(bill))

    @on(LazyList.Chosen, "#bills")
    def action_choose(self) -> None:
        """Open the usage behind the bill under the cursor."""
        from store_app.screens.bill_usage import BillUsageScreen

        if self.marked is not None:
            self.app.push_screen(BillUsageScreen(self.desk, self.marked))

    def action_run_bills(self) -> None:
        """Ask up to when, then make the pre-bills."""
        from store_app.screens.bill_decisions import run_all

        start(self, run_all(self))

    @desk_work("approve")
    async def action_approve(self) -> None:
        """Approve the pre-bill under the cursor."""
        from store_app.screens.bill_decisions import approve

        if self.marked is not None:
            await approve(self, self.marked)

    def action_approve_all(self) -> None:
        """Approve every pre-bill of the list, after a question."""
        from store_app.screens.bill_decisions import approve_every

        start(self, approve_every(self))

    def action_issue(self) -> None:
        """Make the bill under the cursor an invoice, after a question."""
        from store_app.screens.bill_decisions import issue

        if self.marked is not None:
            start(self, issue(self, self.marked))

    def action_take_payment(self) -> None:
        """Note money for the invoice under the cursor."""
        from store_app.screens.bill_decisions import take_payment

        if self.marked is not None:
            start(self, take_payment(self, self.marked))

    def action_credit(self) -> None:
        """Correct the invoice under the cursor, after a question."""
        from store_app.screens.bill_corrections import credit

        if self.marked is not None:
            start(self, credit(self, self.marked))

    def action_give_back(self) -> None:
        """Give back what the document under the cursor leaves to its company."""
        from store_app.screens.bill_corrections import give_back

        if self.marked is not None:
            start(self, give_back(self, self.marked))

    @desk_work("save")
    async def action_save(self) -> None:
        """Write the document under the cursor and say where."""
        from store_app.screens.bill_corrections import save

        if self.marked is not None:
            await save(self, self.marked)

    @desk_work("filter")
    async def action_filter(self) -> None:
        """Ask which bills to show."""
        from store_app.desk.bills import BillFilter
        from store_app.screens.bill_decisions import billed_companies

        names = await self.run_desk(billed_companies)
        typed = await ask(self, filter_form(self.wanted, names))
        if typed is not None:
            given = {name: "" if text == ALL else text for name, text in typed.items()}
            self._narrow(BillFilter(**given))

    def action_unfilter(self) -> None:
        """Show everything."""
        from store_app.desk.bills import BillFilter

        self._narrow(BillFilter())

    def _narrow(self, wanted: BillFilter) -> None:
        self.wanted, self.pages = wanted, None
        self.read()

    def action_pools(self) -> None:
        """Open the pools."""
        from store_app.screens.pools import PoolsScreen

        self.app.push_screen(PoolsScreen(self.desk))

    async def action_back(self) -> None:
        """From the items to the bills, then out."""
        self.say("")
        if self.query_one("#items").has_focus:
            self.query_one("#bills").focus()
        else:
            await self.app.run_action("app.go('storefront')")
