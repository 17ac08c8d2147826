"""The command that sells."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from store_app.cli.arguments import WrongUsage
from store_app.cli.layout import pairs, paragraphs
from store_app.cli.options import (
    KeepCard,
    Key,
    Pay,
    Tendered,
    WhenPaid,
    desk_of,
    examples,
    key_or_fresh,
)
from store_app.cli.output import Answer
from store_app.cli.paid import paid
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
    ),
)
def sell(
    ctx: typer.Context,
    *,
    plan: Annotated[str, typer.Option(metavar="SKU", help="The plan to sell.")],
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
    when_paid: WhenPaid = False,
    reader: Annotated[
        bool, typer.Option("--reader", help="The card is held to this register's reader.")
    ] = False,
    key: Key = None,
) -> Answer:
    """Sell one eSIM: payment, profile, receipt and code in one step.

    A card is paid on the page at `checkout_url`, or at the reader; “order check ORDER” delivers
    then. On invoice it is delivered at once within the company's credit limit.
    """
    from store_app.desk.sales import sell as carry_out

    if reader and pay != "card":
        raise WrongUsage("--reader goes with --pay card.", field="reader")
    desk, key = desk_of(ctx), key_or_fresh(key)
    sale = carry_out(
        desk,
        sku=plan,
        pay=pay,
        key=key,
        tendered=tendered,
        customer=customer,
        company=company,
        when_paid=when_paid,
        keep=keep_card,
        reader=reader,
    )
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
    from store_app.desk.esim_codes import esim_code

    code = esim_code(desk, order)
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
