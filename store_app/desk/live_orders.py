"""Profiles that are ordered when they are paid: each step committed, asked for, recorded.

Nobody outside is called inside a transaction. A kill leaves a step that is taken again, or, when
it was the order itself, a sale that waits for a clerk: nothing is ever ordered twice.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Final, TypeVar

from sqlalchemy import exists
from sqlmodel import Session, col, select

from catalog.kernel.database import snapshot, transact
from catalog.kernel.errors import Refused, StoreError, Unavailable
from catalog.kernel.ids import new_id
from catalog.suppliers.access import Access
from catalog.suppliers.heard import (
    heard_confirmed,
    heard_done,
    heard_iccid,
    heard_no,
)
from catalog.suppliers.ordering import (
    Step,
    Task,
    download_of,
    hold_back,
    next_task,
    waiting_orders,
)
from catalog.suppliers.registry import access_of, supplier_of
from catalog.suppliers.supplier import Supplier, Unheard
from catalog.suppliers.tables import DownloadOrderRow, SupplierRow
from checkout.documents.receipt import issue_credit_note
from checkout.orders.deliver_live import deliver_live
from checkout.orders.give_back import OPEN
from checkout.orders.live import is_live
from checkout.orders.on_invoice import METHOD
from checkout.orders.refund import Claim, refund
from checkout.orders.replace_live import replacement_of
from checkout.orders.tables import OrderRow
from checkout.payments.attempts import attempts_of
from checkout.payments.tables import RefundRow
from store_app.desk.answers import keep_answer
from store_app.desk.context import Desk
from store_app.desk.counter import counter_of
from store_app.desk.exchanging import (
    UNDONE,
    end_replacement,
    hand_over_replacement,
    unended_replacements,
)

T = TypeVar("T")

_MOST_STEPS: Final = 12
_AGAIN: Final = 2
"""So often a step whose answer was lost is asked for while somebody waits."""
_SILENCES: Final = 3
_LIMIT: Final = 200
_IS: Final = {"ordered": "paid", "done": "delivered", "given_up": "refunded"}
"""A replacement as the order that it is like."""


class Unasked(Exception):
    """A sale needs a supplier that was not asked whether it answers; nothing was written."""

    def __init__(self, supplier_id: str) -> None:
        super().__init__(supplier_id)
        self.supplier_id = supplier_id


def after_knocking(desk: Desk, begin: Callable[[Session, Callable[[OrderRow], None]], T]) -> T:
    """The transaction that begins a sale, after asking the supplier that it turns out to need.

    `begin` hands each new order to what it is given. What is sold from stock asks nobody.

    Raises:
        Unavailable: the supplier does not answer, or does not accept us; nothing was charged.

    """

    def work(session: Session, need: Callable[[str], None]) -> T:
        def check(order: OrderRow) -> None:
            if is_live(order):
                need(order.item["supplier_id"])

        return begin(session, check)

    return knocking(desk, work)


def knocking(desk: Desk, begin: Callable[[Session, Callable[[str], None]], T]) -> T:
    """The transaction of `begin`, which tells what it is given each supplier that it needs."""
    asked: set[str] = set()

    def need(supplier_id: str) -> None:
        if supplier_id not in asked:
            raise Unasked(supplier_id)

    while True:
        try:
            return transact(desk.engine, lambda session: begin(session, need))
        except Unasked as unasked:
            _knock(desk, unasked.supplier_id)
            asked.add(unasked.supplier_id)


def _knock(desk: Desk, supplier_id: str) -> None:
    with snapshot(desk.engine) as session:
        access = access_of(session.get_one(SupplierRow, supplier_id))
    try:
        supplier_of(access).test(new_id())
    except StoreError as trouble:
        raise Unavailable(f"{trouble.message} Nothing was charged.", code=trouble.code) from trouble


def bring_live(desk: Desk, order_id: str) -> bool:
    """Bring a paid order's profile from its supplier; True when it is delivered by now.

    Raises:
        Refused: the supplier has none, and the money went back.
        Unavailable: it is not known, or the money waits for a clerk: the order is in the queue.

    """
    order = _order(desk, order_id)
    is_billed = order.method == METHOD
    if order.state != "paid" or (is_billed and not _position(desk, order_id)[1]):
        return False
    carry_on_live(desk, order_id, at_counter=True)
    order = _order(desk, order_id)
    if order.state == "delivered":
        return True
    with snapshot(desk.engine) as session:
        download = download_of(session, order_id)
    reason = download.reason if download else ""
    if order.state == "refunded":
        money = f"The money of order {order.reference} went back"
        if is_billed:
            money = f"Order {order.reference} was credited, so it is not owed"
        raise Refused(
            f"{reason} {money}: nothing was sold.",
            code=download.reason_code if download else "",
        )
    done = "billed" if is_billed else "paid"
    raise Unavailable(
        f"Order {order.reference} is {done} and its eSIM is not there yet. {reason} It waits: "
        f"order check {order.reference}, or order refund {order.reference}.",
        code="checking",
    )


def carry_on_live(desk: Desk, order_id: str, *, at_counter: bool) -> bool:
    """Take every step that a paid order, or a replacement, still needs; False when unheard.

    What it refuses is paid back: cash only at a counter, where somebody can hand it out.
    """
    if not _position(desk, order_id)[1]:  # it came from stock
        return True
    heard = _take_steps(desk, order_id)
    state, profile = _position(desk, order_id)
    if state == "paid" and profile in UNDONE:
        _undo(desk, order_id, at_counter=at_counter)
    return heard


def _take_steps(desk: Desk, order_id: str) -> bool:
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


def _undo(desk: Desk, order_id: str, *, at_counter: bool) -> None:
    """Give the money of an order back whose profile will not come; else it waits in the queue."""
    from store_app.desk.card_refunds import finish_refund

    def work(session: Session) -> str | None:
        if session.get(OrderRow, order_id) is None:
            end_replacement(session, desk, order_id)
            return None
        order = session.get_one(OrderRow, order_id, with_for_update=True, populate_existing=True)
        download = download_of(session, order_id)
        if order.state != "paid" or download is None or download.state not in UNDONE:
            return None
        if order.method == "cash" and not at_counter:
            return None
        counter, claim = counter_of(session, desk), Claim(reason=download.reason)
        (given,) = refund(session, order, claim, counter, actor=desk.actor, now=desk.clock())
        if given.state in OPEN:
            return given.id
        issue_credit_note(session, order, given, counter.settings)
        return None

    with suppress(StoreError):  # no open drawer, or no answer: the queue shows it
        refund_id = transact(desk.engine, work)
        if refund_id is not None:
            finish_refund(desk, refund_id)


def resume_live(desk: Desk) -> int:
    """Go on with every profile that has a step to take; how many orders came further."""
    with snapshot(desk.engine) as session:
        waiting = [*waiting_orders(session, desk.clock(), _LIMIT), *_unpaid_back(session)]
        waiting += unended_replacements(session, _LIMIT)
    changed = silences = 0
    for order_id in dict.fromkeys(waiting):
        before = _position(desk, order_id)
        silences += not carry_on_live(desk, order_id, at_counter=False)
        changed += _position(desk, order_id) != before
        if silences == _SILENCES:
            break
    return changed


def _unpaid_back(session: Session) -> list[str]:
    """Orders whose profile will not come and whose money was never asked back; not cash."""
    asked = exists().where(col(RefundRow.order_id) == col(OrderRow.id))
    statement = (
        select(OrderRow.id)
        .join(DownloadOrderRow, col(DownloadOrderRow.order_id) == col(OrderRow.id))
        .where(OrderRow.state == "paid", OrderRow.method != "cash", ~asked)
        .where(col(DownloadOrderRow.state).in_(UNDONE))
        .limit(_LIMIT)
    )
    return list(session.exec(statement).all())


def _position(desk: Desk, order_id: str) -> tuple[str, str]:
    with snapshot(desk.engine) as session:
        order, download = session.get(OrderRow, order_id), download_of(session, order_id)
        state = order.state if order else _IS[replacement_of(session, order_id).state]
        return state, download.state if download else ""


def _order(desk: Desk, order_id: str) -> OrderRow:
    with snapshot(desk.engine) as session:
        return session.get_one(OrderRow, order_id)
