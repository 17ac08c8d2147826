"""What follows when a refund is known: its number, its postings, the goods; or its failure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, select

from catalog.kernel.numbering import next_number
from catalog.stock.reserve import withdraw
from checkout.billing.ledger import (
    Account,
    Posting,
    owed_to_customers,
    post,
    revenue,
    tax,
    wallet,
)
from checkout.billing.line_rows import lock_lines
from checkout.billing.lines import revoke_line
from checkout.billing.paygo_months import bring_up_to_date
from checkout.billing.paygo_rows import payers_of
from checkout.billing.subscriptions.issuing import Issue
from checkout.billing.taking_back import take_back_refill
from checkout.orders.buyers import WALLET_METHODS
from checkout.orders.into_wallet import keeps_vat
from checkout.orders.on_invoice import METHOD, credit_line, invoice_of
from checkout.orders.set_aside import SET_ASIDE, lock_money, put_back
from checkout.orders.settle import earning_account, paying_account
from checkout.orders.tables import OrderRow
from checkout.payments.method import Outcome, OutcomeState
from checkout.payments.offline import OfflineCard
from checkout.payments.tables import PaymentAttemptRow, RefundRow

OPEN = ("pending", "checking")
"""States of a refund that its provider has not ended yet."""


def is_elsewhere(session: Session, row: RefundRow) -> bool:
    """Whether the money of a refund is moved by a provider, and not by the store itself."""
    is_provider = _attempt(session, row).provider not in ("", OfflineCard.provider)
    return is_provider and row.wallet_id is None


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
    """Number and post a refund that went back; with the whole price the goods go too."""
    attempt = _attempt(session, row)
    wallets = [attempt.parameters["wallet_id"]] if order.method in WALLET_METHODS else []
    wallets += [row.wallet_id] if row.wallet_id else []
    lines = [order.esim_id] if order.esim_id else []
    lock_lines(session, "id", lines)  # lines before wallets, as everywhere
    payers = payers_of(session, lines)
    bring_up_to_date(session, {*wallets, *payers}, now, row.actor)  # a line that ends owes nothing
    row.state, row.at, row.shift_id = "succeeded", now, shift_id
    _correct(session, order, row, now)
    is_all = _succeeded_minor(session, order) == order.total_minor
    if is_all:
        was_delivered, order.state = order.state == "delivered", "refunded"
        if was_delivered:
            _take_back(session, order, row)
    session.add(order)
    session.flush()
    bring_up_to_date(session, wallets, now, row.actor)


def _correct(session: Session, order: OrderRow, row: RefundRow, now: datetime) -> None:
    """Number and post a refund; of an order on invoice its credit note does both."""
    if order.method == METHOD:
        invoice = invoice_of(session, order)
        issue = Issue(row.actor, now, invoice.parties or {}, given_by(order))
        parts = (row.amount_minor, row.tax_minor)
        note = credit_line(session, order, invoice, parts, reason=row.reason, issue=issue)
        row.number = note.number
    else:
        row.number = _next_credit_note(session, row.register_id)
    session.add(row)
    session.flush()
    if order.method != METHOD:
        _post(session, order, row, now)
    _post_pack(session, order, row, now)


def given_by(order: OrderRow) -> Account:
    """The account that a refund's net comes out of: what was set aside for it is owed."""
    return owed_to_customers(order.currency) if order.kind in SET_ASIDE else earning_account(order)


def _fail(session: Session, order: OrderRow, row: RefundRow, why: str, now: datetime) -> None:
    attempt, was_posted = _attempt(session, row), row.state == "succeeded"
    if order.kind in SET_ASIDE:
        lock_money(session, order, row.actor, now)
    row.state = "failed"
    attempt.refunded_minor -= row.amount_minor
    order.refunded_minor -= row.amount_minor
    if was_posted:
        attempt.reason = f"Refund {row.number} failed. {why}".strip()
        _post(session, order, row, now, back=True)
        _post_pack(session, order, row, now, back=True)
    if order.kind in SET_ASIDE:
        put_back(session, order, row, now)
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
    vat_minor = row.tax_minor
    if row.wallet_id is not None:
        paid_from = wallet(row.wallet_id, order.currency)
        vat_minor = 0 if keeps_vat(session) else vat_minor
    named = f"{row.number} failed" if back else row.number
    shares = (
        (given_by(order), row.amount_minor - row.tax_minor, f"Refund {named}"),
        (tax(order.currency), vat_minor, f"VAT of refund {named}"),
    )
    moves = [(account, paid_from, amount, reason) for account, amount, reason in shares]
    _write(session, order, row, moves, now, back=back)


def _post_pack(
    session: Session, order: OrderRow, row: RefundRow, now: datetime, *, back: bool = False
) -> None:
    """What a pack gave beyond its price came out of revenue and goes back there."""
    beyond = row.set_aside_minor - (row.amount_minor - row.tax_minor)
    if order.kind not in SET_ASIDE:
        return
    sides = (given_by(order), revenue(order.currency))
    debit, credit_ = sides if beyond > 0 else sides[::-1]
    moves = [(debit, credit_, abs(beyond), f"Pack of {order.reference} taken back")]
    _write(session, order, row, moves, now, back=back)


def _write(
    session: Session,
    order: OrderRow,
    row: RefundRow,
    moves: Sequence[tuple[Account, Account, int, str]],
    now: datetime,
    *,
    back: bool,
) -> None:
    """Post amounts about an order from one account to another, or all the other way round."""
    post(
        session,
        [
            Posting(
                debit=credit_ if back else debit,
                credit=debit if back else credit_,
                amount=amount,
                kind="refund",
                reason=reason,
                source=order.reference,
                subject_id=order.id,
                actor=row.actor,
                at=now,
                recorded_at=now,
            )
            for debit, credit_, amount, reason in moves
        ],
    )


def _take_back(session: Session, order: OrderRow, row: RefundRow) -> None:
    """A code that was ever shown is not sold again: the profile leaves the trade."""
    said: dict[str, Any] = {
        "line_id": str(order.esim_id),
        "now": row.at,
        "source": order.reference,
        "actor": row.actor,
        "reason": f"Refund {row.number}",
    }
    if order.kind == "esim_purchase":
        withdraw(session, str(order.esim_id))
        revoke_line(session, **said)
    elif order.kind == "esim_refill":
        take_back_refill(session, grant_id=order.id, **said)
