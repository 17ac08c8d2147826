"""Collecting an invoice from the screen of bills: by card, on a phone or at the reader."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catalog.kernel.money import parse_amount
from store_app.present import money
from store_app.screens.money import ask, once, paid_on_a_phone
from store_app.widgets.confirm import Confirm
from store_app.words import _

if TYPE_CHECKING:
    from store_app.desk.invoices import InvoiceView
    from store_app.screens.bills import BillsScreen


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
