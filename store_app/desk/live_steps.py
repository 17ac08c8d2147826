"""The steps of a profile that is ordered: each claimed, asked of its supplier, and recorded."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from sqlmodel import Session

from catalog.kernel.database import snapshot, transact
from catalog.kernel.errors import Refused, StoreError, Unavailable
from catalog.suppliers.access import Access
from catalog.suppliers.heard import heard_confirmed, heard_done, heard_iccid, heard_no
from catalog.suppliers.ordering import Step, Task, download_of, hold_back, next_task
from catalog.suppliers.registry import access_of, supplier_of
from catalog.suppliers.supplier import Supplier, Unheard
from catalog.suppliers.tables import SupplierRow
from checkout.orders.deliver_live import deliver_live
from checkout.orders.tables import OrderRow
from checkout.payments.attempts import attempts_of
from store_app.desk.answers import keep_answer
from store_app.desk.context import Desk
from store_app.desk.exchanging import hand_over_replacement

_MOST_STEPS: Final = 12
_AGAIN: Final = 2
"""So often a step whose answer was lost is asked for while somebody waits."""


def take_steps(desk: Desk, order_id: str) -> bool:
    """Take every step that a profile needs until it is delivered; False when one was unheard."""
    for _ in range(_MOST_STEPS):
        claimed = transact(desk.engine, lambda session: _claim(session, desk, order_id))
        if claimed is None:
            return True
        task, access = claimed
        if task.step is Step.DELIVER:
            _hand_over(desk, order_id)
            return True
        trouble = _take(desk, task, access)
        if isinstance(trouble, Unavailable) and not _at_once_again(desk, trouble, order_id):
            return False
    return True


def _claim(session: Session, desk: Desk, order_id: str) -> tuple[Task, Access] | None:
    download = download_of(session, order_id)
    if download is None:
        return None
    access = access_of(session.get_one(SupplierRow, download.supplier_id))
    # Waiting at the gate, connecting, and an answer that drips: each has this time once.
    lease = timedelta(seconds=3 * access.timeout_s + 10)
    task = next_task(session, order_id, now=desk.clock(), lease=lease)
    return (task, access) if task else None


def _take(desk: Desk, task: Task, access: Access) -> StoreError | None:
    """Ask the supplier for one claimed step and record its answer; the trouble, if there is."""
    try:
        _ask(desk, task, access, supplier_of(access))
    except StoreError as error:
        trouble = error
    else:
        return None
    transact(desk.engine, lambda session: heard_no(session, task, trouble, access, desk.clock()))
    return trouble


def _ask(desk: Desk, task: Task, access: Access, supplier: Supplier) -> None:
    call, engine = task.call_id, desk.engine
    if task.step is Step.ORDER:
        iccid = supplier.order_download(call, profile_type=task.profile_type, eid=task.eid)
        transact(engine, lambda session: heard_iccid(session, task, iccid, desk.clock()))
        return
    if task.step is Step.CONFIRM:
        done = supplier.confirm(
            call,
            iccid=task.iccid,
            matching_id=task.matching_id,
            release=not access.release_apart,
            eid=task.eid,
            confirmation_code=task.confirmation_code,
        )
        transact(engine, lambda session: heard_confirmed(session, task, done, access, desk.clock()))
        return
    if task.step is Step.RELEASE:
        supplier.release(call, iccid=task.iccid)
    else:
        supplier.cancel(call, iccid=task.iccid, matching_id=task.matching_id, eid=task.eid)
    transact(engine, lambda session: heard_done(session, task, desk.clock()))


def _at_once_again(desk: Desk, trouble: Unavailable, order_id: str) -> bool:
    """Whether a lost answer is asked for once more; never that of the order itself."""
    with snapshot(desk.engine) as session:
        download = download_of(session, order_id)
    return (
        isinstance(trouble, Unheard)
        and download is not None
        and download.state != "unknown"
        and download.tries < _AGAIN
    )


def _hand_over(desk: Desk, order_id: str) -> None:
    """Deliver what was released, with its first answer; a number that is not new waits."""

    def work(session: Session) -> None:
        if session.get(OrderRow, order_id) is None:
            hand_over_replacement(session, desk, order_id)
            return
        order = session.get_one(OrderRow, order_id, with_for_update=True, populate_existing=True)
        if deliver_live(session, order, desk.actor, desk.clock()):
            keep_answer(session, order, attempts_of(session, order_id)[-1], desk.clock())

    try:
        transact(desk.engine, work)
    except Refused as refusal:
        why = refusal
        transact(
            desk.engine,
            lambda session: hold_back(session, order_id, why.message, str(why.code), desk.clock()),
        )
