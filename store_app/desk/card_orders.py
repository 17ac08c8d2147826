"""Orders that are paid by card: looked at again, stopped, reconciled with their provider."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Table, exists, update
from sqlmodel import Session, and_, col, or_, select

from catalog.kernel.database import snapshot, transact
from catalog.kernel.errors import Refused, Unavailable
from catalog.kernel.inserts import insert_new
from catalog.suppliers.tables import DownloadOrderRow
from checkout.billing.subscriptions.issuing import left_minor
from checkout.billing.subscriptions.tables import InvoiceRow
from checkout.orders.give_back import OPEN
from checkout.orders.place import order_named
from checkout.orders.set_aside import failed_later
from checkout.orders.tables import OrderRow
from checkout.payments.attempts import attempts_of
from checkout.payments.invoicing import InvoicingMethod
from checkout.payments.method import Outcome, OutcomeState, PaymentMethod
from checkout.payments.tables import PaymentAttemptRow, ProviderCursorRow, RefundRow
from store_app.desk.card_calls import attempt_of, collect
from store_app.desk.card_queues import open_orders, orders_of
from store_app.desk.card_refunds import carry_on_refunds
from store_app.desk.carry_out import NO_ANSWER, SILENCES, checking
from store_app.desk.context import Desk
from store_app.desk.counter import method_of
from store_app.desk.returns import check_returns, return_stranded
from store_app.desk.settling import apply_to_all

_CURSORS: Table = ProviderCursorRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it
_SOON: Final = timedelta(seconds=5)
"""A paid order without its eSIM is shown after this, whatever is being done about it."""
_EVENTS_KEPT: Final = timedelta(days=30)
_EVENTS_LATE: Final = timedelta(days=1)
_OVERLAP: Final = timedelta(minutes=10)
"""Events are read again this far back: they may appear late, and reading twice does nothing."""


def look_again(desk: Desk, order: OrderRow) -> bool:
    """Ask the provider about a card order and apply its answer; True when that delivered it.

    An overdue one is stopped first, and one that collects more of an invoice than is open now. A
    closed one is looked up too, because its payer may have been quicker. `Unavailable` when the
    provider does not answer.
    """
    if order.state == "placed" and (order.deadline_at <= desk.clock() or is_too_much(desk, order)):
        return _stop(desk, order)
    if order.state == "placed":
        return apply_to_all(desk, order, collect(desk, order))
    attempt = attempt_of(desk, order)
    if order.state != "cancelled" or not attempt.provider_id:
        return False
    return apply_to_all(desk, order, method_of(desk, attempt).look_up(attempt))


def is_too_much(desk: Desk, order: OrderRow) -> bool:
    """Whether an order collects more than is open of its invoice, which was paid or credited."""
    if order.invoice_id is None:
        return False
    with snapshot(desk.engine) as session:
        row = session.get_one(InvoiceRow, order.invoice_id)
    return left_minor(row) < order.total_minor


def stop_card(desk: Desk, order: OrderRow) -> None:
    """Stop collecting a placed card order, so that it can be cancelled.

    Raises:
        Refused: it was paid meanwhile, and is delivered.
        Unavailable: the provider does not say; the order stays open.

    """
    if _stop(desk, order):
        raise Refused(
            f"Order {order.reference} was paid meanwhile, so it is delivered and not cancelled. "
            "Refund it instead.",
            code="not_cancellable",
        )


def _stop(desk: Desk, order: OrderRow) -> bool:
    outcome = _cancelled(desk, order)
    if outcome.state is OutcomeState.UNKNOWN and not attempt_of(desk, order).provider_id:
        outcome = collect(desk, order)  # what nobody heard of has to be found before it is stopped
        if outcome.state is OutcomeState.WAITING:
            apply_to_all(desk, order, outcome)
            outcome = _cancelled(desk, order)
    delivered = apply_to_all(desk, order, outcome)
    if outcome.state is OutcomeState.UNKNOWN:
        raise checking(order)
    if outcome.state is OutcomeState.WAITING:
        raise Unavailable(
            f"The payment of order {order.reference} is complete and its bank has not paid yet, so "
            f"it can't be stopped. Look again: order check {order.reference}.",
            code="processing",
        )
    return delivered


def _cancelled(desk: Desk, order: OrderRow) -> Outcome:
    attempt = attempt_of(desk, order)
    method = method_of(desk, attempt)
    if attempt.is_sent and isinstance(method, InvoicingMethod) and _is_paid_here(desk, order):
        return method.settled_elsewhere(attempt)
    return method.cancel(attempt)


def _is_paid_here(desk: Desk, order: OrderRow) -> bool:
    """Whether its invoice was paid in full another way, and nothing of it was taken back."""
    with snapshot(desk.engine) as session:
        row = session.get_one(InvoiceRow, order.invoice_id)
    return left_minor(row) == 0 and row.credited_minor == 0


def returned(desk: Desk, order: str) -> bool:
    """Give back the money of an order that was paid and not delivered; False for any other."""
    with snapshot(desk.engine) as session:
        row = order_named(session, order)
        states = [attempt.state for attempt in attempts_of(session, row.id)]
    if "stranded" in states and not return_stranded(desk, row):
        raise Unavailable(
            f"The provider has not confirmed that the money of order {row.reference} goes back; "
            "it still waits. Ask again.",
            code="checking",
        )
    return "stranded" in states or "returned" in states


def stranded_orders(desk: Desk) -> list[str]:
    """References of orders that a clerk has to look at, the oldest first.

    They were paid and not delivered, or their refund failed after it had been made. One whose
    supplier was asked only a moment ago is not among them.
    """
    owed = and_(
        col(OrderRow.state) == "refunded", col(OrderRow.refunded_minor) < col(OrderRow.total_minor)
    )
    statement = (
        select(OrderRow.reference)
        .join(PaymentAttemptRow, col(PaymentAttemptRow.order_id) == col(OrderRow.id))
        .where(
            or_(
                col(PaymentAttemptRow.state) == "stranded",
                owed,
                failed_later(),
                _undelivered(desk.clock()),
            )
        )
        .order_by(col(PaymentAttemptRow.created_at))
    )
    with snapshot(desk.engine) as session:
        return list(session.exec(statement).all())


def _undelivered(now: datetime) -> ColumnElement[bool]:
    """Paid, and no call to a supplier has just gone out for it."""
    asked = exists().where(
        col(DownloadOrderRow.order_id) == col(OrderRow.id),
        col(DownloadOrderRow.busy_until) > now,
        col(DownloadOrderRow.changed_at) > now - _SOON,
    )
    return and_(col(OrderRow.state) == "paid", ~asked)


def reconcile(desk: Desk) -> int:
    """Bring every card order and its provider together; how many orders and refunds changed.

    What the provider does not answer stays as it is, for the next time.
    """
    changed, _heard = _look_at(desk, open_orders(desk, long_ones=not _reads_events(desk)))
    changed += carry_on_refunds(desk, col(RefundRow.state).in_(OPEN))[0]
    if desk.card is not None:
        with suppress(Unavailable):
            changed += _pull_events(desk, desk.card)
    return changed


def _reads_events(desk: Desk) -> bool:
    """Whether the provider's events have been read up to not long ago."""
    if desk.card is None:
        return False
    now = desk.clock()
    return _read_until(desk, _cursor(desk.card), now) > now - _EVENTS_LATE


def _cursor(card: PaymentMethod) -> str:
    return f"{card.provider} {'live' if card.livemode else 'test'}"


def _look_at(desk: Desk, orders: Iterable[OrderRow]) -> tuple[int, bool]:
    """How many orders changed, and whether the provider answered for every one."""
    changed = silences = 0
    for order in orders:
        try:
            look_again(desk, order)
        except Unavailable as trouble:
            silences += trouble.code in NO_ANSWER
        except Refused:
            pass  # its sentence is for whoever asks about this order
        with snapshot(desk.engine) as session:
            changed += session.get_one(OrderRow, order.id).state != order.state
        if silences == SILENCES:
            break
    return changed, silences == 0


def _pull_events(desk: Desk, card: PaymentMethod) -> int:
    """Look again at the orders that events concern; the cursor moves on when all were answered."""
    now = desk.clock()
    name = _cursor(card)
    attempt_ids = card.news(_read_until(desk, name, now) - _OVERLAP, now)
    changed, heard = _look_at(desk, orders_of(desk, attempt_ids))
    changed += check_returns(desk, attempt_ids)
    refunds, all_heard = carry_on_refunds(desk, col(RefundRow.attempt_id).in_(attempt_ids))
    if heard and all_heard:
        transact(desk.engine, lambda session: _move_on(session, name, now))
    return changed + refunds


def _move_on(session: Session, name: str, now: datetime) -> None:
    """Events are read up to this instant; somebody else may write it at the same moment."""
    insert_new(session, _CURSORS, [{"provider": name, "read_until": now}], "provider")
    later = _CURSORS.c.provider == name, _CURSORS.c.read_until < now
    session.execute(update(_CURSORS).where(*later).values(read_until=now))


def _read_until(desk: Desk, name: str, now: datetime) -> datetime:
    with snapshot(desk.engine) as session:
        row = session.get(ProviderCursorRow, name)
    oldest = now - _EVENTS_KEPT + _OVERLAP
    return max(row.read_until, oldest) if row else oldest
