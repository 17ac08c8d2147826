"""Buying an eSIM: reserve a concrete profile, then hand it over when it is paid."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import partial
from typing import ClassVar

from sqlmodel import Session

from catalog.esim.identifiers import check_eid
from catalog.esim.tables import EsimRow
from catalog.kernel.errors import Refused
from catalog.kernel.ids import new_id
from catalog.kernel.settings import StoreSettings
from catalog.plans import COUNTER_KINDS, Plan, PlanKind
from catalog.repository import plan_row, plan_value
from catalog.stock.reserve import Reserved, mark_sold, release, reserve, sell_free
from catalog.tables import PlanRow
from checkout.billing.lines import open_line
from checkout.billing.paygo_lines import open_paygo
from checkout.billing.tariff import tariff_from_json, tariff_to_json
from checkout.orders.agreement import Agreement, Counter, check_method
from checkout.orders.buyers import Buyer, find_buyer, may_buy
from checkout.orders.live import begin_live, is_live, live_terms
from checkout.orders.paygo_payer import paygo_payer
from checkout.orders.pricing import price_for, tariff_of
from checkout.orders.tables import OrderRow


@dataclass(frozen=True, slots=True, kw_only=True)
class EsimPurchase:
    """One eSIM of a plan, for whoever is named, or for a walk-in customer.

    `eid` is the phone it is for, as typed; only a supplier that wants it is told.
    """

    kind: ClassVar[str] = "esim_purchase"

    sku: str
    customer: str | None = None
    company: str | None = None
    eid: str | None = None

    def agree(self, session: Session, counter: Counter, pay: str, now: datetime) -> Agreement:
        """The terms; `Refused` when the plan is not for this buyer or not sold at a counter."""
        row = plan_row(session, self.sku)
        plan = plan_value(row)
        check_sellable(plan, now)
        eid = checked_eid(self.eid)
        check_method(pay, counter, plan.currency)
        buyer = self._buyer(session, counter, pay, now)
        if not may_buy(buyer, plan):
            raise Refused(
                f"{plan.name} is sold only to designated companies; nothing was sold.",
                code="not_designated",
                field="plan",
            )
        return Agreement(
            buyer=buyer,
            price=price_for(buyer, plan.price_minor, plan.currency, pay, counter.settings),
            item={"sku": plan.sku, "name": plan.name, "data_bytes": plan.data_bytes}
            | ({"eid": eid} if eid else {}),
            plan_id=row.id,
            set_aside=partial(
                _set_aside, session, row=row, plan=plan, buyer=buyer, settings=counter.settings
            ),
        )

    def _buyer(self, session: Session, counter: Counter, pay: str, now: datetime) -> Buyer:
        return find_buyer(
            session,
            pay=pay,
            customer=self.customer,
            company=self.company,
            settings=counter.settings,
            now=now,
        )


def checked_eid(eid: str | None) -> str:
    """The digits of a phone's EID, empty for none; `Refused` when it is mistyped."""
    checked = check_eid(eid or "")
    if eid and not checked.ok:
        reasons = " ".join(checked.reasons)
        raise Refused(f"{reasons} Nothing was sold.", code="bad_eid", field="eid")
    return checked.value


def check_sellable(plan: Plan, now: datetime) -> None:
    """Refuse the kinds that are not sold over the counter, and plans whose time is over."""
    check_over(plan, now)
    if plan.kind not in COUNTER_KINDS:
        raise Refused(
            f"{plan.name} is a {plan.kind.value.replace('_', ' ')} plan: it is billed to a company "
            "by the month and not sold over the counter. Nothing was sold; assign it, or choose a "
            "prepaid or a PAYGO plan.",
            code="not_offered",
            field="plan",
        )


def check_over(plan: Plan, now: datetime) -> None:
    """Refuse a plan of a fixed date whose time is over."""
    start_at = _start_at(plan)
    if start_at is not None and start_at + timedelta(days=plan.validity_days or 0) <= now:
        raise Refused(
            f"{plan.name} started on {start_at:%Y-%m-%d} and is over; nothing was sold. Choose "
            "another plan.",
            code="plan_over",
            field="plan",
        )


def _set_aside(
    session: Session,
    order: OrderRow,
    at_once: bool,
    *,
    row: PlanRow,
    plan: Plan,
    buyer: Buyer,
    settings: StoreSettings,
) -> None:
    """Freeze what usage will cost and who pays for it (PAYGO), and reserve a profile."""
    if plan.kind is PlanKind.PAYGO:
        payer, wallet = paygo_payer(session, buyer, plan, now=order.created_at, actor=order.actor)
        rate = settings.vat_rate if payer.vat_rate is None else payer.vat_rate
        order.wallet_id = wallet.id
        tariff = tariff_of(plan, rate=rate, settings=settings)
        order.item = {**order.item, "tariff": tariff_to_json(tariff)}
    order.esim_id = _take(session, order, row, order.created_at, at_once=at_once)


def _take(
    session: Session, order: OrderRow, plan: PlanRow, now: datetime, *, at_once: bool = False
) -> str | None:
    """A profile for the order: set aside for it, or sold to it where it is delivered at once.

    None when one will be ordered from the plan's supplier.
    """
    esim: Reserved | EsimRow | None
    if not at_once:
        esim = reserve(session, plan=plan, order_id=order.id, until=order.deadline_at, now=now)
    else:
        esim = sell_free(
            session,
            plan=plan,
            order_id=order.id,
            now=now,
            company_id=order.company_id,
            end_user_id=order.end_user_id,
        )
    if esim is not None:
        return esim.id
    order.esim_id, order.item = None, {**order.item, **live_terms(session, plan, order.item)}
    if is_live(order):
        return None
    raise Refused(
        f"{plan.name} is sold out; nothing was charged. Choose another plan or upload stock.",
        code="sold_out",
        field="plan",
    )


def keep_profile(session: Session, order: OrderRow, now: datetime) -> bool:
    """Whether a paid order has a profile, reserved or to be ordered from its plan's supplier.

    One whose time ran out is looked for anew.
    """
    if order.deadline_at > now:
        return True
    release(session, order.id)
    row = session.get_one(PlanRow, order.plan_id)
    until = now + timedelta(minutes=2)
    esim = reserve(session, plan=row, order_id=order.id, until=until, now=now)
    order.esim_id = esim.id if esim else None
    order.deadline_at = until if esim else order.deadline_at
    if esim is None:
        with suppress(Refused):  # no phone was told, and the supplier wants one
            order.item = {**order.item, **live_terms(session, row, order.item)}
    session.add(order)
    session.flush()
    return esim is not None or is_live(order)


def deliver_purchase(session: Session, order: OrderRow, actor: str, now: datetime) -> None:
    """Make the reserved profile the buyer's and give its line the data that was bought."""
    row = session.get_one(PlanRow, order.plan_id)
    if order.deadline_at <= now:  # late money: the reservation may have gone to somebody else
        release(session, order.id)
        order.esim_id = _take(session, order, row, now)
        if is_live(order):
            order.state, order.delivered_at = "paid", None
            begin_live(session, order, now)
            return
    esim = session.get_one(EsimRow, order.esim_id)
    if (esim.stock_state, esim.order_id) != ("sold", order.id):
        esim = mark_sold(
            session,
            order.id,
            now=now,
            company_id=order.company_id,
            end_user_id=order.end_user_id,
        )
    start_line(session, order, plan_value(row), esim, actor=actor, now=now)


def start_line(
    session: Session, order: OrderRow, plan: Plan, esim: EsimRow, *, actor: str, now: datetime
) -> None:
    """Open the line of a sold eSIM with what its order bought."""
    if plan.kind is PlanKind.PAYGO:
        open_paygo(
            session,
            line_id=esim.id,
            iccid=esim.iccid,
            wallet_id=str(order.wallet_id),
            tariff=tariff_from_json(order.item["tariff"]),
            now=now,
            actor=actor,
        )
        return
    size = order.item["data_bytes"]
    give_data(session, esim, plan, size, source=order.reference, actor=actor, now=now)


def give_data(
    session: Session,
    esim: EsimRow,
    plan: Plan,
    data_bytes: int,
    *,
    source: str,
    actor: str,
    now: datetime,
) -> None:
    """Open the line of an eSIM with the data of a prepaid plan."""
    open_line(
        session,
        line_id=esim.id,
        iccid=esim.iccid,
        validity_days=plan.validity_days or 0,
        start=plan.start.value,
        start_at=_start_at(plan),
        grant_id=new_id(),
        data_bytes=data_bytes,
        now=now,
        source=source,
        actor=actor,
    )


def _start_at(plan: Plan) -> datetime | None:
    if plan.start_date is None:
        return None
    return datetime.combine(plan.start_date, time(), tzinfo=UTC)
