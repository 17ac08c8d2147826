"""The command that sells."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from store_app.cli.arguments import WrongUsage
from store_app.cli.layout import pairs, paragraphs
from store_app.cli.options import (
    AtReader,
    KeepCard,
    Key,
    Pay,
    Tendered,
    WhenPaid,
    check_reader,
    desk_of,
    examples,
    key_or_fresh,
)
from store_app.cli.output import Answer
from store_app.cli.paid import paid
from store_app.cli.sell_together import sold_together
from store_app.words import _

if TYPE_CHECKING:
    from store_app.desk.context import Desk
    from store_app.desk.sales import Sale

commands = typer.Typer(rich_markup_mode=None)


@commands.command(
    "sell",
    epilog=examples(
        "sell --plan ES-5GB-30D --pay cash --tendered 20.00",
        "sell --plan ES-5GB-30D --pay wallet --customer ana@example.com --key till-4711",
        "sell --plan ES-5GB-30D --pay invoice --company Acme",
        "sell --plan ES-5GB-30D --plan FR-1GB-7D --pay card",
        "sell --plan ES-5GB-30D --plan FR-1GB-7D --pay invoice --company Acme",
    ),
)
def sell(
    ctx: typer.Context,
    *,
    plan: Annotated[
        list[str],
        typer.Option(metavar="SKU", help="The plan to sell; several for one payment."),
    ],
    pay: Pay,
    tendered: Tendered = None,
    keep_card: KeepCard = False,
    customer: Annotated[
        str | None,
        typer.Option(metavar="EMAIL", help="The end user who buys."),
    ] = None,
    company: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="The company that buys."),
    ] = None,
    eid: Annotated[
        str | None,
        typer.Option(metavar="EID", help="The phone's EID, for a supplier that wants it."),
    ] = None,
    when_paid: WhenPaid = False,
    reader: AtReader = False,
    key: Key = None,
) -> Answer:
    """Sell one eSIM: payment, profile, receipt and code in one step.

    A card is paid on the page at `checkout_url`, or at the reader; “order check ORDER” delivers
    then. On invoice it is delivered at once within the company's credit limit; several plans are
    on one invoice.
    """
    from store_app.desk.sales import sell as carry_out

    check_reader(reader=reader, pay=pay)
    desk = desk_of(ctx)
    if len(plan) > 1 and pay not in ("card", "invoice"):
        raise WrongUsage("Several plans are sold in one go by card or invoice.", field="plan")
    key = key_or_fresh(key)
    terms: dict[str, Any] = {"customer": customer, "company": company, "eid": eid}
    terms |= {"reader": reader, "keep": keep_card, "when_paid": when_paid}
    if len(plan) > 1:
        return sold_together(ctx, desk, plan, key, pay=pay, **terms)
    terms |= {"tendered": tendered}
    sale = carry_out(desk, sku=plan[0], pay=pay, key=key, **terms)
    return paid(ctx, desk, sale, key, lambda: _words(desk, sale))


def _words(desk: Desk, sale: Sale) -> str:
    from catalog.esim.qr import text_qr

    order = pairs(
        [
            (_("Order"), sale.order),
            (_("State"), sale.state),
            (_("Sold before"), _repeat(sale)),
            (_("Delivered"), _waits(sale)),
        ]
    )
    return paragraphs(
        order,
        code_words(desk, sale.order) if sale.state == "delivered" else "",
        text_qr(sale.qr_payload) if sale.qr_payload and sys.stdout.isatty() else "",
    )


def _repeat(sale: Sale) -> str:
    return _("yes, with this key; nothing was sold twice") if sale.replayed else ""


def _waits(sale: Sale) -> str:
    is_waiting = sale.state == "placed" and sale.invoice
    words = _("when {invoice} is paid; its eSIM is kept until that is due")
    return words.format(invoice=sale.invoice) if is_waiting else ""


def code_words(desk: Desk, order: str) -> str:
    """The lines a customer types or taps when the QR code cannot be scanned."""
    from store_app.desk.esim_codes import handed_over

    code = handed_over(desk, order)
    if not code.payload:
        return pairs([(_("Hand over"), f"{code.line_kind} {code.iccid}")])
    return pairs(
        [
            ("ICCID", code.iccid),
            (_("SM-DP+ address"), code.address),
            (_("Activation code"), code.matching_id or _("none: the phone is found by its EID")),
            (_("Confirmation code"), code.confirmation_code),
            ("LPA", code.payload),
            ("iPhone", code.apple_link),
            ("Android", code.android_link),
        ]
    )
