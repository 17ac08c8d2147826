"""Refilling a prepaid eSIM: more data, and a later expiry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sqlmodel import Session, select

from catalog.esim.tables import EsimRow
from catalog.kernel.errors import NotFound, Refused
from catalog.kernel.quoting import quoted
from catalog.plans import Plan, PlanKind, Refill
from catalog.repository import plan_value
from catalog.tables import PlanRow
from checkout.accounts.owners import owner_of_company, owner_of_user
from checkout.accounts.tables import CompanyRow, EndUserRow
from checkout.billing.line_rows import lock_lines
from checkout.billing.lines import refill_line
from checkout.orders.agreement import Agreement, Counter, check_method
from checkout.orders.buyers import COMPANY_PAYS, Buyer
from checkout.orders.pricing import price_for
from checkout.orders.service import refuse_held
from checkout.orders.sold_esims import sold_esim
from checkout.orders.tables import OrderRow


def plan_of(session: Session, esim: EsimRow) -> PlanRow:
    """The plan that a sold eSIM was bought with, or that it was assigned."""
    order = session.exec(
        select(OrderRow).where(OrderRow.esim_id == esim.id, OrderRow.kind == "esim_purchase")
    ).one_or_none()
    return session.get_one(PlanRow, order.plan_id if order else esim.plan_id)


def refillable(session: Session, name: str) -> EsimRow:
    """A sold eSIM by its name, or `Refused` when it was refunded, archived or suspended by hand."""
    esim = sold_esim(session, name)
    if esim.stock_state != "sold":
        raise Refused(
            "This eSIM was refunded and takes no refill; nothing was charged.", code="archived"
        )
    refuse_held(session, esim.id)
    return esim


def owner_buyer(session: Session, esim: EsimRow, pay: str) -> Buyer:
    """The owner of an eSIM as the buyer of its refill."""
    company = session.get_one(CompanyRow, esim.company_id)
    user = session.get(EndUserRow, esim.end_user_id) if esim.end_user_id else None
    if user and pay not in COMPANY_PAYS:
        return Buyer(company, user, owner_of_user(user))
    if pay == "wallet":
        raise Refused(
            "This eSIM has no customer whose wallet could pay; nothing was charged. Pay another "
            "way.",
            code="customer_needed",
            field="pay",
        )
    return Buyer(company, user, None if company.virtual else owner_of_company(company))


@dataclass(frozen=True, slots=True)
class EsimRefill:
    """More data for a sold eSIM: one of the refills of its plan."""

    kind: ClassVar[str] = "esim_refill"

    iccid: str
    refill: str

    def buyer(self, session: Session, esim: EsimRow, pay: str) -> Buyer:
        """Who buys it and pays."""
        return owner_buyer(session, esim, pay)

    def agree(self, session: Session, counter: Counter, pay: str, now: datetime) -> Agreement:
        """The terms; `Refused` when the eSIM was refunded or its plan has no such refill."""
        del now
        esim = refillable(session, self.iccid)
        lock_lines(session, "id", [esim.id])  # lines before wallets, as everywhere
        row = plan_of(session, esim)
        plan = plan_value(row)
        refill = option_of(plan, self.refill)
        check_method(pay, counter, plan.currency)
        buyer = self.buyer(session, esim, pay)
        return Agreement(
            buyer=buyer,
            price=price_for(buyer, refill.price_minor, plan.currency, pay, counter.settings),
            item={
                "sku": plan.sku,
                "name": f"{plan.name}, refill {refill.id}",
                "refill": refill.id,
                "data_bytes": refill.data_bytes,
            },
            plan_id=row.id,
            esim_id=esim.id,
        )


def option_of(plan: Plan, refill_id: str) -> Refill:
    """One of the refills of a plan that adds data, or why it has none of this name."""
    if plan.kind is PlanKind.PAYGO:
        raise Refused(
            f"{plan.name} is paid out of a wallet and takes no data; nothing was charged. Buy "
            "credit: wallet top-up OWNER --pack ID.",
            code="not_refillable",
            field="refill",
        )
    refill = plan.refill(refill_id)
    if refill is None or refill.data_bytes is None:
        known = ", ".join(option.id for option in plan.refills) or "none"
        raise NotFound(
            f"{plan.name} has no refill {quoted(refill_id)} (it has: {known}); nothing was "
            "charged.",
            code="unknown_refill",
            field="refill",
        )
    return refill


def deliver_refill(session: Session, order: OrderRow, actor: str, now: datetime) -> None:
    """Give the line the data that was bought, under the order's own id."""
    refill_line(
        session,
        line_id=str(order.esim_id),
        grant_id=order.id,
        data_bytes=order.item["data_bytes"],
        now=now,
        source=order.reference,
        actor=actor,
    )
