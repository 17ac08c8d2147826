"""From a placed order to a delivered one: write the intent, collect, settle.

Three steps, each committed: a kill between any two leaves an order that the same key resumes, or
that is cancelled when its deadline passes. No payment provider is called inside a transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from sqlmodel import Session

from catalog.kernel.database import snapshot, transact
from catalog.kernel.errors import Refused, Unavailable
from checkout.documents.receipt import issue_receipt
from checkout.orders.settle import cancel, paid_at_the_counter, settle
from checkout.orders.tables import OrderRow
from checkout.payments.attempts import attempts_of, value_of
from checkout.payments.method import Attempt, Outcome, OutcomeState
from store_app.desk.answers import keep_answer, kept_answer
from store_app.desk.context import Desk
from store_app.desk.counter import card_method, counter_of

T = TypeVar("T")


def carry_out(
    desk: Desk,
    place: Callable[[Session], OrderRow],
    result: Callable[[Session, OrderRow, dict[str, Any]], T],
) -> T:
    """Place an order, collect its money, deliver it, and say what came of it.

    `result` is given the order and its first answer, with `replayed` when this call only
    repeated an earlier one.
    """
    placed = transact(desk.engine, place)
    delivered = placed.state == "placed" and finish_order(desk, placed)
    with snapshot(desk.engine) as session:
        order = session.get_one(OrderRow, placed.id)
        if order.state == "cancelled":
            raise Refused(
                f"Order {order.reference} was cancelled meanwhile; nothing was charged. Ask again.",
                code="order_changed",
            )
        return result(session, order, kept_answer(session, order) | {"replayed": not delivered})


def finish_order(desk: Desk, order: OrderRow) -> bool:
    """Collect and settle a placed order; True when this call delivered it.

    Raises:
        Refused: declined, or it can't be delivered any more; the order is cancelled then.
        Unavailable: nobody knows whether it was paid; it stays open and is looked up later.

    """
    outcome = _collect(desk, order)
    if outcome.state is OutcomeState.UNKNOWN:
        raise Unavailable(
            f"The payment of order {order.reference} is being checked; nothing is delivered yet. "
            f"Look again: order check {order.reference}.",
            code="checking",
        )
    if outcome.state is not OutcomeState.PAID:
        transact(desk.engine, lambda session: cancel_placed(session, order.id, desk.clock()))
        raise Refused(
            f"The payment was {outcome.state.value}: {outcome.reason} Nothing was charged. "
            "Pay another way.",
            code="declined",
        )
    try:
        return transact(desk.engine, lambda session: _settle(session, desk, order.id, outcome))
    except Refused:
        _undo(desk, order)
        raise


def _collect(desk: Desk, order: OrderRow) -> Outcome:
    if order.method != "card":
        return paid_at_the_counter(order)
    return card_method().start(_attempt(desk, order))


def _attempt(desk: Desk, order: OrderRow) -> Attempt:
    with snapshot(desk.engine) as session:
        return value_of(attempts_of(session, order.id)[-1])


def _settle(session: Session, desk: Desk, order_id: str, outcome: Outcome) -> bool:
    counter = counter_of(session, desk)
    order = session.get_one(OrderRow, order_id, with_for_update=True, populate_existing=True)
    if order.state != "placed":
        return False
    if order.method == "cash" and counter.shift_id is None:
        raise Refused(
            "The shift was closed meanwhile; nothing was sold. Open one and sell again.",
            code="no_open_shift",
        )
    order.shift_id = counter.shift_id
    now = desk.clock()
    delivered = settle(session, order, outcome, actor=desk.actor, now=now)
    if delivered:
        issue_receipt(session, order, now)
        keep_answer(session, order, now)
    return delivered


def _undo(desk: Desk, order: OrderRow) -> None:
    """Cancel what can't be delivered; card money that came in goes back first."""
    if order.method == "card":
        attempt = _attempt(desk, order)
        card_method().refund(
            attempt, amount_minor=attempt.amount_minor, idempotency_key=f"undo-{attempt.id}"
        )
    transact(desk.engine, lambda session: cancel_placed(session, order.id, desk.clock()))


def cancel_placed(session: Session, order_id: str, now: datetime) -> None:
    """Cancel an order if it is still only placed."""
    row = session.get_one(OrderRow, order_id, with_for_update=True, populate_existing=True)
    if row.state == "placed":
        cancel(session, row, now)
