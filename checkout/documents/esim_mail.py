"""Messages to buyers: wanted, taken to be sent, and what came of it. Nothing is sent here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlmodel import Session, col, select

from catalog.kernel.ids import new_id
from checkout.documents.mail_tables import EsimMailRow

LEASE: Final = timedelta(minutes=2)
"""How long one that sends has the message for itself; longer than a mail server may take."""
_FIRST_WAIT: Final = timedelta(minutes=1)
_LONGEST_WAIT: Final = timedelta(hours=6)
MOST_TRIES: Final = 12
"""About a day and a half of trying."""


def want_mail(
    session: Session,
    *,
    esim_id: str,
    parts: Sequence[str],
    recipient: str,
    now: datetime,
    actor: str,
) -> list[str]:
    """Write messages down before anything is sent; their ids, in the order of the parts."""
    rows = [
        EsimMailRow(
            id=new_id(),
            esim_id=esim_id,
            part=part,
            recipient=recipient,
            actor=actor,
            wanted_at=now,
            due_at=now,
        )
        for part in parts
    ]
    session.add_all(rows)
    session.flush()
    return [row.id for row in rows]


def due_mail(session: Session, now: datetime, limit: int = 200) -> list[str]:
    """The messages that wait to be sent, the oldest first."""
    due = select(EsimMailRow.id).where(
        col(EsimMailRow.state) == "pending", col(EsimMailRow.due_at) <= now
    )
    return list(session.exec(due.order_by(col(EsimMailRow.due_at)).limit(limit)))


def take_mail(session: Session, mail_id: str, now: datetime) -> EsimMailRow | None:
    """Take a message to send it; None when it is done, not due, or somebody else has it."""
    row = session.get_one(EsimMailRow, mail_id, with_for_update=True, populate_existing=True)
    if row.due_at is None or row.due_at > now:
        return None
    row.tries += 1
    row.due_at = now + LEASE
    session.flush()
    return row


def mail_sent(session: Session, mail_id: str, now: datetime) -> None:
    """Note that the server took it."""
    row = session.get_one(EsimMailRow, mail_id, with_for_update=True, populate_existing=True)
    row.state, row.sent_at, row.due_at, row.trouble = "sent", now, None, ""
    session.flush()


def mail_failed(
    session: Session, mail_id: str, now: datetime, *, trouble: str, final: str = ""
) -> None:
    """Note what went wrong: it is tried again later and later, or has the state `final`."""
    row = session.get_one(EsimMailRow, mail_id, with_for_update=True, populate_existing=True)
    if row.due_at is None:
        return
    state = final or ("refused" if row.tries >= MOST_TRIES else "pending")
    wait = min(_FIRST_WAIT * 2 ** (row.tries - 1), _LONGEST_WAIT)
    row.state, row.trouble = state, trouble
    row.due_at = now + wait if state == "pending" else None
    session.flush()


def mail_of(session: Session, esim_id: str | None, limit: int) -> list[EsimMailRow]:
    """The messages about an eSIM, or about all, the newest first."""
    every = select(EsimMailRow).order_by(
        col(EsimMailRow.wanted_at).desc(), col(EsimMailRow.id).desc()
    )
    if esim_id is not None:
        every = every.where(col(EsimMailRow.esim_id) == esim_id)
    return list(session.exec(every.limit(limit)))
