"""The drawer of this register: open, look, move cash, close."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlmodel import Session, col, select

from catalog.kernel.database import snapshot
from catalog.kernel.errors import NotFound
from catalog.kernel.settings import load_settings
from checkout.till import shift as till
from checkout.till.tables import ShiftRow
from checkout.till.z_report import totals_of
from store_app.desk.context import Desk
from store_app.desk.once import once


@dataclass(frozen=True, slots=True)
class ShiftView:
    """A shift as an X report while it is open, as its Z report once it is closed."""

    shift: str
    number: int | None
    register_id: str
    currency: str
    opened_by: str
    opened_at: datetime
    closed_at: datetime | None
    float_minor: int
    counted_minor: int | None
    expected_minor: int
    variance_minor: int | None
    totals: dict[str, Any]
    replayed: bool = False


_AS_JSON = TypeAdapter(ShiftView)


def current_shift(desk: Desk) -> ShiftView | None:
    """The open shift of this register, or None."""
    with snapshot(desk.engine) as session:
        row = till.open_shift_of(session, desk.register_id)
        return _view(session, row) if row else None


def x_report(desk: Desk) -> ShiftView:
    """The sums so far; changes nothing, may be asked at any time."""
    view = current_shift(desk)
    if view is None:
        raise NotFound(
            f"No shift is open at register {desk.register_id}. "
            "Open one: shift open --float AMOUNT.",
            code="no_open_shift",
        )
    return view


def last_z_report(desk: Desk, number: int | None = None) -> ShiftView:
    """A closed shift of this register by its number, the last one when none is named."""
    statement = select(ShiftRow).where(
        ShiftRow.register_id == desk.register_id, col(ShiftRow.closed_at).is_not(None)
    )
    if number is not None:
        statement = statement.where(ShiftRow.number == number)
    with snapshot(desk.engine) as session:
        row = session.exec(statement.order_by(col(ShiftRow.number).desc())).first()
        if row is None:
            raise NotFound("There is no such closed shift here.", code="unknown_shift")
        return _view(session, row)


def open_shift(desk: Desk, *, float_amount: str, key: str | None = None) -> ShiftView:
    """Open a shift with the counted float."""

    def work(session: Session) -> ShiftRow:
        return till.open_shift(
            session,
            desk.register_id,
            float_amount=float_amount,
            currency=load_settings(session).currency,
            actor=desk.actor,
            now=desk.clock(),
        )

    return _once(desk, "shift open", key, work, float_amount=float_amount)


def move_cash(desk: Desk, *, amount: str, reason: str, key: str | None = None) -> ShiftView:
    """Put cash into the drawer, or take it out with a negative amount."""

    def work(session: Session) -> ShiftRow:
        row = till.needed_shift(session, desk.register_id)
        till.move_cash(
            session, row, amount=amount, reason=reason, actor=desk.actor, now=desk.clock()
        )
        return row

    return _once(desk, "shift movement", key, work, amount=amount, reason=reason)


def close_shift(desk: Desk, *, counted: str, reason: str = "", key: str | None = None) -> ShiftView:
    """Close the shift with the counted cash: the numbered, immutable Z report."""

    def work(session: Session) -> ShiftRow:
        row = till.needed_shift(session, desk.register_id)
        return till.close_shift(
            session, row, counted=counted, reason=reason, actor=desk.actor, now=desk.clock()
        )

    return _once(desk, "shift close", key, work, counted=counted, reason=reason)


def _once(
    desk: Desk, verb: str, key: str | None, work: Callable[[Session], ShiftRow], **body: object
) -> ShiftView:
    """Do the work once per key; a repetition shows the shift as it was then."""

    def viewed(session: Session) -> dict[str, Any]:
        kept: dict[str, Any] = _AS_JSON.dump_python(_view(session, work(session)), mode="json")
        return kept

    kept, replayed = once(desk, verb, key, viewed, register=desk.register_id, **body)
    return replace(_AS_JSON.validate_python(kept), replayed=replayed)


def _view(session: Session, row: ShiftRow) -> ShiftView:
    is_open = row.closed_at is None
    expected = till.expected_minor(session, row) if is_open else row.expected_minor or 0
    return ShiftView(
        shift=row.id,
        number=row.number,
        register_id=row.register_id,
        currency=row.currency,
        opened_by=row.opened_by,
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        float_minor=row.float_minor,
        counted_minor=row.counted_minor,
        expected_minor=expected,
        variance_minor=None if row.counted_minor is None else row.counted_minor - expected,
        totals=row.totals or totals_of(session, row),
    )
