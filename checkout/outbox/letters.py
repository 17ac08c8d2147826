"""Letters: written ahead, taken to be sent, and what came of it. Nothing is sent here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Table, or_, update
from sqlmodel import Session, col, select

from catalog.kernel.errors import StoreError
from catalog.kernel.ids import new_id
from catalog.kernel.inserts import insert_new
from checkout.outbox.tables import LetterRow

ESIM: Final = ("esim", "confirmation")
"""The kinds about an eSIM."""
APPROVAL: Final = ("approval",)
"""The kind about a refill."""
LEASE: Final = timedelta(minutes=2)
"""How long a letter is its sender's alone, who may die; longer than a mail server may take."""
MOST_TRIES: Final = 24
"""About four days of trying, as RFC 5321 4.5.4.1 asks for."""
_FIRST_WAIT: Final = timedelta(minutes=1)
_LONGEST_WAIT: Final = timedelta(hours=6)
_LETTERS: Table = LetterRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it


def write_letters(
    session: Session,
    kinds: Sequence[str],
    subject_id: str,
    *,
    now: datetime,
    actor: str,
    recipient: str = "",
) -> list[str]:
    """Write one letter of each kind, to be sent after the commit; the ids of those written.

    Of approvals none is written while one waits.
    """
    letter_ids = [new_id() for _ in kinds]
    row = {
        "subject_id": subject_id,
        "recipient": recipient,
        "state": "pending",
        "tries": 0,
        "trouble": "",
        "reason": "",
        "actor": actor,
        "written_at": now,
        "due_at": now,
    }
    rows = [{**row, "id": each, "kind": kind} for each, kind in zip(letter_ids, kinds, strict=True)]
    written = insert_new(session, _LETTERS, rows, "id")
    return [each for each in letter_ids if each in written]


def letters_about(
    session: Session, kinds: Sequence[str], subject_id: str | None, limit: int
) -> list[LetterRow]:
    """The letters of these kinds about one thing, or about all, the newest first."""
    found = select(LetterRow).where(col(LetterRow.kind).in_(kinds))
    if subject_id is not None:
        found = found.where(LetterRow.subject_id == subject_id)
    newest = (col(LetterRow.written_at).desc(), col(LetterRow.id).desc())
    return list(session.exec(found.order_by(*newest).limit(limit)))


def due_letters(session: Session, now: datetime, limit: int = 200) -> list[str]:
    """The letters that may be sent now, the longest waiting first."""
    longest = (col(LetterRow.due_at), col(LetterRow.id))
    due = select(LetterRow.id).where(_is_due(now)).order_by(*longest)
    return list(session.exec(due.limit(limit)))


def hurry(session: Session, letter_id: str, now: datetime) -> None:
    """Let a letter that waits for its next try be tried now."""
    mine = (_LETTERS.c.id == letter_id) & (_LETTERS.c.due_at > now)
    session.execute(update(_LETTERS).where(mine).values(due_at=now))


def take_letter(session: Session, letter_id: str, now: datetime) -> LetterRow | None:
    """Take a letter to send it; None when it is done, not due, or somebody else has it."""
    mine = (_LETTERS.c.id == letter_id) & _is_due(now)
    taken = update(_LETTERS).where(mine).values(tries=_LETTERS.c.tries + 1, busy_until=now + LEASE)
    if session.execute(taken.returning(_LETTERS.c.id)).first() is None:
        return None
    return session.get_one(LetterRow, letter_id, populate_existing=True)


def note_sent(session: Session, letter: LetterRow, recipient: str, now: datetime) -> None:
    """Note that a server took it, and for whom."""
    values = {"recipient": recipient, "sent_at": now, "trouble": "", "reason": ""}
    _note(session, letter, state="sent", **values)


def note_failed(
    session: Session,
    letter: LetterRow,
    trouble: StoreError,
    now: datetime,
    *,
    final: str = "",
    is_asked: bool = True,
) -> None:
    """Note what went wrong: it is tried later and later, or has the state `final`.

    As long as no mail server was asked the try does not count, and it stays due.
    """
    tries = letter.tries if is_asked else letter.tries - 1
    wait = min(_FIRST_WAIT * 2 ** (tries - 1), _LONGEST_WAIT) if is_asked else timedelta(0)
    state = final or ("refused" if tries >= MOST_TRIES else "pending")
    told = {"trouble": trouble.code, "reason": trouble.message}
    _note(session, letter, state=state, tries=tries, due_at=now + wait, **told)


def _is_due(now: datetime) -> ColumnElement[bool]:
    free = or_(_LETTERS.c.busy_until.is_(None), _LETTERS.c.busy_until <= now)
    return (_LETTERS.c.state == "pending") & (_LETTERS.c.due_at <= now) & free


def _note(session: Session, letter: LetterRow, **values: object) -> None:
    mine = (_LETTERS.c.id == letter.id) & (_LETTERS.c.state == "pending")
    session.execute(update(_LETTERS).where(mine).values(busy_until=None, **values))
