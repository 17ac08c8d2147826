"""Which card orders the reconciler looks at: those that are open, and those that events name."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from sqlalchemy import ColumnElement
from sqlmodel import and_, col, exists, or_, select

from catalog.kernel.database import snapshot
from checkout.billing.subscriptions.tables import InvoiceRow
from checkout.orders.tables import OrderRow
from checkout.payments.offline import OfflineCard
from checkout.payments.tables import PaymentAttemptRow
from store_app.desk.context import Desk

_LIMIT: Final = 500
_SOON: Final = timedelta(days=2)
"""Every page ends before that; only an invoice that a provider has sent is open for longer."""


def open_orders(desk: Desk, *, long_ones: bool) -> list[OrderRow]:
    """Placed card orders; the offline card approves only what somebody asks for, in time.

    Invoices that a provider has sent are open for weeks: of those whose end is far the events
    tell, so that they are looked at one by one only when `long_ones` are wanted, when nobody
    heard of them yet, or when they ask for more than is open here.
    """
    statement = (
        select(OrderRow)
        .join(PaymentAttemptRow, col(PaymentAttemptRow.order_id) == col(OrderRow.id))
        .where(OrderRow.state == "placed", OrderRow.method == "card")
        .where(
            or_(
                col(PaymentAttemptRow.provider) != OfflineCard.provider,
                col(OrderRow.deadline_at) <= desk.clock(),
            )
        )
        .order_by(col(OrderRow.deadline_at))
        .limit(_LIMIT)
    )
    if not long_ones:
        soon = col(OrderRow.deadline_at) < desk.clock() + _SOON
        unheard = PaymentAttemptRow.provider_id == ""
        statement = statement.where(or_(soon, unheard, _asks_too_much()))
    with snapshot(desk.engine) as session:
        return list(session.exec(statement).all())


def _asks_too_much() -> ColumnElement[bool]:
    """Whether less is open of the invoice that an order collects."""
    row = InvoiceRow
    left = col(row.total_minor) - col(row.paid_minor) - col(row.credited_minor)
    mine = and_(col(row.id) == col(OrderRow.invoice_id), left < col(OrderRow.total_minor))
    return exists().where(mine)


def orders_of(desk: Desk, attempt_ids: Sequence[str]) -> list[OrderRow]:
    """The orders of attempts that are ours and not paid yet, and of those that they lead."""
    statement = (
        select(OrderRow)
        .join(PaymentAttemptRow, col(PaymentAttemptRow.order_id) == col(OrderRow.id))
        .where(
            or_(
                col(PaymentAttemptRow.id).in_(attempt_ids),
                col(PaymentAttemptRow.led_by).in_(attempt_ids),
            ),
            col(PaymentAttemptRow.state).in_(("pending", "checking", "declined", "cancelled")),
        )
    )
    with snapshot(desk.engine) as session:
        return list(session.exec(statement).all())
