"""Settling an order: money posted, goods handed over, all in one transaction or not at all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Table, bindparam, update
from sqlmodel import Session

from catalog.kernel.errors import Refused
from catalog.kernel.new_rows import is_unwritten, tell
from catalog.kernel.requests import forget
from catalog.stock.reserve import release
from checkout.billing.holds import capture, void
from checkout.billing.ledger import (
    Account,
    Posting,
    bank,
    card_clearing,
    drawer,
    post,
    receivable,
    revenue,
    tax,
    wallet,
)
from checkout.billing.line_rows import lock_lines
from checkout.billing.wallets import lock_wallets
from checkout.orders.auto_refill import end_try, fail_try
from checkout.orders.buyers import WALLET_METHODS
from checkout.orders.invoice_money import deliver_invoice_money, lock_what_it_pays
from checkout.orders.live import begin_live, is_live
from checkout.orders.purchase import deliver_purchase
from checkout.orders.refill import deliver_refill
from checkout.orders.tables import OrderRow
from checkout.orders.top_up import deliver_top_up
from checkout.payments.attempts import apply_payment, attempts_of, cancel_open
from checkout.payments.method import Outcome, OutcomeState
from checkout.payments.tables import PaymentAttemptRow

_DELIVER: dict[str, Callable[[Session, OrderRow, str, datetime], None]] = {
    "esim_purchase": deliver_purchase,
    "esim_refill": deliver_refill,
    "wallet_refill": deliver_top_up,
    "invoice_payment": deliver_invoice_money,
}
_ORDERS: Table = OrderRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it
_LEAVE_PLACED = (
    update(_ORDERS)
    .where(_ORDERS.c.id == bindparam("order_id"), _ORDERS.c.state.in_(("placed", "paid")))
    .values(state=bindparam("new_state"), delivered_at=bindparam("new_delivered_at"))
    .returning(_ORDERS.c.id)
)


def settle(
    session: Session,
    order: OrderRow,
    attempt: PaymentAttemptRow,
    outcome: Outcome,
    *,
    actor: str,
    now: datetime,
) -> bool:
    """Apply the outcome of an order's payment; deliver when this call has made it paid.

    Returns whether this call did it; a repetition finds it done and returns False.
    """
    if not apply_payment(session, attempt, outcome, actor=actor, now=now):
        session.refresh(order)
        return False
    hand_over(session, order, attempt, actor=actor, now=now)
    end_try(session, order, now)
    return True


def hand_over(
    session: Session, order: OrderRow, attempt: PaymentAttemptRow, *, actor: str, now: datetime
) -> None:
    """Post and deliver an order that is paid; what is on invoice was posted with its invoice.

    One whose profile comes from a supplier is `paid`, and delivered when that is there.
    """
    waits = is_live(order)
    leave_placed(session, order, "paid" if waits else "delivered", None if waits else now)
    _lock_in_order(session, order, attempt)
    if order.method != "invoice":
        _post_payment(session, order, attempt, actor, now)
    if waits:
        begin_live(session, order, now)
    else:
        _DELIVER[order.kind](session, order, actor, now)


def _lock_in_order(session: Session, order: OrderRow, attempt: PaymentAttemptRow) -> None:
    """Orders before invoices, lines before wallets, so that nobody waits in a circle."""
    if order.invoice_id is not None:
        lock_what_it_pays(session, order)
    if order.kind == "esim_refill":
        lock_lines(session, "id", [str(order.esim_id)])
    wallets = {order.wallet_id, attempt.parameters.get("wallet_id")}
    lock_wallets(session, [one for one in wallets if one])


def paid_here(order: OrderRow) -> Outcome:
    """The outcome of methods that are settled inside the store's own transaction."""
    return Outcome(
        OutcomeState.PAID,
        amount_minor=order.total_minor,
        currency=order.currency,
        order_id=order.id,
    )


def leave_placed(
    session: Session, order: OrderRow, state: str, delivered_at: datetime | None = None
) -> None:
    """Take an order out of `placed`, or out of `paid`, which only one caller does."""
    new = {"new_state": state, "new_delivered_at": delivered_at}
    known = not is_unwritten(order)  # nobody else can have changed what is not written yet
    if known and session.execute(_LEAVE_PLACED, {"order_id": order.id, **new}).first() is None:
        raise Refused(
            f"Order {order.reference} is no longer placed; nothing has changed.",
            code="order_changed",
        )
    tell(order, {"state": state, "delivered_at": delivered_at})


def paying_account(order: OrderRow, attempt: PaymentAttemptRow, register_id: str) -> Account:
    """The account that an order's money comes into, or out of when it is a wallet.

    Cash goes through the drawer of the register at which it changes hands.
    """
    if order.method in WALLET_METHODS:
        return wallet(attempt.parameters["wallet_id"], order.currency)
    if order.method == "cash":
        return drawer(register_id, order.currency)
    return bank(order.currency) if order.method == "manual" else card_clearing(order.currency)


def earning_account(order: OrderRow) -> Account:
    """The account that an order's net goes to."""
    if order.kind == "wallet_refill":
        return wallet(str(order.wallet_id), order.currency)
    if order.kind == "invoice_payment":
        return receivable(order.company_id, order.currency)
    return revenue(order.currency)


def _post_payment(
    session: Session, order: OrderRow, attempt: PaymentAttemptRow, actor: str, now: datetime
) -> None:
    source = paying_account(order, attempt, order.register_id)
    shares = (
        (earning_account(order), order.net_minor, order.item["name"]),
        (tax(order.currency), order.tax_minor, "VAT"),
    )
    postings = [
        Posting(
            debit=source,
            credit=account,
            amount=amount,
            kind=order.kind,
            reason=reason,
            source=order.reference,
            subject_id=order.id,
            actor=actor,
            at=now,
            recorded_at=now,
        )
        for account, amount, reason in shares
    ]
    if order.method in WALLET_METHODS:
        capture(session, order.id, postings, now)
    else:
        post(session, postings)


def cancel(session: Session, order: OrderRow, now: datetime) -> None:
    """Cancel an order that is not paid: reservation, hold, attempt and key are all let go."""
    if order.state == "cancelled":
        return
    leave_placed(session, order, "cancelled")
    if order.method in WALLET_METHODS:
        void(session, order.id, now)
    attempts = attempts_of(session, order.id)
    fail_try(session, order, attempts[-1] if attempts else None, now)
    cancel_open(session, order.id)
    if order.kind == "esim_purchase":
        release(session, order.id)
        order.esim_id = None
    forget(session, str(order.request_key))
    order.request_key = None
    session.add(order)
    session.flush()
