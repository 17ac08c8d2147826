"""Closed shifts: the Z report and the count are what the books say of that shift."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Select, case, func, literal, select
from sqlmodel import Session
from sqlmodel import select as select_rows

from checkout.billing.tables import LedgerAccountRow, PostingRow
from checkout.till.tables import CashMovementRow, ShiftRow
from checkout.till.z_report import totals_of
from store_app.invariants.rule import Rule, named, rows_of, table_of

SHIFTS = table_of(ShiftRow)
MOVEMENTS = table_of(CashMovementRow)
POSTINGS = table_of(PostingRow)
ACCOUNTS = table_of(LedgerAccountRow)

_LATER = "unresolved"
"""The one part of a Z report that later days change: orders carried over."""


def _z_reports(session: Session, now: datetime) -> Iterator[str]:
    """Closed shifts whose frozen sums are not those of their orders, refunds and movements."""
    del now
    closed = select(SHIFTS.c.id).where(SHIFTS.c.closed_at.is_not(None))
    for (shift_id,) in rows_of(session, closed):
        shift = session.exec(select_rows(ShiftRow).where(ShiftRow.id == shift_id)).one()
        if _lasting(shift.totals or {}) != _lasting(totals_of(session, shift)):
            yield f"shift {shift.register_id}-Z{shift.number}"
        session.expunge(shift)


def _lasting(totals: dict[str, Any]) -> dict[str, Any]:
    """The sums that stay, in an order that no database's alphabet decides."""
    return {
        name: sorted(value, key=str) if isinstance(value, list) else value
        for name, value in totals.items()
        if name != _LATER
    }


def _counts() -> Select[Any]:
    """Closed shifts whose variance in the ledger is not their count less what was expected."""
    into_drawer = case(
        (POSTINGS.c.credit_id == ACCOUNTS.c.id, POSTINGS.c.amount), else_=-POSTINGS.c.amount
    )
    posted = (
        select(func.coalesce(func.sum(into_drawer), 0))
        .select_from(POSTINGS)
        .join(ACCOUNTS, ACCOUNTS.c.id.in_((POSTINGS.c.debit_id, POSTINGS.c.credit_id)))
        .where(POSTINGS.c.subject_id == SHIFTS.c.id, ACCOUNTS.c.kind == "cash_variance")
        .scalar_subquery()
    )
    said = (  # a clerk's movement of that very name goes to the same account
        select(func.coalesce(func.sum(MOVEMENTS.c.amount_minor), 0))
        .where(MOVEMENTS.c.shift_id == SHIFTS.c.id, MOVEMENTS.c.reason == "Variance")
        .scalar_subquery()
    )
    variance = SHIFTS.c.counted_minor - SHIFTS.c.expected_minor
    return select(literal("shift"), SHIFTS.c.register_id, SHIFTS.c.number).where(
        SHIFTS.c.closed_at.is_not(None),
        func.coalesce(variance + said, -posted - 1) != posted,
    )


RULES = (
    Rule("each Z report has the sums of its shift", _z_reports),
    Rule("the count of each closed shift is in the ledger", named(_counts)),
)
