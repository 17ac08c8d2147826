"""Refunds of card payments: written ahead, then asked for, and looked at until they are known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from sqlmodel import Session, col, select

from catalog.kernel.database import snapshot, transact
from catalog.kernel.errors import Refused, StoreError, Unavailable
from checkout.documents.receipt import issue_credit_note
from checkout.orders.give_back import OPEN, apply_refund
from checkout.orders.tables import OrderRow
from checkout.payments.attempts import attempts_of, value_of
from checkout.payments.invoicing import InvoicingMethod
from checkout.payments.method import Outcome, PartPayment
from checkout.payments.offline import OfflineCard
from checkout.payments.tables import PaymentAttemptRow, RefundRow
from store_app.desk.card_calls import RESEND
from store_app.desk.carry_out import NO_ANSWER, SILENCES
from store_app.desk.context import Desk
from store_app.desk.counter import counter_of, method_of

_LIMIT: Final = 500


def finish_refund(desk: Desk, refund_id: str) -> None:
    """Ask for a refund that was just written, or that an earlier call left open.

    Raises:
        Refused: the provider said no; it does not count any more.
        Unavailable: nobody knows; it counts as given back until it is known.

    """
    with snapshot(desk.engine) as session:
        row = session.get_one(RefundRow, refund_id)
        order = session.get_one(OrderRow, row.order_id)
    if row.state in OPEN:
        row = _carry_on(desk, row)
    if row.state == "failed":
        raise Refused(
            f"The provider refused the refund of order {order.reference}; nothing went back. "
            "Ask again with a new key.",
            code="refund_failed",
        )
    if row.state == "checking":
        raise _checking(order.reference)


def _checking(reference: str) -> Unavailable:
    return Unavailable(
        f"The refund of order {reference} is being checked; it counts as given back until that is "
        f"known. Look again: order check {reference}.",
        code="checking",
    )


def finish_refunds(desk: Desk, refund_ids: Sequence[str]) -> None:
    """The same for several, each asked for whatever became of the others; the first trouble."""
    troubles: list[StoreError] = []
    for refund_id in refund_ids:
        try:
            finish_refund(desk, refund_id)
        except StoreError as trouble:
            troubles.append(trouble)
    if troubles:
        raise troubles[0]


def payments_of(desk: Desk, order: OrderRow) -> tuple[PartPayment, ...]:
    """The payments that brought the money of an order; none named where there is one at most."""
    with snapshot(desk.engine) as session:
        attempts = attempts_of(session, order.id)
    if not attempts or attempts[-1].state != "succeeded":
        return ()
    attempt = value_of(attempts[-1])
    method = method_of(desk, attempt) if attempt.is_sent else None
    return method.payments_of(attempt) if isinstance(method, InvoicingMethod) else ()


def carry_on_refunds(desk: Desk, which: Any) -> tuple[int, bool]:
    """Ask about the refunds that a condition names; how many changed, and whether all were told.

    One that succeeded is looked at too: a bank may send it back later.
    """
    statement = (
        select(RefundRow)
        .join(PaymentAttemptRow, col(PaymentAttemptRow.id) == col(RefundRow.attempt_id))
        .where(which, col(RefundRow.state) != "failed", col(RefundRow.wallet_id).is_(None))
        .where(col(PaymentAttemptRow.provider).not_in(("", OfflineCard.provider)))
    )
    with snapshot(desk.engine) as session:
        rows = session.exec(
            statement.order_by(col(RefundRow.at), col(RefundRow.id)).limit(_LIMIT)
        ).all()
    changed = silences = 0
    for row in rows:
        try:
            told = _carry_on(desk, row)
        except Unavailable as trouble:
            silences += trouble.code in NO_ANSWER
        else:
            changed += told.state != row.state
            silences += told.state == "checking"
        if silences == SILENCES:
            break
    return changed, silences == 0


def _carry_on(desk: Desk, row: RefundRow) -> RefundRow:
    """Ask the provider and apply its answer; the refund as it is then."""
    outcome = _ask(desk, row)
    at = replace(desk, register_id=row.register_id)

    def work(session: Session) -> RefundRow:
        counter = counter_of(session, at)
        order = session.get_one(
            OrderRow, row.order_id, with_for_update=True, populate_existing=True
        )
        told = session.get_one(RefundRow, row.id, populate_existing=True)
        shift_id, now = counter.shift_id, desk.clock()
        if apply_refund(session, order, told, outcome, shift_id=shift_id, now=now):
            issue_credit_note(session, order, told, counter.settings)
        session.flush()
        return told

    return transact(desk.engine, work)


def _ask(desk: Desk, row: RefundRow) -> Outcome:
    """Send a refund as long as its key is known for certain; afterwards only look for it."""
    with snapshot(desk.engine) as session:
        paid = value_of(session.get_one(PaymentAttemptRow, row.attempt_id))
    attempt = replace(paid, paid_with=row.payment_ref)
    method, key = method_of(desk, attempt), f"refund-{row.id}"
    if row.provider_id or desk.clock() - row.at >= RESEND:
        return method.look_up_refund(
            attempt,
            amount_minor=row.amount_minor,
            idempotency_key=key,
            provider_id=row.provider_id,
        )
    return method.refund(attempt, amount_minor=row.amount_minor, idempotency_key=key)
