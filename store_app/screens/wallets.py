"""F5: wallets of companies and customers, their history, and putting money in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Static

from store_app.actions import bindings
from store_app.screens.base import StoreScreen
from store_app.screens.money import start
from store_app.screens.unread import or_unread
from store_app.screens.wallet_words import (
    HISTORY_COLUMNS,
    WALLET_COLUMNS,
    history_cells,
    wallet_cells,
    wallet_title,
)
from store_app.widgets.lazy_list import LazyList, Rows
from store_app.words import _
from store_app.workers import desk_work

if TYPE_CHECKING:
    from store_app.desk.wallets import WalletView


class WalletsScreen(StoreScreen):
    """The wallets over the history of the one under the cursor; Tab goes to the history."""

    HELP = (
        "Above, every wallet; below, the movements of the one marked ›. t tops up, also for "
        "someone who has no wallet yet; n adds a company or a customer; m sets the minimum."
    )
    AUTO_FOCUS = "#wallets"
    CSS_PATH = "wallets.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("wallets")]
    wallets: Sequence[WalletView] = ()

    def compose_body(self) -> ComposeResult:
        """Two lists, each under its title."""
        title = _("Wallets (held: for open sales; minimum: never below it)")
        yield Static(title, classes="title", markup=False)
        yield LazyList(WALLET_COLUMNS, empty_text=_("Reading…"), id="wallets")
        yield Static("", id="owner", classes="title", markup=False)
        yield LazyList(HISTORY_COLUMNS, empty_text="", id="history")

    def on_screen_resume(self) -> None:
        """Read again: sales and refills change balances."""
        if self.is_open:
            self.read()

    @desk_work("wallets", exclusive=True)
    async def read(self, owner: str | None = None) -> None:
        """Show the wallets as they are now, the cursor on an owner when one is named."""
        from store_app.desk.wallets import list_wallets

        marked = owner or self.marked_owner
        with or_unread(*self.query(LazyList)):
            self.wallets = await self.run_desk(list_wallets)
        owners = [view.owner for view in self.wallets]
        nothing = _("There are no wallets yet. Press n to add a company or customer, t to top up.")
        self.query_one("#wallets", LazyList).show(
            Rows([wallet_cells(view) for view in self.wallets]),
            cursor=owners.index(marked) if marked in owners else None,
            empty_text=nothing,
        )
        self.refresh_bindings()

    @property
    def marked_owner(self) -> str | None:
        """Whose wallet is under the cursor."""
        index = self.query_one("#wallets", LazyList).index
        return self.wallets[index].owner if index is not None else None

    @on(LazyList.Highlighted, "#wallets")
    def follow(self, event: LazyList.Highlighted) -> None:
        """Show the history of the wallet under the cursor."""
        if event.index < len(self.wallets):
            self.read_history(self.wallets[event.index].owner)

    @desk_work("history", exclusive=True)
    async def read_history(self, owner: str) -> None:
        """Show the movements of one wallet."""
        from store_app.desk.wallets import show_wallet

        with or_unread(self.query_one("#history", LazyList)):
            view = await self.run_desk(show_wallet, owner)
        zone = self.heading.time_zone if self.heading else "UTC"
        self.query_one("#owner", Static).update(wallet_title(view))
        self.query_one("#history", LazyList).show(
            Rows([history_cells(entry, view.currency, zone) for entry in view.history]),
            cursor=0,
            empty_text=_("No movement yet."),
        )

    @on(LazyList.Chosen, "#wallets")
    def go_to_history(self) -> None:
        """Enter on a wallet goes to its movements."""
        self.query_one("#history").focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A minimum needs a wallet."""
        del parameters
        return bool(self.wallets) if action == "minimum" else True

    def action_choose(self) -> None:
        """Go to the movements of the wallet under the cursor."""
        self.query_one("#wallets", LazyList).choose()

    def action_top_up(self) -> None:
        """Choose an owner, an amount and a tender."""
        from store_app.screens.wallet_top_up import top_up_wallet

        start(self, top_up_wallet(self))

    def action_new_owner(self) -> None:
        """Add a company or a customer."""
        from store_app.screens.wallet_owners import add_owner

        start(self, add_owner(self))

    def action_minimum(self) -> None:
        """Set how far down the wallet under the cursor may go."""
        from store_app.screens.wallet_owners import set_minimum

        index = self.query_one("#wallets", LazyList).index
        if index is not None:
            start(self, set_minimum(self, self.wallets[index]))

    async def action_back(self) -> None:
        """From the history to the wallets, then out."""
        history = self.query_one("#history")
        self.say("")
        if history.has_focus:
            self.query_one("#wallets").focus()
        else:
            await self.app.run_action("app.go('storefront')")
