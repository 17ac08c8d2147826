"""What is asked when an invoice is paid: how, how much, and the cash that was handed over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from catalog.kernel.errors import Refused
from catalog.kernel.money import decimal_string, parse_amount
from store_app.present import money
from store_app.widgets.form import Field, Form, Values
from store_app.words import _

if TYPE_CHECKING:
    from store_app.desk.invoices import InvoiceView

WAYS: Final = {
    "bank": _("bank transfer that has arrived"),
    "cash": _("cash into the drawer"),
    "wallet": _("the company's wallet"),
    "credit": _("what credit notes left it"),
}
CARDS: Final = {
    "card": _("a card, paid on a phone now"),
    "reader": _("a card, held to the reader now"),
    "sent": _("an invoice that Stripe sends by e-mail"),
}


def cash_form(bill: InvoiceView, amount: str) -> Form:
    """Asks for the cash that was handed over."""

    def check(typed: Values) -> None:
        if parse_amount(typed["given"], bill.currency) < parse_amount(amount, bill.currency):
            raise Refused(_("That is less than what is paid; nothing was paid."), field="given")

    label = _("Cash handed over, in {currency}").format(currency=bill.currency)
    field = Field("given", label, amount, kind="amount", max_length=15)
    return Form(_("Cash for {number}").format(number=bill.number), [field], check=check)


def payment_form(bill: InvoiceView, cards: Sequence[str] = ()) -> Form:
    """Asks how it came, or how it is collected now, and how much."""
    left = bill.open_minor

    def check(typed: Values) -> None:
        amount_minor = parse_amount(typed["amount"], bill.currency)
        if amount_minor <= 0:
            raise Refused(_("Type an amount above zero."), field="amount")
        if amount_minor > left:
            open_words = money(left, bill.currency)
            message = _("{left} are open: type that or a part of it.").format(left=open_words)
            raise Refused(message, field="amount")

    title = _("{number} of {company}").format(number=bill.number, company=bill.company)
    return Form(title, _payment_fields(bill, cards), yes_label=_("Go on"), check=check)


def _payment_fields(bill: InvoiceView, cards: Sequence[str]) -> list[Field]:
    """The ways that are open here, and all that is left of the invoice."""
    open_ways = {**WAYS, **{way: words for way, words in CARDS.items() if way in cards}}
    choices = tuple((words, way) for way, words in open_ways.items())
    label = _("Amount in {currency}").format(currency=bill.currency)
    left = decimal_string(bill.open_minor, bill.currency)
    return [
        Field("method", _("How it came"), "bank", kind="choice", choices=choices),
        Field("amount", label, left, kind="amount", max_length=15),
    ]
