"""One plan in words: everything a buyer should know before money moves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from catalog.kernel.money import decimal_string, money_words
from catalog.plans import (
    COUNTER_KINDS,
    Plan,
    PlanKind,
    Refill,
    data_words,
    offer_words,
    start_rule_words,
)
from store_app.shelf import waiting_stock, where_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store_app.desk.context import Desk
    from store_app.desk.sales import Quote

NOT_AT_THE_TILL: Final = (
    "Not sold at the till: the organization assigns it to a company, which is billed each month."
)


def describe_plan(desk: Desk, sku: str) -> list[str]:
    """The lines of the details panel, the most important ones first."""
    from catalog.kernel.database import snapshot
    from catalog.kernel.settings import load_settings
    from checkout.orders.pricing import price_of
    from store_app.desk.catalogue import show_plan
    from store_app.desk.sales import quote

    plan, _ = show_plan(desk, sku)
    offer = quote(desk, sku)
    with snapshot(desk.engine) as session:
        settings = load_settings(session)
    refills = [
        price_of(
            each.price_minor, plan.currency, rate=offer.tax_rate, pay="cash", settings=settings
        ).total_minor
        for each in plan.refills
    ]
    waiting = 0 if offer.available else waiting_stock(desk, sku)
    return plan_lines(plan, offer, refills, waiting)


def plan_lines(plan: Plan, offer: Quote, refills: Sequence[int], waiting: int) -> list[str]:
    """Name, price and stock, offer, start rule, refills, then where and whose it is.

    Args:
        plan: what is described.
        offer: its price for a walk-in.
        refills: what its refills cost, VAT included as in the price, in minor units.
        waiting: profiles that wait for approval.

    """
    rate = f"{decimal_string(offer.tax_rate, 'EUR').rstrip('0').rstrip('.')} %"
    price = money_words(offer.total_minor, offer.currency)
    tax = money_words(offer.tax_minor, offer.currency)
    parts = (plan.sku, plan.operator, where_words(plan.countries))
    is_offered = plan.kind in COUNTER_KINDS
    return [
        plan.name,
        f"{price} with VAT" + (f"  {stock_words(offer.available, waiting)}" if is_offered else ""),
        offer_words(plan),
        f"{start_rule_words(plan)}.",
        _refills(plan, refills) if is_offered else NOT_AT_THE_TILL,
        f"VAT {tax} ({rate})  {'  '.join(part for part in parts if part)}",
    ]


def stock_words(available: int, waiting: int) -> str:
    """What could be sold now: "3 in stock", "sold out; 40 wait for approval (F4)"."""
    if available:
        return f"{available} in stock"
    return f"sold out; {waiting} wait for approval (F4)" if waiting else "sold out"


def _refills(plan: Plan, totals: Sequence[int]) -> str:
    words = [
        f"{_refill_words(each, plan.currency)} {money_words(total, plan.currency)}"
        for each, total in zip(plan.refills, totals, strict=True)
    ]
    is_paygo = plan.kind is PlanKind.PAYGO
    return f"{'Packs' if is_paygo else 'Refills'} with VAT: {', '.join(words) or 'none'}"


def _refill_words(refill: Refill, currency: str) -> str:
    """Data, or the credit of a PAYGO pack."""
    if refill.data_bytes:
        return data_words(refill.data_bytes)
    return f"{money_words(refill.credit_minor or 0, currency)} credit for"
