"""One step of a card sale that kills its process at a chosen moment.

Steps: sell, check, cancel, refund; hold at the reader; together and all for several in one go;
send an invoice.
A moment is a number: every commit and every call of the provider has one before it and one after.
"""

from __future__ import annotations

from store_app.desk.context import Desk
from store_app.desk.invoice_cards import send_invoice
from store_app.desk.order_views import list_orders
from store_app.desk.orders import cancel_order, check_order, refund_order
from store_app.desk.sales import sell
from store_app.desk.sales_together import look_together, sell_together
from tests.crash.moments import Moments, card_at, dying_desk


def main(store: str, address: str, step: str, fatal: int) -> None:
    """Take the step, dying at the fatal moment."""
    moments, card = Moments(fatal), card_at(address)
    moments.around_all(card, "start", "look_up", "cancel", "refund")
    moments.around_all(card.invoicing, "_drafted", "_step", "look_up", "cancel")
    moments.around_all(card.reader, "start", "_hand_over", "look_up", "cancel")
    take(dying_desk(store, moments, card), step)


def take(desk: Desk, step: str) -> None:
    """One step of a clerk."""
    if step in ("sell", "hold"):
        sell(desk, sku="ES-5GB-30D", pay="card", key="k1", reader=step == "hold")
        return
    if step == "send":
        send_invoice(desk, "INV-000001", key="k1")
        return
    if step == "together":
        sell_together(desk, [("ES-5GB-30D", "k-1"), ("ES-5GB-30D", "k-2")])
        return
    if step == "all":
        look_together(desk, [order.order for order in list_orders(desk)])
        return
    (order,) = list_orders(desk)
    if step == "refund":
        refund_order(desk, order.order, key="r1")
    else:
        (check_order if step == "check" else cancel_order)(desk, order.order)
