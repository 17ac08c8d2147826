"""Giving an eSIM to a company without a sale: a plan, a pool, and at last the end of it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import Session

from catalog.esim.tables import EsimRow
from catalog.kernel.errors import Refused
from catalog.kernel.requests import Request
from catalog.kernel.settings import StoreSettings
from catalog.plans import SUBSCRIPTION_KINDS, Plan, PlanKind
from catalog.repository import plan_row, plan_value
from catalog.stock.reserve import take
from catalog.stock.tables import StockLotRow
from catalog.tables import PlanRow
from checkout.accounts.tables import CompanyRow
from checkout.billing.line_rows import LINES, lock_lines
from checkout.billing.lines import revoke_line
from checkout.billing.paygo_lines import open_paygo
from checkout.billing.subscriptions.assigning import (
    KIND,
    Place,
    end_line,
    open_subscription_line,
    place_line,
    pool_named,
)
from checkout.billing.subscriptions.rows import Subscription, open_assignment
from checkout.billing.subscriptions.terms import STATIC
from checkout.orders.assign_checks import check_plan, check_pool
from checkout.orders.buyers import Buyer, find_buyer
from checkout.orders.paygo_payer import paygo_payer
from checkout.orders.pricing import tariff_of, terms_of
from checkout.orders.purchase import check_over, give_data
from checkout.orders.sold_esims import esim_named

SOURCE = "assignment"
"""What the ledger says of data that was assigned and not bought."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for one eSIM; what is not named stays as it is."""

    iccid: str
    plan: str | None = None
    pool: str | None = None
    company: str | None = None
    user: str | None = None


@dataclass(frozen=True, slots=True)
class _Case:
    """An assignment that may be done: which eSIM, which plan or pool, for whom, when."""

    esim: EsimRow
    plan: Plan
    pool: Subscription | None
    buyer: Buyer
    request: Request
    settings: StoreSettings


def assign(session: Session, request: Request, wish: Wish, settings: StoreSettings) -> EsimRow:
    """Give an eSIM its plan and owner from now on; a free one is taken out of stock.

    Raises:
        Refused: not free, another company's, a plan that is not for this company or in another
            currency, or a line that runs on another kind of plan; nothing is changed then.

    """
    esim = _locked(session, wish.iccid)
    pool = pool_named(session, wish.pool) if wish.pool else None
    company = _company(session, esim, pool, wish)
    buyer = find_buyer(
        session,
        pay="invoice",
        customer=wish.user,
        company=company,
        settings=settings,
        now=request.now,
    )
    _check_owner(esim, pool, buyer)
    row = _plan(session, esim, pool, wish)
    if row is None:
        return _hand_on(session, esim, buyer)
    plan = plan_value(row)
    check_plan(esim, plan, row, buyer)
    check_pool(plan, pool)
    esim = _taken(session, esim, buyer, request)
    esim.plan_id = row.id
    case = _Case(esim, plan, pool, buyer, request, settings)
    if plan.kind in SUBSCRIPTION_KINDS:
        _subscribe(session, case)
    else:
        _give(session, case)
    session.add(esim)
    session.flush()
    return esim


def end(session: Session, request: Request, iccid: str) -> EsimRow:
    """End what was assigned to an eSIM; it stays its company's, and may be assigned again."""
    esim = _locked(session, iccid)
    if esim.order_id is not None:
        raise Refused(
            "This eSIM was sold and not assigned; nothing has changed. Refund its order instead.",
            code="sold",
            field="iccid",
        )
    line = lock_lines(session, "id", [esim.id]).get(esim.id)
    if esim.stock_state != "sold" or line is None:
        raise Refused(
            "This eSIM has no plan that could be ended; nothing has changed.",
            code="not_assigned",
            field="iccid",
        )
    if line.kind == KIND:
        end_line(session, esim.id, request.now)
    else:
        revoke_line(
            session,
            line_id=esim.id,
            now=request.now,
            source=SOURCE,
            actor=request.actor,
            reason="assignment ended",
        )
    return esim


def _locked(session: Session, iccid: str) -> EsimRow:
    found = esim_named(session, iccid)
    esim = session.get_one(EsimRow, found.id, with_for_update=True, populate_existing=True)
    reasons = {"reserved": "is reserved for an open order", "withdrawn": "was withdrawn"}
    reason = reasons.get(esim.stock_state)
    if esim.stock_state == "available" and not session.get_one(StockLotRow, esim.lot).is_open:
        reason = "waits for the approval of its batch"
    if reason:
        raise Refused(
            f"This eSIM {reason}, so it can't be assigned; nothing has changed.",
            code="not_free",
            field="iccid",
        )
    return esim


def _company(session: Session, esim: EsimRow, pool: Subscription | None, wish: Wish) -> str | None:
    """The company that is named, or that the eSIM or the pool has; None: the end user's."""
    own = esim.company_id if esim.stock_state == "sold" else None
    known = own or (pool.company_id if pool else None)
    if wish.company is None and known is not None:
        return session.get_one(CompanyRow, known).name
    if wish.company is None and wish.user is None:
        raise Refused(
            "Name the company that the eSIM is for; nothing has changed.",
            code="company_needed",
            field="company",
        )
    return wish.company


def _check_owner(esim: EsimRow, pool: Subscription | None, buyer: Buyer) -> None:
    own = esim.company_id if esim.stock_state == "sold" else None
    for owner, what in ((own, "eSIM"), (pool.company_id if pool else None, "pool")):
        if owner not in (None, buyer.company.id):
            raise Refused(
                f"This {what} is another company's; nothing has changed.",
                code="other_company",
                field="company",
            )


def _plan(session: Session, esim: EsimRow, pool: Subscription | None, wish: Wish) -> PlanRow | None:
    """The plan that is meant: named, the static pool's, or the one a free eSIM is stocked for."""
    if wish.plan:
        return plan_row(session, wish.plan)
    if pool is not None and pool.kind == STATIC:
        return plan_row(session, pool.account.terms.sku)
    if pool is not None:
        raise Refused(
            "A dynamic pool takes members with a plan of their own; nothing has changed. Name it: "
            "--plan SKU.",
            code="plan_needed",
            field="plan",
        )
    if esim.stock_state == "sold":
        return None
    if esim.plan_id is None:
        raise Refused(
            "Name the plan, or the pool; nothing has changed.", code="plan_needed", field="plan"
        )
    return session.get_one(PlanRow, esim.plan_id)


def _hand_on(session: Session, esim: EsimRow, buyer: Buyer) -> EsimRow:
    """Another end user of the same company."""
    if buyer.end_user is not None:
        esim.end_user_id = buyer.end_user.id
        session.add(esim)
        session.flush()
    return esim


def _taken(session: Session, esim: EsimRow, buyer: Buyer, request: Request) -> EsimRow:
    """The eSIM as the company's, out of stock when it was free."""
    user_id = buyer.end_user.id if buyer.end_user else None
    if esim.stock_state == "sold":
        esim.end_user_id = user_id or esim.end_user_id
        return esim
    now, company = request.now, buyer.company
    row = take(session, esim.id, now=now, company_id=company.id, end_user_id=user_id)
    if row is None:
        raise Refused(
            "This eSIM is not free any more, or its install-by date has passed; nothing has "
            "changed.",
            code="not_free",
            field="iccid",
        )
    return row


def _subscribe(session: Session, case: _Case) -> None:
    esim, now = case.esim, case.request.now
    line = lock_lines(session, "id", [esim.id]).get(esim.id)
    if line is not None and line.state.ended_at is None and line.kind != KIND:
        raise Refused(
            "This eSIM runs on a plan that is not billed by the month; nothing has changed. End "
            "that first: assign ICCID --end.",
            code="in_use",
            field="iccid",
        )
    if line is None or open_assignment(session, esim.id) is None:
        open_subscription_line(session, esim.id, esim.iccid, now)
    is_static = case.pool is not None and case.pool.kind == STATIC
    terms = None if is_static else terms_of(case.plan, settings=case.settings)
    place = Place(case.buyer.company.id, terms, case.pool, case.settings.time_zone)
    place_line(session, esim.id, place, now)


def _give(session: Session, case: _Case) -> None:
    """Prepaid data, or PAYGO at a wallet; its price is not taken (decision 6)."""
    esim, plan, now = case.esim, case.plan, case.request.now
    if session.execute(select(LINES.c.id).where(LINES.c.id == esim.id)).first():
        raise Refused(
            f"This eSIM has, or had, a plan, and {plan.name} needs a new one; nothing has changed. "
            "Assign another eSIM.",
            code="in_use",
            field="iccid",
        )
    check_over(plan, now)
    if plan.kind is PlanKind.PREPAID:
        actor = case.request.actor
        give_data(session, esim, plan, plan.data_bytes or 0, source=SOURCE, actor=actor, now=now)
        return
    payer, wallet = paygo_payer(session, case.buyer, plan, now=now, actor=case.request.actor)
    rate = case.settings.vat_rate if payer.vat_rate is None else payer.vat_rate
    open_paygo(
        session,
        line_id=esim.id,
        iccid=esim.iccid,
        wallet_id=wallet.id,
        tariff=tariff_of(plan, rate=rate, settings=case.settings),
        now=now,
        actor=case.request.actor,
    )
