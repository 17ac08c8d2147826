"""Payment attempts: written before the money moves, settled through one door."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Table, bindparam, update
from sqlmodel import Session, col, select

from catalog.kernel.database import tell
from catalog.kernel.errors import Refused
from catalog.kernel.ids import new_id
from checkout.payments.method import Attempt, Outcome, OutcomeState
from checkout.payments.tables import PaymentAttemptRow

_OPEN = ("pending", "checking")
_STATES = {
    OutcomeState.WAITING: "pending",
    OutcomeState.PAID: "succeeded",
    OutcomeState.DECLINED: "declined",
    OutcomeState.CANCELLED: "cancelled",
    OutcomeState.UNKNOWN: "checking",
}
_ATTEMPTS: Table = PaymentAttemptRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it
_SAID = (
    update(_ATTEMPTS)
    .where(_ATTEMPTS.c.id == bindparam("attempt_id"), _ATTEMPTS.c.state.in_(_OPEN))
    .values(
        state=bindparam("new_state"),
        provider_id=bindparam("new_provider_id"),
        settled_at=bindparam("new_settled_at"),
    )
    .returning(_ATTEMPTS.c.id)
)


def open_attempt(
    session: Session,
    *,
    order_id: str,
    method: str,
    amount_minor: int,
    currency: str,
    parameters: Mapping[str, Any],
    now: datetime,
) -> PaymentAttemptRow:
    """Write the intent to collect an amount; its parameters never change afterwards."""
    attempt_id = new_id()
    row = PaymentAttemptRow(
        id=attempt_id,
        order_id=order_id,
        method=method,
        amount_minor=amount_minor,
        currency=currency,
        state="pending",
        idempotency_key=f"attempt-{attempt_id}",
        parameters=dict(parameters),
        created_at=now,
    )
    session.add(row)
    return row


def apply_payment(
    session: Session, row: PaymentAttemptRow, outcome: Outcome, now: datetime
) -> bool:
    """The one door: record what a provider said of an open attempt.

    Returns whether this call is the one that turned it into a paid attempt; only that caller
    goes on to deliver. A payment of another amount or currency is refused, loudly.
    """
    paid = outcome.state is OutcomeState.PAID
    if paid and (outcome.amount_minor, outcome.currency) != (row.amount_minor, row.currency):
        raise Refused(
            "The payment's amount or currency is not the order's; nothing was delivered. "
            "Check the order before going on.",
            code="payment_mismatch",
        )
    said = {
        "state": _STATES[outcome.state],
        "provider_id": outcome.provider_id or row.provider_id,
        "settled_at": now if paid else None,
    }
    new = {f"new_{name}": value for name, value in said.items()}
    known = row not in session.new  # nobody else can have changed what is not written yet
    if known and session.execute(_SAID, {"attempt_id": row.id, **new}).first() is None:
        session.refresh(row)
        return False
    tell(row, said)
    return paid


def attempts_of(session: Session, order_id: str) -> list[PaymentAttemptRow]:
    """An order's attempts, the latest last."""
    statement = (
        select(PaymentAttemptRow)
        .where(PaymentAttemptRow.order_id == order_id)
        .order_by(col(PaymentAttemptRow.created_at), col(PaymentAttemptRow.id))
    )
    return list(session.exec(statement).all())


def cancel_open(session: Session, order_id: str) -> None:
    """Close the attempts of an order that nobody will collect any more."""
    session.execute(
        update(PaymentAttemptRow)
        .where(col(PaymentAttemptRow.order_id) == order_id, col(PaymentAttemptRow.state).in_(_OPEN))
        .values(state="cancelled")
    )


def value_of(row: PaymentAttemptRow) -> Attempt:
    """The frozen value that a method is told."""
    return Attempt(
        id=row.id,
        order_id=row.order_id,
        method=row.method,
        amount_minor=row.amount_minor,
        currency=row.currency,
        idempotency_key=row.idempotency_key,
        provider_id=row.provider_id,
        parameters=row.parameters,
    )
