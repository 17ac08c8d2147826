"""The data that a subscription of one line was given: at each period's begin and plan change."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from checkout.billing.subscriptions.charges import Account, Stretch, included_bytes, known_at
from checkout.billing.subscriptions.rows import read_assignments, subscriptions_by_id


@dataclass(frozen=True, slots=True)
class Allowance:
    """Data that an instant gave, or took when a plan was left; `sku` is the plan since then."""

    at: datetime
    data_bytes: int
    sku: str
    is_change: bool
    period_ends: datetime


def allowances_of(session: Session, line_id: str, now: datetime) -> list[Allowance]:
    """What a line was given by its own plans up to `now`; the data of a pool is not its own."""
    own: dict[str, list[Stretch]] = defaultdict(list)
    for one in read_assignments(session, "line_id", [line_id]):
        own[one.subscription_id].append(one.stretch)
    return [
        allowance
        for key, subscription in subscriptions_by_id(session, own).items()
        if not subscription.account.is_pool
        for allowance in allowances(subscription.account, own[key], now)
    ]


def allowances(account: Account, stretches: Sequence[Stretch], now: datetime) -> list[Allowance]:
    """What the stretches of a line brought, period by period; each period's add up to its data."""
    last = account.cycle.number_at(now if account.ends is None else min(account.ends, now))
    periods = range(last + 1)
    return [one for number in periods for one in _of_period(account, number, stretches, now)]


def _of_period(
    account: Account, number: int, stretches: Sequence[Stretch], now: datetime
) -> Iterator[Allowance]:
    begins, ends = account.cycle.begins(number), account.cycle.begins(number + 1)
    edges = {edge for one in stretches for edge in (one.begins, one.ends) if edge is not None}
    before = 0
    for at in (begins, *sorted(edge for edge in edges if begins < edge < ends and edge <= now)):
        known = known_at(stretches, at)
        after = included_bytes(account, number, known)
        if after != before:
            terms = known[-1].terms or account.terms
            yield Allowance(at, after - before, terms.sku, is_change=at > begins, period_ends=ends)
        before = after
