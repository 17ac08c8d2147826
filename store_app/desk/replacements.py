"""Replacing at the desk: another profile for an eSIM that was sold, or was paid and never came."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session

from catalog.esim.activation_code import format_code
from catalog.esim.tables import EsimRow
from catalog.kernel.database import snapshot
from catalog.kernel.errors import NotFound, Refused
from catalog.kernel.ids import new_id
from catalog.stock.reserve import code_of
from catalog.suppliers.ordering import download_of
from checkout.orders.on_invoice import METHOD
from checkout.orders.place import order_named
from checkout.orders.replace import deliver_other, replace_profile
from checkout.orders.service import who
from checkout.orders.sold_esims import esim_named
from checkout.orders.tables import OrderRow
from checkout.payments.attempts import attempts_of
from store_app.desk.answers import keep_answer
from store_app.desk.context import Desk
from store_app.desk.counter import request_of
from store_app.desk.esims import view_of
from store_app.desk.invoiced import deliver_if_paid, still_waits
from store_app.desk.live_orders import carry_on_live
from store_app.desk.once import once


@dataclass(frozen=True, slots=True)
class Replaced:
    """An eSIM with its new profile, and the number that it had before (None: it had none)."""

    iccid: str | None
    former_iccid: str | None
    order: str | None
    status: str
    activation_code: str = field(repr=False)
    qr_payload: str = field(repr=False)
    replayed: bool


def replace_esim(desk: Desk, iccid: str, *, reason: str = "", key: str) -> Replaced:
    """Give a sold eSIM another profile of its plan from stock, with all that is left on it.

    An order that is paid and undelivered, named by its reference, is delivered from stock.
    """
    verb, body = "esim replace", {"iccid": iccid, "reason": reason}
    request = request_of(desk, verb, key, **body)

    def work(session: Session) -> dict[str, Any]:
        order = _undelivered(session, iccid)
        if order is not None:
            _deliver(session, desk, order, key)
            esim, former = session.get_one(EsimRow, order.esim_id), ""
        else:
            former = _number(session, iccid)
            esim = replace_profile(session, request, iccid, who(request, reason).reason)
        view = view_of(session, esim, desk.clock())
        return {
            "esim": esim.id,
            "iccid": view.iccid,
            "former_iccid": former or None,
            "order": view.order,
            "status": view.status,
        }

    done, replayed = once(desk, verb, key, work, **body)
    with snapshot(desk.engine) as session:
        esim = session.get_one(EsimRow, done.pop("esim"))
        order_id = esim.order_id
    if order_id is not None:  # what a supplier was asked for is cancelled there
        carry_on_live(desk, order_id, at_counter=True)
    is_it = esim.stock_state == "sold" and (esim.iccid or None) == done["iccid"]
    code = format_code(code_of(esim)) if is_it and esim.line_kind == "esim" else ""
    return Replaced(**done, activation_code=code, qr_payload=code, replayed=replayed)


def replace_order(desk: Desk, order: str, *, reason: str = "", key: str | None = None) -> Replaced:
    """The same for the eSIM of an order."""
    with snapshot(desk.engine) as session:
        reference = order_named(session, order).reference
    return replace_esim(desk, reference, reason=reason, key=key or new_id())


def _number(session: Session, name: str) -> str:
    return esim_named(session, name).iccid


def _undelivered(session: Session, name: str) -> OrderRow | None:
    """The order of this reference, locked, when it is paid and has no eSIM yet."""
    if not name.strip().upper().startswith("O-"):
        return None
    order = order_named(session, name, lock=True)
    if order.kind != "esim_purchase":
        raise NotFound(
            f"Order {order.reference} bought no eSIM; nothing has changed. Name the one that did.",
            code="no_esim",
            field="order",
        )
    if order.state == "delivered":
        return None
    if order.state != "paid":
        raise Refused(
            f"Order {order.reference} is {order.state}, so nothing is replaced; nothing has "
            "changed.",
            code="not_replaceable",
            field="order",
        )
    return order


def _deliver(session: Session, desk: Desk, order: OrderRow, key: str) -> None:
    if order.method == METHOD and download_of(session, order.id) is None:
        if not deliver_if_paid(session, desk, order):
            raise still_waits(order)
        return
    request = request_of(desk, "esim replace", key)
    deliver_other(session, order, request)
    keep_answer(session, order, attempts_of(session, order.id)[-1], desk.clock())
