"""How it is paid: one letter for each tender, cash with what was handed over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from catalog.kernel.errors import Refused
from catalog.kernel.money import decimal_string
from checkout.orders.pricing import Price
from checkout.orders.tender import tender
from store_app.actions import bindings
from store_app.amounts import looks_like_slip, slip_words, typed_cash
from store_app.present import money
from store_app.widgets.burst import SCANNED
from store_app.widgets.cash_field import CashField
from store_app.widgets.confirm import Confirm
from store_app.widgets.scan_proof import ScanProof
from store_app.words import _

METHODS: Final[Mapping[str, tuple[str, str]]] = {
    "cash": ("c", _("Cash")),
    "wallet": ("w", _("Customer's wallet")),
    "company-wallet": ("k", _("Company's wallet")),
    "invoice": ("a", _("On account: bill the company")),
    "card": ("d", _("Card, paid on a phone")),
    "reader": ("r", _("Card, held to the reader")),
    "manual": ("m", _("By hand, such as a bank transfer")),
}


@dataclass(frozen=True, slots=True)
class Offer:
    """One way to pay and what it costs that way."""

    pay: str
    total_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class Tendered:
    """The chosen offer; `tendered` is the cash handed over, None for exact cash and the rest."""

    offer: Offer
    tendered: str | None = None
    change_minor: int = 0

    @property
    def how(self) -> dict[str, Any]:
        """What a desk function is told of the payment."""
        at_reader = self.offer.pay == "reader"
        pay = "card" if at_reader else self.offer.pay
        return {"pay": pay, "tendered": self.tendered, "reader": at_reader}

    @property
    def words(self) -> str:
        """The payment as one line for the question before it."""
        total = money(self.offer.total_minor, self.offer.currency)
        line = f"{METHODS[self.offer.pay][1]}: {total}"
        if self.offer.pay != "cash":
            return line
        given = self.offer.total_minor + self.change_minor
        words = _("{line}. Given {given}, change {change}.")
        currency = self.offer.currency
        return words.format(
            line=line, given=money(given, currency), change=money(self.change_minor, currency)
        )


class Tender(ScanProof[Tendered | None], ModalScreen[Tendered | None]):
    """Asks how `item` is paid; answers None for Esc, which first leaves the cash field."""

    HELP = "Press the letter of a way to pay. Nothing is charged before the question after it."
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("tender")]
    DEFAULT_CSS = """
    Tender {
        align: center middle;
        & > Vertical {
            width: 60; max-width: 95%; height: auto; max-height: 95%;
            padding: 0 2; border: round $primary; background: $surface;
        }
        & #item { text-style: bold; margin-bottom: 1; }
        & #cash { display: none; height: auto; }
        & #cash.-open { display: block; }
        & #refusal { color: $error; text-style: bold; height: auto; }
    }
    """

    def __init__(self, item: str, offers: Sequence[Offer]) -> None:
        """What is bought, in words, and every way it may be paid."""
        super().__init__()
        self._item = item
        self._offers = {offer.pay: offer for offer in offers}

    def compose(self) -> ComposeResult:
        """The item, the letters, and the field for cash."""
        with Vertical():
            yield Static(self._item, id="item", markup=False)
            yield Static(Content(self._letters()), id="letters")
            with Vertical(id="cash"):
                yield Static(_("Cash given (empty means exact), then Enter"), markup=False)
                yield CashField()
            yield Static("", id="refusal", markup=False)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only the ways that are offered are there."""
        del parameters
        pay = {"company": "company-wallet"}.get(action, action)
        return pay in self._offers if pay in METHODS else True

    def action_cash(self) -> None:
        """Ask for the cash that was handed over."""
        self.query_one("#cash").set_class(True, "-open")
        self.query_one(Input).focus()

    def action_wallet(self) -> None:
        """Pay from the customer's wallet."""
        self._answer("wallet")

    def action_company(self) -> None:
        """Pay from the company's wallet."""
        self._answer("company-wallet")

    def action_invoice(self) -> None:
        """Bill it to the company."""
        self._answer("invoice")

    def action_card(self) -> None:
        """Pay by card."""
        self._answer("card")

    def action_reader(self) -> None:
        """Pay by card at this register's reader."""
        self._answer("reader")

    def action_manual(self) -> None:
        """Paid another way, noted by hand."""
        self._answer("manual")

    def action_back(self) -> None:
        """Leave the cash field, or answer nothing."""
        cash = self.query_one("#cash")
        if cash.has_class("-open"):
            cash.set_class(False, "-open")
            self.query_one("#refusal", Static).update("")
            self.set_focus(None)
        elif self.is_active:
            self.dismiss(None)

    @on(Input.Submitted)
    def take_cash(self, event: Input.Submitted) -> None:
        """Count the change, or say what is missing."""
        offer = self._offers["cash"]
        price = Price(offer.total_minor, 0, offer.total_minor, 0, offer.currency)
        try:
            given_minor = typed_cash(event.value, offer.total_minor, offer.currency)
            given = decimal_string(given_minor, offer.currency)
            counted = tender("cash", given, price)
        except Refused as refusal:
            self._refuse(refusal.message)
            return
        answer = Tendered(offer, given, counted["change_minor"])
        if looks_like_slip(offer.total_minor, given_minor):
            question, detail = slip_words(offer.total_minor, given_minor, offer.currency)
            asked = Confirm(question, detail, _("Take it"))
            self.app.push_screen(asked, partial(self._taken, answer))
        else:
            self._dismiss(answer)

    @on(CashField.Scanned)
    def refuse_scan(self) -> None:
        """A scanned number is no money."""
        self._refuse(SCANNED)

    def _refuse(self, sentence: str) -> None:
        self.query_one("#refusal", Static).update(Content(sentence))
        self.query_one(Input).value = ""

    def _taken(self, answer: Tendered, is_right: bool | None) -> None:
        if is_right:
            self.dismiss(answer)
        else:
            self._refuse("")

    def _answer(self, pay: str) -> None:
        self._dismiss(Tendered(self._offers[pay]))

    def _dismiss(self, answer: Tendered) -> None:
        if self.is_active:
            self.dismiss(answer)

    def _letters(self) -> str:
        lines = []
        for offer in self._offers.values():
            letter, words = METHODS[offer.pay]
            lines.append(f"{letter}  {words:<34}{money(offer.total_minor, offer.currency):>12}")
        return "\n".join([*lines, "", _("Esc  Back; nothing is charged")])
