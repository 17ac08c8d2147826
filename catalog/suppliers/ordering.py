"""Ordering one profile, step by step: each step is claimed and written before it is asked for.

What downloadOrder did is never guessed: once its call may be out it is not sent again. From the
ICCID on every step may be repeated, because it concerns that one profile.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlmodel import Session, col, or_, select

from catalog.esim.identifiers import check_iccid, iccid_key
from catalog.esim.tables import EsimRow
from catalog.kernel.clock import iso
from catalog.kernel.errors import Refused
from catalog.kernel.ids import new_id, new_reference
from catalog.suppliers.tables import IN_HAND, DownloadOrderRow

NOBODY_KNOWS: Final = (
    "It broke off while the profile was being ordered, so nobody knows whether there is one."
)
_CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MATCHING_ID_LENGTH: Final = 26
_CONFIRMATION_DIGITS: Final = 8
"""A phone has few tries (SGP.22 3.1.3), and somebody types it from a slip."""
_TRIES: Final = 50
"""A step is repeated so often by itself; then only a clerk's wish repeats it."""


class Step(StrEnum):
    """What is asked of the supplier, or done by the store, next."""

    ORDER = "downloadOrder"
    CONFIRM = "confirmOrder"
    RELEASE = "releaseProfile"
    CANCEL = "cancelOrder"
    DELIVER = "deliver"


@dataclass(frozen=True, slots=True)
class Task:
    """One claimed step with everything that its call will send."""

    download_id: str
    order_id: str
    supplier_id: str
    step: Step
    call_id: str
    profile_type: str
    iccid: str
    eid: str
    matching_id: str = field(repr=False)
    confirmation_code: str = field(repr=False)


_NEXT: Final[dict[str, tuple[Step, str]]] = {
    "planned": (Step.ORDER, "ordering"),
    "allocated": (Step.CONFIRM, "confirming"),
    "linked": (Step.CONFIRM, "confirming"),
    "confirming": (Step.CONFIRM, "confirming"),
    "confirmed": (Step.RELEASE, "releasing"),
    "releasing": (Step.RELEASE, "releasing"),
    "released": (Step.DELIVER, "released"),
    "cancelling": (Step.CANCEL, "cancelling"),
}


def plan_download(
    session: Session,
    *,
    order_id: str,
    supplier_id: str,
    profile_type: str,
    eid: str,
    confirmation: bool,
    now: datetime,
) -> DownloadOrderRow:
    """Write that a profile will be ordered, in the transaction that books its money.

    `eid` ties it to one phone; with `confirmation` it gets a confirmation code of the store's.
    """
    row = DownloadOrderRow(
        id=new_id(),
        reference=new_reference("D"),
        order_id=order_id,
        supplier_id=supplier_id,
        profile_type=profile_type,
        eid=eid,
        confirmation_code=_new_confirmation_code() if confirmation else "",
        created_at=now,
        changed_at=now,
    )
    session.add(row)
    return row


def next_task(session: Session, order_id: str, *, now: datetime, lease: timedelta) -> Task | None:
    """Claim the next step of an order's profile; None when there is none, or somebody is at it.

    A downloadOrder whose caller was never heard of again becomes `unknown`, and waits.
    """
    row = download_of(session, order_id, lock=True)
    if row is None or (row.busy_until is not None and row.busy_until > now):
        return None
    if row.state == "ordering":
        move(row, "unknown", now, NOBODY_KNOWS, "checking")
    if row.state not in _NEXT:
        session.add(row)
        return None
    step, state = _NEXT[row.state]
    if step is Step.DELIVER:  # nobody outside is asked, so there is nothing to claim
        return _task(row, step)
    row.is_unheard = row.is_unheard or row.busy_until is not None  # its caller never came back
    row.state, row.call_id = state, new_id()
    row.calls = [*row.calls, {"function": step.value, "call": row.call_id, "at": iso(now)}]
    row.busy_until, row.changed_at = now + lease, now
    if step is Step.CONFIRM and not row.matching_id:
        row.matching_id = _new_matching_id()
    session.add(row)
    session.flush()
    return _task(row, step)


def _task(row: DownloadOrderRow, step: Step) -> Task:
    return Task(
        download_id=row.id,
        order_id=row.order_id,
        supplier_id=row.supplier_id,
        step=step,
        call_id=row.call_id,
        profile_type=row.profile_type,
        iccid=row.iccid,
        eid=row.eid,
        matching_id=row.matching_id,
        confirmation_code=row.confirmation_code,
    )


def _new_matching_id() -> str:
    """130 random bits: a clash with it can only be with itself."""
    return "".join(secrets.choice(_CROCKFORD) for _ in range(_MATCHING_ID_LENGTH))


def _new_confirmation_code() -> str:
    return "".join(secrets.choice("0123456789") for _ in range(_CONFIRMATION_DIGITS))


def name_profile(session: Session, order_id: str, iccid: str, now: datetime) -> DownloadOrderRow:
    """A clerk has learnt from the supplier which profile was ordered: it is confirmed next."""
    row, checked = _unknown(session, order_id), check_iccid(iccid)
    if not checked.ok:
        reasons = " ".join(checked.reasons)
        raise Refused(f"{reasons} Nothing has changed.", code="bad_iccid", field="iccid")
    if is_known(session, checked.value, row.id):
        raise Refused(
            "Another eSIM of this store has this ICCID; nothing has changed. Check the number.",
            code="iccid_taken",
            field="iccid",
        )
    row.iccid, row.iccid_key = checked.value, iccid_key(checked.value)
    move(row, "cancelling" if row.given_up else allocated_state(row), now)
    session.add(row)
    return row


def name_nothing(session: Session, order_id: str, now: datetime) -> DownloadOrderRow:
    """A clerk has learnt that nothing was ordered: it may be ordered, or is given up."""
    row = _unknown(session, order_id)
    move(row, "failed" if row.given_up else "planned", now)
    session.add(row)
    return row


def _unknown(session: Session, order_id: str) -> DownloadOrderRow:
    row = download_of(session, order_id, lock=True)
    if row is None or row.state != "unknown":
        raise Refused(
            "It is not unknown what was ordered for this sale; nothing has changed.",
            code="not_unknown",
            field="order",
        )
    return row


def give_up(session: Session, order_id: str, now: datetime) -> None:
    """Take back what was ordered, because its money goes back; `Refused` while a call is out."""
    row = download_of(session, order_id, lock=True)
    if row is None or row.given_up:
        return
    if row.busy_until is not None and row.busy_until > now:
        raise Refused(
            "The supplier is being asked for this eSIM just now; nothing was refunded. Try again "
            "in a minute.",
            code="ordering",
        )
    row.given_up = True
    if row.state == "ordering":
        move(row, "unknown", now, NOBODY_KNOWS, "checking")
    elif row.state == "planned":
        move(row, "failed", now, row.reason, row.reason_code)
    elif row.iccid and row.state not in ("cancelling", "cancelled", "failed"):
        move(row, "cancelling", now, row.reason, row.reason_code)
    session.add(row)
    session.flush()


def close(session: Session, order_id: str, now: datetime) -> None:
    """The eSIM was handed over."""
    row = download_of(session, order_id, lock=True)
    if row is not None:
        move(row, "delivered", now)
        session.add(row)


def hold_back(session: Session, order_id: str, reason: str, code: str, now: datetime) -> None:
    """Leave a released profile to a clerk, because it can't be handed over."""
    row = download_of(session, order_id, lock=True)
    if row is not None and row.state == "released":
        move(row, row.state, now, reason, code)
        row.tries = _TRIES
        session.add(row)


def is_known(session: Session, iccid: str, download_id: str) -> bool:
    """Whether the store has a profile of this number that is not this order's."""
    key = iccid_key(iccid)
    stocked = select(EsimRow.id).where(EsimRow.iccid_key == key)
    ordered = select(DownloadOrderRow.id).where(
        DownloadOrderRow.iccid_key == key, DownloadOrderRow.id != download_id
    )
    return any(session.exec(each.limit(1)).first() for each in (stocked, ordered))


def download_of(session: Session, order_id: str, *, lock: bool = False) -> DownloadOrderRow | None:
    """What was ordered for a sale, or None where nothing had to be."""
    statement = select(DownloadOrderRow).where(DownloadOrderRow.order_id == order_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return session.exec(statement).first()


def waiting_orders(session: Session, now: datetime, limit: int) -> Sequence[str]:
    """Ids of sales whose profile has a step to take that nobody is at, the oldest first."""
    is_free = or_(
        col(DownloadOrderRow.busy_until).is_(None), col(DownloadOrderRow.busy_until) <= now
    )
    statement = select(DownloadOrderRow.order_id).where(
        IN_HAND,
        DownloadOrderRow.state != "unknown",
        DownloadOrderRow.tries < _TRIES,
        is_free,
    )
    return session.exec(statement.order_by(col(DownloadOrderRow.created_at)).limit(limit)).all()


def allocated_state(row: DownloadOrderRow) -> str:
    """What a profile is once it has a number: tied to a phone, or to none."""
    return "linked" if row.eid else "allocated"


def move(
    row: DownloadOrderRow, state: str, now: datetime, reason: str = "", code: str = ""
) -> None:
    """Take an order to its next state, with the reason when something is wrong."""
    row.state, row.busy_until, row.changed_at = state, None, now
    row.reason, row.reason_code = reason, code
    row.is_unheard, row.tries = False, 0
