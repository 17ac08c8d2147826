"""Postings of usage: one row for each line and step, which the ledger reads as double entries.

Every line names its newest step and every step the one before, so that a line's postings, and
through them its records, are found without an index over all of them.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import CTE, Select, Table, func, literal, select
from sqlmodel import Session

from catalog.kernel.database import chunks
from checkout.billing.tables import LineRow
from checkout.billing.usage_tables import UsageBatchRow, UsagePostingRow

STEPS: Table = UsagePostingRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it
BATCHES: Table = UsageBatchRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it

IN_BATCH = 2**20
"""Places, and steps, in one batch: what a number of either is made of."""

_LINES: Table = LineRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it


def steps_of(session: Session, numbers: Collection[int]) -> dict[int, list[Any]]:
    """The steps of each line by its number, oldest first: rows with the batch's `received_at`."""
    found: dict[int, list[Any]] = {number: [] for number in numbers}
    for part in chunks(sorted(found)):
        for row in session.execute(_chains(part)):
            found[row.line].append(row)
    return {number: rows[::-1] for number, rows in found.items()}


def _chains(numbers: Sequence[int]) -> Select[Any]:
    """Each line's steps, newest first."""
    steps: CTE = (
        select(
            _LINES.c.number.label("line"),
            _LINES.c.last_step.label("step"),
            literal(0).label("depth"),
        )
        .where(_LINES.c.number.in_(numbers), _LINES.c.last_step > 0)
        .cte("steps", recursive=True)
    )
    older = select(STEPS.c.line, STEPS.c.previous, steps.c.depth + 1).where(
        STEPS.c.step == steps.c.step, STEPS.c.line == steps.c.line, STEPS.c.previous > 0
    )
    steps = steps.union_all(older)
    return (
        select(STEPS, BATCHES.c.received_at, BATCHES.c.source)
        .select_from(steps)
        .join(STEPS, (STEPS.c.step == steps.c.step) & (STEPS.c.line == steps.c.line))
        .join(BATCHES, BATCHES.c.number == STEPS.c.step // IN_BATCH)
        .order_by(steps.c.line, steps.c.depth)
    )


def served_from(session: Session, line_id: str, at: datetime | None) -> int:
    """Bytes that these postings took from what a line had, up to the end of an instant."""
    mine = select(_LINES.c.number).where(_LINES.c.id == line_id)
    number = session.execute(mine).scalar_one_or_none()
    steps = [] if number is None else steps_of(session, [number])[number]
    own = [step for step in steps if step.from_line]
    return sum(step.served_bytes for step in own if at is None or step.at <= at)


def moved(session: Session, place: str, at: datetime | None) -> int:
    """Debits less credits of one of the places that bytes come from and go to (`ledger.data`)."""
    amount = _AMOUNTS.get(place)
    if amount is None:
        return 0
    total = select(func.coalesce(func.sum(amount), 0)).select_from(STEPS)
    if place == "issued":
        total = total.where(~STEPS.c.from_line)
    if at is not None:
        total = total.where(STEPS.c.at <= at)
    return int(session.execute(total).scalar_one())


_AMOUNTS = {
    "issued": STEPS.c.served_bytes,
    "served": -(STEPS.c.served_bytes + STEPS.c.overrun_bytes),
    "absorbed": STEPS.c.overrun_bytes + STEPS.c.barred_bytes,
    "barred": -STEPS.c.barred_bytes,
}
