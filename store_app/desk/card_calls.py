"""What a card's provider is asked about orders, and with which words; nothing is applied here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from sqlmodel import Session, col, or_, select

from catalog.kernel.database import snapshot
from catalog.kernel.settings import StoreSettings
from checkout.orders.agreement import Payment
from checkout.orders.place import Placed
from checkout.orders.settle import paid_at_the_counter
from checkout.orders.tables import OrderRow
from checkout.payments.attempts import asked_for, attempts_of, follow, freeze
from checkout.payments.method import Attempt, Bill, Outcome
from checkout.payments.tables import PaymentAttemptRow
from store_app.desk.context import Desk
from store_app.desk.counter import card_method, method_of, reader_at, reader_method

RESEND: Final = timedelta(hours=23)
"""How long a provider knows an idempotency key for certain; later nothing is sent again."""


def freeze_card(
    session: Session,
    desk: Desk,
    placed: Sequence[Placed],
    payment: Payment,
    settings: StoreSettings,
) -> None:
    """Write into new card attempts who will be asked, and with which words.

    The first one's call collects for all.
    """
    (order, attempt), method = (placed[0].order, placed[0].attempt), card_method(desk, settings)
    if method is None:
        return
    lines = tuple((str(each.order.item["name"]), each.order.total_minor) for each in placed)
    attempt.due_minor = sum(amount for _name, amount in lines)
    bill = Bill(
        attempt_id=attempt.id,
        order_id=order.id,
        reference=order.reference,
        register_id=order.register_id,
        item=bill_words([name for name, _amount in lines]),
        amount_minor=attempt.due_minor,
        currency=order.currency,
        now=attempt.created_at,
        lines=lines,
    )
    if payment.reader:
        method = reader_method(method)
        bill = replace(bill, reader_id=reader_at(session, order.register_id, method).reader_id)
    freeze(attempt, method, method.prepare(bill, settings))
    for other in placed[1:]:
        follow(other.attempt, attempt)


def bill_words(names: Sequence[str]) -> str:
    """What is paid for, in one line."""
    return names[0] if len(names) == 1 else f"{len(names)} eSIMs: {', '.join(names)}"[:200]


def collect(desk: Desk, order: OrderRow) -> Outcome:
    """Ask for the money, or how far it is; a card is asked with what its attempt says."""
    if order.method != "card":
        return paid_at_the_counter(order)
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
