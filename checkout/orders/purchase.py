"""Buying an eSIM: reserve a concrete profile, then hand it over when it is paid."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from sqlmodel import Session

from catalog.esim.tables import EsimRow
from catalog.kernel.errors import Refused
from catalog.kernel.ids import new_id
from catalog.kernel.requests import Request
from catalog.plans import COUNTER_KINDS, Plan, PlanKind
from catalog.repository import plan_row, plan_value
from catalog.stock.reserve import mark_sold, release, reserve
from catalog.tables import PlanRow
from checkout.billing.lines import open_line
from checkout.billing.paygo_lines import open_paygo
from checkout.billing.tariff import tariff_from_json, tariff_to_json
from checkout.orders.buyers import Buyer, find_buyer, may_buy, paying_wallet
from checkout.orders.paygo_payer import paygo_payer
from checkout.orders.place import (
    Counter,
    check_method,
    earlier_order,
    new_order,
    write_order,
)
from checkout.orders.pricing import price_of, tariff_of
from checkout.orders.tables import OrderRow
from checkout.orders.tender import tender


def place_purchase(
    session: Session,
    request: Request,
    counter: Counter,
    *,
    sku: str,
    pay: str,
    tendered: str | None = None,
    customer: str | None = None,
    company: str | None = None,
) -> OrderRow:
    """Place the order for one eSIM, or give back the one this key stands for.

    Raises:
        Refused: sold out, method not offered, too little tendered, wallet too low, no wallet to
            charge PAYGO usage to, plan not for this buyer or not sold over the counter; nothing
            is written then.

    """
    earlier = earlier_order(session, request)
    if earlier is not None:
        return earlier
    row = plan_row(session, sku)
    plan = plan_value(row)
    check_sellable(plan, request.now)
    check_method(pay, counter, plan.currency)
    buyer = find_buyer(
        session,
        pay=pay,
        customer=customer,
        company=company,
        settings=counter.settings,
        now=request.now,
    )
    if not may_buy(buyer, plan):
        raise Refused(
            f"{plan.name} is sold only to designated companies; nothing was sold.",
            code="not_designated",
            field="plan",
        )
    rate = buyer.tax_rate(counter.settings)
    price = price_of(plan.price_minor, plan.currency, rate=rate, pay=pay, settings=counter.settings)
    parameters = tender(pay, tendered, price)
    item = {"sku": plan.sku, "name": plan.name, "data_bytes": plan.data_bytes}
    order = new_order(
        request,
        kind="esim_purchase",
        counter=counter,
        buyer=buyer,
        price=price,
        pay=pay,
        item=item,
    )
    order.plan_id = row.id
    payer = paying_wallet(session, buyer, pay)
    if plan.kind is PlanKind.PAYGO:
        _agree_on_usage(session, order, plan, buyer, counter)
    order.esim_id = _reserve(session, order, row, request.now)
    write_order(session, request, order, parameters=parameters, payer=payer)
    return order


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


def _agree_on_usage(
    session: Session, order: OrderRow, plan: Plan, buyer: Buyer, counter: Counter
) -> None:
    """Freeze the tariff and the wallet that usage will be charged to."""
    payer, wallet = paygo_payer(session, buyer, plan)
    rate = counter.settings.vat_rate if payer.vat_rate is None else payer.vat_rate
    tariff = tariff_of(plan, rate=rate, settings=counter.settings)
    order.wallet_id = wallet.id
    order.item = {**order.item, "tariff": tariff_to_json(tariff)}


def _reserve(session: Session, order: OrderRow, plan: PlanRow, now: datetime) -> str:
    esim = reserve(session, plan=plan, order_id=order.id, until=order.deadline_at, now=now)
    if esim is None:
        raise Refused(
            f"{plan.name} is sold out; nothing was charged. Choose another plan or upload stock.",
            code="sold_out",
            field="plan",
        )
    return esim.id


def deliver_purchase(session: Session, order: OrderRow, actor: str, now: datetime) -> None:
    """Make the reserved profile the buyer's and give its line the data that was bought."""
    row = session.get_one(PlanRow, order.plan_id)
    plan = plan_value(row)
    if order.deadline_at <= now:  # late money: the reservation may have gone to somebody else
        release(session, order.id)
        order.esim_id = _reserve(session, order, row, now)
    esim = mark_sold(
        session,
        order.id,
        now=now,
        company_id=order.company_id,
        end_user_id=order.end_user_id,
    )
    order.esim_id = esim.id
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
