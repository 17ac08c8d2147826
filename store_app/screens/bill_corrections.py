"""Corrections of invoices on the screen: credit notes, money given back, and the printed file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from catalog.kernel.errors import Refused
from catalog.kernel.money import decimal_string, parse_amount
from store_app.present import money
from store_app.screens.money import ask, once
from store_app.widgets.confirm import Confirm
from store_app.widgets.form import Field, Form, Values
from store_app.words import _

if TYPE_CHECKING:
    from store_app.desk.context import Desk
    from store_app.desk.invoices import InvoiceView
    from store_app.screens.bills import BillsScreen

_WAYS: Final = {
    "bank": _("by bank transfer"),
    "cash": _("in cash out of the drawer"),
    "wallet": _("into the company's wallet"),
    "card": _("to the cards that paid it"),
}


async def credit(screen: BillsScreen, bill: InvoiceView) -> None:
    """Ask for amount and reason, say what follows, write the credit note once."""
    from store_app.desk.credit_notes import credit_invoice

    typed = await ask(screen, _credit_form(bill))
    if typed is None:
        return
    amount_minor = parse_amount(typed["amount"], bill.currency)
    words = money(amount_minor, bill.currency)
    question = _("Credit {amount} of {number}?").format(amount=words, number=bill.number)
    if not await ask(screen, Confirm(question, _follows(bill, amount_minor), _("Credit it"))):
        return
    amount, reason = decimal_string(amount_minor, bill.currency), typed["reason"].strip()
    done = await once(screen, credit_invoice, bill.number, amount=amount, reason=reason)
    screen.read(bill.ref)
    said = _("{note} takes back {amount} of {number}.")
    screen.say(said.format(note=done["number"], amount=words, number=bill.number), "success")


def _follows(bill: InvoiceView, amount_minor: int) -> str:
    """What a credit note of this amount does besides its number."""
    lines = [_("A credit note has its number for good; {company} gets it.")]
    is_whole = amount_minor == bill.total_minor - bill.credited_minor
    if bill.order and is_whole:
        lines.append(_("It is all of it: the eSIM of {order} is taken back, or not delivered."))
    freed = amount_minor - max(bill.open_minor, 0)
    if freed > 0:
        lines.append(_("{freed} were paid: they become the company's credit."))
    words = {"company": bill.company, "order": bill.order, "freed": money(freed, bill.currency)}
    return "\n".join(lines).format(**words)


def _credit_form(bill: InvoiceView) -> Form:
    left = bill.total_minor - bill.credited_minor

    def check(typed: Values) -> None:
        if not 0 < parse_amount(typed["amount"], bill.currency) <= left:
            most = money(left, bill.currency)
            message = _("{most} can be credited: type that or a part of it.").format(most=most)
            raise Refused(message, field="amount")

    label = _("Amount with VAT in {currency}").format(currency=bill.currency)
    fields = [
        Field("amount", label, decimal_string(left, bill.currency), kind="amount", max_length=15),
        Field("reason", _("Why"), max_length=200),
    ]
    title = _("Credit note for {number} of {company}")
    title = title.format(number=bill.number, company=bill.company)
    return Form(title, fields, yes_label=_("Go on"), check=check)


async def give_back(screen: BillsScreen, bill: InvoiceView) -> None:
    """Ask how the money goes back, say it again, note it once."""
    from store_app.desk.credit_notes import give_back_credit

    left = money(-bill.open_minor, bill.currency)
    choices = tuple((words, way) for way, words in _WAYS.items())
    field = Field("method", _("How it goes back"), "bank", kind="choice", choices=choices)
    title = _("{left} of {company}").format(left=left, company=bill.company)
    typed = await ask(screen, Form(title, [field], yes_label=_("Go on")))
    if typed is None:
        return
    method = typed["method"]
    question = _("Give {left} back?").format(left=left)
    detail = _("{company}, {way}. Otherwise it pays their next invoice.")
    detail = detail.format(company=bill.company, way=_WAYS[method])
    if not await ask(screen, Confirm(question, detail, _("Give it back"))):
        return
    await once(screen, give_back_credit, bill.number, method=method)
    screen.read(bill.ref)
    screen.say(_("{left} went back to {company}.").format(left=left, company=bill.company))


async def save(screen: BillsScreen, bill: InvoiceView) -> None:
    """Write the PDF where this user's downloads are, and say where."""
    path = await screen.run_desk(_saved, str(bill.number))
    screen.say(_("{number} is in {path}.").format(number=bill.number, path=path), "success")


def _saved(desk: Desk, number: str) -> str:
    from store_app.delivery import save_privately
    from store_app.desk.invoice_files import invoice_file

    made = invoice_file(desk, number)
    return save_privately(made.name, made.content)
