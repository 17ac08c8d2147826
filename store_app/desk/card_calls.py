"""What a card's provider is asked about orders; nothing is applied here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from sqlmodel import Session, col, or_, select

from catalog.kernel.database import snapshot
from checkout.orders.settle import paid_here
from checkout.orders.tables import OrderRow
from checkout.payments.attempts import asked_for, attempts_of
from checkout.payments.method import Attempt, Outcome
from checkout.payments.tables import PaymentAttemptRow
from store_app.desk.context import Desk
from store_app.desk.counter import method_of

RESEND: Final = timedelta(hours=23)
"""How long a provider knows an idempotency key for certain; later nothing is sent again."""


def bill_words(names: Sequence[str]) -> str:
    """What is paid for, in one line."""
    return names[0] if len(names) == 1 else f"{len(names)} eSIMs: {', '.join(names)}"[:200]


def collect(desk: Desk, order: OrderRow) -> Outcome:
    """Ask for the money, or how far it is; a card is asked with what its attempt says."""
    if order.method != "card":
        return paid_here(order)
    attempt = attempt_of(desk, order)
    method = method_of(desk, attempt)
    if attempt.provider_id or desk.clock() - attempt.created_at >= RESEND:
        return method.look_up(attempt)
    return method.start(attempt)


def attempt_of(desk: Desk, order: OrderRow) -> Attempt:
    """What the provider is asked about an order: its latest attempt, or the one that leads it."""
    with snapshot(desk.engine) as session:
        return asked_for(session, attempts_of(session, order.id)[-1])


def paid_together(desk: Desk, order: OrderRow) -> list[OrderRow]:
    """The orders that one call collects for, the one that leads them first; often only this."""
    with snapshot(desk.engine) as session:
        return led_with(session, order)


def led_with(session: Session, order: OrderRow) -> list[OrderRow]:
    """The same within a transaction."""
    own = attempts_of(session, order.id)[-1]
    leader = own.led_by or own.id
    row = PaymentAttemptRow
    statement = (
        select(OrderRow)
        .join(row, col(row.order_id) == col(OrderRow.id))
        .where(or_(col(row.id) == leader, col(row.led_by) == leader))
        .order_by(col(row.led_by).is_not(None), col(OrderRow.id))
    )
    return list(session.exec(statement).all())
