"""Letters to the owners of cards whose approval a refill waits for: written first, sent later."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Table, or_, update
from sqlmodel import Session, col, select

from catalog.kernel.database import insert_new
from catalog.kernel.ids import new_id
from checkout.billing.refill_tables import RefillEpisodeRow, RefillLetterRow

_LETTERS: Table = RefillLetterRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it
BUSY: Final = timedelta(minutes=2)
"""How long a letter is its sender's alone; one that died leaves it to the next after that."""
ACTOR: Final = "auto refill"


def write_letter(
    session: Session, episode_id: str, now: datetime, *, number: int = 1, actor: str = ""
) -> None:
    """Write an episode's letter of this number, unless it is there already."""
    row = {
        "id": new_id(),
        "episode_id": episode_id,
        "number": number,
        "state": "waiting",
        "recipient": "",
        "reason": "",
        "actor": actor or ACTOR,
        "written_at": now,
    }
    insert_new(session, _LETTERS, [row], "id")


def last_letter(session: Session, episode_id: str) -> RefillLetterRow | None:
    """The latest letter about an episode."""
    mine = select(RefillLetterRow).where(RefillLetterRow.episode_id == episode_id)
    return session.exec(mine.order_by(col(RefillLetterRow.number).desc())).first()


def letters_to_send(session: Session) -> list[tuple[RefillLetterRow, RefillEpisodeRow]]:
    """Letters that wait, of episodes that still do, the oldest first."""
    statement = (
        select(RefillLetterRow, RefillEpisodeRow)
        .join(RefillEpisodeRow, col(RefillEpisodeRow.id) == col(RefillLetterRow.episode_id))
        .where(RefillLetterRow.state == "waiting", RefillEpisodeRow.state == "paused")
        .order_by(col(RefillLetterRow.written_at), col(RefillLetterRow.id))
    )
    return list(session.exec(statement).all())


def take_letter(session: Session, letter_id: str, now: datetime) -> bool:
    """Take a letter to be sent; False when somebody else is at it, or it is out."""
    free = or_(_LETTERS.c.busy_until.is_(None), _LETTERS.c.busy_until <= now)
    mine = (_LETTERS.c.id == letter_id) & (_LETTERS.c.state == "waiting") & free
    done = update(_LETTERS).where(mine).values(busy_until=now + BUSY)
    return session.execute(done.returning(_LETTERS.c.id)).first() is not None


def sent(session: Session, letter_id: str, recipient: str, now: datetime) -> None:
    """Note to whom a letter went, and when."""
    _note(session, letter_id, state="sent", recipient=recipient, reason="", sent_at=now)


def not_sent(session: Session, letter_id: str, why: str, *, is_final: bool) -> None:
    """Note why a letter was not sent; it is tried again unless that is final."""
    _note(session, letter_id, state="refused" if is_final else "waiting", reason=why)


def _note(session: Session, letter_id: str, **values: object) -> None:
    mine = (_LETTERS.c.id == letter_id) & (_LETTERS.c.state == "waiting")
    session.execute(update(_LETTERS).where(mine).values(busy_until=None, **values))
