"""One pool: what is left, who used it, on which days, and who is in it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import Static

from store_app.actions import bindings
from store_app.present import size
from store_app.screens.base import StoreScreen
from store_app.screens.money import start
from store_app.screens.pages import Pages
from store_app.screens.pool_words import (
    MEMBER_COLUMNS,
    left_words,
    member_cells,
    period_words,
    state_words,
)
from store_app.screens.unread import or_unread
from store_app.widgets.balance_bar import BalanceBar
from store_app.widgets.lazy_list import LazyList
from store_app.widgets.usage_plot import UsagePlot
from store_app.words import _
from store_app.workers import desk_work

if TYPE_CHECKING:
    from store_app.desk.context import Desk
    from store_app.desk.pool_pages import PoolMember, PoolPage


class PoolScreen(StoreScreen):
    """The page of a pool, opened from the list of pools."""

    HELP = (
        "One pool in the period that runs: what is left of its data, its members with what each "
        "used, its usage by day. a adds an eSIM, x takes the one under the cursor out, Enter opens "
        "it, z ends the pool."
    )
    AUTO_FOCUS = "#members"
    CSS_PATH = "pool.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("pool")]

    def __init__(self, desk: Desk, named: str) -> None:
        """The page of the pool of this name."""
        super().__init__(desk)
        self.named = named
        self.page: PoolPage | None = None

    def compose_body(self) -> ComposeResult:
        """Name, state, bar, members over the plot."""
        yield Static(_("Pool {name}").format(name=self.named), id="title", markup=False)
        yield Static("", id="state", markup=False)
        yield BalanceBar(id="balance")
        yield Static("", id="period", markup=False)
        yield LazyList(MEMBER_COLUMNS, empty_text=_("Reading…"), id="members")
        yield Static(_("Used per day in this period"), id="plot-title", markup=False)
        yield UsagePlot(words=size, empty_text=_("No usage reported yet."), id="plot")

    def on_screen_resume(self) -> None:
        """Read the page anew."""
        self.read()

    @desk_work("pool", exclusive=True)
    async def read(self) -> None:
        """Show the pool as it is now."""
        from store_app.desk.pool_pages import read_pool

        with or_unread(self.query_one(LazyList)):
            self.page = await self.run_desk(read_pool, self.named)
        self._show(self.page)
        self.refresh_bindings()

    def _show(self, page: PoolPage) -> None:
        line, zone = page.line, self.heading.time_zone if self.heading else "UTC"
        state = self.query_one("#state", Static)
        state.update(Content(state_words(line)))
        state.set_classes("-warning" if line.state == "suspended" else "")
        bar = self.query_one(BalanceBar)
        bar.left_bytes, bar.total_bytes = line.left_bytes, line.included_bytes
        bar.words = left_words(line)
        self.query_one("#period", Static).update(Content(period_words(line, zone)))
        cells = partial(member_cells, included_bytes=line.included_bytes)
        self.query_one(LazyList).show(
            Pages(cells, page.members), empty_text=_("Nobody is in this pool: a adds an eSIM.")
        )
        used = any(count for _day, count in page.days)
        self.query_one(UsagePlot).values = [
            (f"{day:%d}", count) for day, count in page.days if used
        ]

    @property
    def marked(self) -> PoolMember | None:
        """The member under the cursor."""
        index = self.query_one(LazyList).index
        return self.page.members[index] if self.page and index is not None else None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A pool that has ended is only read; without members nobody can be taken out."""
        del parameters
        is_open = self.page is not None and self.page.line.state != "archived"
        if action in {"add_member", "end_pool"}:
            return is_open
        if action in {"choose", "take_out"}:
            return bool(self.page and self.page.members) and (is_open or action == "choose")
        return True

    @on(LazyList.Chosen)
    def action_choose(self) -> None:
        """Open the eSIM under the cursor."""
        from store_app.screens.esim import EsimScreen

        if self.marked is not None and self.marked.iccid:
            self.app.push_screen(EsimScreen(self.desk, self.marked.iccid))

    def action_add_member(self) -> None:
        """Choose an eSIM of the company or of the stock and put it into the pool."""
        from store_app.screens.pool_changes import add_member

        if self.page is not None:
            start(self, add_member(self, self.page))

    def action_take_out(self) -> None:
        """Take the eSIM under the cursor out, after a question."""
        from store_app.screens.pool_changes import take_out

        if self.page is not None and self.marked is not None:
            start(self, take_out(self, self.page, self.marked))

    def action_end_pool(self) -> None:
        """End the pool and all its members, after a question."""
        from store_app.screens.pool_changes import end

        if self.page is not None:
            start(self, end(self, self.page))
