"""Orders whose profile is not in stock: it is ordered from a supplier once it is paid."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from catalog.kernel.requests import forget
from catalog.suppliers.ordering import give_up, plan_download
from catalog.suppliers.registry import live_supplier
from catalog.tables import PlanRow
from checkout.orders.tables import OrderRow


def live_terms(session: Session, plan: PlanRow) -> dict[str, str]:
    """What an order keeps of whom its profile will come from; empty when there is nobody."""
    row = live_supplier(session, plan)
    if row is None:
        return {}
    return {
        "supplier": row.name,
        "supplier_id": row.id,
        "profile_type": str(plan.terms["profile_type"]),
    }


def is_live(order: OrderRow) -> bool:
    """Whether an order's profile has still to come from a supplier."""
    return order.esim_id is None and "supplier_id" in order.item


def begin_live(session: Session, order: OrderRow, now: datetime) -> None:
    """Write that the profile of an order that is paid now will be ordered."""
    plan_download(
        session,
        order_id=order.id,
        supplier_id=order.item["supplier_id"],
        profile_type=order.item["profile_type"],
        now=now,
    )


def give_up_live(session: Session, order: OrderRow, now: datetime) -> None:
    """Order nothing more for a locked order whose money goes back; its key is free again."""
    give_up(session, order.id, now)
    if order.request_key is not None:
        forget(session, order.request_key)
        order.request_key = None
