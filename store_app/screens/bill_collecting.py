"""Collecting an invoice from the screen of bills: by card, or by an invoice that Stripe sends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catalog.kernel.money import parse_amount
from store_app.present import money
from store_app.screens.money import ask, card_ways, once, paid_on_a_phone
from store_app.widgets.confirm import Confirm
from store_app.widgets.form import Field, Form
from store_app.words import _

if TYPE_CHECKING:
    from store_app.desk.invoices import InvoiceView
    from store_app.screens.bills import BillsScreen


def collecting_ways(screen: BillsScreen) -> list[str]:
    """How an invoice may be collected here; only a real provider sends one of its own."""
    ways, heading = card_ways(screen), screen.heading
    is_real = heading is not None and not heading.has_offline_card
    return [*ways, "sent"] if ways and is_real else ways


async def let_stripe_send(screen: BillsScreen, bill: InvoiceView, amount: str) -> None:
    """Ask for the address and once more, then let Stripe send its invoice."""
    from store_app.desk.invoice_cards import send_invoice
    from store_app.desk.people import show_company

    known = (await screen.run_desk(show_company, bill.company)).email
    field = Field("email", _("To this e-mail address"), known, max_length=254)
    title = _("Stripe sends an invoice for {number}").format(number=bill.number)
    typed = await ask(screen, Form(title, [field], yes_label=_("Go on")))
    if typed is None:
        return
    total = money(parse_amount(amount, bill.currency), bill.currency)
    email = typed["email"].strip()
    question = _("Send it to {email}, for {total}?").format(email=email, total=total)
    if not await ask(screen, Confirm(question, bill.company, _("Send it"))):
        return
    screen.say(_("Sending…"))
    done = await once(screen, send_invoice, bill.number, amount=amount, email=email)
    screen.read(bill.ref)
    words = _("Stripe has sent it to {email}; what is paid there is noted by itself ({order}).")
    screen.say(words.format(email=email, order=done.order), "success")


async def collect_by_card(
    screen: BillsScreen, bill: InvoiceView, amount: str, *, reader: bool
) -> None:
    """Ask once, then wait for the card; what it pays is noted by itself."""
    from store_app.desk.invoice_cards import collect_invoice

    total = money(parse_amount(amount, bill.currency), bill.currency)
    question = _("Collect {total} for {number} by card?").format(total=total, number=bill.number)
    if not await ask(screen, Confirm(question, bill.company, _("Collect it"))):
        return
    screen.say(_("Charging…"))
    done = await once(screen, collect_invoice, bill.number, amount=amount, reader=reader)
    if done.state == "placed":
        await paid_on_a_phone(screen, done.order)
    else:
        screen.say(_("Paid by card. Receipt {receipt}.").format(receipt=done.receipt), "success")
    screen.read(bill.ref)
