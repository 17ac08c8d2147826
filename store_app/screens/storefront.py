"""F2, home: find a plan by typing, put it into the cart, go to the payment."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, ClassVar, Literal

from textual import on
from textual.binding import BindingType
from textual.widgets import Input

from catalog.kernel.errors import NotFound
from catalog.kernel.money import money_words
from store_app.actions import bindings
from store_app.cart import line_of
from store_app.cart_sale import Outcome
from store_app.open_sales import last_sold
from store_app.scans import scanned_esim
from store_app.screens.left_open import LeftOpenScreen
from store_app.screens.shelf_words import alike_words
from store_app.shelf import Card, Found, build_index, find, waiting_stock
from store_app.till import Till
from store_app.widgets.lazy_list import LazyList
from store_app.workers import desk_work, off_loop

if TYPE_CHECKING:
    from store_app.desk.context import Desk


class StorefrontScreen(LeftOpenScreen):
    """Sells from the shelf into one cart, and shows what a crash left open."""

    SETTLE_S: ClassVar[float] = 0.4
    """For so long Enter does not count after a dialog has closed or a question was asked."""

    HELP = (
        "Type a country, its ISO code, data, days or a SKU in any order (“jp 5 7”), move with "
        "Up, Down, PgUp and PgDn, and press Enter to sell the plan marked ›. A scanned ICCID "
        "opens the page of that eSIM."
    )
    CSS_PATH = "storefront.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("storefront")]

    def __init__(self, till: Till, desk: Desk | None = None) -> None:
        """Sell into `till`; the desk may come later."""
        super().__init__(till, desk)
        self._asked: dict[str, float] = {}
        self.is_choosing = False
        self._resumed_at = 0.0

    def on_screen_resume(self) -> None:
        """Focus in the search field, whatever was done; stock and open sales are read again."""
        self._resumed_at = monotonic()
        self._search.focus()
        self._show_cart()
        if self.is_ready:
            self.load()

    # Choosing

    @on(Input.Submitted, "#search")
    def choose_typed(self, event: Input.Submitted) -> None:
        """Enter in the search field; the number of an eSIM opens its page."""
        event.stop()
        named = scanned_esim(event.value)
        if named is None:
            self.action_choose()
        elif not self.is_choosing:
            self.is_choosing = True
            self.open_esim(named)

    @desk_work("choose")
    async def open_esim(self, named: str) -> None:
        """Show the page of an eSIM that was sold or assigned here."""
        from store_app.desk.esims import show_esim
        from store_app.screens.esim import EsimScreen

        try:
            await self._opened()
            try:
                sold_at = (await self.run_desk(show_esim, named)).sold_at
            except NotFound:
                sold_at = None
            if sold_at is not None:
                self._search.value = ""
                self.app.push_screen(EsimScreen(self.desk, named))
            elif named[0].isdecimal():
                self.say("No eSIM with that number was sold here.", "warning")
                self._search.select_all()
        finally:
            self.is_choosing = False
        if sold_at is None and not named[0].isdecimal():
            self.action_choose()  # not an order, so it may be the SKU of a plan

    @on(LazyList.Chosen, "#plans")
    def choose_clicked(self) -> None:
        """A double click on a row."""
        self._begin_choosing(go=True)

    def action_choose(self) -> None:
        """Put the plan into the cart and go to the payment."""
        # The second Enter that closed the last screen is no wish to sell something.
        is_empty = not self._search.value.strip()
        if is_empty and monotonic() - self._resumed_at < self.SETTLE_S:
            return
        if is_empty and not self.has_moved and self._cards:
            self.say("Type what the customer wants, or move to a plan first.", "warning")
        else:
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

    async def _meant(self, text: str) -> Card | None:
        """The plan under the cursor, or the best one for a text typed faster than searched."""
        if self._index is None:
            self._index = await off_loop(build_index, self._cards)
        found, card = self._found, self.card
        if text != self.shown_text:
            cards = self._cards
            found = await off_loop(find, self._index, cards, text)
            card = cards[found.positions[0]] if found.positions else None
        if card is None:
            self.say("There is no plan to add; nothing was sold.", "warning")
            return None
        return None if self._is_asking(found, card) else card

    def _is_asking(self, found: Found, card: Card) -> bool:
        """Ask which of two look-alikes is meant; once in a cart, and a burst is no answer."""
        alike = found.alike
        if alike is None:
            return False
        if alike.typed in self._asked:
            return monotonic() - self._asked[alike.typed] < self.SETTLE_S
        self._asked[alike.typed] = monotonic()
        meant = [code for code, _ in alike.candidates if code in card.plan.countries]
        self.say(
            f"{alike_words(alike)}? {card.plan.name} is for {' and '.join(meant) or 'neither'}. "
            "Enter again to sell it.",
            "warning",
        )
        return True

    async def _add(self, sku: str, card: Card | None) -> bool:
        from store_app.desk.sales import quote
        from store_app.screens.float_form import has_shift

        if card is not None and not card.is_offered:
            self.say(
                f"{card.plan.name} is not sold at the till: assign it to a company with F4 and s. "
                "Nothing was added.",
                "warning",
            )
            return False
        cart = self._till.cart
        offer = await self.run_desk(
            quote, sku, customer=cart.customer or None, company=cart.company or None
        )
        if offer.available <= cart.count(sku) and not offer.live:
            waiting = await self.run_desk(waiting_stock, sku)
            stock = f"approve the {waiting} that wait" if waiting else "upload stock"
            self.say(
                f"{offer.name} is sold out; nothing was added. Choose another plan, or {stock} "
                "with F4.",
                "error",
            )
            return False
        if not await has_shift(self):
            self.say("No shift is open, so nothing was added.", "warning")
            return False
        self._till.add(line_of(offer))
        return True

    def _added(self, *, go: bool) -> None:
        self._search.value = ""
        self.has_moved = False
        self.say("")
        self._show_cart()
        if go:
            self.action_pay()

    def _show_cart(self) -> None:
        cart = self._till.cart
        if not cart.lines:
            self._asked.clear()
        number = f"{len(cart.lines)} eSIM{'s' if len(cart.lines) > 1 else ''}"
        total = money_words(cart.total_minor, cart.currency)
        self._attend("#cart-line", f"Cart: {number}, {total}. F10 pays." if cart.lines else "")
        self.refresh_bindings()

    @desk_work("empty")
    async def action_empty(self) -> None:
        """Take every line out of the cart, after asking when there are several."""
        from store_app.widgets.confirm import Confirm

        cart = self._till.cart
        names = "\n".join(line.name for line in cart.lines)
        asked = Confirm("Empty the cart?", names, "Empty it")
        if len(cart.lines) > 1 and not await self.app.push_screen_wait(asked):
            return
        for line in cart.lines:
            self._till.remove(line.number)
        is_empty = not self._till.cart.lines
        self.say("The cart is empty." if is_empty else "A payment is under way; nothing changed.")
        self._show_cart()

    @desk_work("device")
    async def action_device(self) -> None:
        """Ask which phone it is for, and say whether that takes an eSIM."""
        from store_app.screens.device_form import ask_device

        done = await ask_device(self)
        if done is not None:
            levels: dict[str, Literal["success", "error"]] = {"yes": "success", "no": "error"}
            self.say(done.words, levels.get(done.verdict, "warning"))

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
        """Say why nothing was sold, the cart is kept then; or what waits for its invoice."""
        self._show_cart()
        self.say(outcome.words, "error" if outcome.refusal else "success")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What is done with a cart needs one."""
        if action in ("pay", "empty"):
            return bool(self._till.cart.lines)
        return super().check_action(action, parameters)
