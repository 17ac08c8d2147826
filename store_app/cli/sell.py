"""The command that sells."""

from __future__ import annotations

import sys
from collections.abc import Mapping
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
    answer,
    check_reader,
    desk_of,
    examples,
    key_or_fresh,
)
from store_app.cli.output import Answer, as_document
from store_app.cli.paid import paid
from store_app.words import _

if TYPE_CHECKING:
    from store_app.desk.context import Desk
    from store_app.desk.sales import Sale
    from store_app.desk.sales_together import SoldTogether

commands = typer.Typer(rich_markup_mode=None)


@commands.command(
    "sell",
    epilog=examples(
        "sell --plan ES-5GB-30D --pay cash --tendered 20.00",
        "sell --plan ES-5GB-30D --pay wallet --customer ana@example.com --key till-4711",
        "sell --plan ES-5GB-30D --pay invoice --company Acme",
        "sell --plan ES-5GB-30D --plan FR-1GB-7D --pay card",
    ),
)
def sell(
    ctx: typer.Context,
    *,
    plan: Annotated[
        list[str],
        typer.Option(metavar="SKU", help="The plan to sell; several for one card payment."),
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
    when_paid: WhenPaid = False,
    reader: AtReader = False,
    key: Key = None,
) -> Answer:
    """Sell one eSIM: payment, profile, receipt and code in one step.

    A card is paid on the page at `checkout_url`, or at the reader; “order check ORDER” delivers
    then. On invoice it is delivered at once within the company's credit limit.
    """
    from store_app.desk.sales import sell as carry_out

    check_reader(reader=reader, pay=pay)
    desk = desk_of(ctx)
    if len(plan) > 1:
        if pay != "card":
            raise WrongUsage("Several plans are sold in one go by card alone.", field="plan")
        whom = {"customer": customer, "company": company, "reader": reader, "keep": keep_card}
        return _together(ctx, desk, plan, key_or_fresh(key), **whom)
    key = key_or_fresh(key)
    sale = carry_out(
        desk,
        sku=plan[0],
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


def _together(
    ctx: typer.Context,
    desk: Desk,
    plans: list[str],
    key: str,
    **whom: Any,
) -> Answer:
    """Several eSIMs for one card payment, each an order of its own."""
    from store_app.desk.sales_together import sell_together

    wanted = [(sku, f"{key}-{number}") for number, sku in enumerate(plans, start=1)]
    done = sell_together(desk, wanted, **whom)
    sales = [sale for sale in done.sales if sale is not None]
    url = next((sale.checkout_url for sale in sales if sale.checkout_url), "")
    document = {
        "orders": [as_document(sale) for sale in sales],
        "cancelled": [name for name, sale in zip(done.orders, done.sales, strict=True) if not sale],
        "total_minor": sum(sale.total_minor for sale in sales),
        "currency": sales[0].currency if sales else "",
        "replayed": done.replayed,
        "key": key,
    } | ({"checkout_url": url} if url else {})
    return answer(ctx, document, lambda: _together_words(done, document))


def _together_words(done: SoldTogether, document: Mapping[str, Any]) -> str:
    from store_app.present import money

    states = dict.fromkeys(sale.state if sale else "cancelled" for sale in done.sales)
    page = document.get("checkout_url") or _("the card reader")
    return pairs(
        [
            (_("Orders"), " ".join(done.orders)),
            (_("State"), " ".join(states)),
            (_("Total"), money(document["total_minor"], document["currency"])),
            (_("Pay at"), page if done.waiting else ""),
            (_("Then"), f"order check {done.orders[0]}" if done.waiting else ""),
        ]
    )


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
