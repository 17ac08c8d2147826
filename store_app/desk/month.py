"""The running period of one eSIM that is billed by the month, and the story of its last ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from catalog.kernel.database import snapshot
from catalog.kernel.settings import load_settings
from checkout.billing.line_rows import LINES
from checkout.billing.readings import used_bytes
from checkout.billing.subscriptions.charges import Stretch, charges
from checkout.billing.subscriptions.items import item_words
from checkout.billing.subscriptions.rows import (
    INVOICE_LINES,
    INVOICES,
    USED,
    Subscription,
    read_assignments,
    read_terms,
    read_usage,
    subscriptions_by_id,
)
from checkout.billing.subscriptions.state import SubscriptionState, states_of
from checkout.billing.usage_history import records_of
from checkout.orders.sold_esims import esim_named
from store_app.desk.context import Desk

PERIODS = 3
"""So many periods are told, the running one included."""


@dataclass(frozen=True, slots=True)
class StoryLine:
    """Something that happened to a subscription line.

    Attributes:
        kind: `used`, `billed`, or `so_far` for what the running period costs until now.
        words: of a charge; empty for usage.
        late: `` for what came in time, `rerated` when it changed a bill that was not issued,
            `adjusted` when the next bill corrects it.
        known_at: when a record came.
        note: `no_plan` or `unpaid` (a month to be paid first was not) for usage that nobody pays.
        bill: the number or reference of the bill.

    """

    at: datetime
    kind: str
    words: str = ""
    country: str = ""
    bytes: int | None = None
    amount_minor: int | None = None
    currency: str = ""
    bill: str = ""
    late: str = ""
    note: str = ""
    known_at: datetime | None = None


def running_month(desk: Desk, named: str) -> SubscriptionState | None:
    """What the eSIM has and costs in the running period; None when it is not billed monthly."""
    with snapshot(desk.engine) as session:
        esim = esim_named(session, named)
        return states_of(session, [esim.id], desk.clock()).get(esim.id)


def month_story(desk: Desk, named: str) -> list[StoryLine]:
    """Usage, bills and costs so far of the last periods, in the order in which they count."""
    now = desk.clock()
    with snapshot(desk.engine) as session:
        line_id = esim_named(session, named).id
        found = read_assignments(session, "line_id", [line_id])
        mine = [one.stretch for one in found]
        accounts = subscriptions_by_id(session, {one.subscription_id for one in found})
        since = min((_since(one, now) for one in accounts.values()), default=now)
        bills = _bills(session, accounts)
        grace = timedelta(hours=load_settings(session).usage_grace_h)
        places = [(one.stretch, accounts[one.subscription_id]) for one in found]
        lines = [
            *_usage(session, line_id, since, _Fate(places, bills, _unpaid(session, mine), grace)),
            *_billed(session, line_id, bills, since),
            *_so_far(session, mine, accounts.values(), now),
        ]
    return sorted(lines, key=lambda line: (line.at, line.kind == "used"))


def _since(one: Subscription, now: datetime) -> datetime:
    ends = one.account.ends
    number = one.account.cycle.number_at(now if ends is None else min(ends, now))
    return one.account.cycle.begins(max(number - PERIODS + 1, 0))


def _bills(session: Session, accounts: Mapping[str, Subscription]) -> list[Any]:
    """Lines of bills of these subscriptions, each with its bill."""
    invoice = (INVOICES.c.ref, INVOICES.c.number, INVOICES.c.created_at, INVOICES.c.issued_at)
    joined = select(INVOICE_LINES, *invoice, INVOICES.c.currency).join(
        INVOICES, INVOICES.c.id == INVOICE_LINES.c.invoice_id
    )
    of = INVOICE_LINES.c.subscription_id.in_(sorted(accounts))
    return list(session.execute(joined.where(of)).all())


def _unpaid(session: Session, mine: Sequence[Stretch]) -> frozenset[tuple[str, int]]:
    """Periods in which all usage came before their money, so that nobody pays it."""
    key = USED.c.assignment_id.in_([one.id for one in mine])
    nothing = (USED.c.bytes == 0) & (USED.c.overrun_bytes > 0)
    found = session.execute(select(USED.c.subscription_id, USED.c.period).where(key, nothing))
    return frozenset((owner, period) for owner, period in found)


@dataclass(frozen=True, slots=True)
class _Fate:
    """Tells what became of a record: when it came, and whether somebody pays it."""

    places: Sequence[tuple[Stretch, Subscription]]
    bills: Sequence[Any]
    unpaid: frozenset[tuple[str, int]]
    grace: timedelta

    def place(self, at: datetime) -> Subscription | None:
        """The subscription that held an instant."""
        for one, account in self.places:
            if one.begins <= at and (one.ends is None or at < one.ends):
                return account
        return None

    def note(self, account: Subscription | None, at: datetime) -> str:
        """Why nobody pays it, if so."""
        if account is None:
            return "no_plan"
        return "unpaid" if (account.id, account.account.cycle.number_at(at)) in self.unpaid else ""

    def lateness(self, account: Subscription, at: datetime, received_at: datetime) -> str:
        """Whether a record came after its period was billed, and what that changed."""
        period = account.account.cycle.number_at(at)
        closing = [
            bill
            for bill in self.bills
            if bill.subscription_id == account.id and bill.period == period < bill.step
        ]
        first = min(closing, key=lambda bill: bill.step, default=None)
        if first is None or first.created_at > received_at:
            return ""
        is_issued = first.issued_at is not None and first.issued_at <= received_at
        return "adjusted" if is_issued or received_at - at > self.grace else "rerated"


def _usage(session: Session, line_id: str, since: datetime, fate: _Fate) -> Iterator[StoryLine]:
    mine = select(LINES.c.number).where(LINES.c.id == line_id)
    number = session.execute(mine).scalar_one()
    told = records_of(session, [number])[number]
    countries = {(one.record.source, one.record.event_id): one.country for one in told}
    for record, count in used_bytes(one.record for one in told):
        at, received_at = record.started_at, record.rated_at  # such lines count on arrival
        if at >= since:
            account = fate.place(at)
            yield StoryLine(
                at=at,
                kind="used",
                country=countries[record.source, record.event_id],
                bytes=count,
                late="" if account is None else fate.lateness(account, at, received_at),
                note=fate.note(account, at),
                known_at=received_at,
            )


def _billed(
    session: Session, line_id: str, bills: Iterable[Any], since: datetime
) -> Iterator[StoryLine]:
    mine = [row for row in bills if row.line_id in (line_id, None) and row.created_at >= since]
    terms = read_terms(session, {row.terms_id for row in mine})
    for row in mine:
        yield StoryLine(
            at=row.created_at,
            kind="billed",
            words=item_words(row, terms[row.terms_id]),
            bytes=row.bytes or None,
            amount_minor=row.quantity * row.unit_minor,
            currency=row.currency,
            bill=row.number or row.ref,
            late="adjusted" if row.step > row.period + 1 else "",
        )


def _so_far(
    session: Session, mine: Sequence[Stretch], accounts: Iterable[Subscription], now: datetime
) -> Iterator[StoryLine]:
    """What the running periods cost until now and is on no bill yet: usage and overage."""
    own = {one.line_id for one in mine}
    for one in accounts:
        if one.account.ends is not None and one.account.ends <= now:
            continue
        number = one.account.cycle.number_at(now)
        began = one.account.cycle.begins(number)
        found = read_assignments(session, "subscription_id", [one.id], since=began)
        used = read_usage(session, [(one.id, number)]).get((one.id, number), {})
        for charge in charges(one.account, number, [each.stretch for each in found], used):
            if charge.line_id in (None, *own) and charge.kind in ("overage", "usage"):
                yield StoryLine(
                    at=now,
                    kind="so_far",
                    words=charge.kind,
                    bytes=charge.bytes,
                    amount_minor=charge.amount_minor,
                    currency=charge.terms.currency,
                )
