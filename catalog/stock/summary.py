"""How much of what there is: by plan and state, and what each plan could sell now."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, func, or_, select
from sqlmodel import Session, col
from sqlmodel import select as select_rows

from catalog.esim.tables import RESERVED
from catalog.stock.lots import (
    ESIMS,
    LOTS,
    batch_state,
    installable,
    on_shelf,
    sellable_lots,
    taken,
    withdrawn,
)
from catalog.stock.tables import OPEN
from catalog.suppliers.registry import live_names
from catalog.tables import PlanRow

Shelf = tuple[str | None, str]
"""A plan's id, or None for generic stock, and an operator."""


@dataclass(frozen=True, slots=True)
class StockLevel:
    """The profiles of one plan and operator by state; without sku it is generic stock.

    What can no longer be installed is not available.
    """

    sku: str | None
    operator: str
    available: int
    reserved: int
    sold: int
    live: bool = False
    """Whether a supplier allocates more when none is left."""


@dataclass(frozen=True, slots=True)
class FreeStock:
    """Sellable profiles: those of one plan by its id, and the generic ones by operator."""

    own: Counter[str]
    generic: Counter[str]

    def of(self, plan: PlanRow) -> int:
        """What a plan could sell: its own, and generic ones of its operator or of any."""
        generic = self.generic[plan.operator] if plan.operator else self.generic.total()
        return self.own[plan.id] + generic


def free_stock(session: Session, now: datetime) -> FreeStock:
    """All profiles that can be sold now, out of the counts of the lots."""
    free = FreeStock(Counter(), Counter())
    shelf = (LOTS.c.plan_id, LOTS.c.operator, on_shelf())
    for plan_id, operator, left in session.execute(sellable_lots(now.date(), *shelf)):
        if plan_id is None:
            free.generic[operator] += left
        else:
            free.own[plan_id] += left
    return free


def waiting_count(session: Session, sku: str) -> int:
    """How many profiles of a plan wait for approval, generic ones of its operator included."""
    waits = and_(batch_state() == "pending", col(PlanRow.sku) == sku)
    operator = col(PlanRow.operator)
    any_operator = or_(operator == "", operator == LOTS.c.operator)
    generic = and_(LOTS.c.plan_id.is_(None), any_operator)
    left = select(func.coalesce(func.sum(on_shelf()), 0)).select_from(LOTS)
    served = or_(col(PlanRow.id) == LOTS.c.plan_id, generic)
    return int(session.execute(left.join(PlanRow, served).where(waits)).scalar_one())


def stock_levels(session: Session, now: datetime) -> list[StockLevel]:
    """Every plan, also without stock, then the generic stock by operator."""
    plans = {plan.id: plan for plan in session.exec(select_rows(PlanRow))}
    live = live_names(session)
    counts: defaultdict[Shelf, Counter[str]] = defaultdict(Counter)
    for lot in _lots(session, now):
        by_state = counts[lot.plan_id, lot.operator]
        by_state["available"] += lot.on_shelf if lot.is_for_sale else 0
        by_state["reserved"] += lot.reserved
        by_state["sold"] += lot.taken - lot.withdrawn - lot.reserved
    for plan_id in plans.keys() - {plan_id for plan_id, _ in counts}:
        counts[plan_id, plans[plan_id].operator] = Counter()
    levels = [
        StockLevel(
            sku=plans[plan_id].sku if plan_id else None,
            operator=operator,
            available=by_state["available"],
            reserved=by_state["reserved"],
            sold=by_state["sold"],
            live=bool(plan_id) and plans[str(plan_id)].terms.get("supplier") in live,
        )
        for (plan_id, operator), by_state in counts.items()
    ]
    return sorted(levels, key=lambda level: (level.sku is None, level.sku or "", level.operator))


def _lots(session: Session, now: datetime) -> Sequence[Row[Any]]:
    """The counts of every lot; only what is reserved, which is never much, is counted anew."""
    reserved = select(ESIMS.c.lot, func.count().label("reserved")).where(RESERVED)
    each = reserved.group_by(ESIMS.c.lot).subquery()
    held = func.coalesce(each.c.reserved, 0)
    for_sale = and_(OPEN, installable(now.date()))
    return session.execute(
        select(
            LOTS.c.plan_id,
            LOTS.c.operator,
            on_shelf().label("on_shelf"),
            for_sale.label("is_for_sale"),
            taken().label("taken"),
            withdrawn().label("withdrawn"),
            held.label("reserved"),
        )
        .outerjoin(each, each.c.lot == LOTS.c.number)
        .where(LOTS.c.loaded > 0)
    ).all()
