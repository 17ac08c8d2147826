"""Profiles that are ordered when they are paid: brought, gone on with, or paid back.

Nobody outside is called inside a transaction. A kill leaves a step that is taken again, or, when
it was the order itself, a sale that waits for a clerk: nothing is ever ordered twice.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from sqlalchemy import exists
from sqlmodel import Session, col, select

from catalog.kernel.database import snapshot, transact
from catalog.kernel.errors import Refused, StoreError, Unavailable
from catalog.suppliers.ordering import download_of, waiting_orders
from catalog.suppliers.tables import DownloadOrderRow
from checkout.documents.receipt import issue_credit_note
from checkout.orders.give_back import OPEN
from checkout.orders.on_invoice import METHOD
from checkout.orders.refund import Claim, refund
from checkout.orders.replace_live import replacement_of
from checkout.orders.tables import OrderRow
from checkout.payments.tables import RefundRow
from store_app.desk.context import Desk
from store_app.desk.counter import counter_of
from store_app.desk.exchanging import UNDONE, end_replacement, unended_replacements
from store_app.desk.live_steps import take_steps

_SILENCES: Final = 3
_LIMIT: Final = 200
_IS: Final = {"ordered": "paid", "done": "delivered", "given_up": "refunded"}
"""A replacement as the order that it is like."""


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
    heard = take_steps(desk, order_id)
    state, profile = _position(desk, order_id)
    if state == "paid" and profile in UNDONE:
        _undo(desk, order_id, at_counter=at_counter)
    return heard


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
