"""Several eSIMs sold in one go, for one card payment or on one invoice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import typer

from store_app.cli.layout import pairs
from store_app.cli.options import answer
from store_app.cli.output import Answer, as_document
from store_app.words import _

if TYPE_CHECKING:
    from store_app.desk.context import Desk
    from store_app.desk.sales_together import SoldTogether


def sold_together(
    ctx: typer.Context, desk: Desk, plans: list[str], key: str, **whom: Any
) -> Answer:
    """Several eSIMs for one card payment or on one invoice, each an order of its own."""
    from store_app.desk.sales_together import sell_together

    wanted = [(sku, f"{key}-{number}") for number, sku in enumerate(plans, start=1)]
    done = sell_together(desk, wanted, **whom)
    sales = [sale for sale in done.sales if sale is not None]
    url = next((sale.checkout_url for sale in sales if sale.checkout_url), "")
    document = {
        "orders": [as_document(sale) for sale in sales],
        "cancelled": [name for name, sale in zip(done.orders, done.sales, strict=True) if not sale],
        "reasons": [reason for reason in done.reasons if reason],
        "total_minor": sum(sale.total_minor for sale in sales),
        "currency": sales[0].currency if sales else "",
        "replayed": done.replayed,
        "key": key,
    } | ({"checkout_url": url} if url else {})
    document |= {"invoice": done.invoice} if done.invoice else {}
    return answer(ctx, document, lambda: _words(done, document))


def _words(done: SoldTogether, document: Mapping[str, Any]) -> str:
    from store_app.present import money

    states = dict.fromkeys(sale.state if sale else "cancelled" for sale in done.sales)
    page = document.get("checkout_url") or _("the card reader")
    return pairs(
        [
            (_("Orders"), " ".join(done.orders)),
            (_("State"), " ".join(states)),
            (_("Not sold"), " ".join(document["reasons"])),
            (_("Total"), money(document["total_minor"], document["currency"])),
            (_("Pay at"), page if done.waiting else ""),
            (_("Invoice"), done.invoice),
            (_("Then"), _then(done)),
        ]
    )


def _then(done: SoldTogether) -> str:
    """What is to be done next, while there is something."""
    if done.waiting:
        return f"order check {done.orders[0]}"
    is_late = done.invoice and any(sale and sale.state == "placed" for sale in done.sales)
    return f"invoice pay {done.invoice}" if is_late else ""
