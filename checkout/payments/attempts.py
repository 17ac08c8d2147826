"""Payment attempts: written before the money moves, settled through one door."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Table, bindparam, update
from sqlmodel import Session, col, select

from catalog.kernel.ids import new_id
from catalog.kernel.new_rows import is_unwritten, new_row, tell
from checkout.payments.method import Attempt, Outcome, OutcomeState, PaymentMethod, Prepared
from checkout.payments.stranded import OPEN, owe
from checkout.payments.tables import PaymentAttemptRow

_CLOSED = ("declined", "cancelled")
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
    .where(
        _ATTEMPTS.c.id == bindparam("attempt_id"),
        _ATTEMPTS.c.state.in_(bindparam("before", expanding=True)),
    )
    .values(
        state=bindparam("new_state"),
        provider_id=bindparam("new_provider_id"),
        settled_at=bindparam("new_settled_at"),
        reason=bindparam("new_reason"),
        page_url=bindparam("new_page_url"),
        needs_payer=bindparam("new_needs_payer"),
        received_minor=bindparam("new_received_minor"),
        received_currency=bindparam("new_received_currency"),
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
    row = new_row(
        PaymentAttemptRow,
        id=attempt_id,
        order_id=order_id,
        method=method,
        amount_minor=amount_minor,
        due_minor=amount_minor,
        currency=currency,
        state="pending",
        idempotency_key=f"attempt-{attempt_id}",
        parameters=dict(parameters),
        created_at=now,
    )
    session.add(row)
    return row


def freeze(row: PaymentAttemptRow, method: PaymentMethod, prepared: Prepared) -> None:
    """Write down whose an attempt is and what it will send, before the transaction ends."""
    row.provider = method.provider
    row.livemode = method.livemode
    row.parameters = dict(prepared.parameters)
    row.expires_at = prepared.expires_at


def follow(row: PaymentAttemptRow, leader: PaymentAttemptRow) -> None:
    """Let another attempt's call collect for this one too; both have been frozen."""
    row.led_by = leader.id
    row.due_minor = leader.due_minor
    row.provider, row.livemode = leader.provider, leader.livemode
    row.expires_at = leader.expires_at


def apply_payment(
    session: Session, row: PaymentAttemptRow, outcome: Outcome, *, actor: str, now: datetime
) -> bool:
    """The one door: record what a provider said of an attempt, whoever asked it.

    Returns whether this call is the one that turned it into a paid attempt; only that caller
    goes on to deliver. Money that came in otherwise is `stranded`: of another amount, currency,
    order or mode, or after the attempt was closed. Nothing demotes a paid attempt.
    """
    if outcome.state is not OutcomeState.PAID:
        _change(session, row, outcome, OPEN, _STATES[outcome.state])
        return False
    wrong = _mismatch(session, row, outcome)
    if wrong and row.led_by:  # the money stands with the attempt that asked for it
        _change(session, row, outcome, OPEN, "cancelled", reason=wrong)
        return False
    if wrong:
        came = {
            "received_minor": max(outcome.amount_minor, 0),
            "received_currency": outcome.currency or row.currency,
        }
        changed = _change(
            session, row, outcome, (*OPEN, *_CLOSED), "stranded", reason=wrong, **came
        )
    elif _change(session, row, outcome, OPEN, "succeeded", settled_at=now):
        return True
    else:
        late = {"received_minor": row.amount_minor, "received_currency": row.currency}
        reason = "Paid after it was given up."
        changed = _change(session, row, outcome, _CLOSED, "stranded", reason=reason, **late)
    if changed:
        owe(session, row, actor, now)
    return False


def _mismatch(session: Session, row: PaymentAttemptRow, outcome: Outcome) -> str:
    """What a payment differs in from its attempt; empty when in nothing."""
    asked = session.get_one(PaymentAttemptRow, row.led_by) if row.led_by else row
    pairs = {
        "amount": (outcome.amount_minor, row.due_minor),
        "currency": (outcome.currency, row.currency),
        "order": (outcome.order_id, asked.order_id),
        "mode": (outcome.livemode, row.livemode),
    }
    wrong = [name for name, (theirs, ours) in pairs.items() if theirs != ours]
    return f"Paid with another {' and '.join(wrong)}." if wrong else ""


def _change(
    session: Session,
    row: PaymentAttemptRow,
    outcome: Outcome,
    before: tuple[str, ...],
    state: str,
    **values: Any,
) -> bool:
    """Move an attempt on if it is in one of the states before; says whether it was."""
    said = {
        "state": state,
        "provider_id": outcome.provider_id or row.provider_id,
        "settled_at": None,
        "reason": outcome.reason,
        "page_url": outcome.page_url,
        "needs_payer": outcome.needs_payer,
        "received_minor": 0,
        "received_currency": "",
    } | values
    if is_unwritten(row):  # nobody else can have changed what is not written yet
        changed = row.state in before
    else:
        new = {f"new_{name}": value for name, value in said.items()}
        names = {"attempt_id": row.id, "before": before}
        changed = session.execute(_SAID, names | new).first() is not None
    if not changed:
        session.refresh(row)
        return False
    tell(row, said)
    return True


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
        .where(col(PaymentAttemptRow.order_id) == order_id, col(PaymentAttemptRow.state).in_(OPEN))
        .values(state="cancelled")
    )


def asked_for(session: Session, row: PaymentAttemptRow) -> Attempt:
    """What the provider is asked about an attempt: the one that leads it, with the whole due."""
    asked = session.get_one(PaymentAttemptRow, row.led_by) if row.led_by else row
    return replace(value_of(asked), amount_minor=asked.due_minor)


def value_of(row: PaymentAttemptRow) -> Attempt:
    """The frozen value that a method is told."""
    return Attempt(
        id=row.id,
        order_id=row.order_id,
        method=row.method,
        provider=row.provider,
        livemode=row.livemode,
        amount_minor=row.amount_minor,
        currency=row.currency,
        idempotency_key=row.idempotency_key,
        provider_id=row.provider_id,
        parameters=row.parameters,
        created_at=row.created_at,
        page_url=row.page_url,
    )
