"""Pools at the desk: data that many eSIMs of one company share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from catalog.esim.tables import EsimRow
from catalog.kernel.database import chunks, snapshot
from catalog.kernel.errors import Refused
from catalog.kernel.settings import load_settings
from catalog.plans import POOL_KINDS
from catalog.repository import plan_row, plan_value
from checkout.accounts.companies import company_named
from checkout.accounts.tables import CompanyRow
from checkout.billing.subscriptions import assigning
from checkout.billing.subscriptions.rows import SUBSCRIPTIONS, Subscription, read_subscriptions
from checkout.billing.subscriptions.state import pool_state
from checkout.orders.assign_checks import check_company
from checkout.orders.buyers import Buyer
from checkout.orders.pricing import terms_of
from store_app.desk.context import Desk
from store_app.desk.once import once


@dataclass(frozen=True, slots=True)
class PoolView:
    """A pool with the period that runs; `members` are its eSIMs with what each used in it."""

    pool: str
    kind: str
    plan: str
    company: str
    currency: str
    state: str
    period_begins_at: datetime
    period_ends_at: datetime
    data_included_bytes: int
    data_used_bytes: int
    data_left_bytes: int
    overage_bytes: int
    overage_minor: int
    members: list[dict[str, Any]]


def add_pool(desk: Desk, name: str, *, plan: str, company: str, key: str | None = None) -> PoolView:
    """Add a pool for a company; its periods are anchored now."""

    def work(session: Session) -> dict[str, Any]:
        settings = load_settings(session)
        value = plan_value(plan_row(session, plan))
        firm = company_named(session, company)
        if value.kind not in POOL_KINDS:
            raise Refused(
                f"{value.name} is not the plan of a pool; nothing was added.",
                code="other_plan",
                field="plan",
            )
        check_company(value, Buyer(firm, None, None))
        _check_name(name)
        made = assigning.open_pool(
            session,
            name=name,
            company_id=firm.id,
            terms=terms_of(value, settings=settings),
            zone=settings.time_zone,
            now=desk.clock(),
        )
        return {"pool": made.name}

    answer, _replayed = once(desk, "pool", key, work, name=name, plan=plan, company=company)
    return show_pool(desk, answer["pool"])


def _check_name(name: str) -> None:
    clean = " ".join(name.split())
    if not clean or len(clean) > 200 or not clean.isprintable():
        raise Refused("A pool needs a name of at most 200 characters.", field="name")


def end_pool(desk: Desk, name: str, *, key: str | None = None) -> PoolView:
    """End a pool; its members have no plan from then on."""

    def work(session: Session) -> dict[str, Any]:
        return {"pool": assigning.end_pool(session, name, desk.clock()).name}

    once(desk, "end_pool", key, work, name=name)
    return show_pool(desk, name)


def show_pool(desk: Desk, name: str) -> PoolView:
    """One pool with its members."""
    with snapshot(desk.engine) as session:
        return _view(session, assigning.pool_named(session, name), desk.clock())


def list_pools(desk: Desk, company: str | None = None) -> list[PoolView]:
    """Every pool, or those of a company, by name."""
    statement = select_pools = SUBSCRIPTIONS.select().where(SUBSCRIPTIONS.c.kind != "line")
    with snapshot(desk.engine) as session:
        if company is not None:
            firm = company_named(session, company)
            statement = select_pools.where(SUBSCRIPTIONS.c.company_id == firm.id)
        found = read_subscriptions(session, statement.order_by(SUBSCRIPTIONS.c.name_key))
        return [_view(session, pool, desk.clock()) for pool in found]


def _view(session: Session, pool: Subscription, now: datetime) -> PoolView:
    state = pool_state(session, pool, now)
    used, included = state.used_bytes, state.included_bytes
    terms = pool.account.terms
    return PoolView(
        pool=pool.name,
        kind=pool.kind,
        plan=terms.sku,
        company=session.get_one(CompanyRow, pool.company_id).name,
        currency=terms.currency,
        state="suspended" if state.is_unpaid else "active" if state.is_open else "archived",
        period_begins_at=state.period_begins,
        period_ends_at=state.period_ends,
        data_included_bytes=included,
        data_used_bytes=used,
        data_left_bytes=max(included - used, 0),
        overage_bytes=max(used - included, 0),
        overage_minor=state.overage_minor,
        members=_members(session, state.members),
    )


def _members(session: Session, used: dict[str, int]) -> list[dict[str, Any]]:
    found = []
    for part in chunks(sorted(used)):
        statement = select(EsimRow.id, EsimRow.iccid).where(col(EsimRow.id).in_(part))
        for line_id, iccid in session.exec(statement):
            found.append({"iccid": iccid or None, "data_used_bytes": used[line_id]})
    return sorted(found, key=lambda one: str(one["iccid"]))
