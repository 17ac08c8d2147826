"""PAYGO: each line was charged what its records come to, and the ledger says so."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import BigInteger, cast, func, select
from sqlmodel import Session

from catalog.kernel.database import chunks
from checkout.billing.line_rows import LINES
from checkout.billing.paygo_rows import PAYGO, Paygo, read_paygo, select_paygo
from checkout.billing.tables import PostingRow
from checkout.billing.tariff import Charge, charge
from checkout.billing.usage_each import CHARGES
from checkout.billing.usage_history import AppliedRecord, records_of
from checkout.billing.usage_postings import IN_BATCH, STEPS, steps_of
from store_app.invariants.rule import Rule, rows_of, table_of

POSTINGS = table_of(PostingRow)

_PART = 200
_PLENTY = 10**30
_TOTALS = ("charged_minor", "covered_bytes", "overrun_bytes", "barred_bytes")


def _wrong_charges(session: Session, now: datetime) -> Iterator[str]:
    """Lines whose replay, record by record, does not come to what is stored."""
    del now
    columns = (LINES.c.iccid_key, LINES.c.served_bytes, LINES.c.overrun_bytes)
    lines = select_paygo().join(LINES, LINES.c.id == PAYGO.c.line_id).add_columns(*columns)
    rows = rows_of(session, lines)
    while part := list(islice(rows, _PART)):
        yield from (f"line {row.iccid_key}" for row in _differing(session, part))


def _differing(session: Session, lines: Sequence[Any]) -> Iterator[Any]:
    numbers = [row.line_number for row in lines]
    steps = steps_of(session, numbers)
    records = records_of(session, numbers, steps)
    charges = _charges(session, numbers)
    months = _months_posted(session, [row.line_id for row in lines])
    for row in lines:
        number, paygo = row.line_number, read_paygo(row._mapping)  # noqa: SLF001 - SQLAlchemy's documented accessor
        found = _replayed(paygo, steps[number], charges[number], records[number])
        mrc = paygo.mrc_months * paygo.tariff.mrc_minor
        stored = (paygo.charged_minor, row.served_bytes, row.overrun_bytes, paygo.barred_bytes)
        told = (*stored, paygo.charges, paygo.remainder)
        if found != told or months[row.line_id] != mrc:
            yield row


def _charges(session: Session, numbers: Sequence[int]) -> Mapping[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for part in chunks(numbers):
        mine = select(CHARGES).where(CHARGES.c.line.in_(part)).order_by(CHARGES.c.number)
        for row in session.execute(mine):
            found[row.line].append(row)
    return found


def _months_posted(session: Session, line_ids: Sequence[str]) -> Mapping[str, int]:
    total = cast(func.sum(POSTINGS.c.amount), BigInteger)
    found: dict[str, int] = defaultdict(int)
    for part in chunks(line_ids):
        mine = POSTINGS.c.subject_id.in_(part) & (POSTINGS.c.kind == "mrc")
        sums = select(POSTINGS.c.subject_id, total).where(mine).group_by(POSTINGS.c.subject_id)
        found.update(map(tuple, session.execute(sums)))
    return found


def _replayed(
    paygo: Paygo, steps: Sequence[Any], charges: Sequence[Any], records: Sequence[AppliedRecord]
) -> tuple[int, ...] | None:
    """What the steps of a line come to; None when one of them says something else."""
    sums, count, remainder = [0, 0, 0, 0], 0, 0
    for step in steps:
        each = [row for row in charges if row.step == step.step]
        done = _each(paygo, remainder, each) if each else _sum(paygo, remainder, step, records)
        posted = (step.charged_minor, step.served_bytes, step.overrun_bytes, step.barred_bytes)
        if done is None or posted != tuple(getattr(done, name) for name in _TOTALS):
            return None
        sums = [was + more for was, more in zip(sums, posted, strict=True)]
        count, remainder = count + step.records, done.remainder
    is_whole = len(charges) == sum(1 for row in charges if row.step in {one.step for one in steps})
    return (*sums, count, remainder) if is_whole else None


def _each(paygo: Paygo, remainder: int, charges: Sequence[Any]) -> Charge | None:
    """The charges of one step, one after the other."""
    total = Charge(0, 0, 0, 0, remainder)
    for row in charges:
        payable = row.charged_minor if row.overrun_bytes else _PLENTY
        done = charge(paygo.tariff, total.remainder, row.country, row.bytes, payable)
        if any(getattr(done, name) != getattr(row, name) for name in _TOTALS):
            return None
        total = _plus(total, done)
    return total


def _sum(
    paygo: Paygo, remainder: int, step: Any, records: Sequence[AppliedRecord]
) -> Charge | None:
    """The records of a step whose wallet covered them all, in any order."""
    total, count = Charge(0, 0, 0, 0, remainder), 0
    for one in records:
        batch, place = divmod(one.arrival, IN_BATCH)
        if batch == step.step // IN_BATCH and place <= step.last_place:
            done = charge(paygo.tariff, total.remainder, one.country, one.record.bytes, _PLENTY)
            total, count = _plus(total, done), count + 1
    return total if count == step.records else None


def _plus(total: Charge, done: Charge) -> Charge:
    sums = {name: getattr(total, name) + getattr(done, name) for name in _TOTALS}
    return Charge(**sums, remainder=done.remainder)


def _unposted(session: Session, now: datetime) -> Iterator[str]:
    """Wallets whose postings of usage are not the charges of their lines."""
    del now
    charged = (
        select(PAYGO.c.wallet_id, cast(func.sum(STEPS.c.charged_minor), BigInteger))
        .join(STEPS, STEPS.c.line == PAYGO.c.line_number)
        .group_by(PAYGO.c.wallet_id)
    )
    total = cast(func.sum(POSTINGS.c.amount), BigInteger)
    usage = select(POSTINGS.c.subject_id, total).where(POSTINGS.c.kind == "usage")
    posted = dict(map(tuple, session.execute(usage.group_by(POSTINGS.c.subject_id))))
    for wallet_id, minor in session.execute(charged):
        if posted.get(wallet_id, 0) != minor:
            yield f"wallet {wallet_id}"


RULES = (
    Rule("each PAYGO line was charged what its records come to", _wrong_charges),
    Rule("each wallet was debited what its lines were charged for usage", _unposted),
)
