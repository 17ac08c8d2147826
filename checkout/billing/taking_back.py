"""A refill taken back: its line is put where it would be without it; what was used stays used."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session

from checkout.billing.line_rows import GRANTS, read_lines, write
from checkout.billing.lines import change_of, locked, pin_expiry, settled
from checkout.billing.prepaid import TakenBack, Usage, expire, replay
from checkout.billing.usage_history import read_histories, replayed


@dataclass(frozen=True, slots=True)
class Judged:
    """What taking a refill back would do now.

    Attributes:
        granted_bytes: what the refill gave.
        taken_bytes: what would be taken off the line.
        left_bytes: what would be left on it.
        is_used: whether a byte was used since the refill, by whatever it was paid.
        has_ended: the line has ended, and nothing is taken off it any more.

    """

    granted_bytes: int
    taken_bytes: int
    left_bytes: int
    is_used: bool
    has_ended: bool


def judge_refill(session: Session, line_id: str, grant_id: str, now: datetime) -> Judged:
    """Look at what a refill gave to a line; nothing is changed."""
    line = read_lines(session, "id", [line_id])[line_id]
    whole = read_histories(session, [line])[line_id]
    passed = line.state.expires_at
    history = whole.pinned(passed if passed is not None and passed <= now else None)
    grant = next(one for one in history.grants if one.id == grant_id)
    events = list(history.events(line.state.ended_at))
    before = expire(replay(line.terms, events), now)
    after = replay(line.terms, [*events, TakenBack(now, grant_id)])
    used = [one for one in events if isinstance(one, Usage) and one.bytes]
    return Judged(
        granted_bytes=grant.data_bytes,
        taken_bytes=before.left - after.left,
        left_bytes=after.left,
        is_used=any(one.at >= grant.at for one in used),
        has_ended=line.state.ended_at is not None,
    )


def take_back_refill(
    session: Session,
    *,
    line_id: str,
    grant_id: str,
    now: datetime,
    source: str,
    actor: str,
    reason: str,
) -> None:
    """Take back what a refill gave to a line, as far as it was not used; an ended line stays."""
    line = settled(session, locked(session, line_id), now, actor)
    if line.state.ended_at is not None:
        return
    pin_expiry(session, line, now)
    gone = update(GRANTS).where(GRANTS.c.id == grant_id)
    session.execute(gone.values(taken_back_at=now))
    state = replayed(session, line, None)
    session.execute(gone.values(taken_back_floor=state.expires_at))
    write(session, [replace(change_of(line, state, now, source, actor), reason=reason)])
