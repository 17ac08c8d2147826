"""Subscriptions between their rows and the pure core: read in bulk, locked by id."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    Date,
    Select,
    Table,
    cast,
    exists,
    false,
    null,
    select,
    tuple_,
    union_all,
)
from sqlmodel import Session

from catalog.kernel.database import chunks
from catalog.kernel.ids import fixed_id
from catalog.kernel.inserts import insert_new
from catalog.kernel.many import bulk_columns
from checkout.billing.subscriptions.charges import Account, Stretch
from checkout.billing.subscriptions.cycle import Cycle
from checkout.billing.subscriptions.tables import (
    AssignmentRow,
    DayUsageRow,
    InvoiceItemRow,
    InvoiceLineRow,
    InvoiceRow,
    PeriodUsageRow,
    SubscriptionRow,
    TermsRow,
)
from checkout.billing.subscriptions.terms import Terms, terms_from_json, terms_to_json

TERMS: Table = TermsRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it
SUBSCRIPTIONS: Table = SubscriptionRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it
ASSIGNMENTS: Table = AssignmentRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it
USED: Table = PeriodUsageRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it
DAYS: Table = DayUsageRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it
INVOICES: Table = InvoiceRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it
INVOICE_ITEMS: Table = InvoiceItemRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it
INVOICE_LINES: Table = InvoiceLineRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it

SUBSCRIPTION = bulk_columns(*SUBSCRIPTIONS.c)
_ASSIGNMENT = bulk_columns(*ASSIGNMENTS.c)

MANY = 10_000
"""Ids in one statement."""
_TOGETHER = 200  # selects in one, of which SQLite takes 500


@dataclass(frozen=True, slots=True)
class Subscription:
    """An account with how far it is billed."""

    account: Account
    kind: str
    company_id: str
    name: str
    terms_id: str
    next_step: int
    due_at: datetime | None
    dirty_from: int | None

    @property
    def id(self) -> str:
        """The id of the account."""
        return self.account.id

    @property
    def zone(self) -> str:
        """The operator's time zone when it was opened."""
        return self.account.cycle.zone

    def is_closed(self, period: int) -> bool:
        """Whether a step has closed the period, so that what is told of it now comes late."""
        return period < self.next_step - 1


@dataclass(frozen=True, slots=True)
class Assignment:
    """A stretch with the account that it is billed to."""

    subscription_id: str
    terms_id: str | None
    stretch: Stretch


@lru_cache(maxsize=1024)
def terms_id_of(terms: Terms) -> str:
    """The same terms have the same id, wherever they are kept."""
    return fixed_id("terms", json.dumps(terms_to_json(terms), sort_keys=True))


def keep_terms(session: Session, terms: Terms) -> str:
    """Store terms once, whoever has them; gives their id."""
    row = {"id": terms_id_of(terms), "sku": terms.sku, "terms": terms_to_json(terms)}
    insert_new(session, TERMS, [row], "id")
    return terms_id_of(terms)


_known_terms: dict[str, Terms] = {}
"""Terms that were read once: their id is made of what they say, so they never change under it."""


def read_terms(session: Session, terms_ids: Iterable[str | None]) -> Mapping[str, Terms]:
    """Terms by their id."""
    wanted = {one for one in terms_ids if one is not None}
    for part in chunks(sorted(wanted - _known_terms.keys())):
        for row in session.execute(select(TERMS).where(TERMS.c.id.in_(part))):
            _known_terms[row.id] = terms_from_json(row.terms)
    return _known_terms


def read_subscriptions(session: Session, statement: Select[Any]) -> list[Subscription]:
    """The subscriptions that a statement over their table finds, in its order."""
    rows = session.execute(statement).all()
    terms = read_terms(session, {row.terms_id for row in rows})
    return [_subscription(row, terms[row.terms_id]) for row in rows]


_cycle = lru_cache(maxsize=1024)(Cycle)


def _subscription(row: Any, terms: Terms) -> Subscription:
    cycle = _cycle(terms.cycle, row.anchor_at, row.zone)
    return Subscription(
        account=Account(row.id, terms, cycle, row.ends_at, row.activated_at),
        kind=row.kind,
        company_id=row.company_id,
        name=row.name,
        terms_id=row.terms_id,
        next_step=row.next_step,
        due_at=row.due_at,
        dirty_from=row.dirty_from,
    )


def subscriptions_by_id(
    session: Session, ids: Iterable[str], *, lock: bool = False
) -> dict[str, Subscription]:
    """Subscriptions by id, locked in id order until the transaction ends when asked."""
    found: dict[str, Subscription] = {}
    for part in chunks(sorted(set(ids)), MANY):
        statement = select(*SUBSCRIPTION).where(SUBSCRIPTIONS.c.id.in_(part))
        statement = statement.order_by(SUBSCRIPTIONS.c.id)
        locked = statement.with_for_update() if lock else statement
        found |= {one.id: one for one in read_subscriptions(session, locked)}
    return found


def subscriptions_of(session: Session, line_ids: Collection[str]) -> dict[str, Subscription]:
    """The subscriptions by id that lines, at most `MANY`, are in now or were in last."""
    later = ASSIGNMENTS.alias("later")
    order, after = (tuple_(one.c.begins_at, one.c.id) for one in (ASSIGNMENTS, later))
    is_last = ~exists().where(later.c.line_id == ASSIGNMENTS.c.line_id, after > order)
    mine = ASSIGNMENTS.c.line_id.in_(line_ids) & is_last
    last = select(ASSIGNMENTS.c.subscription_id).where(mine)
    statement = select(*SUBSCRIPTION).where(SUBSCRIPTIONS.c.id.in_(last))
    return {one.id: one for one in read_subscriptions(session, statement)}


def read_assignments(
    session: Session,
    column: str,
    ids: Iterable[str],
    *,
    since: datetime | None = None,
    whenever: Collection[str] = (),
) -> list[Assignment]:
    """Assignments by `subscription_id` or `line_id`, in the order in which they began.

    With `since`, only those that had not ended before; those of the lines `whenever` all the same.
    """
    key, found = ASSIGNMENTS.c[column], []
    rows: list[Any] = []
    for part in chunks(sorted(set(ids)), MANY):
        statement = select(*_ASSIGNMENT).where(key.in_(part))
        if since is not None:
            ends = ASSIGNMENTS.c.ends_at
            always = ASSIGNMENTS.c.line_id.in_(whenever) if whenever else false()
            statement = statement.where(ends.is_(None) | (ends >= since) | always)
        order = (ASSIGNMENTS.c.begins_at, ASSIGNMENTS.c.id)
        rows += session.execute(statement.order_by(*order)).all()
    terms = read_terms(session, {row.terms_id for row in rows})
    for its_id, subscription_id, line_id, terms_id, *instants in rows:  # as the table has them
        own = terms[terms_id] if terms_id else None
        stretch = Stretch(its_id, line_id, own, *instants)
        found.append(Assignment(subscription_id, terms_id, stretch))
    return found


def latest_assignment(session: Session, line_id: str) -> Assignment | None:
    """Where a line is assigned, or was last."""
    found = read_assignments(session, "line_id", [line_id])
    last = found[-1] if found else None
    return next((one for one in found if one.stretch.ends is None), last)


def open_assignment(session: Session, line_id: str) -> Assignment | None:
    """Where a line is assigned now."""
    latest = latest_assignment(session, line_id)
    return latest if latest and latest.stretch.ends is None else None


Periods = dict[tuple[str, int], dict[str, int]]
"""Bytes by (subscription, period) and then by assignment."""


def read_usage(session: Session, periods: Iterable[tuple[str, int]]) -> Periods:
    """What was used in these periods of these subscriptions, and is billed."""
    found: Periods = defaultdict(dict)
    columns = bulk_columns(USED.c.subscription_id, USED.c.assignment_id, USED.c.bytes)
    for period, part in by_period(periods):
        mine = (USED.c.period == period) & USED.c.subscription_id.in_(part)
        for owner, assignment, count in session.execute(select(*columns).where(mine)).all():
            sums = found[owner, period]
            sums[assignment] = sums.get(assignment, 0) + count
    return found


def read_usage_and_days(
    session: Session, periods: Mapping[str, int], days: Mapping[str, date]
) -> tuple[Periods, dict[str, int]]:
    """The same, one period of each, and the bytes of each of these lines on its day.

    It is one question, as somebody waits for a balance.
    """
    questions = [
        select(
            USED.c.subscription_id, USED.c.assignment_id, USED.c.bytes, cast(null(), Date)
        ).where(USED.c.period == period, USED.c.subscription_id.in_(part))
        for period, part in by_period(periods.items())
    ]
    on_days = DAYS.c.line_id.in_(days) & DAYS.c.day.in_(set(days.values()))
    if days:
        columns = (DAYS.c.line_id, DAYS.c.line_id.label("line"), DAYS.c.bytes, DAYS.c.day)
        questions.append(select(*columns).where(on_days))
    found: Periods = defaultdict(dict)
    today: dict[str, int] = {}
    for part in chunks(questions, _TOGETHER):
        for owner, assignment, count, day in session.execute(union_all(*part)):
            if day is None:
                sums = found[owner, periods[owner]]
                sums[assignment] = sums.get(assignment, 0) + count
            elif day == days[owner]:
                today[owner] = count
    return found, today


def by_period(periods: Iterable[tuple[str, int]]) -> Iterator[tuple[int, Sequence[str]]]:
    """Subscriptions by the period that is asked for, as many as one statement takes."""
    owners: dict[int, list[str]] = defaultdict(list)
    for owner, period in periods:
        owners[period].append(owner)
    for period in sorted(owners):
        for part in chunks(owners[period], MANY):
            yield period, part
