"""Subscriptions: periods that are billed once for what they cost, usage that is the records'."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, func, literal, or_, select
from sqlmodel import Session

from catalog.kernel.database import chunks
from checkout.billing.line_rows import GRANTS, LINES
from checkout.billing.paygo_rows import PAYGO
from checkout.billing.readings import used_bytes
from checkout.billing.subscriptions.bill_lines import read_billed
from checkout.billing.subscriptions.charges import Charge, charges, fees, known_at
from checkout.billing.subscriptions.rows import (
    ASSIGNMENTS,
    SUBSCRIPTIONS,
    TERMS,
    USED,
    Assignment,
    Subscription,
    read_assignments,
    read_usage,
    subscriptions_by_id,
    terms_id_of,
)
from checkout.billing.subscriptions.terms import terms_from_json
from checkout.billing.usage_history import records_of
from store_app.invariants.rule import Rule, named, rows_of

_BATCH = 200
"""Subscriptions or lines whose histories are in memory at once."""


def _periods(session: Session, now: datetime) -> Iterator[str]:
    """Periods that were billed for something else than they cost, or too early."""
    del now
    ids = list(session.execute(select(SUBSCRIPTIONS.c.id)).scalars())
    for part in chunks(ids, _BATCH):
        accounts = subscriptions_by_id(session, part)
        lines: dict[str, list[Assignment]] = defaultdict(list)
        for one in read_assignments(session, "subscription_id", part):
            lines[one.subscription_id].append(one)
        told = [(one.id, n) for one in accounts.values() for n in range(one.next_step + 1)]
        usage, billed = read_usage(session, told), read_billed(session, told)
        for owner, period in told:
            account = accounts[owner]
            if _is_unsettled(account, period, lines[owner]):
                continue
            done = _sums(charge for _step, charge in billed[owner, period])
            if done != _due(account, period, lines[owner], usage[owner, period]):
                yield f"period {period} of {account.name or owner}"


def _is_unsettled(one: Subscription, period: int, lines: Sequence[Assignment]) -> bool:
    """Whether the next bill settles a period: told late, or at the very instant of its fee."""
    if one.dirty_from is not None and period >= one.dirty_from:
        return True
    begins = one.account.cycle.begins(period)
    told = {one.account.ends, *(each.stretch.ends for each in lines)}
    if one.account.is_pool:
        told |= {each.stretch.begins for each in lines}
    return not one.is_closed(period) and begins in told


def _due(
    one: Subscription, period: int, lines: Sequence[Assignment], used: Mapping[str, int]
) -> dict[Any, int]:
    """What of a period must have been billed by now."""
    if not one.is_closed(period):
        return _advance(one, period, lines)
    return _sums(charges(one.account, period, [each.stretch for each in lines], used))


def _advance(one: Subscription, period: int, lines: Sequence[Assignment]) -> dict[Any, int]:
    """What of a period that is not closed was billed: its fee, where that is billed in advance."""
    begins = one.account.cycle.begins(period)
    runs = one.account.ends is None or one.account.ends > begins
    if one.account.terms.billing == "post" or period >= one.next_step or not runs:
        return {}
    known = known_at([each.stretch for each in lines], begins)
    return _sums(fees(one.account, period, known))


def _terms(session: Session, now: datetime) -> Iterator[str]:
    """Terms that were changed after they were agreed: their id is made of what they said."""
    del now
    for row in rows_of(session, select(TERMS)):
        if terms_id_of(terms_from_json(row.terms)) != row.id:
            yield f"terms of {row.sku}"


def _sums(found: Any) -> dict[Any, int]:
    sums: Counter[Any] = Counter()
    charge: Charge
    for charge in found:
        sums[charge.key] += charge.amount_minor
    return {key: amount for key, amount in sums.items() if amount}


def _usage(session: Session, now: datetime) -> Iterator[str]:
    """Lines whose sums by period and country are not those of their records."""
    del now
    held = select(ASSIGNMENTS.c.line_id)
    lines = session.execute(select(LINES.c.id, LINES.c.number).where(LINES.c.id.in_(held))).all()
    for rows in chunks(lines, _BATCH):
        part = [row.id for row in rows]
        found: dict[str, list[Assignment]] = defaultdict(list)
        for one in read_assignments(session, "line_id", part):
            found[one.stretch.line_id].append(one)
        owners = {one.subscription_id for line in found.values() for one in line}
        accounts = subscriptions_by_id(session, owners)
        histories, sums = records_of(session, [row.number for row in rows]), _stored(session, part)
        for line_id, number in rows:
            records = [one.record for one in histories[number]]
            sure, unsure = _replayed(records, found[line_id], accounts)
            stored = sums[line_id]
            more = {key: stored[key] - sure[key] for key in {*stored, *sure}}
            if min(more.values(), default=0) < 0 or sum(more.values()) > unsure:
                yield f"line {line_id}"


def _stored(session: Session, line_ids: Sequence[str]) -> dict[str, Counter[Any]]:
    found: dict[str, Counter[Any]] = defaultdict(Counter)
    columns = (ASSIGNMENTS.c.line_id, USED.c.period, USED.c.assignment_id)
    statement = (
        select(*columns, USED.c.bytes + USED.c.overrun_bytes)
        .join(ASSIGNMENTS, ASSIGNMENTS.c.id == USED.c.assignment_id)
        .where(ASSIGNMENTS.c.line_id.in_(line_ids))
    )
    for line_id, period, assignment_id, count in session.execute(statement):
        if count:
            found[line_id][assignment_id, period] += count
    return found


def _replayed(
    records: Sequence[Any], places: Sequence[Assignment], accounts: dict[str, Subscription]
) -> tuple[Counter[Any], int]:
    """What the records add up to, and the bytes that may be in a place or not.

    These arrived at the very instant at which a place began or ended, or just before its end.
    """
    sums: Counter[Any] = Counter()
    unsure = 0
    for record, count in used_bytes(records):
        at = record.started_at
        for one in places:
            begins, ends = one.stretch.begins, one.stretch.ends
            told = record.rated_at > begins
            if told and begins <= at and (ends is None or at < ends):
                period = accounts[one.subscription_id].account.cycle.number_at(at)
                sums[one.stretch.id, period] += count
            elif record.rated_at in (begins, ends) or (ends and record.rated_at < ends <= at):
                unsure += count
    return Counter({key: count for key, count in sums.items() if count}), unsure


def _served() -> Select[Any]:
    """Lines that were only ever billed by the month, and served something else than was summed."""
    used = (
        select(func.coalesce(func.sum(USED.c.bytes), 0))
        .join(ASSIGNMENTS, ASSIGNMENTS.c.id == USED.c.assignment_id)
        .where(ASSIGNMENTS.c.line_id == LINES.c.id)
        .scalar_subquery()
    )
    prepaid = select(GRANTS.c.id).where(GRANTS.c.line_id == LINES.c.id).exists()
    paygo = select(PAYGO.c.line_id).where(PAYGO.c.line_id == LINES.c.id).exists()
    return select(literal("line"), LINES.c.id).where(
        LINES.c.kind == "subscription", ~prepaid, ~paygo, LINES.c.served_bytes != used
    )


def _places(session: Session, now: datetime) -> Iterator[str]:
    """Lines that are in two places at once, and usage that is summed where its line is not."""
    del now
    other = ASSIGNMENTS.alias()
    overlap = and_(
        other.c.line_id == ASSIGNMENTS.c.line_id,
        other.c.id != ASSIGNMENTS.c.id,
        other.c.begins_at >= ASSIGNMENTS.c.begins_at,
        or_(other.c.ends_at.is_(None), other.c.ends_at > other.c.begins_at),
        or_(ASSIGNMENTS.c.ends_at.is_(None), other.c.begins_at < ASSIGNMENTS.c.ends_at),
    )
    twice = select(ASSIGNMENTS.c.line_id).distinct().join(other, overlap)
    strange = (
        select(USED.c.assignment_id)
        .distinct()
        .join(ASSIGNMENTS, ASSIGNMENTS.c.id == USED.c.assignment_id)
        .where(ASSIGNMENTS.c.subscription_id != USED.c.subscription_id)
    )
    for statement, what in ((twice, "line"), (strange, "assignment")):
        for (found,) in rows_of(session, statement):
            yield f"{what} {found}"


RULES = (
    Rule("the terms of each subscription are those that were agreed", _terms),
    Rule("each period of a subscription is billed once, for what it costs", _periods),
    Rule("the usage of each period is that of its records", _usage),
    Rule("what a subscription line was served is what its periods sum up", named(_served)),
    Rule("each subscription line is in one place at a time, and its usage there", _places),
)
