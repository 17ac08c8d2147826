"""How much of what there is: by plan and state, and what each plan could sell now."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_
from sqlmodel import Session, col, select

from catalog.esim.tables import AVAILABLE, EsimRow, installable
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
    """All profiles that can be sold now, in one query over the index of the available."""
    shelf = (col(EsimRow.plan_id), col(EsimRow.operator))
    free = FreeStock(Counter(), Counter())
    for plan_id, operator, count in session.exec(
        select(*shelf, func.count()).where(AVAILABLE, installable(now.date())).group_by(*shelf)
    ):
        if plan_id is None:
            free.generic[operator] += count
        else:
            free.own[plan_id] += count
    return free


def stock_levels(session: Session, now: datetime) -> list[StockLevel]:
    """Every plan, also without stock, then the generic stock by operator."""
    plans = {plan.id: plan for plan in session.exec(select(PlanRow))}
    states = (col(EsimRow.plan_id), col(EsimRow.operator), col(EsimRow.stock_state))
    live = live_names(session)
    counts: defaultdict[Shelf, Counter[str]] = defaultdict(Counter)
    for plan_id, operator, state, count in session.exec(
        select(*states, func.count()).where(_still_counts(now)).group_by(*states)
    ):
        counts[plan_id, operator][state] = count
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


def _still_counts(now: datetime) -> ColumnElement[bool]:
    return or_(col(EsimRow.stock_state) != "available", installable(now.date()))
