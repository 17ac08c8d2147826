"""Suppliers at the desk: added, shown, tested, removed; and what they said of an order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlmodel import Session, col, select

from catalog.esim.tables import EsimRow
from catalog.kernel.database import snapshot, transact
from catalog.kernel.ids import new_id
from catalog.suppliers import registry
from catalog.suppliers.access import Access
from catalog.suppliers.offline import OFFLINE_SUPPLIER
from catalog.suppliers.ordering import name_nothing, name_profile
from catalog.suppliers.tables import SupplierRow
from catalog.tables import PlanRow
from checkout.orders.place import order_named
from checkout.orders.replacement_tables import LiveReplacementRow
from checkout.orders.tables import OrderRow
from store_app.desk.context import Desk
from store_app.desk.live_orders import carry_on_live
from store_app.desk.order_views import OrderView, show_order

_SHOWN = 100


@dataclass(frozen=True, slots=True)
class DownloadView:
    """One profile that is being ordered: for which sale, how far it is, and what keeps it.

    Of a replacement `order` is the ICCID of the eSIM that it is for.
    """

    download: str
    order: str
    state: str
    profile_type: str
    iccid: str | None
    reason: str
    given_up: bool
    created_at: datetime
    replaces: bool = False
    """Whether it is for an eSIM that has a profile already."""


@dataclass(frozen=True, slots=True)
class SupplierView:
    """A supplier; certificates and key are the names of files, `label` says that it is none."""

    name: str
    url: str
    ca: str
    cert: str
    key: str
    requester: str
    smdp_address: str
    protocol: str
    release_apart: bool
    confirmation: bool
    wants_eid: bool
    timeout_s: int
    concurrent: int
    per_minute: int
    label: str
    plans: list[str]
    unfinished: list[DownloadView]


def add_supplier(desk: Desk, access: Access) -> SupplierView:
    """Keep how a supplier is reached, after looking at its files; the same name replaces it."""
    transact(
        desk.engine,
        lambda session: registry.add_supplier(session, access, actor=desk.actor, now=desk.clock()),
    )
    return show_supplier(desk, access.name)


def list_suppliers(desk: Desk) -> list[SupplierView]:
    """Every supplier, by name."""
    with snapshot(desk.engine) as session:
        return [_view(session, row) for row in registry.all_suppliers(session)]


def show_supplier(desk: Desk, name: str) -> SupplierView:
    """One supplier with its plans and the orders that are not finished."""
    with snapshot(desk.engine) as session:
        return _view(session, registry.supplier_named(session, name))


def test_supplier(desk: Desk, name: str) -> SupplierView:
    """Prove address, trust and credentials without ordering; `Unavailable` or `Refused` if not."""
    with snapshot(desk.engine) as session:
        access = registry.access_of(registry.supplier_named(session, name))
    registry.supplier_of(access).test(new_id())
    return show_supplier(desk, name)


def remove_supplier(desk: Desk, name: str) -> SupplierView:
    """Sell nothing more from a supplier; `Refused` while orders of it are not finished."""
    shown = show_supplier(desk, name)
    transact(desk.engine, lambda session: registry.remove_supplier(session, name, desk.clock()))
    return shown


def fulfil_order(desk: Desk, order: str, *, iccid: str | None = None) -> OrderView:
    """Go on with a sale of which nobody knew what was ordered, as the supplier has told now.

    `iccid` is the profile that it allocated; None says that it allocated none, so that one is
    ordered. `Refused` when it is not unknown.
    """

    def work(session: Session) -> OrderRow:
        row = order_named(session, order, lock=True)
        if iccid is None:
            name_nothing(session, row.id, desk.clock())
        else:
            name_profile(session, row.id, iccid, desk.clock())
        return row

    row = transact(desk.engine, work)
    carry_on_live(desk, row.id, at_counter=True)
    return show_order(desk, row.reference)


def _view(session: Session, row: SupplierRow) -> SupplierView:
    downloads = registry.downloads_of(session, row, _SHOWN)
    ids = [each.order_id for each in downloads]
    orders = dict(
        session.exec(select(OrderRow.id, OrderRow.reference).where(col(OrderRow.id).in_(ids))).all()
    )
    replacing = _replacing(session, ids)
    kept = row.model_dump()
    return SupplierView(
        **{name: kept[name] for name in Access.__dataclass_fields__},
        label=OFFLINE_SUPPLIER if registry.access_of(row).is_offline else "",
        plans=_plans(session, row.name),
        unfinished=[
            DownloadView(
                download=each.reference,
                order=orders.get(each.order_id) or replacing.get(each.order_id, ""),
                state=each.state,
                profile_type=each.profile_type,
                iccid=each.iccid or None,
                reason=each.reason,
                given_up=each.given_up,
                created_at=each.created_at,
                replaces=each.order_id in replacing,
            )
            for each in downloads
        ],
    )


def _replacing(session: Session, ids: Sequence[str]) -> dict[str, str]:
    """The eSIMs for which other profiles are ordered, by the ids of their replacements.

    One without a number is named by its order.
    """
    statement = (
        select(LiveReplacementRow.id, EsimRow.iccid, OrderRow.reference)
        .join(EsimRow, col(EsimRow.id) == col(LiveReplacementRow.esim_id))
        .outerjoin(OrderRow, col(OrderRow.id) == col(EsimRow.order_id))
        .where(col(LiveReplacementRow.id).in_(ids))
    )
    return {made_id: iccid or order or "" for made_id, iccid, order in session.exec(statement)}


def _plans(session: Session, name: str) -> list[str]:
    """The skus of the plans that name a supplier."""
    named = PlanRow.__table__.c.terms["supplier"].as_string() == name  # type: ignore[attr-defined]  # SQLModel adds it
    return list(session.exec(select(PlanRow.sku).where(named).order_by(PlanRow.sku)).all())


def absolute(path: Path | None) -> str:
    """A file as it is found from every folder; empty for none."""
    return "" if path is None else str(path.expanduser().absolute())
