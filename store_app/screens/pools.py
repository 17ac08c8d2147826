"""The pools of all companies: what is left in each, and opening a new one."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Static

from store_app.actions import bindings
from store_app.screens.base import StoreScreen
from store_app.screens.money import start
from store_app.screens.pages import PAGE, Pages
from store_app.screens.pool_words import COLUMNS, pool_cells
from store_app.screens.unread import or_unread
from store_app.widgets.lazy_list import LazyList
from store_app.words import _
from store_app.workers import desk_work

if TYPE_CHECKING:
    from store_app.desk.pool_pages import PoolLine


class PoolsScreen(StoreScreen):
    """The list, opened from the bills; it is read as it is walked through."""

    HELP = (
        "Pools: data that many eSIMs of a company share, with what is left in the period that "
        "runs. Enter opens one with its members, n opens a new one."
    )
    AUTO_FOCUS = "#pools"
    CSS_PATH = "pools.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("pools")]
    pages: Pages[PoolLine] | None = None

    def compose_body(self) -> ComposeResult:
        """The title and the list."""
        yield Static(_("Pools by name; Enter opens one"), id="title", markup=False)
        yield LazyList(COLUMNS, empty_text=_("Reading…"), id="pools")

    def on_screen_resume(self) -> None:
        """Read again: usage moves on."""
        self.read()

    @property
    def zone(self) -> str:
        """The time zone of the store, UTC until it is known."""
        return self.heading.time_zone if self.heading else "UTC"

    @desk_work("pools", exclusive=True)
    async def read(self, named: str = "") -> None:
        """Show the first pools, as many as were seen already, the cursor on one that is named."""
        from store_app.desk.pool_pages import page_pools

        listed = self.query_one(LazyList)
        limit = max(PAGE, len(self.pages.items) if self.pages else 0)
        with or_unread(listed):
            page = await self.run_desk(page_pools, limit=limit)
        self.pages = Pages(partial(pool_cells, zone=self.zone), page, len(page) == limit)
        names = [line.pool for line in page]
        listed.show(
            self.pages,
            cursor=names.index(named) if named in names else None,
            empty_text=_("No pool yet. Press n to open one for a company."),
        )
        self.refresh_bindings()

    @on(LazyList.Highlighted)
    def read_on(self, event: LazyList.Highlighted) -> None:
        """Near the end the next page is read."""
        if self.pages is not None and self.pages.wants_more(event.index):
            self.read_page(self.pages)

    @desk_work("pools", exclusive=True)
    async def read_page(self, pages: Pages[PoolLine]) -> None:
        """Add the next page."""
        from store_app.desk.pool_pages import page_pools

        last = pages.items[-1].pool
        pages.add(await self.run_desk(page_pools, after=last, limit=PAGE))
        self.query_one(LazyList).show(pages)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Without a pool there is none to open."""
        del parameters
        return action != "choose" or bool(self.pages and self.pages.items)

    @on(LazyList.Chosen)
    def action_choose(self) -> None:
        """Open the pool under the cursor."""
        from store_app.screens.pool import PoolScreen

        index = self.query_one(LazyList).index
        if self.pages is not None and index is not None:
            self.app.push_screen(PoolScreen(self.desk, self.pages.items[index].pool))

    def action_new_pool(self) -> None:
        """Ask for company, plan and name, then open it."""
        from store_app.screens.pool_changes import open_pool

        start(self, open_pool(self))
