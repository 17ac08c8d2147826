"""A delivered order as it is handed over: code, change, start rule, receipt."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from sqlmodel import Session

    from catalog.esim.tables import EsimRow
    from store_app.desk.context import Desk
    from store_app.desk.esim_codes import CodeView


@dataclass(frozen=True, slots=True)
class Delivery:
    """What the buyer gets, read back from the store after the sale was written.

    An eSIM that was assigned has no order and no receipt; `customer` is an e-mail address, or
    empty.
    """

    order: str
    receipt: str
    plan_name: str
    offer_words: str
    start_words: str
    customer: str
    sold_at: datetime | None
    install_by: date | None
    is_reusable: bool
    change_minor: int
    currency: str
    code: CodeView = field(repr=False)


def read_delivery(desk: Desk, named: str) -> Delivery:
    """The delivery of an order, or of the eSIM with this ICCID; `Refused` when it is not sold."""
    order = _order_of(desk, named)
    return _sold(desk, order) if order else _assigned(desk, named)


def _order_of(desk: Desk, named: str) -> str:
    from catalog.kernel.database import snapshot
    from checkout.orders.sold_esims import esim_named
    from checkout.orders.tables import OrderRow

    if named.strip().upper().startswith("O-"):
        return named
    with snapshot(desk.engine) as session:
        esim = esim_named(session, named)
        is_bought = esim.stock_state == "sold" and esim.order_id is not None
        return session.get_one(OrderRow, esim.order_id).reference if is_bought else ""


def _assigned(desk: Desk, iccid: str) -> Delivery:
    from catalog.kernel.database import snapshot
    from catalog.plans import offer_words, start_rule_words
    from catalog.repository import plan_value
    from catalog.tables import PlanRow
    from checkout.orders.sold_esims import esim_named
    from store_app.desk.esim_codes import esim_code

    code = esim_code(desk, iccid)
    with snapshot(desk.engine) as session:
        esim = esim_named(session, iccid)
        plan = plan_value(session.get_one(PlanRow, esim.plan_id))
        customer = _customer(session, esim)
    return Delivery(
        order="",
        receipt="",
        plan_name=plan.name,
        offer_words=offer_words(plan),
        start_words=start_rule_words(plan),
        customer=customer,
        sold_at=esim.sold_at,
        install_by=esim.install_by,
        is_reusable=esim.reusable,
        change_minor=0,
        currency=plan.currency,
        code=code,
    )


def _sold(desk: Desk, order: str) -> Delivery:
    from catalog.esim.tables import EsimRow
    from catalog.kernel.database import snapshot
    from catalog.plans import offer_words, start_rule_words
    from catalog.repository import plan_value
    from catalog.tables import PlanRow
    from checkout.orders.place import order_named
    from checkout.payments.attempts import attempts_of
    from store_app.desk.esim_codes import esim_code

    with snapshot(desk.engine) as session:
        row = order_named(session, order)
        esim = session.get_one(EsimRow, row.esim_id)
        plan = plan_value(session.get_one(PlanRow, row.plan_id))
        paid = attempts_of(session, row.id)[-1]
        terms = {
            "install_by": esim.install_by,
            "is_reusable": esim.reusable,
            "sold_at": esim.sold_at,
        }
        values = {
            "order": row.reference,
            "receipt": row.receipt_number or "",
            "plan_name": str(row.item["name"]),
            "offer_words": offer_words(plan),
            "start_words": start_rule_words(plan),
            "customer": _customer(session, esim),
            "change_minor": int(paid.parameters.get("change_minor", 0)),
            "currency": row.currency,
        }
    return Delivery(**values, **terms, code=esim_code(desk, row.reference))  # type: ignore[arg-type]  # each value has its field's type


def _customer(session: Session, esim: EsimRow) -> str:
    from checkout.accounts.tables import EndUserRow

    user = session.get(EndUserRow, esim.end_user_id) if esim.end_user_id else None
    return user.email if user else ""


def save_privately(name: str, content: bytes) -> str:
    """Write a file that only this user may read, into Downloads or the data folder; its path."""
    from catalog.kernel.private_files import write_private

    path = hand_folder() / name
    write_private(path, content)
    return str(path)


def hand_folder() -> Path:
    """Where files are handed over: the user's Downloads, or the data folder; it is there."""
    from pathlib import Path

    import platformdirs

    downloads = platformdirs.user_downloads_path()
    data = platformdirs.user_data_path("esim-store", appauthor=False)
    folder = Path(downloads if downloads.is_dir() else data)
    folder.mkdir(parents=True, exist_ok=True)
    return folder
