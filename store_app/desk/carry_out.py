"""From a wish to a delivered order: write the intent, collect, settle.

Cash and wallets have no effect outside the store, so their orders are placed and delivered in one
transaction. A card's provider is called between two: a kill leaves an order that the same key
resumes, or that is cancelled when its deadline passes. Nobody outside is called inside one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Any, TypeVar

from sqlmodel import Session

from catalog.kernel.database import snapshot, transact
from catalog.kernel.errors import Refused, Unavailable
from catalog.kernel.requests import Request
from catalog.kernel.settings import StoreSettings
from checkout.documents.receipt import issue_receipt
from checkout.orders.agreement import Payment, Wish
from checkout.orders.place import Placed, place
from checkout.orders.settle import cancel, paid_at_the_counter, settle
from checkout.orders.tables import OrderRow
from checkout.payments.attempts import attempts_of, value_of
from checkout.payments.method import Attempt, Outcome, OutcomeState
from store_app.desk.answers import keep_answer, kept_answer
from store_app.desk.context import Desk
from store_app.desk.counter import card_method, counter_of, request_of

T = TypeVar("T")


def carry_out(
    desk: Desk,
    wish: Wish,
    payment: Payment,
    key: str,
    result: Callable[[Session, OrderRow, dict[str, Any]], T],
) -> T:
    """Place the order for a wish, collect its money, deliver it, and say what came of it.

    `result` is given the order and its first answer, with `replayed` when this call only
    repeated an earlier one.
    """
    request = request_for(desk, wish, payment, key)

    def at_once(session: Session) -> tuple[OrderRow, T | None]:
        counter = counter_of(session, desk, wish.kind)
        placed = place(session, request, counter, wish, payment)
        order = placed.order
        if not placed.is_new or payment.method == "card":
            return order, None
        answer = _deliver(session, desk, placed, paid_at_the_counter(order), counter.settings)
        return order, result(session, order, {**(answer or {}), "replayed": False})

    order, done = transact(desk.engine, at_once)
    return _go_on(desk, order, result) if done is None else done


def _go_on(
    desk: Desk, placed: OrderRow, result: Callable[[Session, OrderRow, dict[str, Any]], T]
) -> T:
    """Finish an order that was placed before, or tell again what came of it."""
    delivered = placed.state == "placed" and finish_order(desk, placed)
    with snapshot(desk.engine) as session:
        order = session.get_one(OrderRow, placed.id)
        if order.state == "cancelled":
            raise Refused(
                f"Order {order.reference} was cancelled meanwhile; nothing was charged. Ask again.",
                code="order_changed",
            )
        return result(session, order, kept_answer(session, order) | {"replayed": not delivered})


def request_for(desk: Desk, wish: Wish, payment: Payment, key: str) -> Request:
    """The request of an order as it is remembered under its key."""
    body = asdict(wish) | {"pay": payment.method, "tendered": payment.tendered}
    return request_of(desk, wish.kind, key, **body)


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
    placed = Placed(order, attempts_of(session, order.id)[-1], is_new=False)
    return _deliver(session, desk, placed, outcome, counter.settings) is not None


def _deliver(
    session: Session, desk: Desk, placed: Placed, outcome: Outcome, settings: StoreSettings
) -> dict[str, Any] | None:
    """Settle an order, print its receipt, keep its answer; None when that was done before."""
    order, attempt, now = placed.order, placed.attempt, desk.clock()
    if not settle(session, order, attempt, outcome, actor=desk.actor, now=now):
        return None
    issue_receipt(session, order, attempt, settings, now)
    return keep_answer(session, order, attempt, now)


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
