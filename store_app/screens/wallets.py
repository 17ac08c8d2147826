"""F5: wallets of companies and customers, what happened in them, and putting money in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import Static

from catalog.kernel.errors import NotFound
from store_app.actions import bindings
from store_app.screens.owner_screen import OwnerScreen
from store_app.screens.pages import Pages
from store_app.screens.unread import or_unread
from store_app.screens.wallet_words import (
    ESIM_COLUMNS,
    HISTORY_COLUMNS,
    WALLET_COLUMNS,
    history_cells,
    month_words,
    paid_cells,
    paid_words,
    wallet_cells,
    wallet_title,
)
from store_app.widgets.lazy_list import Cell, LazyList, Rows
from store_app.words import _
from store_app.workers import desk_work

if TYPE_CHECKING:
    from checkout.billing.statements import Entry
    from store_app.desk.context import Desk
    from store_app.desk.esims import EsimView
    from store_app.desk.statements import StatementPage
    from store_app.desk.wallets import WalletView

T = TypeVar("T")


class WalletsScreen(OwnerScreen):
    """The wallets over what one of them did, or what it pays for; Tab goes there.

    `months_ago` is the month that is shown: 0 for this one, None for all.
    """

    HELP = (
        "Above, every wallet; below, the movements of the one marked ›, the newest first: - and + "
        "go through the months with their sums, s saves the statement. v shows the PAYGO eSIMs "
        "that it pays for. t tops up, with an amount or a pack, also for someone who has no wallet "
        "yet; n adds a company or a customer, x changes its details and u shows what was changed; "
        "m sets the limit; h lists all money of the store. "
        "f tops a wallet up by itself, g keeps or removes its owner's card, j lists all of these."
    )
    AUTO_FOCUS = "#wallets"
    CSS_PATH = "wallets.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("wallets")]
    wallets: Sequence[WalletView] = ()
    esims: Sequence[EsimView] = ()
    months_ago: int | None = None
    pages: Pages[Entry] | None = None

    def compose_body(self) -> ComposeResult:
        """Two lists, each under its title; the lower one changes places with a third."""
        title = _("Wallets (held: for open sales; minimum: never below it)")
        yield Static(title, classes="title", markup=False)
        yield LazyList(WALLET_COLUMNS, empty_text=_("Reading…"), id="wallets")
        yield Static("", id="owner", classes="title", markup=False)
        yield Static("", id="refill", markup=False)
        yield Static("", id="month", markup=False)
        yield LazyList(HISTORY_COLUMNS, empty_text="", id="history")
        yield LazyList(ESIM_COLUMNS, empty_text="", id="esims")

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
    def shows_esims(self) -> bool:
        """Whether the lower list is that of PAYGO eSIMs."""
        return self.has_class("-esims")

    @on(LazyList.Highlighted, "#wallets")
    def follow(self) -> None:
        """Show what belongs to the wallet under the cursor."""
        owner = self.marked_owner
        if owner is not None:
            (self.read_esims if self.shows_esims else self.read_history)(owner)
            self.read_refill(owner)

    async def _of(self, owner: str, read: Callable[[Desk, str], T]) -> T | None:
        """What is read of an owner; None, and all read again, when that is a name no more."""
        try:
            return await self.run_desk(read, owner)
        except NotFound:
            self.read()
            return None

    @desk_work("refill", exclusive=True)
    async def read_refill(self, owner: str) -> None:
        """Show how one wallet is refilled by itself, and the card that pays it."""
        from store_app.screens.wallet_refill import read_refill

        words = await self._of(owner, read_refill)
        if words is None:
            return
        self.query_one("#refill", Static).update(Content(words))

    @desk_work("lower", exclusive=True)
    async def read_history(self, owner: str) -> None:
        """Show the newest movements of one wallet."""
        from store_app.desk.statements import statement_page

        history = self.query_one("#history", LazyList)
        with or_unread(history):
            page = await self._of(owner, partial(statement_page, months_ago=self.months_ago))
        if page is None:
            return
        self._title(page.view, month_words(page))
        self.pages = Pages(partial(_cells, page))
        self.pages.add(page.entries)
        nothing = _("No movement in this month.") if page.month else _("No movement yet.")
        history.show(self.pages, cursor=0, empty_text=nothing)
        self.refresh_bindings()

    @on(LazyList.Highlighted, "#history")
    def read_on(self, event: LazyList.Highlighted) -> None:
        """Near the end the next page is read."""
        owner = self.marked_owner
        if owner is not None and self.pages is not None and self.pages.wants_more(event.index):
            self.read_page(owner, self.pages)

    @desk_work("lower", exclusive=True)
    async def read_page(self, owner: str, pages: Pages[Entry]) -> None:
        """Add the next page to the movements."""
        from store_app.desk.statements import statement_page

        page = await self.run_desk(
            statement_page, owner, months_ago=self.months_ago, before=pages.items[-1]
        )
        pages.add(page.entries)
        self.query_one("#history", LazyList).show(pages)

    @desk_work("lower", exclusive=True)
    async def read_esims(self, owner: str) -> None:
        """Show the PAYGO eSIMs that one wallet pays for."""
        from store_app.desk.wallet_esims import wallet_esims

        listed = self.query_one("#esims", LazyList)
        with or_unread(listed):
            paid = await self._of(owner, wallet_esims)
        if paid is None:
            return
        self.esims = paid.esims
        view = self.marked_view()
        if view is not None:
            self._title(view, paid_words(paid))
        rows = Rows([paid_cells(each) for each in paid.esims])
        listed.show(rows, cursor=0, empty_text=_("None. v shows the movements again."))

    @on(LazyList.Chosen, "#wallets")
    def go_down(self) -> None:
        """Enter on a wallet goes to the list under it."""
        self.query_one("#esims" if self.shows_esims else "#history").focus()

    @on(LazyList.Chosen, "#esims")
    def open_esim(self, event: LazyList.Chosen) -> None:
        """Enter on an eSIM opens its page."""
        from store_app.screens.esim import EsimScreen

        self.app.push_screen(EsimScreen(self.desk, self.esims[event.index].name))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A limit needs a wallet, a month a history, and no month comes after all of them."""
        del parameters
        if action == "later":
            return self.months_ago is not None and not self.shows_esims
        if action in {"earlier", "save"}:
            return bool(self.wallets) and not self.shows_esims
        needs_one = action in {"minimum", "paid_esims", "auto", "kept_card"}
        return bool(self.wallets) if needs_one else True

    def action_choose(self) -> None:
        """Choose the row under the cursor."""
        at_esims = self.query_one("#esims").has_focus
        self.query_one("#esims" if at_esims else "#wallets", LazyList).choose()

    def action_paid_esims(self) -> None:
        """Change between the movements and the eSIMs that are paid for."""
        at_wallets = self.query_one("#wallets").has_focus
        self.toggle_class("-esims")
        if not at_wallets:
            self.go_down()
        self._again()

    def action_earlier(self) -> None:
        """From all months to this one, then one back."""
        self.months_ago = 0 if self.months_ago is None else self.months_ago + 1
        self._again()

    def action_later(self) -> None:
        """One month on; after this one comes all of them."""
        self.months_ago = self.months_ago - 1 if self.months_ago else None
        self._again()

    @desk_work("save")
    async def action_save(self) -> None:
        """Save the statement that is shown, and say where."""
        from store_app.screens.wallet_save import save_statement

        owner = self.marked_owner
        if owner is not None:
            path = await self.run_desk(save_statement, owner, self.months_ago)
            self.say(_("Saved: {path}").format(path=path), "success")

    async def action_back(self) -> None:
        """From the lower list to the wallets, then out."""
        self.say("")
        if self.query_one("#wallets").has_focus:
            await self.app.run_action("app.go('storefront')")
        else:
            self.query_one("#wallets").focus()

    def marked_view(self) -> WalletView | None:
        """The wallet under the cursor."""
        index = self.query_one("#wallets", LazyList).index
        return self.wallets[index] if index is not None and index < len(self.wallets) else None

    def _again(self) -> None:
        self.refresh_bindings()
        self.follow()

    def _title(self, view: WalletView, words: str) -> None:
        self.query_one("#owner", Static).update(Content(wallet_title(view)))
        self.query_one("#month", Static).update(Content(words))


def _cells(page: StatementPage, entry: Entry) -> Sequence[Cell]:
    return history_cells(entry, page.view.currency, page.time_zone)
