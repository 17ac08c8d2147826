"""What may be assigned: plans with their words, pools, and eSIMs that are free for a company."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Select, select
from sqlmodel import Session, col

from catalog.esim.identifiers import normalise_iccid
from catalog.esim.tables import AVAILABLE, EsimRow
from catalog.kernel.database import snapshot
from catalog.plans import POOL_KINDS, SUBSCRIPTION_KINDS, Plan, PlanKind
from catalog.repository import all_plans, plan_value
from catalog.stock.lots import LOTS, on_shelf, sellable_lots
from catalog.tables import PlanRow
from checkout.accounts.companies import company_named
from checkout.accounts.tables import CompanyRow, EndUserRow
from checkout.billing.subscriptions.rows import SUBSCRIPTIONS, read_subscriptions
from store_app.desk.context import Desk

FIRST = 500
"""Most eSIMs that are offered at once; any other is found by its number."""


@dataclass(frozen=True, slots=True)
class PoolChoice:
    """A pool that takes members."""

    pool: str
    company: str
    plan: str
    is_dynamic: bool


@dataclass(frozen=True, slots=True)
class EsimChoice:
    """An eSIM that could be assigned: the company's own, or free in stock."""

    iccid: str
    company: str
    end_user: str
    plan: str


def assignable_plans(
    desk: Desk, operator: str = "", *, company: str | None = None, members: bool = False
) -> list[Plan]:
    """Plans for one eSIM of an operator (any when empty), monthly ones first.

    `company` leaves out what is for others; with `members` only what dynamic pools take.
    """
    with snapshot(desk.engine) as session:
        stored = [plan_value(row) for row in all_plans(session)]
    plans = [
        plan
        for plan in stored
        if plan.kind not in POOL_KINDS
        and (not operator or plan.operator in ("", operator))
        and (company is None or not plan.companies or company in plan.companies)
        and (not members or plan.kind is PlanKind.MONTHLY_BUNDLE)
    ]
    return sorted(plans, key=lambda plan: (plan.kind not in SUBSCRIPTION_KINDS, plan.sku))


def pool_plans(desk: Desk) -> list[Plan]:
    """The plans that pools are opened with."""
    with snapshot(desk.engine) as session:
        stored = (plan_value(row) for row in all_plans(session))
        return [plan for plan in stored if plan.kind in POOL_KINDS]


def open_pools(desk: Desk, company: str | None = None) -> list[PoolChoice]:
    """Pools that have not ended, of one company or of all, by name."""
    key = SUBSCRIPTIONS.c.name_key
    running = SUBSCRIPTIONS.c.ends_at.is_(None)
    statement = select(SUBSCRIPTIONS).where(key.is_not(None), running).order_by(key)
    with snapshot(desk.engine) as session:
        if company is not None:
            firm = company_named(session, company)
            statement = statement.where(SUBSCRIPTIONS.c.company_id == firm.id)
        pools = read_subscriptions(session, statement)
        named = session.execute(select(col(CompanyRow.id), col(CompanyRow.name))).all()
        names = {company_id: name for company_id, name in named}  # noqa: C416 - rows, not pairs
        return [
            PoolChoice(
                pool.name,
                names[pool.company_id],
                pool.account.terms.name,
                pool.kind == PlanKind.DYNAMIC_POOL,
            )
            for pool in pools
        ]


def free_esims(
    desk: Desk,
    operator: str = "",
    *,
    plan: str | None = None,
    company: str | None = None,
    number: str = "",
) -> list[EsimChoice]:
    """The first eSIMs in stock, after those of `company`; those for any plan come first.

    Args:
        desk: the store.
        operator: any when empty.
        plan: the SKU whose profiles are wanted; empty means generic ones, None any.
        company: whose own eSIMs are offered as well.
        number: a part of the ICCID.

    """
    with snapshot(desk.engine) as session:
        firm = company_named(session, company).id if company else None
        found = _choices(operator, plan, number)
        mine = found.where(col(EsimRow.stock_state) == "sold", col(EsimRow.company_id) == firm)
        own = _read(session, mine) if firm else []
        return own + _in_stock(session, found.where(AVAILABLE), desk, number)


def _choices(operator: str, plan: str | None, number: str) -> Select[str, str, str, str]:
    names = (col(CompanyRow.name), col(EndUserRow.email), col(PlanRow.name))
    found = (
        select(col(EsimRow.iccid), *names)
        .outerjoin(CompanyRow, col(CompanyRow.id) == col(EsimRow.company_id))
        .outerjoin(EndUserRow, col(EndUserRow.id) == col(EsimRow.end_user_id))
        .outerjoin(PlanRow, col(PlanRow.id) == col(EsimRow.plan_id))
        .where(col(EsimRow.iccid) != "")
        .order_by(col(EsimRow.iccid_key if _begins(number) else EsimRow.id))
        .limit(FIRST)
    )
    if operator:
        found = found.where(col(EsimRow.operator) == operator)
    if plan is not None:
        found = found.where(col(PlanRow.sku) == plan if plan else col(EsimRow.plan_id).is_(None))
    if _begins(number):
        part, key = normalise_iccid(number), col(EsimRow.iccid_key)
        found = found.where(key >= part[:19], key < f"{part[:19]}:")
    elif number:
        part = normalise_iccid(number)
        found = found.where(col(EsimRow.iccid).contains(part, autoescape=True))
    return found


def _begins(number: str) -> bool:
    """Whether a number is the beginning of an ICCID, which is sought and not searched for."""
    return normalise_iccid(number).startswith("89")


def _in_stock(
    session: Session, found: Select[str, str, str, str], desk: Desk, number: str
) -> list[EsimChoice]:
    """The first free ones, lot by lot, so that it takes no longer the more there are."""
    lots = sellable_lots(desk.clock().date(), LOTS.c.number).where(on_shelf() > 0)
    if _begins(number):
        return _read(session, found.where(col(EsimRow.lot).in_(lots)))
    order = (LOTS.c.plan_id.is_not(None), LOTS.c.operator, LOTS.c.number)
    choices: list[EsimChoice] = []
    for lot in session.execute(lots.order_by(*order)).scalars().all():
        more = found.where(col(EsimRow.lot) == lot).limit(FIRST - len(choices))
        choices += _read(session, more)
        if len(choices) >= FIRST:
            break
    return choices


def _read(session: Session, found: Select[str, str, str, str]) -> list[EsimChoice]:
    return [EsimChoice(*(word or "" for word in row)) for row in session.execute(found)]
