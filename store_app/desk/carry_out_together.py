"""Several wishes, one card payment or one invoice: placed all or none, an order each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress

from sqlmodel import Session

from catalog.kernel.errors import Refused
from catalog.kernel.requests import partly_claimed
from checkout.orders.agreement import Payment, Wish
from checkout.orders.invoice_money import billed_with
from checkout.orders.on_invoice import METHOD
from checkout.orders.place import Placed, place, placed_before
from checkout.orders.place_together import Asked, place_on_invoice
from checkout.orders.tables import OrderRow
from store_app.desk.card_calls import led_with
from store_app.desk.card_freezing import freeze_card
from store_app.desk.carry_out import finish_order, request_for
from store_app.desk.context import Desk
from store_app.desk.counter import counter_of
from store_app.desk.knocking import after_knocking
from store_app.desk.live_orders import carry_on_live
from store_app.desk.settling import Undeliverable, settle_billed


def carry_out_together(
    desk: Desk, wishes: Sequence[tuple[Wish, str]], payment: Payment
) -> tuple[list[str], bool]:
    """Place an order for each wish, under its own key, all paid by one card payment or invoice.

    They are placed all or none. Each may come back `placed` (its customer is paying), `delivered`,
    or `cancelled` because it could not be delivered and its money goes back. Gives their ids, and
    whether these keys stood for them already. Of an invoice the keys say how many are on it.

    Raises:
        Refused: one of them can't be sold; nothing was placed.
        Unavailable: nobody knows whether it was paid; the same keys ask again.

    """
    together = len(wishes) if payment.method == METHOD else 0
    asked = [
        (wish, request_for(desk, wish, payment, key, together=together)) for wish, key in wishes
    ]

    def place_all(session: Session, check: Callable[[OrderRow], None]) -> list[Placed]:
        if before := _sold_before(session, asked):
            return before
        if payment.method == METHOD:
            return _bill_all(session, desk, asked, payment, check)
        counter = counter_of(session, desk, wishes[0][0].kind)
        placed = [place(session, request, counter, wish, payment) for wish, request in asked]
        _check_alike(placed)
        if placed[0].is_new:
            for each in placed:
                check(each.order)
            freeze_card(session, desk, placed, payment, counter.settings)
        return placed

    placed = after_knocking(desk, place_all)
    waiting = next((each.order for each in placed if each.order.state == "placed"), None)
    if waiting is not None and payment.method != METHOD:
        with suppress(Undeliverable):
            finish_order(desk, waiting)
    for each in placed:
        carry_on_live(desk, each.order.id, at_counter=True)
    return [each.order.id for each in placed], not placed[0].is_new


def _sold_before(session: Session, asked: Sequence[Asked]) -> list[Placed]:
    """What these keys sold in one go, one or more of them refused or cancelled since.

    The keys of those are free. They are not sold anew under them: that would be another sale.
    """
    order_id = partly_claimed(session, [request for _wish, request in asked])
    if order_id is None:
        return []
    order = session.get_one(OrderRow, order_id)
    found = billed_with(session, order) if order.method == METHOD else led_with(session, order)
    if len(found) != len(asked):
        return []
    return [placed_before(session, each.id) for each in sorted(found, key=lambda one: one.id)]


def _bill_all(
    session: Session,
    desk: Desk,
    asked: Sequence[Asked],
    payment: Payment,
    check: Callable[[OrderRow], None],
) -> list[Placed]:
    """All of them on one invoice, delivered or waiting, in one transaction."""
    counter = counter_of(session, desk, asked[0][0].kind)
    placed = place_on_invoice(session, asked, counter, payment)
    if placed[0].is_new:
        for each in placed:
            check(each.order)
        settle_billed(session, desk, placed, counter.settings)
    return placed


def _check_alike(placed: Sequence[Placed]) -> None:
    if len({each.is_new for each in placed}) > 1:
        raise Refused(
            "One of these orders was cancelled meanwhile; nothing was charged. Ask again.",
            code="order_changed",
        )
    if len({each.order.currency for each in placed}) > 1:
        raise Refused(
            "These plans are priced in several currencies; nothing was charged.",
            code="currency_mismatch",
        )
