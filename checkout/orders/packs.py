"""PAYGO packs: wallet credit for a price, such as 50.00 for 45.00."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlmodel import Session, col, select

from catalog.kernel.errors import NotFound, Refused
from catalog.plans import Plan, PlanKind
from catalog.repository import plan_row, plan_value
from catalog.tables import PlanRow
from checkout.orders.buyers import Buyer, may_buy
from checkout.orders.tables import OrderRow


@dataclass(frozen=True, slots=True)
class Pack:
    """What a pack gives and costs, in minor units of its currency; the price is before VAT."""

    id: str
    credit_minor: int
    price_minor: int
    currency: str


def pack_named(session: Session, pack_id: str, buyer: Buyer, sku: str | None) -> Pack:
    """The pack of this id that the buyer may have.

    Without a sku the plans of the buyer's own PAYGO eSIMs are asked first and all others after
    them; when they offer different packs under one id, `Refused` asks for the plan.
    """
    plans = _plans(session, buyer, sku)
    own = _own_plans(session, buyer)
    found = _offers(pack_id, (plan for plan in plans if plan.sku in own))
    found = found or _offers(pack_id, plans)
    if not found:
        where = f"in {sku}" if sku else "in any PAYGO plan"
        raise NotFound(
            f"There is no pack “{pack_id}” {where} for this owner; nothing was charged. "
            "“plans list” shows the plans.",
            code="unknown_pack",
            field="pack",
        )
    if len(set(found.values())) > 1:
        raise Refused(
            f"Several plans have a pack “{pack_id}” and they differ; nothing was charged. Name "
            f"one of them with --plan: {', '.join(sorted(found))}.",
            code="ambiguous_pack",
            field="plan",
        )
    return next(iter(found.values()))


def packs_for(session: Session, buyer: Buyer, currency: str) -> dict[Pack, Plan]:
    """Every pack that the buyer may have in a currency, each once with a plan that offers it.

    Those of the plans of the buyer's own PAYGO eSIMs come first, then the cheapest.
    """
    own = _own_plans(session, buyer)
    plans = sorted(_plans(session, buyer, None), key=lambda plan: plan.sku not in own)
    found: dict[Pack, Plan] = {}
    for plan in plans:
        for refill in plan.refills if plan.currency == currency else ():
            for pack in _offers(refill.id, [plan]).values():
                found.setdefault(pack, plan)
    order = sorted(found, key=lambda pack: (found[pack].sku not in own, pack.price_minor))
    return {pack: found[pack] for pack in order}


def _plans(session: Session, buyer: Buyer, sku: str | None) -> list[Plan]:
    paygo = select(PlanRow).where(PlanRow.kind == PlanKind.PAYGO.value).order_by(PlanRow.sku)
    rows = [plan_row(session, sku)] if sku else session.exec(paygo).all()
    plans = [plan_value(row) for row in rows]
    return [plan for plan in plans if plan.kind is PlanKind.PAYGO and may_buy(buyer, plan)]


def _own_plans(session: Session, buyer: Buyer) -> set[str]:
    mine = OrderRow.company_id == buyer.company.id
    if buyer.end_user is not None:
        mine = OrderRow.end_user_id == buyer.end_user.id
    statement = select(PlanRow.sku).join(OrderRow, col(OrderRow.plan_id) == col(PlanRow.id))
    return set(session.exec(statement.where(mine, PlanRow.kind == PlanKind.PAYGO.value)))


def _offers(pack_id: str, plans: Iterable[Plan]) -> dict[str, Pack]:
    found = {}
    for plan in plans:
        refill = plan.refill(pack_id)
        if refill is not None and refill.credit_minor is not None:
            pack = Pack(refill.id, refill.credit_minor, refill.price_minor, plan.currency)
            found[plan.sku] = pack
    return found
