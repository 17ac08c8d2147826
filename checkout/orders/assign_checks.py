"""What an eSIM may be assigned: plans for this company, pools that take them."""

from __future__ import annotations

from catalog.esim.tables import EsimRow
from catalog.kernel.errors import Refused
from catalog.plans import POOL_KINDS, SUBSCRIPTION_KINDS, Plan
from catalog.tables import PlanRow
from checkout.billing.subscriptions.rows import Subscription
from checkout.billing.subscriptions.terms import STATIC
from checkout.orders.buyers import Buyer, may_buy


def check_plan(esim: EsimRow, plan: Plan, row: PlanRow, buyer: Buyer) -> None:
    """Refuse a plan that this company may not have, or this eSIM cannot."""
    check_company(plan, buyer)
    if plan.operator not in ("", esim.operator) and esim.plan_id != row.id:
        raise Refused(
            f"{plan.name} is of {plan.operator} and this eSIM is not; nothing has changed.",
            code="other_operator",
            field="plan",
        )


def check_company(plan: Plan, buyer: Buyer) -> None:
    """Refuse a plan that is not for this company: designated, in its currency, to be billed."""
    is_billed = plan.kind in SUBSCRIPTION_KINDS
    if is_billed and buyer.company.virtual:
        raise Refused(
            f"{plan.name} is billed to a company, and {buyer.company.name} is none; nothing has "
            "changed. Name the company.",
            code="company_needed",
            field="company",
        )
    if not may_buy(buyer, plan):
        raise Refused(
            f"{plan.name} is for designated companies only; nothing has changed.",
            code="not_designated",
            field="plan",
        )
    if is_billed and plan.currency != buyer.company.currency:
        raise Refused(
            f"{plan.name} is in {plan.currency} and {buyer.company.name} is billed in "
            f"{buyer.company.currency}; nothing has changed and nothing is converted.",
            code="currency_mismatch",
            field="plan",
        )


def check_pool(plan: Plan, pool: Subscription | None) -> None:
    """A pool for the plans of pools only; the static pool's own, or a bundle in a dynamic one."""
    if pool is None:
        if plan.kind in POOL_KINDS:
            raise Refused(
                f"{plan.name} is the plan of a pool; nothing has changed. Add a pool with it "
                "(pool add) and assign with --pool.",
                code="pool_needed",
                field="pool",
            )
        return
    if pool.account.ends is not None:
        raise Refused(
            f"The pool {pool.name} has ended; nothing has changed.", code="ended", field="pool"
        )
    is_static = pool.kind == STATIC
    fits = plan.sku == pool.account.terms.sku if is_static else plan.kind == "monthly_bundle"
    if not fits or plan.currency != pool.account.terms.currency:
        wanted = "its own plan" if is_static else "monthly bundles in its currency"
        raise Refused(
            f"The pool {pool.name} takes {wanted} and not {plan.name}; nothing has changed.",
            code="other_plan",
            field="plan",
        )
