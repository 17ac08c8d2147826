"""After a crash: what was begun is finished or undone, never left lying."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, col, select

from checkout.orders.settle import cancel
from checkout.orders.tables import OrderRow


def overdue_orders(session: Session, now: datetime) -> list[str]:
    """Ids of placed orders whose deadline has passed without money."""
    statement = (
        select(OrderRow.id)
        .where(OrderRow.state == "placed", col(OrderRow.deadline_at) <= now)
        .order_by(col(OrderRow.deadline_at))
        .limit(500)
    )
    return list(session.exec(statement).all())


def cancel_overdue(session: Session, order_id: str, now: datetime) -> bool:
    """Cancel one order if it is still placed and overdue; says whether it was."""
    order = session.get_one(OrderRow, order_id, with_for_update=True, populate_existing=True)
    if order.state != "placed" or order.deadline_at > now or order.method == "card":
        return False
    cancel(session, order, now)
    return True
