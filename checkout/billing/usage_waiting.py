"""Usage that has landed and is in no balance yet: how much of it, and whether it still moves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, exists, func, select, union
from sqlmodel import Session

from checkout.billing.line_rows import LINES
from checkout.billing.paygo_rows import PAYGO
from checkout.billing.subscriptions.rows import ASSIGNMENTS
from checkout.billing.usage_batches import unapplied
from checkout.billing.usage_history import RECORDS
from checkout.billing.usage_identity import SLICES
from checkout.billing.usage_postings import BATCHES, IN_BATCH, STEPS


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a batch that is not applied has come; a run at work soon takes it further."""

    batch: int
    slices: int
    steps: int


HAS_WAITING = exists().where(BATCHES.c.applied_at.is_(None)).label("has_waiting")
"""Whether there is any, as a column of a query: true while an import is under way."""


def progress(session: Session) -> frozenset[Progress]:
    """Every batch that is not applied; none when there is nothing to do."""
    columns = (BATCHES.c.number, BATCHES.c.slices, BATCHES.c.steps)
    waiting = select(*columns).where(BATCHES.c.applied_at.is_(None))
    return frozenset(Progress(*row) for row in session.execute(waiting))


def paid_by(wallet_id: str) -> Select[Any]:
    """The numbers of the PAYGO lines that a wallet pays for."""
    return select(PAYGO.c.line_number).where(PAYGO.c.wallet_id == wallet_id)


def sharing(line_id: str) -> Select[Any]:
    """The numbers of a line and of those that share its data or its money: a pool, a wallet."""
    payer = select(PAYGO.c.wallet_id).where(PAYGO.c.line_id == line_id)
    pool = select(ASSIGNMENTS.c.subscription_id).where(
        ASSIGNMENTS.c.line_id == line_id, ASSIGNMENTS.c.ends_at.is_(None)
    )
    members = select(LINES.c.number).join(ASSIGNMENTS, ASSIGNMENTS.c.line_id == LINES.c.id)
    all_of_them = union(
        select(LINES.c.number).where(LINES.c.id == line_id),
        select(PAYGO.c.line_number).where(PAYGO.c.wallet_id.in_(payer)),
        members.where(ASSIGNMENTS.c.subscription_id.in_(pool)),
    ).subquery()
    return select(all_of_them.c.number)


def waiting_records(session: Session, numbers: Select[Any]) -> int:
    """How many records of these lines, by their numbers, wait to be counted."""
    return sum(_waiting(session, one.number, one.source, numbers) for one in unapplied(session))


def _waiting(session: Session, batch: int, source: int, numbers: Select[Any]) -> int:
    mine = (SLICES.c.source == source) & (SLICES.c.batch == batch)
    hours = select(func.min(SLICES.c.first_hour), func.max(SLICES.c.last_hour)).where(mine)
    first, last = session.execute(hours).one()
    if first is None:
        return 0
    of_batch = (batch * IN_BATCH, (batch + 1) * IN_BATCH - 1)
    applied = (
        select(STEPS.c.line, func.max(STEPS.c.last_place).label("place"))
        .where(STEPS.c.step.between(*of_batch))
        .group_by(STEPS.c.line)
        .subquery()
    )
    place = RECORDS.c.arrival - of_batch[0]
    records = (
        select(func.count())
        .select_from(RECORDS)
        .outerjoin(applied, applied.c.line == RECORDS.c.line)
        .where(RECORDS.c.hour.between(first, last), RECORDS.c.line.in_(numbers))
        .where(RECORDS.c.arrival.between(*of_batch), place > func.coalesce(applied.c.place, -1))
    )
    return int(session.execute(records).scalar_one())
