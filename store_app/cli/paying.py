"""What a command says of an order that its customer still has to pay by card."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from store_app.cli.layout import pairs
from store_app.cli.output import as_document
from store_app.words import _

if TYPE_CHECKING:
    from store_app.desk.sales import Paid


def paid_document(done: Paid, key: str) -> dict[str, Any]:
    """The answer for programs; `checkout_url` is there while the customer can pay."""
    document = as_document(done) | {"key": key}
    if not done.checkout_url:
        del document["checkout_url"]
    return document


def paying_words(done: Paid) -> str:
    """Where to pay and what comes next, with the page as a QR code on a terminal."""
    if not done.checkout_url:
        return ""
    from catalog.esim.qr import text_qr

    said = pairs(
        [
            (_("Order"), done.order),
            (_("State"), _("waits for its payment; nothing is delivered yet")),
            (_("Pay at"), done.checkout_url),
            (_("Then"), f"order check {done.order}"),
        ]
    )
    return f"{said}\n\n{text_qr(done.checkout_url)}" if sys.stdout.isatty() else said
