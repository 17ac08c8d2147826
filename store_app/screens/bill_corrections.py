"""Corrections of invoices on the screen: credit notes, money given back, and the printed file."""

from __future__ import annotations

from collections.abc import Sequence
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
    from store_app.desk.invoices import show_invoice

    items = (await screen.run_desk(show_invoice, str(bill.number))).items
    typed = await ask(screen, _credit_form(bill, [one.item for one in items]))
    if typed is None:
        return
    amount_minor, order = parse_amount(typed["amount"], bill.currency), typed.get("order", "")
    is_one = bool(order) and amount_minor == _left(bill)  # all of the one that was chosen
    words = (
        _("all of {order}").format(order=order) if is_one else money(amount_minor, bill.currency)
    )
    question = _("Credit {amount} of {number}?").format(amount=words, number=bill.number)
    follows = _follows(bill, amount_minor, order)
    if not await ask(screen, Confirm(question, follows, _("Credit it"))):
        return
    amount = None if is_one else decimal_string(amount_minor, bill.currency)
    what = {"amount": amount, "order": order or None, "reason": typed["reason"].strip()}
    done = await once(screen, credit_invoice, bill.number, **what)
    screen.read(bill.ref)
    said = _("{note} takes back {amount} of {number}.")
    notes = ", ".join(done["numbers"])
    screen.say(said.format(note=notes, amount=words, number=bill.number), "success")


def _left(bill: InvoiceView) -> int:
    return bill.total_minor - bill.credited_minor


def _follows(bill: InvoiceView, amount_minor: int, order: str) -> str:
    """What a credit note of this amount does besides its number."""
    lines = [_("A credit note has its number for good; {company} gets it.")]
    if bill.order and amount_minor == _left(bill):
        one = _("It is all of it: the eSIM of {order} is taken back, or not delivered.")
        many = _("It is all of it: the eSIMs of {order} are taken back, or not delivered.")
        lines.append(one if order or len(bill.orders) == 1 else many)
    freed = amount_minor - max(bill.open_minor, 0)
    if freed > 0 and not order:
        lines.append(_("{freed} were paid: they become the company's credit."))
    names = order or ", ".join(bill.orders)
    filled = {"company": bill.company, "order": names, "freed": money(freed, bill.currency)}
    return "\n".join(lines).format(**filled)


def _credit_form(bill: InvoiceView, names: Sequence[str]) -> Form:
    left = _left(bill)

    def check(typed: Values) -> None:
        if not 0 < parse_amount(typed["amount"], bill.currency) <= left:
            most = money(left, bill.currency)
            message = _("{most} can be credited: type that or a part of it.").format(most=most)
            raise Refused(message, field="amount")

    label = _("Amount with VAT in {currency}").format(currency=bill.currency)
    fields = [
        Field("amount", label, decimal_string(left, bill.currency), kind="amount", max_length=15),
        *_which_order(bill, names),
        Field("reason", _("Why"), max_length=200),
    ]
    title = _("Credit note for {number} of {company}")
    title = title.format(number=bill.number, company=bill.company)
    return Form(title, fields, yes_label=_("Go on"), check=check)


def _which_order(bill: InvoiceView, names: Sequence[str]) -> list[Field]:
    """Of which order a part is, where several eSIMs are on the invoice: a line of it each."""
    if len(bill.orders) < 2:
        return []
    lines = zip(bill.orders, names, strict=True)
    choices = ((_("all of them"), ""), *((f"{order}  {name}", order) for order, name in lines))
    return [Field("order", _("Of order"), "", kind="choice", choices=choices)]


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
