"""Lines between their rows and the pure fold: read under lock, written with their postings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import RowMapping, Table, bindparam, select, update
from sqlmodel import Session

from catalog.kernel.database import chunks
from catalog.kernel.numbering import insert_numbered
from checkout.billing.ledger import Account, Posting, data, line, post
from checkout.billing.prepaid import State, Terms
from checkout.billing.tables import GrantRow, LineRow

LINES: Table = LineRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it
GRANTS: Table = GrantRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it


@dataclass(frozen=True, slots=True)
class Line:
    """A line as it is stored: its terms, its balance, and how far that has come."""

    id: str
    number: int
    iccid_key: str | None
    kind: str
    terms: Terms
    state: State
    assigned_at: datetime
    expiry_import_id: str | None
    rated_until: datetime | None
    as_of: datetime
    source: str
    last_step: int = 0


@dataclass(frozen=True, slots=True)
class Change:
    """A line's next balance, and what the postings say about the difference.

    Attributes:
        at: when the difference counts.
        lost_at: when what expired was lost; the same as `at` unless given.
        reason: in words; each kind of posting has its own when this is empty.
        step: the step of a usage batch that it is; None for whatever is not usage.

    """

    line: Line
    state: State
    at: datetime
    source: str
    actor: str
    recorded_at: datetime
    as_of: datetime
    as_of_source: str
    rated_until: datetime | None
    expiry_import_id: str | None = None
    lost_at: datetime | None = None
    reason: str = ""
    step: int | None = None


def read_line(row: RowMapping | dict[str, Any]) -> Line:
    """A line from the columns of its row."""
    return Line(
        id=row["id"],
        number=row["number"],
        iccid_key=row["iccid_key"],
        kind=row["kind"],
        terms=Terms(timedelta(days=row["validity_days"]), row["start"], row["start_at"]),
        state=_state(row),
        assigned_at=row["assigned_at"],
        expiry_import_id=row["expiry_import_id"],
        rated_until=row["rated_until"],
        as_of=row["as_of"],
        source=row["source"],
        last_step=row["last_step"],
    )


def _state(row: RowMapping | dict[str, Any]) -> State:
    return State(
        granted=row["granted_bytes"],
        served=row["served_bytes"],
        expired=row["lost_bytes"] - row["revoked_bytes"],
        revoked=row["revoked_bytes"],
        left=row["left_bytes"],
        overrun=row["overrun_bytes"],
        used=row["used_bytes"],
        activated_at=row["activated_at"],
        expires_at=row["expires_at"],
        ended_at=row["ended_at"],
    )


def _columns(change: Change) -> dict[str, Any]:
    state = change.state
    return {
        "line_id": change.line.id,
        "new_granted_bytes": state.granted,
        "new_served_bytes": state.served,
        "new_lost_bytes": state.expired + state.revoked,
        "new_revoked_bytes": state.revoked,
        "new_left_bytes": state.left,
        "new_overrun_bytes": state.overrun,
        "new_used_bytes": state.used,
        "new_activated_at": state.activated_at,
        "new_expires_at": state.expires_at,
        "new_ended_at": state.ended_at,
        "new_expiry_import_id": change.expiry_import_id,
        "new_rated_until": change.rated_until,
        "new_as_of": change.as_of,
        "new_source": change.as_of_source,
        "new_last_step": change.line.last_step if change.step is None else change.step,
    }


K = TypeVar("K", str, int)


def lock_lines(session: Session, column: str, values: Iterable[K]) -> dict[K, Line]:
    """Lines by their `id` or `number`, locked by number until the transaction ends."""
    return read_lines(session, column, values, lock=True)


def read_lines(
    session: Session, column: str, values: Iterable[K], *, lock: bool = False
) -> dict[K, Line]:
    """Lines by their `id` or `number`."""
    key, found = LINES.c[column], {}
    for part in chunks(sorted(set(values))):
        wanted = select(LINES).where(key.in_(part)).order_by(LINES.c.number)
        asked = wanted.with_for_update() if lock else wanted
        for row in session.execute(asked).mappings():
            found[row[column]] = read_line(row)
    return found


def create(session: Session, change: Change) -> None:
    """Write a line that is new, with its first balance, and post that."""
    line = change.line
    row = {
        "id": line.id,
        "iccid_key": line.iccid_key,
        "kind": line.kind,
        "validity_days": line.terms.validity.days,
        "start": line.terms.start,
        "start_at": line.terms.start_at,
        "assigned_at": line.assigned_at,
    }
    balance = {name[4:]: value for name, value in _columns(change).items() if name[:4] == "new_"}
    insert_numbered(session, LINES, row | balance)
    post(session, list(_postings(change)))


def hold(session: Session, line_id: str, *, is_held: bool) -> None:
    """Note whether the store holds the service of a line back; usage is counted all the same."""
    session.execute(update(LINES).where(LINES.c.id == line_id).values(is_held=is_held))


def write(session: Session, changes: Sequence[Change]) -> None:
    """Store the balances, and post what has changed in each since its line was read."""
    store(session, changes)
    post(session, [posting for change in changes for posting in _postings(change)])


def store(session: Session, changes: Sequence[Change]) -> None:
    """Store the balances alone; the caller posts what has changed in them."""
    if not changes:
        return
    rows = [_columns(change) for change in changes]
    values: dict[str, Any] = {
        name[4:]: bindparam(name) for name in rows[0] if name.startswith("new_")
    }
    statement = update(LINES).where(LINES.c.id == bindparam("line_id")).values(values)
    session.connection().execute(statement, rows)


LATE = "late usage re-rated"
"""The reason of whatever a record changes that did not come in order."""

REASONS = {
    "sale": "data bought",
    "refill": "data added",
    "served": "usage",
    "lost": "expired with data left",
    "revoked": "refunded",
    "overrun": "usage beyond the balance, absorbed",
}
"""What each kind of posting about a line says when nothing else is said."""


def _postings(change: Change) -> Iterator[Posting]:
    """The difference of each total as one posting; a negative one goes the other way round.

    What gives back to the line comes first, so that no balance on the way is negative.
    """
    for kind, debit, credit, amount, at in _moves(change):
        forward = amount > 0
        yield Posting(
            debit=debit if forward else credit,
            credit=credit if forward else debit,
            amount=abs(amount),
            kind=kind,
            reason=change.reason or (REASONS[kind] if forward else LATE),
            source=change.source,
            subject_id=change.line.id,
            actor=change.actor,
            at=at,
            recorded_at=change.recorded_at,
        )


def _moves(change: Change) -> list[tuple[str, Account, Account, int, datetime]]:
    old, new, own, at = change.line.state, change.state, line(change.line.id), change.at
    granting = "refill" if old.granted else "sale"
    lost_at = change.lost_at or at
    moves = [
        (granting, data("issued"), own, new.granted - old.granted, at),
        ("served", own, data("served"), new.served - old.served, at),
        ("lost", own, data("expired"), new.expired - old.expired, lost_at),
        ("revoked", own, data("revoked"), new.revoked - old.revoked, at),
        ("overrun", data("absorbed"), data("served"), new.overrun - old.overrun, at),
    ]
    return sorted((move for move in moves if move[3]), key=lambda move: move[3] > 0)
