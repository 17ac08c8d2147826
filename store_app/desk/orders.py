"""After the sale: check orders, resume them, cancel, give money back, print again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from sqlmodel import Session

from catalog.kernel.database import snapshot, transact
from catalog.kernel.errors import Refused
from catalog.kernel.settings import load_settings
from checkout.documents.receipt import issue_credit_note, printed_now, receipt_numbered
from checkout.documents.receipt_text import receipt_text as as_text
from checkout.orders.give_back import OPEN
from checkout.orders.invoice_money import billed_with
from checkout.orders.on_invoice import METHOD
from checkout.orders.place import order_named
from checkout.orders.refund import Claim, refund
from checkout.orders.refund_verdict import Verdict, verdict_of
from checkout.orders.resume import cancel_overdue, overdue_orders, undelivered_orders
from checkout.orders.tables import OrderRow
from checkout.payments.method import PartPayment
from checkout.payments.tables import RefundRow
from store_app.desk.card_orders import look_again, returned, stop_card
from store_app.desk.card_refunds import carry_on_refunds, finish_refunds, payments_of
from store_app.desk.carry_out import finish_order
from store_app.desk.context import Desk
from store_app.desk.counter import counter_of
from store_app.desk.invoice_cards import stop_collecting
from store_app.desk.invoiced import (
    bring_live_of,
    cancel_waiting,
    deliver_all_paid,
    deliver_waiting,
    still_waits,
)
from store_app.desk.live_orders import bring_live, carry_on_live
from store_app.desk.once import once
from store_app.desk.order_views import OrderView, order_views, show_order
from store_app.desk.settling import cancel_placed


def check_order(desk: Desk, order: str) -> OrderView:
    """Look again at an order: its card payment is looked up, an overdue one is cancelled.

    A cash or wallet order that was interrupted waits for `resume_order`, its own key, or its
    deadline.
    """
    with snapshot(desk.engine) as session:
        row = order_named(session, order)
    if row.method == METHOD:
        deliver_waiting(desk, row.id)
    elif row.method == "card":
        look_again(desk, row)
        carry_on_refunds(desk, RefundRow.order_id == row.id)
    elif row.state == "placed":
        _cancel_overdue(desk, row.id, desk.clock())
    carry_on_live(desk, row.id, at_counter=True)
    return show_order(desk, row.reference)


def resume_order(desk: Desk, order: str) -> OrderView:
    """Finish an order that a crash interrupted, for a clerk who has taken its money."""
    with snapshot(desk.engine) as session:
        row = order_named(session, order)
    if row.method == METHOD and row.state in ("placed", "paid"):
        if not deliver_waiting(desk, row.id) and not bring_live(desk, row.id):
            raise still_waits(row)
        return show_order(desk, row.reference)
    if row.state == "placed":
        finish_order(desk, row)
    bring_live(desk, row.id)
    return show_order(desk, row.reference)


def cancel_order(desk: Desk, order: str, *, key: str | None = None) -> OrderView:
    """Cancel an order that is not paid; its profile is free again.

    A card payment is stopped at its provider first. One that was made meanwhile is delivered.
    Its line of an invoice is credited; what was paid of that is the company's credit. What else is
    on the invoice stays there, and is delivered when that pays it.
    """

    def work(session: Session) -> dict[str, Any]:
        row, others = order_named(session, order), list[OrderRow]()
        if row.method == METHOD:
            others = billed_with(session, row)
        row = order_named(session, order, lock=True)
        if row.state not in ("placed", "cancelled"):
            raise Refused(
                f"Order {row.reference} is {row.state} and is not cancelled; nothing has changed. "
                "Refund it instead.",
                code="not_cancellable",
            )
        if row.method == METHOD and row.state == "placed":
            cancel_waiting(session, desk, row, "Cancelled")
            deliver_all_paid(session, desk, others)
        cancel_placed(session, row.id, desk.clock())
        return {"order": row.reference}

    with snapshot(desk.engine) as session:
        row = order_named(session, order)
    if row.method == "card" and row.state == "placed":
        stop_card(desk, row)
    done, replayed = once(desk, "order cancel", key, work, order=order)
    if row.method == METHOD and row.receipt_number:
        bring_live_of(desk, row.receipt_number, {})
    _stop_collecting_for(desk, row)
    return replace(show_order(desk, done["order"]), replayed=replayed)


def refund_verdict(desk: Desk, order: str) -> Verdict:
    """Whether and how an order is refundable, with the rule; moves nothing."""
    with snapshot(desk.engine) as session:
        row = order_named(session, order)
        return verdict_of(session, row, load_settings(session), desk.clock())


def refund_order(
    desk: Desk,
    order: str,
    *,
    key: str,
    amount: str | None = None,
    supervisor: str | None = None,
    reason: str = "",
    to: str = "",
) -> OrderView:
    """Give money back to where it came from; everything, when no amount is named.

    With `to` “wallet” it goes into the wallet of the customer instead.

    A card payment for which nothing was delivered goes back whole. A refund at a payment provider
    is written down first, then asked for; `maintain` goes on with it whatever happens here.
    """
    if returned(desk, order):
        return show_order(desk, order)
    claim = Claim(amount, supervisor, reason, to)
    with snapshot(desk.engine) as session:
        named = order_named(session, order)
    payments = payments_of(desk, named)

    def work(session: Session) -> dict[str, Any]:
        row = order_named(session, order, lock=True)
        if under_way := write_refunds(session, desk, row, claim, payments):
            return {"order": row.reference, "refunds_under_way": under_way}
        view = order_views(session, [row])[0]
        return {
            "order": view.order,
            "state": view.state,
            "payments": view.payments,
            "refunds": view.refunds,
        }

    done, replayed = once(desk, "refund", key, work, order=order, **asdict(claim))
    _tell_supplier(desk, order)
    _stop_collecting_for(desk, named)
    if "refunds_under_way" in done:
        finish_refunds(desk, done["refunds_under_way"])
        return replace(show_order(desk, done["order"]), replayed=replayed)
    return replace(show_order(desk, done["order"]), replayed=replayed, **done)


def write_refunds(
    session: Session,
    desk: Desk,
    order: OrderRow,
    claim: Claim,
    payments: Sequence[PartPayment],
) -> list[str]:
    """Write the refunds of a locked order; those that a provider has to be asked about."""
    counter, by = counter_of(session, desk), {"actor": desk.actor}
    given = refund(session, order, claim, counter, now=desk.clock(), payments=payments, **by)
    for one in given:
        if one.state not in OPEN:
            issue_credit_note(session, order, one, counter.settings)
    return [one.id for one in given if one.state in OPEN]


def _tell_supplier(desk: Desk, order: str) -> None:
    """Give the profile of a refunded sale back that was never handed over."""
    with snapshot(desk.engine) as session:
        row = order_named(session, order)
    carry_on_live(desk, row.id, at_counter=True)


def _stop_collecting_for(desk: Desk, order: OrderRow) -> None:
    """Ask nobody for more than an invoice leaves open when an order on it was credited."""
    if order.method == METHOD and order.receipt_number:
        number = order.receipt_number
        desk.beside(lambda: stop_collecting(desk, number))


def receipt_text(desk: Desk, number: str) -> str:
    """A receipt or credit note as it is printed."""
    with snapshot(desk.engine) as session:
        return as_text(printed_now(session, receipt_numbered(session, number)))


def resume_open_orders(desk: Desk) -> int:
    """Let go of every order whose deadline passed without money; says how many.

    Those that were paid by invoice and sold out are delivered when there is stock again.
    """
    now = desk.clock()
    with snapshot(desk.engine) as session:
        overdue, undelivered = overdue_orders(session, now), undelivered_orders(session)
    delivered = sum(deliver_waiting(desk, order_id) for order_id in undelivered)
    return delivered + sum(_cancel_overdue(desk, order_id, now) for order_id in overdue)


def _cancel_overdue(desk: Desk, order_id: str, now: datetime) -> bool:
    return transact(desk.engine, lambda session: cancel_overdue(session, order_id, now))
