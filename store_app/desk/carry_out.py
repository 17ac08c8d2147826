"""From a wish to a delivered order: write the intent, collect, settle.

Cash, wallets and invoices have no effect outside the store, so their orders are placed and
delivered in one transaction; one on invoice above the credit limit waits until that is paid. A
card's provider is called between two: a kill leaves an order that the same key resumes, or that is
stopped when its deadline passes. Nobody outside is called inside one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Final, TypeVar

from sqlmodel import Session

from catalog.kernel.database import snapshot
from catalog.kernel.errors import Refused, Unavailable
from catalog.kernel.requests import Request
from checkout.orders.agreement import Payment, Wish
from checkout.orders.on_invoice import METHOD
from checkout.orders.place import Placed, place
from checkout.orders.tables import OrderRow
from checkout.payments.method import OutcomeState
from store_app.desk.answers import first_answer
from store_app.desk.card_calls import collect
from store_app.desk.card_freezing import freeze_card
from store_app.desk.context import Desk
from store_app.desk.counter import counter_of, request_of
from store_app.desk.knocking import after_knocking
from store_app.desk.live_orders import bring_live
from store_app.desk.settling import apply_to_all, settled

T = TypeVar("T")

NO_ANSWER: Final = (Unavailable.code, "checking", "stripe_key")
SILENCES: Final = 3
"""So many are asked about in vain before the others are left for the next time."""


def carry_out(
    desk: Desk,
    wish: Wish,
    payment: Payment,
    key: str,
    result: Callable[[Session, OrderRow, dict[str, Any]], T],
) -> T:
    """Place the order for a wish, collect its money, deliver it, and say what came of it.

    `result` is given the order and its first answer, with `replayed` when this call only
    repeated an earlier one. A card order may come back still `placed`: its customer is paying.
    """
    request = request_for(desk, wish, payment, key)

    def at_once(session: Session, check: Callable[[OrderRow], None]) -> tuple[Placed, T | None]:
        counter = counter_of(session, desk, wish.kind)
        is_due = payment.method != "card"
        placed = place(session, request, counter, wish, payment, at_once=is_due)
        if not placed.is_new:
            return placed, None
        check(placed.order)
        if not is_due:
            freeze_card(session, desk, [placed], payment, counter.settings)
            return placed, None
        answer = settled(session, desk, placed, counter.settings)
        if placed.order.state == "paid":
            return placed, None
        return placed, result(session, placed.order, {**answer, "replayed": False})

    def unhurried(session: Session, check: Callable[[OrderRow], None]) -> tuple[Placed, T | None]:
        # An order that is delivered at once is written once, as it is then.
        with session.no_autoflush:
            return at_once(session, check)

    placed, done = after_knocking(desk, unhurried)
    return _go_on(desk, placed, result) if done is None else done


def _go_on(
    desk: Desk, placed: Placed, result: Callable[[Session, OrderRow, dict[str, Any]], T]
) -> T:
    """Finish an order that was placed before, or tell again what came of it."""
    waits = placed.order.method == METHOD
    is_unheard = not waits and not placed.attempt.provider_id
    delivered = placed.order.state == "placed" and not waits and finish_order(desk, placed.order)
    delivered |= bring_live(desk, placed.order.id)
    with snapshot(desk.engine) as session:
        order = session.get_one(OrderRow, placed.order.id)
        if order.state == "cancelled":
            raise Refused(
                f"Order {order.reference} was cancelled meanwhile; nothing was charged. Ask again.",
                code="order_changed",
            )
        replayed = not (delivered or (is_unheard and order.state == "placed"))
        answer = first_answer(session, order, desk.clock())
        return result(session, order, answer | {"replayed": replayed})


def request_for(
    desk: Desk, wish: Wish, payment: Payment, key: str, *, together: int = 0
) -> Request:
    """The request of an order as it is remembered under its key; how many share its invoice."""
    body = asdict(wish) | {"pay": payment.method, "tendered": payment.tendered}
    if payment.when_paid:
        body["when_paid"] = True
    body |= {"keep": True} if payment.keep else {}
    body |= {"reader": True} if payment.reader else {}
    body |= {"sent_to": payment.sent_to} if payment.sent_to else {}
    body |= {"together": together} if together else {}
    return request_of(desk, wish.kind, key, **body)


def finish_order(desk: Desk, order: OrderRow) -> bool:
    """Collect and settle a placed order; True when this call delivered it.

    It stays placed while its customer pays a card elsewhere.

    Raises:
        Refused: declined, or it can't be delivered any more; the order is cancelled then.
        Unavailable: nobody knows whether it was paid; it stays open and is looked up later.

    """
    outcome = collect(desk, order)
    delivered = apply_to_all(desk, order, outcome)
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
