"""The drawer: a shift is opened with a counted float and closed with a count.

The ledger account of the drawer is what is expected in it: float, cash sales, refunds and
movements are all postings, and closing empties it to the safe.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from catalog.kernel.database import direct
from catalog.kernel.errors import Refused
from catalog.kernel.ids import new_id
from catalog.kernel.money import parse_amount
from catalog.kernel.numbering import next_number
from checkout.billing.ledger import Account, Posting, balance, drawer, post
from checkout.till.tables import CashMovementRow, ShiftRow
from checkout.till.z_report import totals_of

_OPEN_SHIFT = select(ShiftRow).where(
    ShiftRow.register_id == bindparam("register"), col(ShiftRow.closed_at).is_(None)
)
_OPEN_DRAWER = _OPEN_SHIFT.with_only_columns(
    col(ShiftRow.id), col(ShiftRow.currency)
).with_for_update()
_LOCKED_SHIFT = _OPEN_SHIFT.with_for_update().execution_options(populate_existing=True)


def open_shift_of(session: Session, register_id: str, *, lock: bool = False) -> ShiftRow | None:
    """The open shift of a register; locked when a sale must fall wholly on one side of its end."""
    statement = _LOCKED_SHIFT if lock else _OPEN_SHIFT
    return session.execute(statement, {"register": register_id}).scalars().first()


def open_drawer(session: Session, register_id: str) -> tuple[str, str] | None:
    """The id and the currency of a register's open shift, locked as for a sale, and no more."""
    row = direct(session).execute(_OPEN_DRAWER, {"register": register_id}).first()
    return (row.id, row.currency) if row else None


def needed_shift(session: Session, register_id: str) -> ShiftRow:
    """The open shift, locked, or `Refused`."""
    row = open_shift_of(session, register_id, lock=True)
    if row is None:
        raise Refused(
            f"No shift is open at register {register_id}; nothing has changed. "
            "Open one: shift open --float AMOUNT.",
            code="no_open_shift",
        )
    return row


def open_shift(
    session: Session,
    register_id: str,
    *,
    float_amount: str,
    currency: str,
    actor: str,
    now: datetime,
) -> ShiftRow:
    """Open a shift with the counted float."""
    if open_shift_of(session, register_id) is not None:
        raise Refused(
            f"A shift is open at register {register_id} already; it is unchanged. Close it first.",
            code="shift_open",
        )
    row = ShiftRow(
        id=new_id(),
        register_id=register_id,
        currency=currency,
        opened_by=actor,
        opened_at=now,
        float_minor=_counted(float_amount, currency, "float"),
    )
    session.add(row)
    session.flush()
    _move(session, row, row.float_minor, "Float", actor=actor, now=now)
    return row


def move_cash(
    session: Session, row: ShiftRow, *, amount: str, reason: str, actor: str, now: datetime
) -> None:
    """Put cash into the drawer (positive) or take it out (negative), with a reason."""
    amount_minor = parse_amount(amount, row.currency)
    if amount_minor == 0 or not reason.strip():
        raise Refused(
            "A cash movement needs an amount and a reason; nothing has changed.",
            code="bad_amount",
            field="reason" if amount_minor else "amount",
        )
    if expected_minor(session, row) + amount_minor < 0:
        raise Refused(
            "The drawer does not hold that much; nothing has changed.",
            code="drawer_too_low",
            field="amount",
        )
    session.add(
        CashMovementRow(
            id=new_id(),
            shift_id=row.id,
            amount_minor=amount_minor,
            reason=reason,
            actor=actor,
            at=now,
        )
    )
    _move(session, row, amount_minor, reason, actor=actor, now=now)


def expected_minor(session: Session, row: ShiftRow) -> int:
    """What should be in the drawer of an open shift now."""
    return balance(session, drawer(row.register_id, row.currency))


def close_shift(
    session: Session, row: ShiftRow, *, counted: str, reason: str, actor: str, now: datetime
) -> ShiftRow:
    """Close a locked shift: the Z report is numbered and frozen, the drawer emptied."""
    row.counted_minor = _counted(counted, row.currency, "counted")
    row.expected_minor = expected_minor(session, row)
    row.totals = totals_of(session, row)
    row.number = next_number(session, f"{row.register_id}-Z")
    row.closed_by, row.closed_at, row.reason = actor, now, reason
    session.add(row)
    session.flush()
    variance_minor = row.counted_minor - row.expected_minor
    _move(
        session, row, variance_minor, "Variance", actor=actor, now=now, other_kind="cash_variance"
    )
    _move(session, row, -row.counted_minor, "To the safe", actor=actor, now=now)
    return row


def _counted(text: str, currency: str, field: str) -> int:
    amount_minor = parse_amount(text, currency, field=field)
    if amount_minor < 0:
        raise Refused(
            "Counted cash is zero or more; nothing has changed.", code="bad_amount", field=field
        )
    return amount_minor


def _move(
    session: Session,
    row: ShiftRow,
    amount_minor: int,
    reason: str,
    *,
    actor: str,
    now: datetime,
    other_kind: str = "safe",
) -> None:
    other = Account(other_kind, row.register_id, row.currency, normal_side="debit", tracked=False)
    till = drawer(row.register_id, row.currency)
    into = amount_minor > 0
    posting = Posting(
        debit=till if into else other,
        credit=other if into else till,
        amount=abs(amount_minor),
        kind="cash_movement",
        reason=reason,
        source=f"shift {row.register_id}",
        subject_id=row.id,
        actor=actor,
        at=now,
        recorded_at=now,
    )
    post(session, [posting])
