"""Pools as screens show them: a page of the list, and one pool with its members and days."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlmodel import Session, col

from catalog.esim.tables import EsimRow
from catalog.kernel.database import chunks, snapshot
from catalog.kernel.settings import load_settings
from checkout.accounts.tables import CompanyRow, EndUserRow
from checkout.billing.line_rows import LINES
from checkout.billing.readings import used_bytes
from checkout.billing.subscriptions.assigning import pool_named
from checkout.billing.subscriptions.rows import (
    SUBSCRIPTIONS,
    Subscription,
    read_assignments,
    read_subscriptions,
)
from checkout.billing.subscriptions.state import PoolState, pool_state
from checkout.billing.usage_history import records_of
from store_app.desk.context import Desk

PAGE = 100


@dataclass(frozen=True, slots=True)
class PoolLine:
    """A pool in a list, in the period that runs.

    Attributes:
        state: `active`, `suspended` (its invoice is to be paid first) or `archived`.

    """

    pool: str
    kind: str
    plan: str
    company: str
    currency: str
    state: str
    members: int
    begins: datetime
    ends: datetime
    included_bytes: int
    used_bytes: int
    overage_minor: int
    has_price: bool

    @property
    def left_bytes(self) -> int:
        """What is left of the data of the period."""
        return max(self.included_bytes - self.used_bytes, 0)


@dataclass(frozen=True, slots=True)
class PoolMember:
    """An eSIM in a pool with what it used in this period."""

    iccid: str | None
    end_user: str
    plan: str
    used_bytes: int


@dataclass(frozen=True, slots=True)
class PoolPage:
    """One pool with its members, the heaviest first, and its usage by day of the period."""

    line: PoolLine
    operator: str
    members: list[PoolMember]
    days: list[tuple[date, int]]


def page_pools(desk: Desk, *, after: str | None = None, limit: int = PAGE) -> list[PoolLine]:
    """The first pools by name, or those that follow the pool named `after`."""
    key = SUBSCRIPTIONS.c.name_key
    statement = select(SUBSCRIPTIONS).where(key.is_not(None)).order_by(key).limit(limit)
    if after is not None:
        statement = statement.where(key > after.casefold())
    now = desk.clock()
    with snapshot(desk.engine) as session:
        pools = read_subscriptions(session, statement)
        names = _companies(session, [pool.company_id for pool in pools])
        return [
            _line(pool, pool_state(session, pool, now), names[pool.company_id]) for pool in pools
        ]


def read_pool(desk: Desk, name: str) -> PoolPage:
    """One pool as it is now."""
    now = desk.clock()
    with snapshot(desk.engine) as session:
        pool = pool_named(session, name)
        state = pool_state(session, pool, now)
        company = _companies(session, [pool.company_id])[pool.company_id]
        found = read_assignments(session, "subscription_id", [pool.id], since=state.period_begins)
        plans = {
            one.stretch.line_id: (one.stretch.terms or pool.account.terms).name for one in found
        }
        members = sorted(
            _members(session, state.members, plans),
            key=lambda one: (-one.used_bytes, one.iccid or ""),
        )
        zone = ZoneInfo(load_settings(session).time_zone)
        until = min(now, state.period_ends)
        sums = _by_day(session, sorted(plans), (state.period_begins, until), zone)
        return PoolPage(
            _line(pool, state, company),
            _operator(session, pool),
            members,
            list(_days(sums, state.period_begins, until, zone)),
        )


def _line(pool: Subscription, state: PoolState, company: str) -> PoolLine:
    terms = pool.account.terms
    word = "suspended" if state.is_unpaid else "active"
    return PoolLine(
        pool=pool.name,
        kind=pool.kind,
        plan=terms.name,
        company=company,
        currency=terms.currency,
        state=word if state.is_open else "archived",
        members=len(state.members),
        begins=state.period_begins,
        ends=state.period_ends,
        included_bytes=state.included_bytes,
        used_bytes=state.used_bytes,
        overage_minor=state.overage_minor,
        has_price=terms.overage_size_bytes is not None,
    )


def _companies(session: Session, ids: Sequence[str]) -> dict[str, str]:
    names: dict[str, str] = {}
    for part in chunks(sorted(set(ids))):
        named = select(col(CompanyRow.id), col(CompanyRow.name)).where(col(CompanyRow.id).in_(part))
        names.update({one: name for one, name in session.execute(named)})  # noqa: C416 - rows, not pairs
    return names


def _operator(session: Session, pool: Subscription) -> str:
    """The operator of the pool's plan; empty when any will do, or the plan is gone."""
    from catalog.tables import PlanRow

    named = select(col(PlanRow.operator)).where(col(PlanRow.sku) == pool.account.terms.sku)
    return session.execute(named).scalar_one_or_none() or ""


def _members(session: Session, used: dict[str, int], plans: dict[str, str]) -> Iterator[PoolMember]:
    columns = (col(EsimRow.id), col(EsimRow.iccid), col(EndUserRow.email))
    joined = select(*columns).outerjoin(EndUserRow, col(EndUserRow.id) == col(EsimRow.end_user_id))
    for part in chunks(sorted(used)):
        for line_id, iccid, email in session.execute(joined.where(col(EsimRow.id).in_(part))):
            yield PoolMember(iccid or None, email or "", plans[line_id], used[line_id])


def _by_day(
    session: Session, line_ids: Sequence[str], span: tuple[datetime, datetime], zone: ZoneInfo
) -> Counter[date]:
    """Bytes of these lines by day within a span; of counter readings what each adds."""
    sums: Counter[date] = Counter()
    for part in chunks(line_ids):
        numbers = session.execute(select(LINES.c.number).where(LINES.c.id.in_(part))).scalars()
        for told in records_of(session, list(numbers)).values():
            for record, count in used_bytes(one.record for one in told):
                if span[0] <= record.started_at <= span[1]:
                    sums[record.started_at.astimezone(zone).date()] += count
    return sums


def _days(
    sums: Counter[date], begins: datetime, until: datetime, zone: ZoneInfo
) -> Iterator[tuple[date, int]]:
    day, last = begins.astimezone(zone).date(), until.astimezone(zone).date()
    while day <= last:
        yield day, sums[day]
        day += timedelta(days=1)
