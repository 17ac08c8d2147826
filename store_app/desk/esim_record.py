"""What a clerk says about an eSIM at the desk: its service, its labels, its note; and its log."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from catalog.esim.record import add_label, changes_of, remove_label, set_note
from catalog.esim.tables import EsimRow
from catalog.kernel.database import snapshot
from catalog.kernel.ids import new_id
from catalog.kernel.requests import Request
from checkout.orders import service
from checkout.orders.sold_esims import esim_named
from store_app.desk.context import Desk
from store_app.desk.counter import request_of
from store_app.desk.esims import view_of
from store_app.desk.once import once


@dataclass(frozen=True, slots=True)
class Said:
    """An eSIM after what was said about it, as it was first answered."""

    iccid: str | None
    status: str
    status_reason: str
    note: str
    labels: tuple[str, ...]
    replayed: bool


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One change of one field of an eSIM; `reason` may be empty, and so may what it was or is."""

    at: datetime
    field: str
    old: str
    new: str
    reason: str
    actor: str


def suspend_esim(desk: Desk, iccid: str, *, reason: str = "", key: str | None = None) -> Said:
    """Switch the service of a sold eSIM off by hand, until it is resumed."""
    return _once(
        desk,
        "esim suspend",
        _saying(service.suspend, iccid, reason),
        key,
        iccid=iccid,
        reason=reason,
    )


def resume_esim(desk: Desk, iccid: str, *, reason: str = "", key: str | None = None) -> Said:
    """Take back a suspension by hand."""
    return _once(
        desk, "esim resume", _saying(service.resume, iccid, reason), key, iccid=iccid, reason=reason
    )


def archive_esim(desk: Desk, iccid: str, *, reason: str, key: str | None = None) -> Said:
    """End a sold eSIM for good; what is left on it is lost and no money moves."""
    return _once(
        desk,
        "esim archive",
        _saying(service.archive, iccid, reason),
        key,
        iccid=iccid,
        reason=reason,
    )


def label_esim(
    desk: Desk,
    iccid: str,
    *,
    add: tuple[str, ...] = (),
    remove: tuple[str, ...] = (),
    key: str | None = None,
) -> Said:
    """Give an eSIM labels and take others off, all of it or nothing."""

    def work(session: Session, request: Request) -> EsimRow:
        row, by = _locked(session, iccid), service.who(request, "")
        for text in remove:
            remove_label(session, row.id, text, by)
        for text in add:
            add_label(session, row.id, text, by)
        return row

    return _once(desk, "esim label", work, key, iccid=iccid, add=add, remove=remove)


def note_esim(desk: Desk, iccid: str, text: str, *, key: str | None = None) -> Said:
    """Write the note of an eSIM anew; an empty text clears it."""

    def work(session: Session, request: Request) -> EsimRow:
        row = _locked(session, iccid)
        set_note(session, row, text, service.who(request, ""))
        return row

    return _once(desk, "esim note", work, key, iccid=iccid, text=text)


def esim_log(desk: Desk, iccid: str) -> list[LogEntry]:
    """Every change of an eSIM that the store knows of, the oldest first."""
    with snapshot(desk.engine) as session:
        return [
            LogEntry(row.at, row.field, row.old, row.new, row.reason, row.actor)
            for row in changes_of(session, esim_named(session, iccid).id)
        ]


def _locked(session: Session, iccid: str) -> EsimRow:
    found = esim_named(session, iccid)
    return session.get_one(EsimRow, found.id, with_for_update=True, populate_existing=True)


def _saying(
    say: Callable[[Session, Request, str, str], EsimRow], iccid: str, reason: str
) -> Callable[[Session, Request], EsimRow]:
    return lambda session, request: say(session, request, iccid, reason)


def _once(
    desk: Desk,
    verb: str,
    work: Callable[[Session, Request], EsimRow],
    key: str | None,
    **body: object,
) -> Said:
    request = request_of(desk, verb, key or new_id(), **body)

    def answered(session: Session) -> dict[str, Any]:
        view = view_of(session, work(session, request), desk.clock())
        return {
            "iccid": view.iccid,
            "status": view.status,
            "status_reason": view.status_reason,
            "note": view.note,
            "labels": list(view.labels),
        }

    answer, replayed = once(desk, verb, key, answered, **body)
    return Said(**{**answer, "labels": tuple(answer["labels"])}, replayed=replayed)
