"""What follows when a refund is known: its number, its postings, the goods; or its failure."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, select

from catalog.kernel.numbering import next_number
from catalog.stock.reserve import withdraw
from checkout.billing.ledger import Posting, post, tax
from checkout.billing.line_rows import lock_lines
from checkout.billing.lines import revoke_line
from checkout.billing.paygo_months import bring_up_to_date
from checkout.billing.paygo_rows import payers_of
from checkout.billing.subscriptions.issuing import Issue
from checkout.orders.buyers import WALLET_METHODS
from checkout.orders.on_invoice import METHOD, credit_line, invoice_of
from checkout.orders.settle import earning_account, paying_account
from checkout.orders.tables import OrderRow
from checkout.payments.method import Outcome, OutcomeState
from checkout.payments.offline import OfflineCard
from checkout.payments.tables import PaymentAttemptRow, RefundRow

OPEN = ("pending", "checking")
"""States of a refund that its provider has not ended yet."""


def is_elsewhere(session: Session, row: RefundRow) -> bool:
    """Whether the money of a refund is moved by a provider, and not by the store itself."""
    return _attempt(session, row).provider not in ("", OfflineCard.provider)


def apply_refund(
    session: Session,
    order: OrderRow,
    row: RefundRow,
    outcome: Outcome,
    *,
    shift_id: str | None,
    now: datetime,
) -> bool:
    """The one door of refunds: what a provider said of one of a locked order, whoever asked.

    Returns whether this call settled it, so that its credit note is due. A refund that failed
    after all is taken out of the books again, and its money may be given back anew.
    """
    row.provider_id = outcome.provider_id or row.provider_id
    session.add(row)
    if outcome.state is OutcomeState.DECLINED and row.state == "succeeded":
        _fail(session, order, row, outcome.reason, now)
    if row.state not in OPEN:
        return False
    if outcome.state is OutcomeState.PAID and _is_ours(row, outcome):
        settle_refund(session, order, row, shift_id, now)
        return True
    if outcome.state in (OutcomeState.DECLINED, OutcomeState.CANCELLED):
        _fail(session, order, row, outcome.reason, now)
        return False
    row.state = "pending" if outcome.state is OutcomeState.WAITING else "checking"
    return False


def _is_ours(row: RefundRow, outcome: Outcome) -> bool:
    return (outcome.amount_minor, outcome.currency) == (row.amount_minor, row.currency)


def settle_refund(
    session: Session, order: OrderRow, row: RefundRow, shift_id: str | None, now: datetime
) -> None:
    """Number and post a refund that went back; with the whole price the eSIM goes too."""
    attempt = _attempt(session, row)
    wallets = [attempt.parameters["wallet_id"]] if order.method in WALLET_METHODS else []
    lines = [order.esim_id] if order.esim_id else []
    lock_lines(session, "id", lines)  # lines before wallets, as everywhere
    payers = payers_of(session, lines)
    bring_up_to_date(session, {*wallets, *payers}, now, row.actor)  # a line that ends owes nothing
    row.state, row.at, row.shift_id = "succeeded", now, shift_id
    _correct(session, order, row, now)
    is_all = _succeeded_minor(session, order) == order.total_minor
    if order.kind == "esim_purchase" and order.state == "delivered" and is_all:
        _take_back(session, order, row)
    elif is_all:
        order.state = "refunded"
    session.add(order)
    session.flush()
    bring_up_to_date(session, wallets, now, row.actor)


def _correct(session: Session, order: OrderRow, row: RefundRow, now: datetime) -> None:
    """Number and post a refund; of an order on invoice its credit note does both."""
    if order.method == METHOD:
        invoice = invoice_of(session, order)
        issue = Issue(row.actor, now, invoice.parties or {})
        parts = (row.amount_minor, row.tax_minor)
        note = credit_line(session, order, invoice, parts, reason=row.reason, issue=issue)
        row.number = note.number
    else:
        row.number = _next_credit_note(session, row.register_id)
    session.add(row)
    session.flush()
    if order.method != METHOD:
        _post(session, order, row, now)


def _fail(session: Session, order: OrderRow, row: RefundRow, why: str, now: datetime) -> None:
    attempt, was_posted = _attempt(session, row), row.state == "succeeded"
    row.state = "failed"
    attempt.refunded_minor -= row.amount_minor
    order.refunded_minor -= row.amount_minor
    if was_posted:
        attempt.reason = f"Refund {row.number} failed. {why}".strip()
        _post(session, order, row, now, back=True)
    session.add_all([row, attempt, order])
    session.flush()


def _attempt(session: Session, row: RefundRow) -> PaymentAttemptRow:
    return session.get_one(PaymentAttemptRow, row.attempt_id)


def _next_credit_note(session: Session, register_id: str) -> str:
    series = f"{register_id}-C"
    return f"{series}{next_number(session, series):06d}"


def _succeeded_minor(session: Session, order: OrderRow) -> int:
    statement = select(func.sum(RefundRow.amount_minor)).where(
        RefundRow.order_id == order.id, RefundRow.state == "succeeded"
    )
    return int(session.exec(statement).one() or 0)


def _post(
    session: Session, order: OrderRow, row: RefundRow, now: datetime, *, back: bool = False
) -> None:
    """Move a refund's net and tax out of the books, or back into them."""
    paid_from = paying_account(order, _attempt(session, row), row.register_id)
    named = f"{row.number} failed" if back else row.number
    shares = (
        (earning_account(order), row.amount_minor - row.tax_minor, f"Refund {named}"),
        (tax(order.currency), row.tax_minor, f"VAT of refund {named}"),
    )
    post(
        session,
        [
            Posting(
                debit=paid_from if back else account,
                credit=account if back else paid_from,
                amount=amount,
                kind="refund",
                reason=reason,
                source=order.reference,
                subject_id=order.id,
                actor=row.actor,
                at=now,
                recorded_at=now,
            )
            for account, amount, reason in shares
        ],
    )


def _take_back(session: Session, order: OrderRow, row: RefundRow) -> None:
    """A code that was ever shown is not sold again: the profile leaves the trade."""
    was_delivered, order.state = order.state == "delivered", "refunded"
    if not was_delivered:
        return
    withdraw(session, str(order.esim_id))
    revoke_line(
        session,
        line_id=str(order.esim_id),
        now=row.at,
        source=order.reference,
        actor=row.actor,
        reason=f"Refund {row.number}",
    )
