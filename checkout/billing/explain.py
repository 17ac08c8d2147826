"""A balance explained: every grant, and what took from it, out of the ledger."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any

from sqlmodel import Session, col, select

from checkout.billing.ledger import data, line
from checkout.billing.line_rows import REASONS
from checkout.billing.subscriptions.allowances import Allowance, allowances_of
from checkout.billing.subscriptions.items import billed_items
from checkout.billing.subscriptions.pool_story import PoolDraw, pool_draws
from checkout.billing.tables import LineRow, PaygoRow, PostingRow, WalletRow
from checkout.billing.usage_history import source_names
from checkout.billing.usage_postings import steps_of


@dataclass(frozen=True, slots=True)
class Entry:
    """One posting about a line.

    Attributes:
        data_bytes: signed: what it added to the balance, or took from it. Overrun was used
            beyond the balance: it shows as taken and leaves `left_bytes` as it was.
        left_bytes: on the line after it; None for PAYGO and subscriptions, whose lines have no
            balance of their own.
        amount_minor: debited from the wallet or billed, signed, in `currency`; None for bytes.
        at: when it counts; `recorded_at` is when the store knew.

    """

    at: datetime
    kind: str
    data_bytes: int
    left_bytes: int | None
    reason: str
    source: str
    recorded_at: datetime
    amount_minor: int | None = None
    currency: str = ""


def explain(session: Session, line_id: str, now: datetime | None = None) -> list[Entry]:
    """The postings of a line in the order in which the store learned of them.

    At one instant fees and MRC come before usage, and usage before what is billed for it.
    With `now`, what came by time alone and is posted nowhere is told as well: an expiry that has
    passed, and the data that the periods and plans of a subscription gave.
    """
    about = col(PostingRow.subject_id) == line_id
    order = (col(PostingRow.recorded_at), col(PostingRow.id))
    posted = list(session.exec(select(PostingRow).where(about).order_by(*order)).all())
    mine = select(LineRow).where(col(LineRow.id) == line_id)
    row = session.exec(mine, execution_options={"populate_existing": True}).one_or_none()
    if row is None:
        return _entries(posted, line_id)
    steps = steps_of(session, [row.number])[row.number]
    if row.kind == "paygo":
        charges = [_charge(posting) for posting in posted]
        used = [entry for step in steps for entry in _metered(session, row, step)]
        return sorted([*charges, *used], key=attrgetter("recorded_at"))
    if row.kind == "subscription":
        used = [entry for step in steps for entry in _metered(session, row, step)]
        billed = [_billed(*one) for one in billed_items(session, line_id)]
        given = [] if now is None else allowances_of(session, line_id, now)
        fees = [one for one in billed if one.kind not in _FOR_USAGE]
        metered = [one for one in billed if one.kind in _FOR_USAGE]
        drawn = [] if now is None else pool_draws(session, line_id, now)
        told = [*map(_allowance, given), *map(_draw, drawn), *fees, *used, *metered]
        return sorted(told, key=attrgetter("recorded_at"))
    entries = _entries(_with_usage(session, posted, steps, line_id), line_id)
    return entries if now is None else [*entries, *_due(row, now)]


_FOR_USAGE = ("overage", "usage")
"""What a bill says of usage; the other charges are due without any."""


@dataclass(frozen=True, slots=True)
class _Served:
    """What a step of usage took from a prepaid line, as a posting says it."""

    debit_id: str
    credit_id: str
    amount: int
    source: str
    at: datetime
    recorded_at: datetime
    kind: str = "served"
    reason: str = REASONS["served"]


def _with_usage(
    session: Session, posted: Sequence[PostingRow], steps: Sequence[Any], line_id: str
) -> list[PostingRow | _Served]:
    """Postings and what steps of usage took, in the order in which they were written."""
    names, place = source_names(session), data("served").id
    served = [
        _Served(line_id, place, one.served_bytes, names[one.source], one.at, one.received_at)
        for one in steps
        if one.served_bytes
    ]
    return sorted([*posted, *served], key=attrgetter("recorded_at"))


def _metered(session: Session, row: LineRow, step: Any) -> Iterator[Entry]:
    """What a step was for a line without a balance of its own: money, and bytes through it."""
    source, count = source_names(session)[step.source], step.records
    said = (source, step.received_at)
    words = f"usage, {count} record{'s' * (count != 1)}"
    net = step.charged_minor - step.tax_minor
    currency = _currency(session, row) if step.charged_minor else ""
    for minor, reason in ((net, words), (step.tax_minor, f"VAT on {words}")):
        if minor:
            yield Entry(step.at, "usage", 0, None, reason, *said, -minor, currency)
    for kind, reason in _BYTES.items():
        if count := getattr(step, f"{kind}_bytes"):
            yield Entry(step.at, kind, -count, None, reason, *said)


_BYTES = {
    "served": "usage",
    "overrun": "usage that nobody pays, absorbed",
    "barred": "usage in a barred country",
}


def _currency(session: Session, row: LineRow) -> str:
    payer = select(WalletRow.currency).join(PaygoRow, col(PaygoRow.wallet_id) == col(WalletRow.id))
    return session.exec(payer.where(col(PaygoRow.line_id) == row.id)).one()


def _charge(row: PostingRow) -> Entry:
    """A posting about a PAYGO line: money out of its wallet."""
    said = (row.reason, row.source, row.recorded_at)
    return Entry(row.at, row.kind, 0, None, *said, -row.amount, row.unit)


def _billed(words: str, line: Any, bill: Any) -> Entry:
    """A charge of a line on a bill of its company."""
    amount = line.quantity * line.unit_minor
    source, at = bill.number or bill.ref, bill.created_at
    return Entry(at, line.kind, 0, None, words, source, at, -amount, bill.currency)


def _allowance(one: Allowance) -> Entry:
    """The data of a period, or what a change of plan added to it or took."""
    reason = "change of plan" if one.is_change else "data of the period"
    return Entry(one.at, "allowance", one.data_bytes, None, reason, one.sku, one.at)


def _draw(one: PoolDraw) -> Entry:
    """The data of the pool that a line is in, or what the others in it used."""
    words = "data of the pool" if one.data_bytes > 0 else "less data in the pool"
    if one.kind == "others":
        words = "used by the other eSIMs of the pool"
    reason = f"{words}, period to {one.period_ends:%Y-%m-%d}"
    return Entry(one.at, one.kind, one.data_bytes, None, reason, one.pool, one.at)


def _due(row: LineRow | None, now: datetime) -> list[Entry]:
    if row is None or row.expires_at is None or row.expires_at > now or not row.left_bytes:
        return []
    lost = -row.left_bytes
    return [Entry(row.expires_at, "lost", lost, 0, REASONS["lost"], "expiry", now)]


def _entries(postings: Sequence[PostingRow | _Served], line_id: str) -> list[Entry]:
    own, entries, left = line(line_id).id, [], 0
    for row in postings:
        added = row.amount if row.credit_id == own else 0
        taken = row.amount if row.debit_id == own else 0
        left += added - taken
        moved = added - taken or _overrun(row)
        entries.append(
            Entry(row.at, row.kind, moved, left, row.reason, row.source, row.recorded_at)
        )
    return entries


def _overrun(row: PostingRow | _Served) -> int:
    return -row.amount if row.debit_id == data("absorbed").id else row.amount
