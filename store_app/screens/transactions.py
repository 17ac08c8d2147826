"""All money of the store: sales, top-ups, invoice payments and refunds, by month and filter."""

from __future__ import annotations

from dataclasses import asdict, replace
from functools import partial
from typing import TYPE_CHECKING, ClassVar
from zoneinfo import ZoneInfo

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import Static

from store_app.actions import bindings
from store_app.screens.base import StoreScreen
from store_app.screens.money import ask, start
from store_app.screens.pages import PAGE, Pages
from store_app.screens.transaction_words import (
    COLUMNS,
    METHODS,
    STATUSES,
    TYPES,
    filter_form,
    filter_words,
    following,
    transaction_cells,
    typed_filters,
)
from store_app.screens.unread import or_unread
from store_app.widgets.lazy_list import LazyList
from store_app.words import _
from store_app.workers import desk_work

if TYPE_CHECKING:
    from checkout.orders.transactions import Transaction
    from store_app.desk.context import Desk
    from store_app.desk.transactions import Filters


class TransactionsScreen(StoreScreen):
    """The list, opened from the wallets; it is read as it is walked through.

    `months_ago` is the month that is shown: 0 for this one, None for what the filter says.
    """

    HELP = (
        "All money of the store, the newest first; what was given back is below zero. - and + go "
        "through the months; 1, 2 and 3 show one type, way to pay or status after the other; f "
        "asks for a customer, a company or days; 0 shows all again. Enter opens the eSIM, or "
        "what is behind an invoice; p shows the receipt. x judges a refund of a sale, a refill, a "
        "top-up or a card payment of an invoice before any money moves."
    )
    AUTO_FOCUS = "#transactions"
    CSS_PATH = "transactions.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("transactions")]
    months_ago: int | None = None

    def __init__(self, desk: Desk) -> None:
        """Everything is shown at first."""
        from store_app.desk.transactions import Filters

        super().__init__(desk)
        self.filters: Filters = Filters()
        self.pages: Pages[Transaction] | None = None

    def compose_body(self) -> ComposeResult:
        """What is shown, and the list of it."""
        yield Static("", id="title", markup=False)
        yield LazyList(COLUMNS, empty_text=_("Reading…"), id="transactions")

    def on_screen_resume(self) -> None:
        """Read again: something may have been sold or refunded meanwhile."""
        self.read()

    @property
    def zone(self) -> str:
        """The time zone of the store, UTC until it is known."""
        return self.heading.time_zone if self.heading else "UTC"

    @desk_work("transactions", exclusive=True)
    async def read(self) -> None:
        """Show the newest transactions that the filter lets through."""
        from store_app.desk.transactions import list_transactions

        listed = self.query_one(LazyList)
        with or_unread(listed):
            page = await self.run_desk(list_transactions, self._wanted(), limit=PAGE)
        self.pages = Pages(partial(transaction_cells, zone=self.zone))
        self.pages.add(page)
        self.query_one("#title", Static).update(Content(filter_words(self._wanted())))
        nothing = _("No transaction matches. 0 shows all of them.")
        listed.show(self.pages, cursor=0, empty_text=nothing)
        self.refresh_bindings()

    @on(LazyList.Highlighted)
    def read_on(self, event: LazyList.Highlighted) -> None:
        """Near the end the next page is read."""
        if self.pages is not None and self.pages.wants_more(event.index):
            self.read_page(self.pages)

    @desk_work("transactions", exclusive=True)
    async def read_page(self, pages: Pages[Transaction]) -> None:
        """Add the next page."""
        from store_app.desk.transactions import list_transactions

        last = pages.items[-1]
        pages.add(await self.run_desk(list_transactions, self._wanted(), before=last, limit=PAGE))
        self.query_one(LazyList).show(pages)

    @on(LazyList.Chosen)
    @desk_work("open")
    async def action_choose(self) -> None:
        """Open the eSIM of the transaction under the cursor, or what is behind its invoice."""
        from store_app.desk.bills import read_bill
        from store_app.desk.order_views import show_order
        from store_app.screens.bill_usage import BillUsageScreen
        from store_app.screens.esim import EsimScreen

        marked = self._marked()
        if marked is None:
            return
        if marked.type == "invoice_payment":
            paper = await self.run_desk(read_bill, marked.destination)
            if self.is_current:
                self.app.push_screen(BillUsageScreen(self.desk, paper.bill))
            return
        order = await self.run_desk(show_order, str(marked.order))
        if order.kind == "wallet_refill" or not self.is_current:
            self.say(_("A top-up has no eSIM. p shows its receipt."))
            return
        self.app.push_screen(EsimScreen(self.desk, order.iccid or order.order))

    @desk_work("receipt", exclusive=True)
    async def action_receipt(self) -> None:
        """Show the receipt, or the credit note of a refund."""
        from store_app.desk.order_views import show_order
        from store_app.desk.orders import receipt_text
        from store_app.screens.receipt import ReceiptScreen

        marked = self._marked()
        if marked is None:
            return
        if marked.order is None:
            self.say(_("The payment of an invoice has no receipt. Enter shows what it paid for."))
            return
        number: str | None = marked.reference
        if marked.type != "refund":
            number = (await self.run_desk(show_order, marked.order)).receipt
        if number is None:
            self.say(_("It was not paid, so there is no receipt."), "warning")
            return
        text = await self.run_desk(receipt_text, number)
        if self.is_current:
            self.app.push_screen(ReceiptScreen(number, text))

    def action_refund(self) -> None:
        """Say the verdict on the order of this transaction, then ask."""
        from store_app.screens.refund import refund_on

        marked = self._marked()
        if marked is None:
            return
        if marked.order is None:
            self.say(_("Money for an invoice goes back in F12, where its credit is."))
            return
        start(self, refund_on(self, marked.order))

    @desk_work("filter")
    async def action_filter(self) -> None:
        """Ask what to show; days that are typed take the place of the month."""
        typed = await ask(self, filter_form(self._wanted()))
        if typed is not None:
            changed = replace(self._wanted(), **typed_filters(typed))
            if changed != self._wanted():
                self.filters, self.months_ago = changed, None
            self.read()

    def action_next_type(self) -> None:
        """Show one type after the other, then all."""
        self._step(type=following(self.filters.type, TYPES))

    def action_next_method(self) -> None:
        """Show one way to pay after the other, then all."""
        self._step(method=following(self.filters.method, METHODS))

    def action_next_status(self) -> None:
        """Show one status after the other, then all."""
        self._step(status=following(self.filters.status, STATUSES))

    def action_unfilter(self) -> None:
        """Show everything."""
        self.filters, self.months_ago = type(self.filters)(), None
        self.read()

    def action_earlier(self) -> None:
        """From all months to this one, then one back."""
        self.months_ago = 0 if self.months_ago is None else self.months_ago + 1
        self.read()

    def action_later(self) -> None:
        """One month on; after this one comes all of them."""
        if self.months_ago == 0:
            self.filters = replace(self.filters, since="", until="")
        self.months_ago = self.months_ago - 1 if self.months_ago else None
        self.read()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nothing is offered that would change nothing."""
        del parameters
        if action == "later":
            return self.months_ago is not None
        if action == "unfilter":
            return any(asdict(self._wanted()).values())
        return True

    def _step(self, **change: str) -> None:
        self.filters = replace(self.filters, **change)
        self.read()

    def _wanted(self) -> Filters:
        """The filter with the month that is shown."""
        from store_app.desk.statements import first_of_month

        if self.months_ago is None:
            return self.filters
        today = self.desk.clock().astimezone(ZoneInfo(self.zone))
        since, until = (first_of_month(today, later - self.months_ago) for later in (0, 1))
        return replace(self.filters, since=since.isoformat(), until=until.isoformat())

    def _marked(self) -> Transaction | None:
        index = self.query_one(LazyList).index
        return self.pages.items[index] if self.pages and index is not None else None
