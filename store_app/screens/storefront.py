"""F2, home: find a plan by typing, put it into the cart, go to the payment."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.binding import BindingType
from textual.widgets import Input

from catalog.kernel.money import money_words
from store_app.actions import bindings
from store_app.cart import line_of
from store_app.open_sales import last_sold, open_sale, open_words
from store_app.screens.shelf_screen import ShelfScreen
from store_app.shelf import Card, build_index
from store_app.till import Outcome, Till
from store_app.widgets.lazy_list import LazyList
from store_app.workers import desk_work, off_loop

if TYPE_CHECKING:
    from store_app.desk.context import Desk
    from store_app.desk.orders import OrderView

_LOOK_S: Final = 5
_SETTLE_S: Final = 0.4


class StorefrontScreen(ShelfScreen):
    """Sells from the shelf into one cart, and shows what a crash left open."""

    HELP = (
        "Type a country, its ISO code, data, days or a SKU in any order (“jp 5 7”), move with "
        "Up, Down, PgUp and PgDn, and press Enter to sell the plan marked ›."
    )
    CSS_PATH = "storefront.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("storefront")]

    def __init__(self, till: Till, desk: Desk | None = None) -> None:
        """Sell into `till`; the desk may come later."""
        super().__init__(desk)
        self._till = till
        self._asked: set[str] = set()
        self._open_sale: OrderView | None = None
        self.is_choosing = False
        self._resumed_at = 0.0

    def on_mount(self) -> None:
        """Look for open sales every few seconds."""
        self.set_interval(_LOOK_S, self._look)

    def on_screen_resume(self) -> None:
        """Focus in the search field, whatever was done; stock and open sales are read again."""
        self._resumed_at = monotonic()
        self._search.focus()
        self._show_cart()
        if self.is_ready:
            self.load()

    def loaded(self) -> None:
        """Look for sales that a crash left open; a clerk says what becomes of each."""
        self._look()

    def _look(self) -> None:
        if self.is_ready and self.is_current and not self._till.is_selling:
            self.look_for_open_sales()

    # Choosing

    @on(Input.Submitted, "#search")
    def choose_typed(self, event: Input.Submitted) -> None:
        """Enter in the search field."""
        event.stop()
        self.action_choose()

    @on(LazyList.Chosen, "#plans")
    def choose_clicked(self) -> None:
        """A double click on a row."""
        self.action_choose()

    def action_choose(self) -> None:
        """Put the plan into the cart and go to the payment."""
        # The second Enter that closed the last screen is no wish to sell something.
        is_echo = monotonic() - self._resumed_at < _SETTLE_S and not self._search.value
        if not is_echo:
            self._begin_choosing(go=True)

    def action_add(self) -> None:
        """Put the plan into the cart and stay."""
        self._begin_choosing(go=False)

    def _begin_choosing(self, *, go: bool) -> None:
        # Set before the first await: of a burst of Enters one adds a line.
        if not self.is_choosing:
            self.is_choosing = True
            self.choose(self._search.value, go=go)

    @desk_work("choose")
    async def choose(self, text: str, *, go: bool) -> None:
        """Find what was typed, even if the list is not there yet, and add it."""
        try:
            await self._opened()
            card = await self._meant(text)
            if card is not None and await self._add(card.plan.sku, card):
                self._added(go=go)
        finally:
            self.is_choosing = False

    async def _opened(self) -> None:
        """Wait for the store: a key pressed while it is being opened is not lost."""
        if not self.is_ready:
            self.say("One moment, the store is being opened …")
            await self._ready.wait()
            self.say("")

    async def _meant(self, text: str) -> Card | None:
        """The plan under the cursor, or the best one for a text typed faster than searched."""
        if self._index is None:
            self._index = await off_loop(build_index, self._cards)
        alike = await off_loop(self._index.ask_once, text) if text.strip() else None
        card = self.card
        if text != self.shown_text:
            best = await off_loop(self._index.search, text, 1)
            card = self._cards[best[0]] if best else None
        if card is None:
            self.say("There is no plan to add; nothing was sold.", "warning")
        elif alike and alike.typed not in self._asked:
            self._asked.add(alike.typed)
            codes = " ".join(card.plan.countries)
            self.say(f"{card.plan.name} is for {codes}. Enter again to sell it.", "warning")
            return None
        return card

    async def _add(self, sku: str, card: Card | None) -> bool:
        from store_app.desk.sales import quote

        if card is not None and not card.is_offered:
            self.say(
                f"{card.plan.name} is a subscription or pay-as-you-go plan; those are not sold "
                "over the counter yet. Nothing was added.",
                "warning",
            )
            return False
        cart = self._till.cart
        offer = await self.run_desk(
            quote, sku, customer=cart.customer or None, company=cart.company or None
        )
        if offer.available <= cart.count(sku):
            self.say(
                f"{offer.name} is sold out; nothing was added. Choose another plan, or upload "
                "stock with F4.",
                "error",
            )
            return False
        if not await self._has_shift():
            return False
        self._till.add(line_of(offer))
        return True

    async def _has_shift(self) -> bool:
        """Whether a shift is open, after asking for the float if none was."""
        from store_app.desk.shifts import current_shift, open_shift
        from store_app.screens.float_form import float_form

        if await self.run_desk(current_shift) is not None:
            return True
        currency = self.heading.currency if self.heading else ""
        values = await self.app.push_screen_wait(float_form(currency))
        if values is None:
            self.say("No shift is open, so nothing was added.", "warning")
            return False
        await self.run_desk(open_shift, float_amount=values["float"])
        self.read_heading()
        return True

    def _added(self, *, go: bool) -> None:
        self._asked.clear()
        self._search.value = ""
        self.say("")
        self._show_cart()
        if go:
            self.action_pay()

    def _show_cart(self) -> None:
        cart = self._till.cart
        number = f"{len(cart.lines)} eSIM{'s' if len(cart.lines) > 1 else ''}"
        total = money_words(cart.total_minor, cart.currency)
        self._attend("#cart-line", f"Cart: {number}, {total}. F10 pays." if cart.lines else "")

    def action_pay(self) -> None:
        """Go to the payment of the cart."""
        from store_app.screens.payment import PaymentScreen

        if self._till.is_selling:
            self.say("A payment is under way; it shows here when it is done.", "warning")
        elif self._till.cart.lines:
            self.app.push_screen(PaymentScreen(self.desk, self._till))
        else:
            self.say("The cart is empty. Choose a plan first.", "warning")

    def action_repeat(self) -> None:
        """Go to the payment of the plan that was sold last."""
        if not self.is_choosing:
            self.is_choosing = True
            self.repeat()

    @desk_work("choose")
    async def repeat(self) -> None:
        """Find out what was sold last, here or before the program started."""
        try:
            await self._opened()
            sku = self._till.last_sku or await self.run_desk(last_sold)
            if not sku:
                self.say("Nothing was sold here yet. Choose a plan.", "warning")
            elif await self._add(sku, None):
                self._added(go=True)
        finally:
            self.is_choosing = False

    def action_back(self) -> None:
        """Clear the search; the cart is kept."""
        self.say("")
        self._search.value = ""

    def show_outcome(self, outcome: Outcome) -> None:
        """Say why nothing was sold; the cart is kept."""
        self._show_cart()
        self.say(outcome.words, "error")

    # Sales left open

    @desk_work("look", exclusive=True)
    async def look_for_open_sales(self) -> None:
        """Show the oldest sale that a crash left open."""
        found = await self.run_desk(open_sale)
        if found != self._open_sale:
            self._open_sale = found
            self._attend("#open-sale", open_words(found) if found else "")
            self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The keys for an open sale work while there is one."""
        if action in ("resume", "abandon"):
            return self._open_sale is not None
        if action == "pay":
            return bool(self._till.cart.lines)
        return super().check_action(action, parameters)

    @desk_work("open sale")
    async def action_resume(self) -> None:
        """Finish the open sale, after asking whether its money was taken."""
        from store_app.desk.orders import resume_order

        found = self._open_sale
        if found is not None and await self._confirmed(found, "Was the money taken?", "Finish it"):
            finished = await self.run_desk(resume_order, found.order)
            self._settled()
            if finished.state == "delivered" and finished.kind == "esim_purchase":
                self._show_code(finished)

    @desk_work("open sale")
    async def action_abandon(self) -> None:
        """Cancel the open sale, after asking."""
        from store_app.desk.orders import cancel_order

        found = self._open_sale
        if found is not None and await self._confirmed(found, "Cancel this sale?", "Cancel it"):
            await self.run_desk(cancel_order, found.order)
            self._settled()
            self.say(f"Order {found.order} is cancelled; nothing was charged.", "success")

    async def _confirmed(self, found: OrderView, question: str, yes: str) -> bool:
        from store_app.widgets.confirm import Confirm

        asked = Confirm(question, open_words(found), yes)
        return await self.app.push_screen_wait(asked)

    def _settled(self) -> None:
        self.load()
        self._look()

    def _show_code(self, finished: OrderView) -> None:
        from store_app.screens.activation import ActivationScreen

        self.app.push_screen(ActivationScreen(self.desk, [finished.order]))
