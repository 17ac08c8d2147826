"""Handing over a profile that a supplier has released for a paid order."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from catalog.esim.profile import ProfileState
from catalog.esim.tables import EsimRow
from catalog.kernel.errors import Refused
from catalog.kernel.ids import new_id
from catalog.repository import plan_value
from catalog.suppliers.ordering import close, download_of
from catalog.suppliers.tables import DownloadOrderRow
from catalog.tables import PlanRow
from checkout.orders.purchase import start_line
from checkout.orders.tables import OrderRow


def deliver_live(session: Session, order: OrderRow, actor: str, now: datetime) -> bool:
    """Make the released profile of a locked order its buyer's; False when it is not there yet.

    `Refused` when the store has an eSIM of that number or code already.
    """
    download = download_of(session, order.id, lock=True)
    if order.state != "paid" or download is None or download.state != "released":
        return False
    row = session.get_one(PlanRow, order.plan_id)
    esim = _esim(order, download, row, now)
    add_profile(session, esim)
    order.esim_id, order.state, order.delivered_at = esim.id, "delivered", now
    session.add(order)
    start_line(session, order, plan_value(row), esim, actor=actor, now=now)
    close(session, order.id, now)
    session.flush()
    return True


def _esim(order: OrderRow, download: DownloadOrderRow, plan: PlanRow, now: datetime) -> EsimRow:
    esim = profile_of(download, plan)
    esim.stock_state, esim.order_id, esim.sold_at = "sold", order.id, now
    esim.company_id, esim.end_user_id = order.company_id, order.end_user_id
    return esim


def profile_of(download: DownloadOrderRow, plan: PlanRow) -> EsimRow:
    """The record of a profile that a supplier has released; it is nobody's and not for sale."""
    return EsimRow(
        id=new_id(),
        iccid=download.iccid,
        iccid_key=download.iccid_key,
        operator=plan.operator,
        plan_id=plan.id,
        smdp_address=download.smdp_address,
        smdp_key=download.smdp_address.lower(),
        matching_id=download.matching_id,
        confirmation_required=bool(download.confirmation_code),
        confirmation_code=download.confirmation_code,
        eid=download.eid,
        purchase_order=download.reference,
        stock_state="withdrawn",
        profile_state=ProfileState.RELEASED.value,
    )


def add_profile(session: Session, esim: EsimRow) -> None:
    """Write a profile; its unique keys decide whether it is a new one."""
    session.add(esim)
    try:
        session.flush()
    except IntegrityError as error:
        raise Refused(
            "The supplier's profile has the ICCID or the code of another eSIM of this store, so "
            "it is not handed over. Ask the supplier.",
            code="iccid_taken",
        ) from error
