"""What follows from a supplier's answer to a claimed step; only the latest call's answer counts."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlmodel import Session

from catalog.esim.code_fields import address_reasons, matching_id_reasons
from catalog.esim.identifiers import iccid_key
from catalog.kernel.errors import Refused, StoreError
from catalog.suppliers.access import Access
from catalog.suppliers.ordering import (
    Step,
    Task,
    allocated_state,
    download_of,
    is_known,
    move,
)
from catalog.suppliers.supplier import (
    AlreadyUsed,
    CannotRelease,
    Confirmed,
    MatchingIdClash,
    Unheard,
    UnknownIccid,
)
from catalog.suppliers.tables import DownloadOrderRow

_DONE_BEFORE: Final = (AlreadyUsed, CannotRelease, MatchingIdClash)
"""What a repetition hears when the first call was carried out: its ICCID and its id are ours."""
_CLASHES: Final = 3


def heard_iccid(session: Session, task: Task, iccid: str, now: datetime) -> None:
    """Keep the number of an allocated profile, however late it comes."""
    row = download_of(session, task.order_id, lock=True)
    if row is None:
        return
    row.calls = [each | {"iccid": iccid} if _is_of(each, task) else each for each in row.calls]
    if row.call_id == task.call_id:
        _allocate(session, row, iccid, now)
    session.add(row)
    session.flush()


def _is_of(call: dict[str, str], task: Task) -> bool:
    return call["call"] == task.call_id


def _allocate(session: Session, row: DownloadOrderRow, iccid: str, now: datetime) -> None:
    row.iccid = iccid
    if is_known(session, iccid, row.id):
        words = f"The supplier named the ICCID {iccid}, which this store has already. Ask it."
        move(row, "unknown", now, words, "iccid_taken")
        return
    row.iccid_key = iccid_key(iccid)
    move(row, "cancelling" if row.given_up else allocated_state(row), now)


def heard_confirmed(
    session: Session, task: Task, done: Confirmed, access: Access, now: datetime
) -> None:
    """Keep the code of a confirmed profile; without an address of its own the configured one.

    One that is tied to another phone than was told, or has no usable code, is given back.
    """
    row = _row(session, task)
    if row is None:
        return
    if done.eid and done.eid != row.eid:
        words = "The supplier tied the profile to the EID of another phone."
        move(row, "cancelling", now, words, "wrong_eid")
    elif not _is_usable(done.matching_id, row):
        words = "The supplier confirmed the profile with a matching id that no phone can use."
        move(row, "cancelling", now, words, "bad_matching_id")
    else:
        row.matching_id = done.matching_id
        is_host = done.smdp_address and not address_reasons(done.smdp_address)
        _have_code(row, done.smdp_address if is_host else access.smdp_address, access, now)
    session.add(row)
    session.flush()


def _is_usable(matching_id: str, row: DownloadOrderRow) -> bool:
    """Whether a phone finds the profile: by its matching id, or without one by its EID."""
    return not matching_id_reasons(matching_id) if matching_id else bool(row.eid)


def _have_code(row: DownloadOrderRow, address: str, access: Access, now: datetime) -> None:
    row.smdp_address = address
    move(row, "confirmed" if access.release_apart else "released", now)


def heard_done(session: Session, task: Task, now: datetime) -> None:
    """The profile was released, or is the supplier's again."""
    row = _row(session, task)
    if row is not None:
        is_back = task.step is Step.CANCEL
        reason, code = (row.reason, row.reason_code) if is_back else ("", "")
        move(row, "cancelled" if is_back else "released", now, reason, code)
        session.add(row)
        session.flush()


def heard_no(
    session: Session, task: Task, trouble: StoreError, access: Access, now: datetime
) -> None:
    """The supplier refused, was not reached, or was not heard: what is known now, and no more."""
    row = _row(session, task)
    if row is None:
        return
    if isinstance(trouble, Refused):
        _refused(row, task, trouble, access, now)
    elif isinstance(trouble, Unheard) and task.step is Step.ORDER:
        move(row, "unknown", now, trouble.message, trouble.code)
    elif task.step is Step.ORDER:
        move(row, "failed", now, trouble.message, trouble.code)
    else:
        unheard = row.is_unheard or isinstance(trouble, Unheard)
        tries = row.tries + 1
        words = trouble.message if task.step is not Step.CANCEL else row.reason
        move(row, row.state, now, words, trouble.code)
        row.is_unheard, row.tries = unheard, tries
    session.add(row)
    session.flush()


def _refused(
    row: DownloadOrderRow, task: Task, refusal: Refused, access: Access, now: datetime
) -> None:
    """A definite no: nothing is left at the supplier, or it is given back."""
    if task.step is Step.ORDER:
        move(row, "failed", now, refusal.message, refusal.code)
    elif task.step is Step.CANCEL:
        _cancel_refused(row, refusal, now)
    elif row.is_unheard and isinstance(refusal, _DONE_BEFORE):
        if task.step is Step.CONFIRM:
            _have_code(row, access.smdp_address, access, now)
        else:
            move(row, "released", now)
    elif isinstance(refusal, MatchingIdClash) and row.tries < _CLASHES:
        tries = row.tries + 1
        move(row, allocated_state(row), now)
        row.matching_id, row.tries = "", tries
    else:
        move(row, "cancelling", now, refusal.message, refusal.code)


def _cancel_refused(row: DownloadOrderRow, refusal: Refused, now: datetime) -> None:
    """A profile that the supplier does not have is none to give back; others wait for a clerk."""
    if isinstance(refusal, UnknownIccid):
        move(row, "cancelled", now, row.reason, row.reason_code)
        return
    tries = row.tries + 1
    move(row, "cancelling", now, row.reason or refusal.message, row.reason_code or refusal.code)
    row.tries = tries


def _row(session: Session, task: Task) -> DownloadOrderRow | None:
    """The order of a task, unless another call was made since."""
    row = download_of(session, task.order_id, lock=True)
    return row if row is not None and row.call_id == task.call_id else None
