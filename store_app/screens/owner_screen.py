"""What can be done about companies, customers and their wallets, from a list of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store_app.screens.base import StoreScreen
from store_app.screens.money import start

if TYPE_CHECKING:
    from store_app.desk.wallets import WalletView


class OwnerScreen(StoreScreen):
    """The keys of a screen that has a wallet under its cursor, or none."""

    def read(self, owner: str | None = None) -> object:
        """Show the list as it is now, the cursor on an owner when one is named."""
        raise NotImplementedError

    def marked_view(self) -> WalletView | None:
        """The wallet under the cursor."""
        raise NotImplementedError

    @property
    def marked_owner(self) -> str | None:
        """Whose wallet is under the cursor."""
        view = self.marked_view()
        return view.owner if view else None

    def action_top_up(self) -> None:
        """Choose an owner, an amount or a pack, and a tender."""
        from store_app.screens.wallet_top_up import top_up_wallet

        start(self, top_up_wallet(self))

    def action_new_owner(self) -> None:
        """Add a company or a customer."""
        from store_app.screens.wallet_owners import add_owner

        start(self, add_owner(self))

    def action_details(self) -> None:
        """Change what is said of a company or a customer."""
        from store_app.screens.owner_details import change_details

        start(self, change_details(self))

    def action_changes(self) -> None:
        """Show what was changed about a company or a customer."""
        from store_app.screens.owner_details import show_changes

        start(self, show_changes(self))

    def action_minimum(self) -> None:
        """Set how far down the wallet under the cursor may go, and whether it may pay."""
        from store_app.screens.wallet_owners import set_limit

        view = self.marked_view()
        if view is not None:
            start(self, set_limit(self, view))

    def action_auto(self) -> None:
        """Set how the wallet under the cursor is refilled by itself."""
        from store_app.screens.wallet_refill import set_refill

        view = self.marked_view()
        if view is not None:
            start(self, set_refill(self, view))

    def action_kept_card(self) -> None:
        """Keep a card of the owner under the cursor, or remove it."""
        from store_app.screens.wallet_refill import set_card

        view = self.marked_view()
        if view is not None:
            start(self, set_card(self, view))

    def action_refills(self) -> None:
        """Open the list of all that refills itself."""
        from store_app.screens.refills import RefillsScreen

        self.app.push_screen(RefillsScreen(self.desk))

    def action_transactions(self) -> None:
        """Open the list of all money."""
        from store_app.screens.transactions import TransactionsScreen

        self.app.push_screen(TransactionsScreen(self.desk))
