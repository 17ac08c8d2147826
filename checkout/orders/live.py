"""Orders whose profile is not in stock: it is ordered from a supplier once it is paid."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session

from catalog.kernel.errors import Refused
from catalog.kernel.requests import forget
from catalog.suppliers.ordering import give_up, plan_download
from catalog.suppliers.registry import live_supplier
from catalog.suppliers.tables import SupplierRow
from catalog.tables import PlanRow
from checkout.orders.tables import OrderRow


def live_terms(session: Session, plan: PlanRow, told: Mapping[str, Any]) -> dict[str, Any]:
    """What an order keeps of whom its profile will come from; empty when there is nobody.

    `Refused` when the supplier ties each profile to one phone and no `eid` is told.
    """
    row = live_supplier(session, plan)
    if row is None:
        return {}
    terms = {
        "supplier": row.name,
        "supplier_id": row.id,
        "profile_type": str(plan.terms["profile_type"]),
    }
    demanded = {
        "wants_eid": row.wants_eid,
        "confirmation": row.confirmation or bool(plan.terms.get("confirmation")),
    }
    if row.wants_eid:
        _check_told(told, row)
    return terms | {name: True for name, is_so in demanded.items() if is_so}


def _check_told(told: Mapping[str, Any], row: SupplierRow) -> None:
    if not told.get("eid"):
        raise Refused(
            f"{row.name} ties each eSIM to one phone; nothing was charged. Say the phone's EID, "
            "32 digits behind *#06# (sell --eid EID, or b in the payment).",
            code="eid_needed",
            field="eid",
        )


def is_live(order: OrderRow) -> bool:
    """Whether an order's profile has still to come from a supplier."""
    return order.esim_id is None and "supplier_id" in order.item


def begin_live(session: Session, order: OrderRow, now: datetime) -> None:
    """Write that the profile of an order that is paid now will be ordered."""
    begin_download(session, order.id, order.item, now)


def begin_download(session: Session, for_id: str, terms: Mapping[str, Any], now: datetime) -> None:
    """Write that a profile will be ordered on these terms, for an order or a replacement."""
    plan_download(
        session,
        order_id=for_id,
        supplier_id=terms["supplier_id"],
        profile_type=terms["profile_type"],
        eid=terms["eid"] if "wants_eid" in terms else "",
        confirmation="confirmation" in terms,
        now=now,
    )


def give_up_live(session: Session, order: OrderRow, now: datetime) -> None:
    """Order nothing more for a locked order whose money goes back; its key is free again."""
    give_up(session, order.id, now)
    if order.request_key is not None:
        forget(session, order.request_key)
        order.request_key = None
