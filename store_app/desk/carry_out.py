"""From a placed order to a delivered one: write the intent, collect, settle.

Three steps, each committed: a kill between any two leaves an order that the same key resumes, or
that is cancelled when its deadline passes. No payment provider is called inside a transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final, TypeVar

from sqlmodel import Session

from catalog.kernel.database import snapshot, transact
from catalog.kernel.errors import Refused, Unavailable
from catalog.kernel.settings import load_settings
from checkout.documents.receipt import issue_receipt
from checkout.orders.settle import cancel, paid_at_the_counter, settle
from checkout.orders.tables import OrderRow
from checkout.payments.attempts import attempts_of, freeze, give_back, strand, value_of
from checkout.payments.method import Attempt, Bill, Outcome, OutcomeState
from store_app.desk.answers import first_answer, keep_answer
from store_app.desk.context import Desk
from store_app.desk.counter import card_method, counter_of, method_of

T = TypeVar("T")

RESEND: Final = timedelta(hours=23)
"""How long a provider knows an idempotency key for certain; later nothing is sent again."""


def carry_out(
    desk: Desk,
    place: Callable[[Session], OrderRow],
    result: Callable[[Session, OrderRow, dict[str, Any]], T],
) -> T:
    """Place an order, collect its money, deliver it, and say what came of it.

    `result` is given the order and its first answer, with `replayed` when this call only
    repeated an earlier one. A card order may come back still `placed`: its customer is paying.
    """
    placed, is_new = transact(desk.engine, lambda session: _place(session, desk, place))
    delivered = placed.state == "placed" and finish_order(desk, placed)
    with snapshot(desk.engine) as session:
        order = session.get_one(OrderRow, placed.id)
        if order.state == "cancelled":
            raise Refused(
                f"Order {order.reference} was cancelled meanwhile; nothing was charged. Ask again.",
                code="order_changed",
            )
        replayed = not (delivered or (is_new and order.state == "placed"))
        answer = first_answer(session, order, desk.clock())
        return result(session, order, answer | {"replayed": replayed})


def _place(
    session: Session, desk: Desk, place: Callable[[Session], OrderRow]
) -> tuple[OrderRow, bool]:
    """The order, and whether its card was never asked before."""
    order = place(session)
    if order.method != "card":
        return order, False
    attempt = attempts_of(session, order.id)[-1]
    settings = load_settings(session)
    method = card_method(desk, settings)
    if not attempt.provider and method is not None:
        bill = Bill(
            attempt_id=attempt.id,
            order_id=order.id,
            reference=order.reference,
            register_id=order.register_id,
            item=str(order.item["name"]),
            amount_minor=order.total_minor,
            currency=order.currency,
            now=attempt.created_at,
        )
        freeze(attempt, method, method.prepare(bill, settings))
        session.flush()
    return order, not attempt.provider_id


def finish_order(desk: Desk, order: OrderRow) -> bool:
    """Collect and settle a placed order; True when this call delivered it.

    It stays placed while its customer pays a card elsewhere.

    Raises:
        Refused: declined, or it can't be delivered any more; the order is cancelled then.
        Unavailable: nobody knows whether it was paid; it stays open and is looked up later.

    """
    outcome = collect(desk, order)
    delivered = apply_outcome(desk, order, outcome)
    if outcome.state is OutcomeState.UNKNOWN:
        raise checking(order)
    if outcome.state in (OutcomeState.DECLINED, OutcomeState.CANCELLED):
        raise Refused(
            f"The payment was {outcome.state.value}: {outcome.reason} Nothing was charged. "
            "Pay another way.",
            code="declined",
        )
    return delivered


def checking(order: OrderRow) -> Unavailable:
    """What is said of a payment of which nobody knows the outcome."""
    return Unavailable(
        f"The payment of order {order.reference} is being checked; nothing is delivered yet. "
        f"Look again: order check {order.reference}.",
        code="checking",
    )


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
    """The latest attempt to collect an order's money."""
    with snapshot(desk.engine) as session:
        return value_of(attempts_of(session, order.id)[-1])


def apply_outcome(desk: Desk, order: OrderRow, outcome: Outcome) -> bool:
    """Take a provider's answer through the one door; True when this call delivered the order.

    Money that came in for an order that can't be delivered goes back, or waits for a clerk.
    """
    at = replace(desk, register_id=order.register_id) if order.method == "card" else desk
    try:
        return transact(desk.engine, lambda session: _settle(session, at, order.id, outcome))
    except Refused as refusal:
        if order.method == "card":
            raise _sent_back(desk, order, refusal) from refusal
        transact(desk.engine, lambda session: cancel_placed(session, order.id))
        raise


def _settle(session: Session, desk: Desk, order_id: str, outcome: Outcome) -> bool:
    counter = counter_of(session, desk)
    order = session.get_one(OrderRow, order_id, with_for_update=True, populate_existing=True)
    if order.state != "placed" and order.method != "card":
        return False
    if order.method == "cash" and counter.shift_id is None:
        raise Refused(
            "The shift was closed meanwhile; nothing was sold. Open one and sell again.",
            code="no_open_shift",
        )
    if order.state == "placed":
        order.shift_id = counter.shift_id
    now = desk.clock()
    delivered = settle(session, order, outcome, actor=desk.actor, now=now)
    if delivered:
        issue_receipt(session, order, now)
        keep_answer(session, order, now)
    elif order.state == "placed" and _is_over(session, order, outcome):
        cancel(session, order)
    return delivered


def _is_over(session: Session, order: OrderRow, outcome: Outcome) -> bool:
    """Whether a placed order will not be paid any more, or was paid wrongly."""
    ended = outcome.state in (OutcomeState.DECLINED, OutcomeState.CANCELLED)
    return ended or attempts_of(session, order.id)[-1].state == "stranded"


def _sent_back(desk: Desk, order: OrderRow, refusal: Refused) -> Refused:
    """Cancel a paid order that can't be delivered and give its money back; what to tell.

    It waits for a clerk from the first commit on, so that a refund nobody heard of is not
    followed by a delivery.
    """

    def work(session: Session) -> None:
        strand(session, attempts_of(session, order.id)[-1].id, f"Undeliverable ({refusal.code}).")
        cancel_placed(session, order.id)

    transact(desk.engine, work)
    is_back = return_stranded(desk, order)
    money = "went back to the card" if is_back else f"waits: order refund {order.reference}"
    return Refused(
        f"{order.item['name']} was paid and can't be delivered ({refusal.code}): order "
        f"{order.reference} is cancelled and the money {money}.",
        code=refusal.code,
        field=refusal.field,
    )


def return_stranded(desk: Desk, order: OrderRow) -> bool:
    """Give back money for which nothing was delivered; True when it is on its way.

    The key follows from the attempt, so that asking again can't pay twice.
    """
    attempt = attempt_of(desk, order)
    try:
        outcome = method_of(desk, attempt).refund(
            attempt, amount_minor=None, idempotency_key=f"return-{attempt.id}"
        )
    except Unavailable:
        return False
    if outcome.state is not OutcomeState.PAID:
        return False
    transact(desk.engine, lambda session: give_back(session, attempt.id, "Given back."))
    return True


def cancel_placed(session: Session, order_id: str) -> None:
    """Cancel an order if it is still only placed."""
    row = session.get_one(OrderRow, order_id, with_for_update=True, populate_existing=True)
    if row.state == "placed":
        cancel(session, row)
