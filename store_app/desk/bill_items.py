"""The usage behind a bill, by eSIM and country."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func
from sqlalchemy import select as columns_of
from sqlmodel import Session, col

from catalog.esim.tables import EsimRow
from checkout.billing.subscriptions.rows import (
    ASSIGNMENTS,
    INVOICE_LINES,
    SUBSCRIPTIONS,
    USED,
)


@dataclass(frozen=True, slots=True)
class UsageBehind:
    """What one eSIM used in a period that a bill closes, by country."""

    iccid: str | None
    pool: str | None
    period: int
    country: str
    bytes: int


def usage_behind(session: Session, invoice_id: str) -> list[UsageBehind]:
    """The usage of the periods that a bill closes or adjusts, of each eSIM by country."""
    closed = _closed(invoice_id).subquery()
    by = (col(EsimRow.iccid), SUBSCRIPTIONS.c.name, USED.c.period, USED.c.country)
    statement = (
        columns_of(*by, func.sum(USED.c.bytes))
        .select_from(closed)
        .join(
            USED,
            (USED.c.subscription_id == closed.c.subscription_id)
            & (USED.c.period == closed.c.period),
        )
        .join(ASSIGNMENTS, ASSIGNMENTS.c.id == USED.c.assignment_id)
        .join(SUBSCRIPTIONS, SUBSCRIPTIONS.c.id == USED.c.subscription_id)
        .join(EsimRow, col(EsimRow.id) == ASSIGNMENTS.c.line_id)
        .group_by(*by)
        .order_by(col(EsimRow.iccid), USED.c.period, USED.c.country)
    )
    return [
        UsageBehind(iccid or None, pool or None, period, country, int(count))
        for iccid, pool, period, country, count in session.execute(statement)
    ]


def _closed(invoice_id: str) -> Select[Any]:
    """The periods of subscriptions that a bill closes or adjusts."""
    return (
        columns_of(INVOICE_LINES.c.subscription_id, INVOICE_LINES.c.period)
        .where(INVOICE_LINES.c.invoice_id == invoice_id)
        .where(INVOICE_LINES.c.step > INVOICE_LINES.c.period)
        .distinct()
    )
