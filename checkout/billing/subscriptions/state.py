"""What a subscription line has now: its service, the data of its period, what it costs so far."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from catalog.kernel.database import chunks
from checkout.billing.subscriptions.charges import (
    Stretch,
    charges,
    high_speed_bytes,
    included_bytes,
)
from checkout.billing.subscriptions.cycle import local
from checkout.billing.subscriptions.paid import Prepaid, prepaid_service
from checkout.billing.subscriptions.rows import (
    MANY,
    Assignment,
    Subscription,
    read_assignments,
    read_usage,
    read_usage_and_days,
    subscriptions_of,
)
from checkout.billing.subscriptions.terms import WITH_DATA, Terms
from checkout.billing.subscriptions.used_up import can_stop, shared_bytes

UNPAID = "invoice unpaid"
USED_UP = "data of the period used up"
ENDED = "assignment ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionState:
    """One line of a subscription at one instant.

    Attributes:
        terms: of its plan, or of its pool.
        pool: the pool's name; empty outside pools.
        period_begins: of the running period, which ends at `period_ends`.
        included_bytes: of the line's bundle or of its pool; None where data is not a term.
        used_bytes: by this line in this period; `pool_used_bytes` by all that share the data,
            under plans that include data.
        left_bytes: of what is included.
        high_speed_left_bytes: of an unlimited plan, today or in this period; else None.
        overage_bytes: beyond what is included, billed as `overage_minor` so far.
        usage_minor: what usage per MB costs so far in this period.
        throttled: whether the data at full speed is used up.

    """

    status: str
    reason: str
    terms: Terms
    pool: str
    period_begins: datetime
    period_ends: datetime
    included_bytes: int | None
    used_bytes: int
    pool_used_bytes: int
    left_bytes: int | None
    high_speed_left_bytes: int | None
    overage_bytes: int
    overage_minor: int
    usage_minor: int
    throttled: bool
    activated_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Facts:
    latest: Mapping[str, Assignment]
    accounts: Mapping[str, Subscription]
    stretches: Mapping[str, Sequence[Stretch]]
    usage: Mapping[tuple[str, int], Mapping[str, int]]
    today: Mapping[str, int]
    prepaid: Mapping[str, Prepaid]


def states_of(
    session: Session, line_ids: Iterable[str], now: datetime
) -> dict[str, SubscriptionState]:
    """Subscription lines by id as they are now, with as many queries for many as for one."""
    found: dict[str, SubscriptionState] = {}
    for part in chunks(sorted(set(line_ids)), MANY):
        facts = _facts(session, part, now)
        found |= {line_id: _state(one, facts, now) for line_id, one in facts.latest.items()}
    return found


def _facts(session: Session, line_ids: Sequence[str], now: datetime) -> _Facts:
    accounts, wanted = subscriptions_of(session, line_ids), set(line_ids)
    running = {key: _running(one, now) for key, one in accounts.items()}
    since = min(
        (one.account.cycle.begins(running[key]) for key, one in accounts.items()), default=now
    )
    latest: dict[str, Assignment] = {}
    stretches: dict[str, list[Stretch]] = defaultdict(list)
    for one in read_assignments(
        session, "subscription_id", accounts, since=since, whenever=line_ids
    ):
        stretches[one.subscription_id].append(one.stretch)
        if one.stretch.line_id in wanted:  # in the order in which they began
            latest[one.stretch.line_id] = one
    daily = [one for one in latest.values() if one.stretch.terms and one.stretch.terms.per == "day"]
    days = {
        one.stretch.line_id: local(now, accounts[one.subscription_id].zone).date() for one in daily
    }
    usage, today = read_usage_and_days(session, running, days)
    paid = prepaid_service(session, accounts.values())
    return _Facts(latest, accounts, stretches, usage, today, paid)


def _running(one: Subscription, now: datetime) -> int:
    """The period that runs now; of an account that has ended, its last."""
    ends = one.account.ends
    return one.account.cycle.number_at(now if ends is None else min(ends, now))


def _state(one: Assignment, facts: _Facts, now: datetime) -> SubscriptionState:
    subscription, stretch = facts.accounts[one.subscription_id], one.stretch
    account, number = subscription.account, _running(subscription, now)
    lines = facts.stretches.get(account.id, ())
    used = facts.usage.get((account.id, number), {})
    own = sum(used.get(s.id, 0) for s in lines if s.line_id == stretch.line_id)
    terms = account.terms if account.is_pool else stretch.terms or account.terms
    costs = {c.kind: c.amount_minor for c in charges(account, number, lines, used)}
    included = included_bytes(account, number, lines) if terms.kind in WITH_DATA else None
    shared = shared_bytes(account, lines, used)
    fast = _fast_left(subscription, number, stretch, facts)
    over = 0 if included is None else max(shared - included, 0)
    is_unpaid = account.id in facts.prepaid and facts.prepaid[account.id].is_unpaid(number)
    is_used_up = included is not None and can_stop(terms) and shared >= included
    status, reason = _status(stretch, is_unpaid=is_unpaid, is_used_up=is_used_up)
    return SubscriptionState(
        status=status,
        reason=reason,
        terms=terms,
        pool=subscription.name,
        period_begins=account.cycle.begins(number),
        period_ends=account.cycle.begins(number + 1),
        included_bytes=included,
        used_bytes=own,
        pool_used_bytes=shared,
        left_bytes=None if included is None else max(included - shared, 0),
        high_speed_left_bytes=fast,
        overage_bytes=over,
        overage_minor=costs.get("overage", 0),
        usage_minor=costs.get("usage", 0),
        throttled=fast == 0,
        activated_at=stretch.activated_at,
    )


def _fast_left(
    subscription: Subscription, number: int, stretch: Stretch, facts: _Facts
) -> int | None:
    """What an unlimited plan has left at full speed today or in this period."""
    terms, account = stretch.terms, subscription.account
    if terms is None or not terms.high_speed_bytes:
        return None
    if terms.per == "day":
        return max(terms.high_speed_bytes - facts.today.get(stretch.line_id, 0), 0)
    lines, used = facts.stretches.get(account.id, ()), facts.usage.get((account.id, number), {})
    monthly = [one for one in lines if one.terms and one.terms.per == "month"]
    spent = sum(used.get(one.id, 0) for one in monthly)
    return max(high_speed_bytes(account, number, lines) - spent, 0)


def _status(stretch: Stretch, *, is_unpaid: bool, is_used_up: bool) -> tuple[str, str]:
    if stretch.ends is not None:
        return "archived", ENDED
    if is_unpaid:
        return "suspended", UNPAID
    if is_used_up and stretch.activated_at is not None:
        return "suspended", USED_UP
    return ("active" if stretch.activated_at else "activation_ready"), ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolState:
    """A pool at one instant; its data is that of all its members together."""

    is_open: bool
    is_unpaid: bool
    period_begins: datetime
    period_ends: datetime
    included_bytes: int
    used_bytes: int
    overage_minor: int
    members: dict[str, int]
    """The lines that are in it, with what each used in this period."""


def pool_state(session: Session, pool: Subscription, now: datetime) -> PoolState:
    """What a pool includes, what its members have used of it, and who they are."""
    account, number = pool.account, _running(pool, now)
    begins, ends = account.cycle.begins(number), account.cycle.begins(number + 1)
    found = read_assignments(session, "subscription_id", [pool.id], since=begins)
    lines = [one.stretch for one in found]
    used = read_usage(session, [(pool.id, number)]).get((pool.id, number), {})
    members = {one.line_id: 0 for one in lines if one.ends is None}
    for one in lines:
        if one.line_id in members:
            members[one.line_id] += used.get(one.id, 0)
    costs = charges(account, number, lines, used)
    prepaid = prepaid_service(session, [pool])
    return PoolState(
        is_open=account.ends is None,
        is_unpaid=pool.id in prepaid and prepaid[pool.id].is_unpaid(number),
        period_begins=begins,
        period_ends=ends,
        included_bytes=included_bytes(account, number, lines),
        used_bytes=sum(used.values()),
        overage_minor=sum(one.amount_minor for one in costs if one.kind == "overage"),
        members=members,
    )
