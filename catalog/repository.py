"""Plans in the store: saved by sku, read back as the value they were."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Table, bindparam
from sqlmodel import Session, col, select

from catalog.kernel.database import chunks
from catalog.kernel.errors import NotFound
from catalog.kernel.ids import new_id
from catalog.kernel.inserts import insert_new
from catalog.kernel.new_rows import read_row
from catalog.kernel.quoting import quoted
from catalog.plans import Plan, plan_from_json, plan_to_json
from catalog.tables import PlanRow

_PLANS: Table = PlanRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it
_BY_SKU = _PLANS.select().where(_PLANS.c.sku == bindparam("of_sku"))


def save_plans(session: Session, plans: Sequence[Plan], now: datetime) -> tuple[int, int]:
    """Add new plans and update known ones by sku; returns (created, updated).

    A known plan keeps its row, so that stock and orders go on pointing at it; an unchanged plan
    counts as updated.
    """
    rows = [{"id": new_id(), "sku": plan.sku, **_columns(plan, now)} for plan in plans]
    created = insert_new(session, _PLANS, rows, "sku")
    known = {plan.sku: plan for plan in plans if plan.sku not in created}
    for part in chunks(list(known)):
        for row in session.exec(select(PlanRow).where(col(PlanRow.sku).in_(part))):
            row.sqlmodel_update(_columns(known[row.sku], now))
    session.flush()
    return len(created), len(plans) - len(created)


def _columns(plan: Plan, now: datetime) -> dict[str, Any]:
    return {
        "kind": plan.kind.value,
        "name": plan.name,
        "operator": plan.operator,
        "currency": plan.currency,
        "price_minor": plan.price_minor,
        "data_bytes": plan.data_bytes,
        "validity_days": plan.validity_days,
        "terms": plan_to_json(plan),
        "updated_at": now,
    }


def plan_row(session: Session, sku: str) -> PlanRow:
    """The row of a plan, or `NotFound` naming the sku."""
    row = read_row(session, PlanRow, _BY_SKU, {"of_sku": sku})
    if row is None:
        raise NotFound(
            f"There is no plan {quoted(sku)}; nothing has changed. "
            "“plans list” shows what is sold.",
            code="unknown_plan",
            field="plan",
        )
    return row


def plan_value(row: PlanRow) -> Plan:
    """The plan of a row as the frozen value that was saved."""
    return plan_from_json(row.terms)


def all_plans(session: Session) -> list[PlanRow]:
    """Every plan, by sku."""
    return list(session.exec(select(PlanRow).order_by(PlanRow.sku)))
