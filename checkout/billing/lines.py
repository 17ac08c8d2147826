"""What happens to a line besides usage: it is opened, refilled, expires and ends."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import insert, select, update
from sqlmodel import Session

from catalog.esim.identifiers import iccid_key
from catalog.kernel.errors import NotFound, Refused
from catalog.kernel.prepared import run
from checkout.billing.line_rows import (
    GRANTS,
    LINES,
    Change,
    Line,
    create,
    lock_lines,
    read_line,
    write,
)
from checkout.billing.paygo_months import once_paid
from checkout.billing.paygo_rows import PAYGO, Paygo, paygo_lines, paygo_status
from checkout.billing.periods import month_end
from checkout.billing.prepaid import End, Grant, State, Terms, apply, expire, status
from checkout.billing.tables import WalletRow
from checkout.billing.usage_history import replayed
from checkout.billing.wallets import available_minor

SWEEP = 5_000
"""Most expiries that one transaction posts."""

_DAY = timedelta(days=1)
_NEW_GRANT = insert(GRANTS)


@dataclass(frozen=True, slots=True)
class LineState:
    """A line's balance and service as they are at one instant, sweep or no sweep.

    Attributes:
        left_bytes: None for PAYGO, which has no balance of its own.
        used_bytes: served in the current balance, without overrun (decision 18).
        days_left: begun days until expiry; None until the clock is set. A PAYGO month is renewed
            at its end while the wallet can pay.
        as_of: the instant of the newest usage record known, of the last grant before any.
        source: who reported that record.
        status: `activation_ready`, `active`, `suspended` or `archived`.
        reason: `depleted`, `expired`, `refunded`, `wallet at its limit`, `mrc unpaid` or empty.

    """

    left_bytes: int | None
    used_bytes: int
    days_left: int | None
    activated_at: datetime | None
    expires_at: datetime | None
    overrun_bytes: int
    as_of: datetime
    source: str
    status: str
    reason: str


def open_line(
    session: Session,
    *,
    line_id: str,
    iccid: str,
    validity_days: int,
    start: str,
    start_at: datetime | None,
    grant_id: str,
    data_bytes: int,
    now: datetime,
    source: str,
    actor: str,
) -> None:
    """Give a sold profile its data; the clock starts as `start` says (prepaid, clause 2).

    `start_at` is the instant of `fixed_date`; the other starts do without. An empty `iccid` is
    told later, by `numbers.identify_line`.
    """
    opened = Line(
        id=line_id,
        number=0,
        iccid_key=iccid_key(iccid) if iccid else None,
        kind="prepaid",
        terms=Terms(timedelta(days=validity_days), start, start_at),
        state=State(),
        assigned_at=now,
        expiry_import_id=None,
        rated_until=None,
        as_of=now,
        source="sale",
    )
    grant = Grant(now, grant_id, data_bytes, is_refill=False)
    granted = apply(opened.terms, opened.state, grant)
    create(session, change_of(opened, granted, now, source, actor))
    _insert_grant(session, opened, grant)


def refill_line(
    session: Session,
    *,
    line_id: str,
    grant_id: str,
    data_bytes: int,
    now: datetime,
    source: str,
    actor: str,
) -> LineState:
    """Add data at `now` and extend the validity (prepaid, clause 4); an ended line refuses.

    What is given is known by `grant_id` when it is taken back (`taking_back`).
    """
    line = settled(session, locked(session, line_id), now, actor)
    if line.state.ended_at is not None:
        raise Refused(
            "This eSIM was refunded and has ended; nothing was added. Sell a new one.",
            code="line_ended",
        )
    pin_expiry(session, line, now)
    grant = Grant(now, grant_id, data_bytes, is_refill=True)
    granted = apply(line.terms, line.state, grant)
    _insert_grant(session, line, replace(grant, expires_floor=granted.expires_at))
    state = replayed(session, line, None) if _is_behind(line, now) else granted
    change = change_of(line, state, now, source, actor)
    write(session, [change])
    return describe(_after(change), now)


def revoke_line(
    session: Session, *, line_id: str, now: datetime, source: str, actor: str, reason: str
) -> None:
    """End a line after a refund: what is left is revoked; a line that has ended stays so."""
    line = settled(session, locked(session, line_id), now, actor)
    if line.state.ended_at is not None:
        return
    if line.kind == "paygo":  # the months after the end cost nothing
        session.execute(update(PAYGO).where(PAYGO.c.line_id == line_id).values(mrc_due_at=None))
    behind = _is_behind(line, now)
    ended = replayed(session, line, now) if behind else apply(line.terms, line.state, End(now))
    write(session, [replace(change_of(line, ended, now, source, actor), reason=reason)])


def line_state(session: Session, line_id: str, now: datetime) -> LineState:
    """The truth about a line at `now`; `NotFound` when nothing was sold under that id."""
    line = _stored(session, line_id)
    if line.kind != "paygo":
        return describe(line, now)
    paygo = paygo_lines(session, [line_id])[line_id]
    payer = session.get_one(WalletRow, paygo.wallet_id, populate_existing=True)
    paid, funds = once_paid(session, {payer.id: available_minor(session, payer, now)}, now)
    payable = funds[payer.id] if payer.enabled else None
    return describe(line, now, paid.get(line_id, paygo), payable)


def describe(
    line: Line, now: datetime, paygo: Paygo | None = None, payable_minor: int | None = 0
) -> LineState:
    """What a stored line amounts to at `now`; a PAYGO line with what its wallet can pay.

    None is a wallet that is switched off.
    """
    state = expire(line.state, now)
    word, reason = status(state, now)
    expires_at = state.expires_at
    if paygo is not None:
        word, reason = paygo_status(state, paygo, payable_minor, now)
        expires_at = state.activated_at and month_end(state.activated_at, now)
    left = None if expires_at is None else max(expires_at - now, timedelta())
    return LineState(
        left_bytes=state.left if paygo is None else None,
        used_bytes=state.used,
        days_left=None if left is None else -(-left // _DAY),
        activated_at=state.activated_at,
        expires_at=expires_at,
        overrun_bytes=state.overrun,
        as_of=line.as_of,
        source=line.source,
        status=word,
        reason=reason,
    )


def settle_expiries(session: Session, now: datetime, limit: int = SWEEP) -> int:
    """Post what expired lines have lost, at exactly their expiry; the number of lines."""
    due = (LINES.c.expires_at <= now) & (LINES.c.left_bytes > 0)
    ids = session.execute(select(LINES.c.id).where(due).order_by(LINES.c.id).limit(limit))
    lines = lock_lines(session, "id", ids.scalars()).values()
    changes = [_expiry(line, now, "maintenance") for line in lines]
    write(session, [change for change in changes if change])
    return sum(change is not None for change in changes)


def _stored(session: Session, line_id: str) -> Line:
    found = select(LINES).where(LINES.c.id == line_id)
    if row := session.execute(found).mappings().one_or_none():
        return read_line(row)
    raise _unknown_line()


def _unknown_line() -> NotFound:
    return NotFound("Nothing was sold for this eSIM; sell or assign a plan first.")


def locked(session: Session, line_id: str) -> Line:
    """A line, locked; `NotFound` when nothing was sold under that id."""
    found = lock_lines(session, "id", [line_id])
    if line_id not in found:
        raise _unknown_line()
    return found[line_id]


def _is_behind(line: Line, at: datetime) -> bool:
    """Whether the stored balance holds events that do not come before `at`."""
    return line.rated_until is not None and line.rated_until >= at


def settled(session: Session, line: Line, now: datetime, actor: str) -> Line:
    """The line with its expiry posted when that has passed."""
    change = _expiry(line, now, actor)
    if change is None:
        return line
    write(session, [change])
    return _after(change)


def _expiry(line: Line, now: datetime, actor: str) -> Change | None:
    state, at = expire(line.state, now), line.state.expires_at
    if at is None or state is line.state:
        return None
    expired = change_of(line, state, at, "expiry", actor)
    return replace(
        expired,
        recorded_at=now,
        as_of=line.as_of,
        as_of_source=line.source,
        expiry_import_id=line.expiry_import_id,
    )


def change_of(line: Line, state: State, at: datetime, source: str, actor: str) -> Change:
    """The next balance of a line by something else than usage."""
    used = state.activated_at is not None
    return Change(
        line=line,
        state=state,
        at=at,
        source=source,
        actor=actor,
        recorded_at=at,
        as_of=line.as_of if used else at,
        as_of_source=line.source,
        rated_until=max(line.rated_until or at, at),
    )


def _after(change: Change) -> Line:
    return replace(
        change.line,
        state=change.state,
        rated_until=change.rated_until,
        as_of=change.as_of,
        source=change.as_of_source,
        expiry_import_id=change.expiry_import_id,
    )


def pin_expiry(session: Session, line: Line, now: datetime) -> None:
    """Keep an expiry that has passed: usage that is reported late never moves it earlier."""
    if line.state.expires_at is None or line.state.expires_at > now:
        return
    last = select(GRANTS.c.id).where(GRANTS.c.line_id == line.id, GRANTS.c.taken_back_at.is_(None))
    newest = last.order_by(GRANTS.c.at.desc(), GRANTS.c.id.desc()).limit(1).scalar_subquery()
    pin = update(GRANTS).where(GRANTS.c.id == newest).values(expires_floor=line.state.expires_at)
    session.execute(pin)


def _insert_grant(session: Session, line: Line, grant: Grant) -> None:
    row = {
        "id": grant.id,
        "line_id": line.id,
        "kind": "refill" if grant.is_refill else "sale",
        "data_bytes": grant.data_bytes,
        "at": grant.at,
        "expires_floor": grant.expires_floor,
    }
    run(session, _NEW_GRANT, row)
