"""Bills that are not issued yet, changed by what is told late of their period (decision 7)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import delete, select, update
from sqlmodel import Session

from catalog.kernel.database import chunks
from checkout.billing.subscriptions.bill_lines import add_to_totals, read_billed, write_lines
from checkout.billing.subscriptions.charges import charges, difference
from checkout.billing.subscriptions.rows import (
    INVOICE_LINES,
    INVOICES,
    by_period,
    read_assignments,
    read_usage,
    subscriptions_by_id,
)

Key = tuple[str, int]
"""A subscription and one of its periods."""


def may_rerate(session: Session, periods: Sequence[Key]) -> dict[Key, str]:
    """Those of the closed periods whose bill is not issued, with that bill, which is locked.

    It is the bill of the step that closed the period, also when that billed only the next fee.
    """
    found: dict[Key, str] = {}
    columns = (INVOICE_LINES.c.subscription_id, INVOICE_LINES.c.invoice_id)
    for period, part in by_period(sorted(periods)):
        closing = INVOICE_LINES.c.step == period + 1
        mine = closing & INVOICE_LINES.c.subscription_id.in_(part)
        for owner, invoice_id in session.execute(select(*columns).distinct().where(mine)):
            found[owner, period] = invoice_id
    waiting = {row["id"] for row in _lock(session, set(found.values())) if row["number"] is None}
    return {one: invoice_id for one, invoice_id in found.items() if invoice_id in waiting}


def rerate(session: Session, periods: dict[Key, str]) -> None:
    """Close these periods of locked subscriptions again, each on the bill that it is on.

    A bill that was approved and comes to something else waits for its approval again.
    """
    if not periods:
        return
    accounts = subscriptions_by_id(session, {owner for owner, _period in periods})
    found = read_assignments(session, "subscription_id", accounts)
    usage, billed = read_usage(session, list(periods)), read_billed(session, list(periods))
    added: dict[str, int] = dict.fromkeys(periods.values(), 0)
    for (owner, period), invoice_id in sorted(periods.items()):
        lines = [one.stretch for one in found if one.subscription_id == owner]
        due = charges(accounts[owner].account, period, lines, usage[owner, period])
        other = [one for step, one in billed[owner, period] if step != period + 1]
        mine = [one for step, one in billed[owner, period] if step == period + 1]
        closing = (INVOICE_LINES.c.step == period + 1) & (INVOICE_LINES.c.period == period)
        session.execute(
            delete(INVOICE_LINES).where(INVOICE_LINES.c.subscription_id == owner, closing)
        )
        again = difference(due, other)
        added[invoice_id] -= sum(one.amount_minor for one in mine)
        added[invoice_id] += write_lines(session, invoice_id, owner, (period, period + 1), again)
    for row in _lock(session, [one for one, minor in added.items() if minor]):
        add_to_totals(session, row, added[row["id"]])
        again_pending = {"state": "pre_bill", "approved_at": None, "approved_by": ""}
        session.execute(update(INVOICES).where(INVOICES.c.id == row["id"]).values(again_pending))


def _lock(session: Session, invoice_ids: Collection[str]) -> list[dict[str, Any]]:
    """Bills by id, locked in id order until the transaction ends."""
    rows: list[dict[str, Any]] = []
    for part in chunks(sorted(invoice_ids)):
        locked = select(INVOICES).where(INVOICES.c.id.in_(part)).order_by(INVOICES.c.id)
        rows += [dict(row) for row in session.execute(locked.with_for_update()).mappings()]
    return rows
