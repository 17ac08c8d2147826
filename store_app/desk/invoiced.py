"""Orders on invoice at the desk: delivered when their invoice is paid, cancelled with it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlmodel import Session, col, select

from catalog.kernel.database import snapshot, transact
from catalog.kernel.errors import Refused
from catalog.suppliers.tables import IN_HAND, DownloadOrderRow
from checkout.billing.subscriptions.invoices import invoice_named
from checkout.billing.subscriptions.tables import InvoiceRow
from checkout.orders.invoice_money import orders_of
from checkout.orders.on_invoice import cancel_on_invoice, deliver_paid, is_due_for_delivery
from checkout.orders.tables import OrderRow
from checkout.payments.attempts import attempts_of
from store_app.desk.answers import keep_answer
from store_app.desk.context import Desk
from store_app.desk.live_orders import carry_on_live


def invoice_and_orders(session: Session, number: str) -> tuple[InvoiceRow, list[OrderRow]]:
    """An invoice with the orders that it is for, all locked; orders first, as everywhere."""
    orders = orders_of(session, invoice_named(session, number), locked=True)
    return invoice_named(session, number, lock_it=True), orders


def deliver_all_paid(session: Session, desk: Desk, orders: Iterable[OrderRow]) -> None:
    """Deliver what waited on a locked invoice that nothing is open of any more."""
    for order in orders:
        deliver_if_paid(session, desk, order)


def deliver_if_paid(session: Session, desk: Desk, order: OrderRow) -> bool:
    """Deliver a locked order whose invoice was paid just now; says whether it was."""
    if not is_due_for_delivery(session, order):
        return False
    if not deliver_paid(session, order, actor=desk.actor, now=desk.clock()):
        return False
    keep_answer(session, order, attempts_of(session, order.id)[-1], desk.clock())
    return True


def deliver_waiting(desk: Desk, order_id: str) -> bool:
    """Deliver an order whose invoice is paid, as soon as there is an eSIM for it.

    What its supplier is asked for is brought as well; says whether this call delivered it.
    """
    with snapshot(desk.engine) as session:
        was_there = session.get_one(OrderRow, order_id).state == "delivered"

    def work(session: Session) -> bool:
        row = session.get_one(OrderRow, order_id, with_for_update=True, populate_existing=True)
        return deliver_if_paid(session, desk, row)

    delivered = transact(desk.engine, work)
    if delivered:
        return True
    carry_on_live(desk, order_id, at_counter=True)
    with snapshot(desk.engine) as session:
        is_there = session.get_one(OrderRow, order_id).state == "delivered"
    return is_there and not was_there


def told_of(orders: Sequence[OrderRow]) -> dict[str, Any]:
    """The orders of an invoice as answers name them: the first one, and all with their states."""
    return {
        "order": orders[0].reference if orders else None,
        "order_state": orders[0].state if orders else None,
        "orders": [{"order": order.reference, "state": order.state} for order in orders],
    }


def bring_live_of(desk: Desk, number: str, answer: dict[str, Any]) -> dict[str, Any]:
    """Go on with what suppliers were asked for by the orders of an invoice.

    It is brought to those that are paid by now, and taken back for those that are credited. The
    answer tells the orders as they are then.
    """
    with snapshot(desk.engine) as session:
        ids = [order.id for order in orders_of(session, invoice_named(session, number))]
        mine = select(DownloadOrderRow.order_id).where(col(DownloadOrderRow.order_id).in_(ids))
        waiting = list(session.exec(mine.where(IN_HAND)))
    if not waiting:
        return answer
    for order_id in waiting:
        carry_on_live(desk, order_id, at_counter=True)
    with snapshot(desk.engine) as session:
        return answer | told_of(orders_of(session, invoice_named(session, number)))


def still_waits(order: OrderRow) -> Refused:
    """What is said of an order on invoice that can't be delivered yet."""
    if order.state == "paid":
        return Refused(
            f"Order {order.reference} is paid and no eSIM of its plan is left; nothing has "
            f"changed. Upload stock, or give it back: order refund {order.reference}.",
            code="sold_out",
        )
    return Refused(
        f"Order {order.reference} is delivered when its invoice {order.receipt_number} is paid; "
        f"nothing has changed. Note the money: invoice pay {order.receipt_number}.",
        code="waits_for_payment",
    )


def cancel_waiting(session: Session, desk: Desk, order: OrderRow, reason: str) -> InvoiceRow:
    """Cancel a locked order that waits for its money; the credit note of its line.

    What else is on its invoice may be paid by that, and is to be delivered then.
    """
    return cancel_on_invoice(session, order, reason=reason, actor=desk.actor, now=desk.clock())
