"""What a member of a pool draws from: the pool's data, and what the others used of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from checkout.billing.subscriptions.allowances import Allowance, allowances
from checkout.billing.subscriptions.charges import Stretch
from checkout.billing.subscriptions.rows import (
    Periods,
    Subscription,
    read_assignments,
    read_usage,
    subscriptions_by_id,
)


@dataclass(frozen=True, slots=True)
class PoolDraw:
    """The pool's data in a period from an instant on, or what its other members took of it.

    Attributes:
        kind: `pool`: what the pool has, first all of it, then each change of it; or `others`.
        period_ends: the data of a period ends with it.

    """

    at: datetime
    kind: str
    data_bytes: int
    pool: str
    period_ends: datetime


def pool_draws(session: Session, line_id: str, now: datetime) -> list[PoolDraw]:
    """For each period in which a line was in a pool, what there was for it to draw from."""
    mine: dict[str, list[Stretch]] = {}
    for one in read_assignments(session, "line_id", [line_id]):
        mine.setdefault(one.subscription_id, []).append(one.stretch)
    found = subscriptions_by_id(session, mine)
    pools = {key: one for key, one in found.items() if one.account.is_pool}
    members: dict[str, list[Stretch]] = {key: [] for key in pools}
    for one in read_assignments(session, "subscription_id", pools):
        members[one.subscription_id].append(one.stretch)
    last = {key: _period_at(one, now) for key, one in pools.items()}
    usage = read_usage(session, [(key, n) for key in pools for n in range(last[key] + 1)])
    return [
        draw
        for key, pool in pools.items()
        for stay in mine[key]
        for draw in _of_stay(pool, members[key], stay, usage, now)
    ]


def _period_at(pool: Subscription, at: datetime) -> int:
    ends = pool.account.ends
    return pool.account.cycle.number_at(at if ends is None else min(at, ends))


def _of_stay(
    pool: Subscription,
    members: Sequence[Stretch],
    stay: Stretch,
    usage: Periods,
    now: datetime,
) -> Iterator[PoolDraw]:
    """What a line found in a pool while it was in it, period by period."""
    cycle, until = pool.account.cycle, min(stay.ends or now, now)
    given = allowances(pool.account, members, now)
    for number in range(_period_at(pool, stay.begins), _period_at(pool, until) + 1):
        begins, ends = cycle.begins(number), cycle.begins(number + 1)
        if stay.ends is not None and stay.ends <= begins:
            return  # it left as the period began
        yield from _given(pool.name, (max(begins, stay.begins), min(ends, until)), ends, given)
        used = usage.get((pool.id, number), {})
        others = sum(used.get(one.id, 0) for one in members if one.line_id != stay.line_id)
        if others:
            yield PoolDraw(min(ends, until), "others", -others, pool.name, ends)


def _given(
    name: str, span: tuple[datetime, datetime], ends: datetime, given: Sequence[Allowance]
) -> Iterator[PoolDraw]:
    """The data that a pool has at the first of two instants, and its changes until the second."""
    first, until = span
    of_period = [one for one in given if one.period_ends == ends]
    whole = sum(one.data_bytes for one in of_period if one.at <= first)
    if whole:
        yield PoolDraw(first, "pool", whole, name, ends)
    for one in of_period:
        if first < one.at <= until:
            yield PoolDraw(one.at, "pool", one.data_bytes, name, ends)
