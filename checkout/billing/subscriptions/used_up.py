"""Lines that stop when the data of their period is used up: nothing says a price for more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from sqlmodel import Session

from checkout.billing.subscriptions.charges import Account, Stretch, Used, included_bytes
from checkout.billing.subscriptions.paid import Prepaid
from checkout.billing.subscriptions.rows import (
    Assignment,
    Subscription,
    read_assignments,
    read_usage,
)
from checkout.billing.subscriptions.terms import WITH_DATA, Terms


def can_stop(terms: Terms) -> bool:
    """Whether there is data to be used up, and no price for what goes beyond it."""
    return terms.kind in WITH_DATA and not terms.overage_size_bytes


def shared_bytes(account: Account, stretches: Iterable[Stretch], used: Used) -> int:
    """What was used in a period of the data that its bundles or its pool include."""
    return sum(
        used.get(one.id, 0) for one in stretches if (one.terms or account.terms).kind in WITH_DATA
    )


def that_can_stop(
    assignments: Iterable[Assignment],
    accounts: Mapping[str, Subscription],
    prepaid: Mapping[str, Prepaid],
    now: datetime,
) -> list[Subscription]:
    """Those of the accounts that have service now and stop when their data is used up."""
    found = {}
    for one in assignments:
        served = accounts[one.subscription_id]
        account, number = served.account, served.account.cycle.number_at(now)
        is_unpaid = served.id in prepaid and prepaid[served.id].is_unpaid(number)
        if account.ends is None and not is_unpaid and can_stop(_terms(account, one.stretch)):
            found[served.id] = served
    return list(found.values())


def stopped_lines(session: Session, served: Collection[Subscription], now: datetime) -> set[str]:
    """The lines of accounts with service whose data of the running period is used up.

    A line stops with its pool although another used the data up; one that was never used does not.
    """
    running = {one.id: one.account.cycle.number_at(now) for one in served}
    accounts = {one.id: one.account for one in served}
    if not accounts:
        return set()
    since = min(accounts[key].cycle.begins(number) for key, number in running.items())
    stretches: dict[str, list[Stretch]] = defaultdict(list)
    for one in read_assignments(session, "subscription_id", accounts, since=since):
        stretches[one.subscription_id].append(one.stretch)
    usage = read_usage(session, running.items())
    return {
        line_id
        for key, number in running.items()
        for line_id in _stopped(accounts[key], number, stretches[key], usage.get((key, number), {}))
    }


def _stopped(account: Account, number: int, lines: Sequence[Stretch], used: Used) -> set[str]:
    if shared_bytes(account, lines, used) < included_bytes(account, number, lines):
        return set()
    return {
        one.line_id
        for one in lines
        if one.ends is None and one.activated_at is not None and can_stop(_terms(account, one))
    }


def _terms(account: Account, stretch: Stretch) -> Terms:
    """What says how the service of a line goes on: its plan, or its pool."""
    return account.terms if account.is_pool else stretch.terms or account.terms
