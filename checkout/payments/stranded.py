"""Money that came in and could not be earned: owed to the customer until it went back."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, select

from checkout.billing.ledger import Posting, card_clearing, owed_to_customers, post
from checkout.billing.tables import PostingRow
from checkout.payments.tables import PaymentAttemptRow

OPEN = ("pending", "checking")
"""States of an attempt that may still be paid."""


def owe(
    session: Session, row: PaymentAttemptRow, actor: str, now: datetime, *, back: bool = False
) -> None:
    """Owe the customer what came in with a stranded attempt, or no more once it went back."""
    clearing = card_clearing(row.received_currency)
    owed = owed_to_customers(row.received_currency)
    done = Posting(
        debit=owed if back else clearing,
        credit=clearing if back else owed,
        amount=row.received_minor,
        kind="payment_returned" if back else "payment_stranded",
        reason=row.reason,
        source=row.provider_id,
        subject_id=row.id,
        actor=actor,
        at=now,
        recorded_at=now,
    )
    post(session, [done])


def strand(session: Session, attempt_id: str, reason: str, *, actor: str, now: datetime) -> bool:
    """Put an open attempt whose money came in and can't be earned before a clerk.

    Returns whether it was open; what was paid or closed meanwhile stays as it is.
    """
    row = _locked(session, attempt_id)
    if row.state not in OPEN:
        return False
    row.state, row.reason, row.page_url = "stranded", reason, ""
    row.received_minor, row.received_currency = row.amount_minor, row.currency
    session.add(row)
    owe(session, row, actor, now)
    return True


def give_back(session: Session, attempt_id: str, reason: str, *, actor: str, now: datetime) -> None:
    """Note that what came in with a stranded attempt went back."""
    row = _locked(session, attempt_id)
    if row.state != "stranded":
        return
    row.state, row.reason = "returned", reason
    session.add(row)
    owe(session, row, actor, now, back=True)


def strand_again(
    session: Session, attempt_id: str, reason: str, *, actor: str, now: datetime
) -> bool:
    """Note that what was on its way back came in again; whether it had been."""
    row = _locked(session, attempt_id)
    if row.state != "returned":
        return False
    row.state, row.reason = "stranded", reason
    session.add(row)
    owe(session, row, actor, now)
    return True


def key_of_return(session: Session, attempt_id: str, *, latest: bool = False) -> str:
    """The idempotency key of the next return of an attempt's money, or of the latest one.

    It follows from the books, so that asking again can't pay twice; only after a return has
    failed there is another.
    """
    mine = (PostingRow.subject_id == attempt_id, PostingRow.kind == "payment_returned")
    earlier = session.exec(select(func.count()).select_from(PostingRow).where(*mine)).one()
    number = earlier - latest
    return f"return-{attempt_id}-{number}" if number else f"return-{attempt_id}"


def _locked(session: Session, attempt_id: str) -> PaymentAttemptRow:
    return session.get_one(
        PaymentAttemptRow, attempt_id, with_for_update=True, populate_existing=True
    )
