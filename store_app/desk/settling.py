"""What money or its refusal makes of an order: delivered, cancelled, or paid back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlmodel import Session

from catalog.kernel.database import transact
from catalog.kernel.errors import Refused
from catalog.kernel.settings import StoreSettings
from checkout.documents.receipt import issue_receipt, keep_invoice
from checkout.orders.invoice_money import KIND as PAYS_INVOICE
from checkout.orders.invoice_money import waiting_for
from checkout.orders.on_invoice import METHOD
from checkout.orders.place import Placed
from checkout.orders.settle import cancel, paid_here, settle
from checkout.orders.tables import OrderRow
from checkout.payments.attempts import attempts_of
from checkout.payments.method import Outcome, OutcomeState
from checkout.payments.stranded import strand
from checkout.payments.tables import PaymentAttemptRow
from store_app.desk.answers import first_answer, keep_answer
from store_app.desk.card_calls import paid_together
from store_app.desk.context import Desk
from store_app.desk.counter import counter_of
from store_app.desk.invoiced import bring_live_of, deliver_all_paid
from store_app.desk.paid_cards import keep_paid_card
from store_app.desk.returns import return_stranded


class Undeliverable(Refused):
    """It was paid and its goods are gone: the order is cancelled and its money goes back."""


def settled(
    session: Session, desk: Desk, placed: Placed, settings: StoreSettings
) -> dict[str, Any]:
    """Deliver a new order that is paid here, or keep the invoice it waits for; the first answer."""
    order = placed.order
    if placed.invoice is not None:
        keep_invoice(session, [order], placed.invoice, settings, waits=placed.waits)
    if placed.waits:
        session.flush()
        return first_answer(session, order, desk.clock())
    return _deliver(session, desk, placed, paid_here(order), settings) or {}


def settle_billed(
    session: Session, desk: Desk, placed: Sequence[Placed], settings: StoreSettings
) -> None:
    """Keep the one invoice of new orders, and deliver them unless they wait for its money."""
    invoice, waits = placed[0].invoice, placed[0].waits
    if invoice is not None:
        keep_invoice(session, [one.order for one in placed], invoice, settings, waits=waits)
    for one in placed:
        if not waits:
            _deliver(session, desk, one, paid_here(one.order), settings)
    session.flush()


def apply_to_all(desk: Desk, order: OrderRow, outcome: Outcome) -> bool:
    """Take an answer through the door for every order that it is about.

    Returns whether this call delivered the order that was named. One that can't be delivered
    keeps no other from it; a refusal is raised when it is the named one's.
    """
    if order.method != "card":
        return apply_outcome(desk, order, outcome)
    delivered, refusal = False, None
    for each in paid_together(desk, order):
        try:
            done = apply_outcome(desk, each, outcome)
        except Refused as refused:
            refusal = refused if each.id == order.id else refusal
        else:
            delivered = done if each.id == order.id else delivered
    if refusal is not None:
        raise refusal
    return delivered


def apply_outcome(desk: Desk, order: OrderRow, outcome: Outcome) -> bool:
    """Take a provider's answer through the one door; True when this call delivered the order.

    Money that came in for an order that can't be delivered goes back, or waits for a clerk.
    """
    at = replace(desk, register_id=order.register_id) if order.method == "card" else desk
    try:
        delivered = transact(desk.engine, lambda session: _settle(session, at, order.id, outcome))
        if delivered and order.method == "card":
            keep_paid_card(desk, order.id)
        if delivered and order.kind == PAYS_INVOICE:
            bring_live_of(desk, str(order.item["invoice"]), {})
        return delivered  # noqa: TRY300 - what follows is for refusals
    except Refused as refusal:
        if order.method == "card":
            told = _sent_back(desk, order, refusal)
            if told is None:
                return False
            raise told from refusal
        transact(desk.engine, lambda session: cancel_placed(session, order.id, desk.clock()))
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
    placed = Placed(order, attempts_of(session, order.id)[-1], is_new=False)
    delivered = _deliver(session, desk, placed, outcome, counter.settings) is not None
    if order.state == "placed" and _is_over(placed.attempt, outcome):
        cancel(session, order, desk.clock())
    return delivered


def _deliver(
    session: Session, desk: Desk, placed: Placed, outcome: Outcome, settings: StoreSettings
) -> dict[str, Any] | None:
    """Settle an order, print its receipt, keep its answer; None when this call did not."""
    order, attempt, now = placed.order, placed.attempt, desk.clock()
    if not settle(session, order, attempt, outcome, actor=desk.actor, now=now):
        return None
    if order.method != METHOD:
        issue_receipt(session, order, attempt, settings, now)
    if order.kind == PAYS_INVOICE:
        deliver_all_paid(session, desk, waiting_for(session, order))
    if order.state == "paid":  # its answer is kept when its profile is there
        return {}
    return keep_answer(session, order, attempt, now)


def _is_over(attempt: PaymentAttemptRow, outcome: Outcome) -> bool:
    """Whether a placed order will not be paid any more, or was paid wrongly."""
    ended = outcome.state in (OutcomeState.DECLINED, OutcomeState.CANCELLED)
    return ended or attempt.state in ("stranded", "cancelled")


def _sent_back(desk: Desk, order: OrderRow, refusal: Refused) -> Undeliverable | None:
    """Cancel a paid order that can't be delivered and give its money back; what to tell.

    None when another door was quicker: then nothing goes back here.

    It waits for a clerk from the first commit on, so that a refund nobody heard of is not
    followed by a delivery.
    """
    now = desk.clock()

    def work(session: Session) -> bool:
        reason = f"Undeliverable ({refusal.code})."
        own = attempts_of(session, order.id)[-1].id
        if not strand(session, own, reason, actor=desk.actor, now=now):
            return False
        cancel_placed(session, order.id, now)
        return True

    if not transact(desk.engine, work):
        return None
    is_back = return_stranded(desk, order)
    money = "went back to the card" if is_back else f"waits: order refund {order.reference}"
    return Undeliverable(
        f"{order.item['name']} was paid and can't be delivered ({refusal.code}): order "
        f"{order.reference} is cancelled and the money {money}.",
        code=refusal.code,
        field=refusal.field,
    )


def cancel_placed(session: Session, order_id: str, now: datetime) -> None:
    """Cancel an order if it is still only placed."""
    row = session.get_one(OrderRow, order_id, with_for_update=True, populate_existing=True)
    if row.state == "placed":
        cancel(session, row, now)
