"""After a crash: what was begun is finished or undone, never left lying."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, col, select

from checkout.orders.on_invoice import METHOD
from checkout.orders.settle import cancel
from checkout.orders.tables import OrderRow

_ELSEWHERE = ("card", METHOD)
"""Their money may come late: a provider is asked first, and an invoice stays open."""


def overdue_orders(session: Session, now: datetime) -> list[str]:
    """Ids of placed orders whose deadline has passed without money."""
    statement = (
        select(OrderRow.id)
        .where(OrderRow.state == "placed", col(OrderRow.deadline_at) <= now)
        .where(OrderRow.method != METHOD)
        .order_by(col(OrderRow.deadline_at))
        .limit(500)
    )
    return list(session.exec(statement).all())


def cancel_overdue(session: Session, order_id: str, now: datetime) -> bool:
    """Cancel one order if it is still placed and overdue; says whether it was."""
    order = session.get_one(OrderRow, order_id, with_for_update=True, populate_existing=True)
    if order.state != "placed" or order.deadline_at > now or order.method in _ELSEWHERE:
        return False
    cancel(session, order, now)
    return True


def undelivered_orders(session: Session) -> list[str]:
    """Ids of orders whose invoice was paid when no eSIM was left for them."""
    statement = select(OrderRow.id).where(OrderRow.state == "paid", OrderRow.method == METHOD)
    return list(session.exec(statement.order_by(col(OrderRow.created_at))).all())
