"""What is behind one bill: its charges eSIM by eSIM, and the usage under each."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import Static

from store_app.actions import bindings
from store_app.present import money
from store_app.screens.base import StoreScreen
from store_app.screens.bill_words import USAGE_COLUMNS, behind_cells
from store_app.screens.pages import Pages
from store_app.screens.unread import or_unread
from store_app.widgets.lazy_list import LazyList
from store_app.words import _
from store_app.workers import desk_work

if TYPE_CHECKING:
    from store_app.desk.bill_usage import Behind
    from store_app.desk.context import Desk
    from store_app.desk.invoices import InvoiceView


class BillUsageScreen(StoreScreen):
    """The list, opened from the bills with Enter; Enter on a row opens its eSIM."""

    HELP = (
        "Every charge of this bill with its eSIM or pool, and under it what was used in its "
        "period, by country. Days are those that are billed, out of those of the period. Enter "
        "opens the eSIM of the row."
    )
    AUTO_FOCUS = "#behind"
    CSS_PATH = "bill_usage.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("bill_usage")]
    pages: Pages[Behind] | None = None

    def __init__(self, desk: Desk, bill: InvoiceView) -> None:
        """What is behind this bill."""
        super().__init__(desk)
        self.bill = bill

    def compose_body(self) -> ComposeResult:
        """The title and the list."""
        total = money(self.bill.total_minor, self.bill.currency)
        title = _("{ref} of {company}, {total}: what is behind it").format(
            ref=self.bill.number or self.bill.ref, company=self.bill.company, total=total
        )
        yield Static(Content(title), id="title", markup=False)
        yield LazyList(USAGE_COLUMNS, empty_text=_("Reading…"), id="behind")

    def on_screen_resume(self) -> None:
        """Read anew."""
        self.read()

    @desk_work("behind", exclusive=True)
    async def read(self) -> None:
        """Show what is behind the bill as it is now."""
        from store_app.desk.bill_usage import explain_bill

        listed = self.query_one(LazyList)
        with or_unread(listed):
            found = await self.run_desk(explain_bill, self.bill.ref)
        zone = self.heading.time_zone if self.heading else "UTC"
        words = partial(behind_cells, currency=self.bill.currency, zone=zone)
        self.pages = Pages(words, found)
        listed.show(self.pages, empty_text=_("Nothing is on this bill. Esc goes back."))
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only rows of an eSIM can be opened."""
        del parameters
        return action != "choose" or bool(self.pages and self.pages.items)

    def on_lazy_list_chosen(self) -> None:
        """Enter, or a double click."""
        self.action_choose()

    def action_choose(self) -> None:
        """Open the eSIM of the row under the cursor."""
        from store_app.screens.esim import EsimScreen

        index = self.query_one(LazyList).index
        if self.pages is None or index is None:
            return
        number = self.pages.items[index].iccid
        if number is None:
            self.say(_("This charge is for the pool; its eSIMs are in the rows below it."))
        else:
            self.app.push_screen(EsimScreen(self.desk, number))
