"""Payment: what is in the cart, what it costs, and one letter for each way to pay."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input, Static

from catalog.kernel.errors import Refused
from catalog.kernel.money import decimal_string, money_words, parse_amount
from store_app.actions import bindings
from store_app.cart import Cart, CartLine, line_of
from store_app.screens.base import StoreScreen
from store_app.till import Method, Outcome, Tender, Till
from store_app.widgets.lazy_list import Column, LazyList, Rows
from store_app.workers import desk_work

if TYPE_CHECKING:
    from store_app.desk.context import Desk

_COLUMNS: Final = (
    Column("eSIM", 20, flex=2),
    Column("Plan", 16, flex=1, priority=1),
    Column("Total", 12, align="right"),
)
_PAYERS: Final[dict[Method, str]] = {
    "wallet": "the wallet of {customer}",
    "company-wallet": "the wallet of {company}",
    "card": "OFFLINE DEMO CARD, no real money moves",
}
_WAYS: Final = "c cash   w wallet   k company wallet"


class PaymentScreen(StoreScreen):
    """Nothing is charged before Enter in the cash field or yes to the question."""

    HELP = (
        "Press the letter of a way to pay. Cash: Enter takes the exact amount, typing replaces "
        "it. Del takes a line out, Esc goes back and keeps the cart."
    )
    CSS_PATH = "payment.tcss"
    AUTO_FOCUS = "#lines"
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("payment"),
        Binding("minus", "remove", "Remove", show=False),
        Binding("u,o", "buyer", "Buyer", show=False),
    ]

    def __init__(self, desk: Desk, till: Till) -> None:
        """Pay the cart of `till`."""
        super().__init__(desk)
        self._till = till
        self._is_asking = False

    def compose_body(self) -> ComposeResult:
        """Lines, sums, the buyer, the ways to pay, and the field for cash."""
        yield LazyList(_COLUMNS, id="lines")
        yield Static("", id="start")
        yield Static("", id="totals")
        yield Static("", id="buyer")
        yield Static("", id="ways")
        with Vertical(id="cash"), Horizontal(id="cash-line"):
            yield Static("Cash tendered:", id="cash-label")
            yield Input(restrict=r"[0-9.]*", max_length=15, id="tendered")
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
        if self.is_current:
            self.dismiss(None)

    def show_cart(self) -> None:
        """Show lines, sums and buyer as they are now."""
        cart = self._till.cart
        rows = [(line.name, line.sku, _money(cart, line.total_minor)) for line in cart.lines]
        self.query_one("#lines", LazyList).show(Rows(rows))
        self.query_one("#totals", Static).update(
            Content(
                f"Net {_money(cart, cart.net_minor)}   VAT {_money(cart, cart.tax_minor)}   "
                f"Total {_money(cart, cart.total_minor)}"
            )
        )
        self.query_one("#buyer", Static).update(Content(f"Buyer: {cart.payer_words}"))
        self._show_ways()

    @on(LazyList.Highlighted, "#lines")
    def show_start(self, event: LazyList.Highlighted) -> None:
        """Say in full when the validity of the line under the cursor starts."""
        event.stop()
        lines = self._till.cart.lines
        words = f"{lines[event.index].start_words}." if event.index < len(lines) else ""
        self.query_one("#start", Static).update(Content(words))

    def _show_ways(self) -> None:
        demo = "   d OFFLINE DEMO CARD" if self._is_demo else ""
        self.query_one("#ways", Static).update(Content(f"Pay by: {_WAYS}{demo}"))

    @property
    def _is_demo(self) -> bool:
        return self.heading is not None and self.heading.is_demo

    def heading_changed(self) -> None:
        """The demo card is offered once the store has said that it is a demo."""
        self._show_ways()
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The card is there in the demo only."""
        if action == "card":
            return self._is_demo
        return super().check_action(action, parameters)

    def show_outcome(self, outcome: Outcome) -> None:
        """Say why not everything was sold; the rest is still in the cart."""
        self._close_cash()
        self.show_cart()
        self.say(outcome.words, "error")

    def action_cash(self) -> None:
        """Ask for the cash, with the exact total to be taken with Enter."""
        cart = self._till.cart
        if self._is_busy():
            return
        field = self.query_one("#tendered", Input)
        field.value = decimal_string(cart.total_minor, cart.currency)
        self.query_one("#cash").add_class("-open")
        field.focus()
        field.select_all()

    @on(Input.Changed, "#tendered")
    def show_change(self, event: Input.Changed) -> None:
        """Count the change while the amount is typed."""
        event.stop()
        cart = self._till.cart
        words = ""
        if event.value and cart.lines:
            try:
                over = parse_amount(event.value, cart.currency, field="tendered") - cart.total_minor
                words = f"Change {_money(cart, over)}" if over >= 0 else ""
                words = words or f"{_money(cart, -over)} missing"
            except Refused as refusal:
                words = refusal.message
        self.query_one("#change", Static).update(Content(words))

    @on(Input.Submitted, "#tendered")
    def take_cash(self, event: Input.Submitted) -> None:
        """Sell for the cash on the counter."""
        event.stop()
        cart = self._till.cart
        try:
            given = parse_amount(event.value, cart.currency, field="tendered")
            cart.tenders(given)
        except Refused as refusal:
            self.say(refusal.message, "error")
            return
        self._charge(Tender("cash", given))

    def _charge(self, tender: Tender) -> None:
        if self._till.charge(self.desk, tender):
            self.say("Selling …")

    def _is_busy(self) -> bool:
        if self._till.is_selling:
            self.say("This sale is under way; its result shows here.", "warning")
        return self._till.is_selling or not self._till.cart.lines

    def _close_cash(self) -> None:
        self.query_one("#cash").remove_class("-open")
        self.query_one("#lines").focus()

    def action_wallet(self) -> None:
        """Charge the customer's wallet after the question."""
        self._ask("wallet")

    def action_company(self) -> None:
        """Charge the company's wallet after the question."""
        self._ask("company-wallet")

    def action_card(self) -> None:
        """Charge the offline demo card after the question."""
        self._ask("card")

    def _ask(self, pay: Method) -> None:
        # Set before the first await: of two keys only one opens a question.
        if not self._is_asking and not self._is_busy():
            self._is_asking = True
            self.ask(pay)

    @desk_work("ask")
    async def ask(self, pay: Method) -> None:
        """Name the buyer if need be, say amount, item and payer, and charge on yes."""
        from store_app.widgets.confirm import Confirm

        try:
            if self._lacks_payer(pay) and not await self._name_buyer():
                return
            if self._lacks_payer(pay):
                who = "customer" if pay == "wallet" else "company"
                self.say(f"Paying by that wallet needs a {who}; nothing was charged.", "warning")
                return
            cart = self._till.cart
            priced = await self._quoted(cart.customer, cart.company, pay)
            total = _money(cart, sum(line.total_minor for line in priced))
            payer = _PAYERS[pay].format(customer=cart.customer, company=cart.company)
            items = "\n".join(f"{line.name}  {_money(cart, line.total_minor)}" for line in priced)
            question = Confirm(f"Charge {total}?", f"{items}\nPaid by {payer}.", f"Charge {total}")
            if await self.app.push_screen_wait(question):
                self._charge(Tender(pay))
        finally:
            self._is_asking = False

    def _lacks_payer(self, pay: Method) -> bool:
        cart = self._till.cart
        return (pay == "wallet" and not cart.customer) or (
            pay == "company-wallet" and not cart.company
        )

    def action_buyer(self) -> None:
        """Ask for the e-mail address and the company."""
        if not self._is_asking and not self._is_busy():
            self._is_asking = True
            self.ask_buyer()

    @desk_work("ask")
    async def ask_buyer(self) -> None:
        """Take the buyer's address and company, and show his prices."""
        try:
            await self._name_buyer()
        finally:
            self._is_asking = False

    async def _name_buyer(self) -> bool:
        from checkout.accounts.companies import WALK_IN
        from store_app.desk.people import list_companies
        from store_app.screens.buyer_form import buyer_form

        known = await self.run_desk(list_companies)
        companies = [each.name for each in known if each.name != WALK_IN]
        values = await self.app.push_screen_wait(buyer_form(self._till.cart, companies))
        if values is None:
            return False
        customer, company = values["customer"].strip(), values["company"]
        lines = await self._quoted(customer, company, "cash")
        self._till.reprice(lines, customer=customer, company=company)
        self.show_cart()
        return True

    async def _quoted(self, customer: str, company: str, pay: Method) -> tuple[CartLine, ...]:
        from store_app.desk.sales import quote

        ask = partial(quote, customer=customer or None, company=company or None, pay=pay)
        return tuple(
            [line_of(await self.run_desk(ask, each.sku)) for each in self._till.cart.lines]
        )

    def action_remove(self) -> None:
        """Take the line under the cursor out; without lines go back."""
        index = self.query_one("#lines", LazyList).index
        if index is None or self._is_busy():
            return
        self._till.remove(self._till.cart.lines[index].number)
        if self._till.cart.lines:
            self.show_cart()
        else:
            self.leave()

    def action_back(self) -> None:
        """Leave the cash field, then the payment; the cart is kept."""
        if self.query_one("#cash").has_class("-open") and not self._till.is_selling:
            self._close_cash()
            self.say("")
        else:
            self.leave()


def _money(cart: Cart, minor: int) -> str:
    return money_words(minor, cart.currency)
