"""A balance explained: every grant, and what took from it, out of the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from checkout.billing.ledger import BYTE, data, line
from checkout.billing.line_rows import REASONS
from checkout.billing.subscriptions.items import billed_items
from checkout.billing.tables import LineRow, PostingRow


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

    With `now`, an expiry that has passed and is not posted yet is told as well.
    """
    about = col(PostingRow.subject_id) == line_id
    order = (col(PostingRow.recorded_at), col(PostingRow.id))
    rows = session.exec(select(PostingRow).where(about).order_by(*order)).all()
    row = session.get(LineRow, line_id, populate_existing=True)
    if row is not None and row.kind == "paygo":
        return [_charge(posting) for posting in rows]
    if row is not None and row.kind == "subscription":
        used = [_charge(posting) for posting in rows]
        billed = [_billed(*one) for one in billed_items(session, line_id)]
        return sorted([*used, *billed], key=lambda entry: entry.recorded_at)
    entries = _entries(rows, line_id)
    return entries if now is None else [*entries, *_due(row, now)]


def _charge(row: PostingRow) -> Entry:
    """A posting of a PAYGO line: bytes that went through it, or money out of its wallet."""
    said = (row.reason, row.source, row.recorded_at)
    if row.unit == BYTE:
        return Entry(row.at, row.kind, -row.amount, None, *said)
    return Entry(row.at, row.kind, 0, None, *said, -row.amount, row.unit)


def _billed(words: str, line: Any, bill: Any) -> Entry:
    """A charge of a line on a bill of its company."""
    amount = line.quantity * line.unit_minor
    source, at = bill.number or bill.ref, bill.created_at
    return Entry(at, line.kind, 0, None, words, source, at, -amount, bill.currency)


def _due(row: LineRow | None, now: datetime) -> list[Entry]:
    if row is None or row.expires_at is None or row.expires_at > now or not row.left_bytes:
        return []
    lost = -row.left_bytes
    return [Entry(row.expires_at, "lost", lost, 0, REASONS["lost"], "expiry", now)]


def _entries(postings: Sequence[PostingRow], line_id: str) -> list[Entry]:
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


def _overrun(row: PostingRow) -> int:
    return -row.amount if row.debit_id == data("absorbed").id else row.amount
