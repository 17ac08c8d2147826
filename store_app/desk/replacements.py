"""Replacing at the desk: another profile for an eSIM that was sold, or was paid and never came."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session, col, select

from catalog.esim.activation_code import format_code
from catalog.esim.tables import EsimRow
from catalog.kernel.database import snapshot, transact
from catalog.kernel.errors import NotFound, Refused, Unavailable
from catalog.kernel.ids import new_id
from catalog.kernel.requests import Request, claim, finish
from catalog.kernel.tables import RequestRow
from catalog.stock.reserve import code_of
from catalog.suppliers.ordering import download_of, name_nothing, name_profile
from catalog.suppliers.tables import DownloadOrderRow
from checkout.orders.on_invoice import METHOD
from checkout.orders.place import order_named
from checkout.orders.replace import deliver_other, replace_profile
from checkout.orders.replace_live import Need, begin_replacement, ordered_for, replacement_of
from checkout.orders.replacement_tables import LiveReplacementRow
from checkout.orders.service import who
from checkout.orders.sold_esims import esim_named
from checkout.orders.tables import OrderRow
from checkout.payments.attempts import attempts_of
from store_app.desk.answers import keep_answer
from store_app.desk.context import Desk
from store_app.desk.counter import request_of
from store_app.desk.exchanging import told_of_esim
from store_app.desk.invoiced import deliver_if_paid, still_waits
from store_app.desk.knocking import knocking
from store_app.desk.live_orders import carry_on_live


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


@dataclass(frozen=True, slots=True)
class Waiting:
    """An eSIM whose new profile a supplier still owes: how far that is, and why it waits."""

    iccid: str | None
    order: str | None
    download: str
    state: str
    reason: str


def replace_esim(
    desk: Desk, iccid: str, *, reason: str = "", eid: str | None = None, key: str
) -> Replaced:
    """Give a sold eSIM another profile of its plan, with all that is left on it.

    From stock, or where there is none from the supplier of its plan, which is told the phone's
    `eid` where it wants that. An order that is paid and undelivered, named by its reference, is
    delivered from stock.

    Raises:
        Refused: the supplier has none; the eSIM is as it was.
        Unavailable: nobody knows yet, and the eSIM keeps its profile; the same key asks again.

    """
    verb, body = "esim replace", {"iccid": iccid, "reason": reason}
    body |= {"eid": eid} if eid else {}
    request = request_of(desk, verb, key, **body)

    def work(session: Session, need: Need) -> tuple[dict[str, Any] | None, bool, str]:
        claimed = claim(session, request, new_id())
        made_id = str(claimed.subject_id)
        if not claimed.is_new:
            return claimed.result, True, made_id
        done = _at_once(session, desk, request, iccid)
        if done is None:
            wanted = {"reason": reason, "eid": eid, "need": need}
            _order_live(session, request, made_id, iccid, wanted)
        else:
            finish(session, key, done)
        return done, False, made_id

    done, replayed, made_id = knocking(desk, work)
    if done is None:
        done = bring_replacement(desk, made_id)
    return _replaced(desk, done, replayed=replayed)


def _at_once(session: Session, desk: Desk, request: Request, name: str) -> dict[str, Any] | None:
    """Replace from stock, or deliver what was never delivered; None when a supplier is asked."""
    order = _undelivered(session, name)
    if order is not None:
        _deliver(session, desk, order, request.key)
        return told_of_esim(session, desk, session.get_one(EsimRow, order.esim_id), "")
    former = _number(session, name)
    try:
        reason = str(request.body["reason"])
        esim = replace_profile(session, request, name, who(request, reason).reason)
    except Refused as refusal:
        if refusal.code != "sold_out":
            raise
        return None
    return told_of_esim(session, desk, esim, former)


def _order_live(
    session: Session, request: Request, made_id: str, name: str, wanted: dict[str, Any]
) -> None:
    if begin_replacement(session, request, made_id, name, **wanted) is None:
        raise Refused(
            "No profile of its plan is left in stock, and no supplier makes one; nothing has "
            "changed. Upload stock, then replace it again, or refund it.",
            code="sold_out",
            field="iccid",
        )


def bring_replacement(desk: Desk, made_id: str) -> dict[str, Any]:
    """Bring what was ordered for a replacement, and tell what came of it."""
    carry_on_live(desk, made_id, at_counter=True)
    with snapshot(desk.engine) as session:
        made, download = replacement_of(session, made_id), download_of(session, made_id)
        kept = session.get(RequestRow, made.request_key)
    if made.state == "done" and kept is not None and kept.result:
        return dict(kept.result)
    reason, code = (download.reason, download.reason_code) if download else ("", "")
    if made.state == "given_up":
        raise Refused(f"{reason} Nothing was replaced: the eSIM is as it was.", code=code)
    raise Unavailable(
        f"The new profile is not there yet, and the eSIM keeps the one that it has. {reason} The "
        "same key asks again; order queue shows it.",
        code="checking",
    )


def fulfil_replacement(desk: Desk, name: str, *, iccid: str | None = None) -> Replaced:
    """Go on with a replacement of which nobody knew what was ordered, as the supplier has told.

    `iccid` is the profile that it allocated; None says that it allocated none, so that one is
    ordered. `Refused` when it is not unknown.
    """

    def work(session: Session) -> str:
        made = ordered_for(session, name)
        if iccid is None:
            name_nothing(session, made.id, desk.clock())
        else:
            name_profile(session, made.id, iccid, desk.clock())
        return made.id

    made_id = transact(desk.engine, work)
    return _replaced(desk, bring_replacement(desk, made_id), replayed=False)


def waiting_replacements(desk: Desk) -> list[Waiting]:
    """The replacements whose new profile a supplier still owes, the oldest first."""
    statement = (
        select(LiveReplacementRow, DownloadOrderRow, EsimRow, OrderRow.reference)
        .join(DownloadOrderRow, col(DownloadOrderRow.order_id) == col(LiveReplacementRow.id))
        .join(EsimRow, col(EsimRow.id) == col(LiveReplacementRow.esim_id))
        .outerjoin(OrderRow, col(OrderRow.id) == col(EsimRow.order_id))
        .where(LiveReplacementRow.state == "ordered")
        .order_by(col(LiveReplacementRow.at))
    )
    with snapshot(desk.engine) as session:
        return [
            Waiting(esim.iccid or None, order, download.reference, download.state, download.reason)
            for _made, download, esim, order in session.exec(statement)
        ]


def _replaced(desk: Desk, done: dict[str, Any], *, replayed: bool) -> Replaced:
    """The eSIM with its code, as long as it has the profile that is told."""
    told = {name: value for name, value in done.items() if name != "esim"}
    with snapshot(desk.engine) as session:
        esim = session.get_one(EsimRow, done["esim"])
    if esim.order_id is not None:  # what a supplier was asked for is cancelled there
        carry_on_live(desk, esim.order_id, at_counter=True)
    is_it = esim.stock_state == "sold" and (esim.iccid or None) == done["iccid"]
    code = format_code(code_of(esim)) if is_it and esim.line_kind == "esim" else ""
    return Replaced(**told, activation_code=code, qr_payload=code, replayed=replayed)


def replace_order(
    desk: Desk, order: str, *, reason: str = "", eid: str | None = None, key: str | None = None
) -> Replaced:
    """The same for the eSIM of an order."""
    with snapshot(desk.engine) as session:
        reference = order_named(session, order).reference
    return replace_esim(desk, reference, reason=reason, eid=eid, key=key or new_id())


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
