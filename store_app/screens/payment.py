"""Payment: what is in the cart, what it costs, and one letter for each way to pay."""

from __future__ import annotations

from typing import ClassVar, Final, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input, Static

from catalog.kernel.errors import Refused
from catalog.kernel.money import decimal_string
from store_app.actions import bindings
from store_app.amounts import looks_like_slip, slip_words, typed_cash
from store_app.cart_sale import Outcome, Tender
from store_app.screens.payer import PayerScreen, words_of
from store_app.widgets.burst import SCANNED
from store_app.widgets.cash_field import CashField
from store_app.widgets.lazy_list import Column, LazyList, Rows
from store_app.workers import desk_work

_COLUMNS: Final = (
    Column("eSIM", 20, flex=2),
    Column("Plan", 16, flex=1, priority=1),
    Column("Total", 12, align="right"),
)
_WHILE_TENDERING: Final = (
    *("cash", "wallet", "company", "invoice", "card", "reader", "kept_card", "buyer", "remove"),
)
T = TypeVar("T")
_WAYS: Final = "c cash   w wallet   k company wallet"


class PaymentScreen(PayerScreen):
    """Nothing is charged before Enter in the cash field or yes to the question."""

    HELP = (
        "Press the letter of a way to pay. Cash: Enter takes the exact amount, typing replaces "
        "it. Del takes a line out, Esc goes back and keeps the cart."
    )
    CSS_PATH = "payment.tcss"
    AUTO_FOCUS = "#lines"
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("payment"),
        Binding("u,o", "buyer", "Buyer", show=False),
    ]

    def compose_body(self) -> ComposeResult:
        """Lines, sums, the buyer, the ways to pay, and the field for cash."""
        yield LazyList(_COLUMNS, id="lines")
        yield Static("", id="start")
        yield Static("", id="totals")
        yield Static("", id="buyer")
        yield Static("", id="ways")
        with Vertical(id="cash"), Horizontal(id="cash-line"):
            yield Static("Cash tendered:", id="cash-label")
            yield CashField(id="tendered")
            yield Static("", id="change")

    def on_mount(self) -> None:
        """Show the cart."""
        self.show_cart()

    def on_screen_resume(self) -> None:
        """Leave when the cart was sold while something else lay on top."""
        if not self._till.cart.lines:
            self.call_later(self.leave)

    def leave(self) -> None:
        """Back to the storefront; the cart is as it is."""
        # Not `is_current`: that is so under a dialog as well, and the dialog would be dismissed.
        if self.is_active:
            self.dismiss(None)

    def scanned(self) -> None:
        """Say that a scan did nothing."""
        self.say(SCANNED, "warning")

    def show_cart(self) -> None:
        """Show lines, sums and buyer as they are now."""
        cart = self._till.cart
        rows = [(line.name, line.sku, words_of(cart, line.total_minor)) for line in cart.lines]
        self.query_one("#lines", LazyList).show(Rows(rows))
        self.query_one("#totals", Static).update(
            Content(
                f"Net {words_of(cart, cart.net_minor)}   VAT {words_of(cart, cart.tax_minor)}   "
                f"Total {words_of(cart, cart.total_minor)}"
            )
        )
        self.query_one("#buyer", Static).update(Content(f"Buyer: {cart.payer_words}"))
        self._show_ways()
        self.refresh_bindings()

    @on(LazyList.Highlighted, "#lines")
    def show_start(self, event: LazyList.Highlighted) -> None:
        """Say in full when the validity of the line under the cursor starts."""
        event.stop()
        lines = self._till.cart.lines
        words = f"{lines[event.index].start_words}." if event.index < len(lines) else ""
        self.query_one("#start", Static).update(Content(words))

    def _show_ways(self) -> None:
        card = ""
        if self.heading is not None and self.heading.card:
            is_offline = self.heading.has_offline_card
            card = f"   d {self.heading.card}" if is_offline else "   d card, paid on a phone"
            if self.heading.reader:
                card = f"\n{card}   r card, held to {self.heading.reader}"
            card = f"{card}\n{self._keep_words()}".rstrip()
        invoice = "   a on account (invoice)" if self._till.cart.company else ""
        self.query_one("#ways", Static).update(Content(f"Pay by: {_WAYS}{invoice}{card}"))

    def _keep_words(self) -> str:
        """Whether a known buyer's card is kept: never without its owner's agreement."""
        if not self._card_owner:
            return ""
        if self._keeps_card:
            return f"The card that pays is kept for {self._card_owner}, as agreed. g: don't keep it"
        return "The card that pays is not kept. g: keep it, once its owner has agreed"

    @property
    def _has_card(self) -> bool:
        return self.heading is not None and bool(self.heading.card)

    def heading_changed(self) -> None:
        """A card is offered once the store has said who collects it."""
        self._show_ways()
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The card is there where somebody collects it; no letter acts while cash is typed."""
        if action in _WHILE_TENDERING and self._is_tendering:
            return False
        if action in ("card", "kept_card"):
            return self._has_card
        if action == "reader":
            return self.heading is not None and bool(self.heading.reader)
        if action == "invoice":
            return bool(self._till.cart.company)
        return super().check_action(action, parameters)

    def show_outcome(self, outcome: Outcome) -> None:
        """Say why not everything was sold; the rest is still in the cart."""
        self._close_cash()
        self.show_cart()
        self.say(outcome.words, "error")

    def action_cash(self) -> None:
        """Ask for the cash, with the exact total to be taken with Enter."""
        if self._is_asking or self._is_busy():
            return
        self.query_one("#cash").add_class("-open")
        self.query_one("#tendered", CashField).focus()
        self._reset_cash()
        self.say("")
        self.refresh_bindings()

    def _reset_cash(self) -> None:
        cart, field = self._till.cart, self.query_one("#tendered", CashField)
        field.value = decimal_string(cart.total_minor, cart.currency)
        field.select_all()

    @property
    def _is_tendering(self) -> bool:
        return self.is_mounted and self.query_one("#cash").has_class("-open")

    @on(Input.Changed, "#tendered")
    def show_change(self, event: Input.Changed) -> None:
        """Count the change while the amount is typed."""
        event.stop()
        cart = self._till.cart
        words = ""
        if cart.lines:
            try:
                over = typed_cash(event.value, cart.total_minor, cart.currency) - cart.total_minor
                words = f"Change {words_of(cart, over)}" if over >= 0 else ""
                words = words or f"{words_of(cart, -over)} missing"
            except Refused as refusal:
                words = refusal.message
        self.query_one("#change", Static).update(Content(words))

    @on(Input.Submitted, "#tendered")
    def take_cash(self, event: Input.Submitted) -> None:
        """Sell for the cash on the counter."""
        event.stop()
        cart = self._till.cart
        try:
            given = typed_cash(event.value, cart.total_minor, cart.currency)
            cart.tenders(given)
        except Refused as refusal:
            self.say(refusal.message, "error")
            if refusal.code == "tendered_too_large":
                self._reset_cash()
            return
        if not looks_like_slip(cart.total_minor, given):
            self._charge(Tender("cash", given))
        elif not self._is_asking and not self._is_busy():
            self._is_asking = True
            self.ask_about(given)

    @on(CashField.Scanned)
    def refuse_scan(self, event: CashField.Scanned) -> None:
        """A scanned number is no money."""
        event.stop()
        self._reset_cash()
        self.scanned()

    @desk_work("ask")
    async def ask_about(self, given_minor: int) -> None:
        """Take much cash after a question that names both amounts and the change."""
        from store_app.widgets.confirm import Confirm

        cart = self._till.cart
        try:
            question, detail = slip_words(cart.total_minor, given_minor, cart.currency)
            if await self._answer(Confirm(question, detail, "Take it")):
                self._charge(Tender("cash", given_minor))
            else:
                self._reset_cash()
        finally:
            self._is_asking = False

    def _close_cash(self) -> None:
        self.query_one("#cash").remove_class("-open")
        self.query_one("#lines").focus()
        self.refresh_bindings()

    def action_remove(self) -> None:
        """Take the line under the cursor out; without lines go back."""
        index = self.query_one("#lines", LazyList).index
        if index is None or self._is_asking or self._is_busy():
            return
        self._till.remove(self._till.cart.lines[index].number)
        if self._till.cart.lines:
            self.show_cart()
        else:
            self.leave()

    def action_back(self) -> None:
        """Leave the cash field, then the payment; the cart is kept."""
        if self._is_tendering and not self._till.is_selling:
            self._close_cash()
            self.say("")
        else:
            self.leave()
