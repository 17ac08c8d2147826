"""eSIMs by e-mail: each message is written down, sent after the commit, and tried again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final

from sqlmodel import Session

from catalog.esim.tables import EsimRow
from catalog.kernel.database import snapshot, transact
from catalog.kernel.errors import NotFound, Refused, Unavailable
from catalog.kernel.requests import peek
from catalog.kernel.settings import load_settings
from checkout.accounts.end_users import check_email
from checkout.documents import handover_words as words
from checkout.documents.esim_mail import (
    due_mail,
    mail_failed,
    mail_of,
    mail_sent,
    take_mail,
    want_mail,
)
from checkout.documents.handover import confirmation_text, handover_text
from checkout.documents.mail_tables import EsimMailRow
from checkout.documents.plain_text import one_line
from checkout.orders.sold_esims import esim_named
from checkout.orders.tables import OrderRow
from store_app.desk.context import Desk
from store_app.desk.counter import request_of
from store_app.desk.once import once
from store_app.desk.packs import FORMS, Pack, every_form, pack_files, read_pack
from store_app.mail import Attachment, Letter, mail_server, send

_VERB: Final = "esim mail"
_ATTACHED: Final = ("png", "pdf")
_GONE: Final = ("not_sold", "unknown_esim", "unknown_order")
"""What keeps a message from being sent for good: the eSIM was given back."""


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
        send_mail(desk, mail_id)
    return _mailed(desk, mail_ids, replayed=replayed)


def _write_down(desk: Desk, key: str, body: Mapping[str, str]) -> tuple[list[str], bool]:
    """What is to be sent, under its key, before anything is; `Refused` when nothing can be."""
    pack = read_pack(desk, body["esim"])
    recipient = check_email(body["to"] or pack.customer)
    with snapshot(desk.engine) as session:
        mail_server(load_settings(session))
        esim_id = esim_named(session, body["esim"]).id
    parts = ("esim", "confirmation") if pack.confirmation_code else ("esim",)
    work = partial(
        want_mail,
        esim_id=esim_id,
        parts=parts,
        recipient=recipient,
        now=desk.clock(),
        actor=desk.actor,
    )
    answer, replayed = once(desk, _VERB, key, lambda session: {"mails": work(session)}, **body)
    return answer["mails"], replayed


def send_due_mail(desk: Desk) -> int:
    """Send what waits; how many messages a server took."""
    with snapshot(desk.engine) as session:
        due = due_mail(session, desk.clock())
    return sum(send_mail(desk, mail_id) for mail_id in due)


def send_mail(desk: Desk, mail_id: str) -> bool:
    """Try one message that is due; whether a server took it.

    Who dies between the server's yes and the note of it leaves the message to be sent again,
    with the same Message-ID.
    """
    row = transact(desk.engine, lambda session: take_mail(session, mail_id, desk.clock()))
    if row is None:
        return False
    note: Any = partial(mail_sent, mail_id=mail_id)
    try:
        _send(desk, row)
    except Unavailable as trouble:
        note = partial(mail_failed, mail_id=mail_id, trouble=trouble.code)
    except (Refused, NotFound) as trouble:
        final = {"mail_refused": "refused"} | dict.fromkeys(_GONE, "dropped")
        found = final.get(trouble.code, "")
        note = partial(mail_failed, mail_id=mail_id, trouble=trouble.code, final=found)
    transact(desk.engine, lambda session: note(session, now=desk.clock()))
    return note.func is mail_sent


def list_mail(desk: Desk, named: str | None = None, limit: int = 200) -> list[EsimMail]:
    """The messages about an eSIM, or about all, the newest first."""
    with snapshot(desk.engine) as session:
        esim_id = esim_named(session, named).id if named else None
        return [_view(session, row) for row in mail_of(session, esim_id, limit)]


def _send(desk: Desk, row: EsimMailRow) -> None:
    with snapshot(desk.engine) as session:
        server = mail_server(load_settings(session))
        pack_name = _name(session, row)
    pack = read_pack(desk, pack_name)
    send(server, row.recipient, _letter(pack, row.part), message_id=row.id)


def _letter(pack: Pack, part: str) -> Letter:
    handover = pack.handover
    if part == "confirmation":
        return Letter(
            words.CONFIRMATION_SUBJECT, confirmation_text(handover, pack.confirmation_code)
        )
    shown = [form for form in _ATTACHED if form in every_form()]
    files = [file for file in pack_files(pack, shown) if file.form in FORMS]
    return Letter(
        words.SUBJECT.format(one_line(handover.plan_name)),
        handover_text(handover),
        tuple(Attachment(file.name, file.content) for file in files),
    )


def _name(session: Session, row: EsimMailRow) -> str:
    esim = session.get_one(EsimRow, row.esim_id)
    order = session.get(OrderRow, esim.order_id) if esim.order_id else None
    return esim.iccid or (order.reference if order else "")


def _view(session: Session, row: EsimMailRow) -> EsimMail:
    return EsimMail(
        mail=row.id,
        esim=_name(session, row),
        part=row.part,
        to=row.recipient,
        state=row.state,
        tries=row.tries,
        trouble=row.trouble,
        by=row.actor,
        wanted_at=row.wanted_at,
        sent_at=row.sent_at,
    )


def _mailed(desk: Desk, mail_ids: Sequence[str], *, replayed: bool) -> Mailed:
    with snapshot(desk.engine) as session:
        mails = [_view(session, session.get_one(EsimMailRow, each)) for each in mail_ids]
    states = {mail.state for mail in mails}
    worst = next(each for each in ("refused", "dropped", "pending", "sent") if each in states)
    return Mailed(mails[0].esim, mails[0].to, worst, mails, replayed)
