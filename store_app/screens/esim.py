"""One sold eSIM: its state and balance, and everything that can be done with it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from typing import TYPE_CHECKING, ClassVar, Final

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from catalog.kernel.errors import StoreError
from store_app.actions import bindings
from store_app.present import instant, size
from store_app.screens.base import LOOK_S
from store_app.screens.esim_page import EsimPage, line_facts, may, read_page, sale_facts
from store_app.screens.esim_record import EsimRecord
from store_app.screens.esim_words import gauge, left_words, state_cell, state_sentence
from store_app.screens.money import start
from store_app.screens.month_words import month_gauge, month_left
from store_app.widgets.balance_bar import BalanceBar
from store_app.widgets.columns import fit_text
from store_app.widgets.usage_plot import UsagePlot
from store_app.words import _
from store_app.workers import desk_work

if TYPE_CHECKING:
    from store_app.desk.context import Desk

_LABEL: Final = 11
_OWN: Final = {
    *("refill", "explain", "code", "refund", "receipt", "identify", "assign", "auto"),
    *("hold", "retire", "replace", "swap"),
}


class EsimScreen(EsimRecord):
    """The page of one eSIM, opened from the list or right after its sale."""

    HELP = (
        "One eSIM: r adds data, e explains how the balance came about, a shows the activation "
        "code, x judges a refund before any money moves. s assigns it to a company, or ends that. "
        "f refills it by itself. w gives it another profile with all that is left, m moves its "
        "number to a blank card. h suspends it by hand or resumes it, z archives it, l and n "
        "write its labels and its note, c shows every change."
    )
    AUTO_FOCUS = "#page"
    CSS_PATH = "esim.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("esim")]

    def __init__(self, desk: Desk, named: str) -> None:
        """The page of the eSIM with this ICCID, or of this order."""
        super().__init__(desk)
        self.named = named

    def compose_body(self) -> ComposeResult:
        """Name, state, bar, facts beside the plot."""
        yield Static(f"eSIM {self.named}", id="title", markup=False)
        with VerticalScroll(id="page"):
            yield Static(_("Reading…"), id="state", markup=False)
            yield BalanceBar(id="balance")
            with Horizontal(id="columns"):
                yield Static("", id="facts", markup=False)
                yield Static("", id="more", markup=False)
            yield Static(_("Used per day, the last 14 days"), id="plot-title", markup=False)
            yield UsagePlot(words=size, empty_text=_("No usage reported yet."), id="plot")

    def on_mount(self) -> None:
        """Look again and again what the supplier reports of the profile."""
        self.set_interval(LOOK_S, self.look_at_profile)

    def on_screen_resume(self) -> None:
        """Read the page anew."""
        self.read()

    @desk_work("profile", exclusive=True)
    async def look_at_profile(self) -> None:
        """Read the page anew when the profile has come further."""
        from store_app.desk.reports import profile_state

        if not self.is_current or self.page is None:
            return
        with suppress(StoreError):  # the next look will tell
            if await self.run_desk(profile_state, self.named) != self.page.view.profile_state:
                self.read()

    @desk_work("page", exclusive=True)
    async def read(self) -> None:
        """Show the eSIM as it is now."""
        try:
            self.page = await self.run_desk(read_page, self.named)
        except StoreError:
            self.query_one("#state", Static).update(_("This eSIM could not be read."))
            raise
        self._show(self.page)
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nothing is offered that the eSIM does not have."""
        del parameters
        if action not in _OWN:
            return True
        return self.page is not None and may(action, self.page)

    def action_refill(self) -> None:
        """Choose a refill, then how it is paid."""
        from store_app.screens.esim_refill import refill_esim

        if self.page is not None:
            start(self, refill_esim(self, self.page.view, self.page.refills))

    def action_auto(self) -> None:
        """Set how it is refilled by itself, change that, or have a paused one approved."""
        start(self, self._auto())

    async def _auto(self) -> None:
        from store_app.refill_words import whole_words
        from store_app.screens.auto_refill import esim_auto_refill

        if self.page is None:
            return
        view = await esim_auto_refill(self, self.page.view.name, list(self.page.refills))
        self.read()
        if view is not None:
            self.say(_("Auto refill: {words}").format(words=whole_words(view)), "success")

    def action_refund(self) -> None:
        """Say the verdict, then ask."""
        from store_app.screens.refund import refund_on

        if self.page is not None and self.page.view.order is not None:
            start(self, refund_on(self, self.page.view.order))

    def action_replace(self) -> None:
        """Ask why, then give it another profile and show its code."""
        from store_app.screens.esim_replace import replace_esim

        if self.page is not None:
            start(self, replace_esim(self, self.page.view))

    def action_swap(self) -> None:
        """Begin a SIM swap, or end one as the operator has told."""
        from store_app.screens.esim_swap import swap_sim

        if self.page is not None:
            start(self, swap_sim(self, self.page.view))

    def action_explain(self) -> None:
        """Open the story of the balance."""
        from store_app.screens.esim_explain import ExplainScreen
        from store_app.screens.month_explain import MonthExplainScreen

        is_monthly = self.page is not None and self.page.month is not None
        story = MonthExplainScreen if is_monthly else ExplainScreen
        self.app.push_screen(story(self.desk, self.named))

    def action_code(self) -> None:
        """Open the activation."""
        from store_app.screens.esim_code import CodeScreen

        if self.page is not None:
            view = self.page.view
            self.app.push_screen(CodeScreen(self.desk, [view.order or view.name]))

    def action_assign(self) -> None:
        """Give it a plan or a pool, another user, or end what it has."""
        start(self, self._assign())

    async def _assign(self) -> None:
        from store_app.screens.assign import assign_esim, assigned_words

        done = await assign_esim(self, self.named)
        self.read()
        if done is not None:
            self.say(assigned_words(done), "success")

    @desk_work("identify")
    async def action_identify(self) -> None:
        """Name the number of an eSIM that was sold by its code."""
        from store_app.screens.esim_identify import identify

        if self.page is not None and self.page.view.order is not None:
            await identify(self, self.page.view.order)

    @desk_work("receipt", exclusive=True)
    async def action_receipt(self) -> None:
        """Show the receipt of the sale."""
        from store_app.desk.orders import receipt_text
        from store_app.screens.receipt import ReceiptScreen

        number = self.page.receipt if self.page else None
        if number is None:
            self.say(_("There is no receipt for this eSIM."), "warning")
            return
        text = await self.run_desk(receipt_text, number)
        if self.is_current:
            self.app.push_screen(ReceiptScreen(number, text))

    def _show(self, page: EsimPage) -> None:
        view, zone = page.view, self.heading.time_zone if self.heading else "UTC"
        title = "  ".join(part for part in (view.name, view.plan_name, view.operator) if part)
        self.query_one("#title", Static).update(Content(f"eSIM {title}"))
        state = self.query_one("#state", Static)
        state.update(Content(state_sentence(view)))
        state.set_classes(f"-{state_cell(view).tone}")
        bar = self.query_one(BalanceBar)
        month = page.month
        bar.left_bytes, bar.total_bytes = month_gauge(month) if month else gauge(view)
        bar.words = month_left(view, month) if month else left_words(view)
        bar.stale = _("as of {at}").format(at=instant(view.as_of, zone)) if view.stale else ""
        self.query_one("#facts", Static).update(_table(line_facts(page, zone)))
        self.query_one("#more", Static).update(_table(sale_facts(page, zone)))
        used = any(count for _day, count in page.usage)
        self.query_one(UsagePlot).values = [
            (f"{date.fromisoformat(on):%d}", count) for on, count in page.usage if used
        ]


def _table(facts: Sequence[tuple[str, str]]) -> Content:
    return Content("\n".join(f"{fit_text(label, _LABEL)} {words}" for label, words in facts))
