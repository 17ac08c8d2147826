"""What every order answers on the command line: its receipt, or where its card is paid."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import typer

from store_app.cli.layout import lines, pairs, paragraphs
from store_app.cli.options import answer
from store_app.cli.output import Answer, as_document
from store_app.words import _

if TYPE_CHECKING:
    from store_app.desk.context import Desk
    from store_app.desk.sales import Paid


def paid(ctx: typer.Context, desk: Desk, done: Paid, key: str, *parts: Callable[[], str]) -> Answer:
    """The order with its key for programs; for people its receipt and the parts that follow.

    While its customer has to pay by card, it is the page to pay at and what comes next.
    """

    def words() -> str:
        from store_app.desk.orders import receipt_text

        if done.checkout_url or (done.state == "placed" and not done.invoice):
            return _paying(done)
        receipt = lines(receipt_text(desk, done.receipt)) if done.receipt else ""
        return paragraphs(receipt, *(part() for part in parts))

    return answer(ctx, _document(done, key), words)


def _document(done: Paid, key: str) -> dict[str, Any]:
    """The answer for programs; `checkout_url` is there while the customer can pay.

    `invoice` is there for an order on invoice.
    """
    document = as_document(done) | {"key": key}
    for name in ("checkout_url", "invoice"):
        if not document[name]:
            del document[name]
    return document


def _paying(done: Paid) -> str:
    """Where to pay, with the page as a QR code on a terminal."""
    from catalog.esim.qr import text_qr

    said = pairs(
        [
            (_("Order"), done.order),
            (_("State"), _("waits for its payment; nothing is delivered yet")),
            (_("Pay at"), done.checkout_url or _("the card reader")),
            (_("Then"), f"order check {done.order}"),
        ]
    )
    shows = done.checkout_url and sys.stdout.isatty()
    return f"{said}\n\n{text_qr(done.checkout_url)}" if shows else said
