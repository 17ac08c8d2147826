"""eSIMs by e-mail: what was asked for under a key, and the log of what was sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from sqlmodel import Session

from catalog.kernel.database import snapshot
from catalog.kernel.requests import peek
from catalog.kernel.settings import load_settings
from checkout.accounts.end_users import check_email
from checkout.orders.sold_esims import esim_named
from checkout.outbox.letters import ESIM, letters_about, write_letters
from checkout.outbox.tables import LetterRow
from store_app.desk.auto_refill_views import esim_name
from store_app.desk.context import Desk
from store_app.desk.counter import request_of
from store_app.desk.once import once
from store_app.desk.outbox import send_letter
from store_app.desk.packs import read_pack
from store_app.mail import mail_server

_VERB: Final = "esim mail"


@dataclass(frozen=True, slots=True)
class EsimMail:
    """One message: who wanted it sent to whom, when, and what came of it.

    Attributes:
        part: `esim`, or `confirmation` for the code that is given apart.
        state: `pending` is tried again by the upkeep; `refused` and `dropped` are not.
        trouble: the code of what went wrong at the last try.

    """

    mail: str
    esim: str
    part: str
    to: str
    state: str
    tries: int
    trouble: str
    by: str
    wanted_at: datetime
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class Mailed:
    """What became of a request to send an eSIM."""

    esim: str
    to: str
    state: str
    mails: list[EsimMail]
    replayed: bool


def mail_esim(desk: Desk, named: str, *, key: str, to: str | None = None) -> Mailed:
    """Send what installs an eSIM to its buyer, and a confirmation code in a message of its own.

    The same key sends nothing twice; a new one sends it again.

    Raises:
        Refused: not sold, no address, or no server set; nothing was written down.

    """
    body = {"esim": named.strip(), "to": (to or "").strip()}
    with snapshot(desk.engine) as session:
        known = peek(session, request_of(desk, _VERB, key, **body))
    mail_ids, replayed = (known["mails"], True) if known else _write_down(desk, key, body)
    for mail_id in mail_ids:
        send_letter(desk, mail_id)
    return _mailed(desk, mail_ids, replayed=replayed)


def _write_down(desk: Desk, key: str, body: Mapping[str, str]) -> tuple[list[str], bool]:
    """What is to be sent, under its key, before anything is; `Refused` when nothing can be."""
    pack = read_pack(desk, body["esim"])
    recipient = check_email(body["to"] or pack.customer)
    with snapshot(desk.engine) as session:
        mail_server(load_settings(session))
        esim_id = esim_named(session, body["esim"]).id
    work = partial(
        write_letters,
        kinds=ESIM if pack.confirmation_code else ESIM[:1],
        subject_id=esim_id,
        recipient=recipient,
        now=desk.clock(),
        actor=desk.actor,
    )
    answer, replayed = once(desk, _VERB, key, lambda session: {"mails": work(session)}, **body)
    return answer["mails"], replayed


def list_mail(desk: Desk, named: str | None = None, limit: int = 200) -> list[EsimMail]:
    """The messages about an eSIM, or about all, the newest first."""
    with snapshot(desk.engine) as session:
        esim_id = esim_named(session, named).id if named else None
        return [_view(session, row) for row in letters_about(session, ESIM, esim_id, limit)]


def _view(session: Session, row: LetterRow) -> EsimMail:
    return EsimMail(
        mail=row.id,
        esim=esim_name(session, row.subject_id),
        part=row.kind,
        to=row.recipient,
        state=row.state,
        tries=row.tries,
        trouble=row.trouble,
        by=row.actor,
        wanted_at=row.written_at,
        sent_at=row.sent_at,
    )


def _mailed(desk: Desk, mail_ids: Sequence[str], *, replayed: bool) -> Mailed:
    with snapshot(desk.engine) as session:
        mails = [_view(session, session.get_one(LetterRow, each)) for each in mail_ids]
    states = {mail.state for mail in mails}
    worst = next(each for each in ("refused", "dropped", "pending", "sent") if each in states)
    return Mailed(mails[0].esim, mails[0].to, worst, mails, replayed)
