"""One plan in words: everything a buyer should know before money moves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catalog.kernel.money import decimal_string, money_words
from catalog.plans import Plan, Refill, data_words, offer_words, start_rule_words
from store_app.shelf import where_words

if TYPE_CHECKING:
    from store_app.desk.context import Desk
    from store_app.desk.sales import Quote


def describe_plan(desk: Desk, sku: str) -> list[str]:
    """The lines of the details panel, the most important ones first."""
    from store_app.desk.catalogue import show_plan
    from store_app.desk.sales import quote

    plan, _ = show_plan(desk, sku)
    return plan_lines(plan, quote(desk, sku))


def plan_lines(plan: Plan, offer: Quote) -> list[str]:
    """Price with VAT and stock, offer, start rule, refills, then where and whose it is."""
    rate = f"{decimal_string(offer.tax_rate, 'EUR').rstrip('0').rstrip('.')} %"
    price = money_words(offer.total_minor, offer.currency)
    tax = money_words(offer.tax_minor, offer.currency)
    stock = f"{offer.available} in stock" if offer.available else "sold out"
    parts = (plan.sku, plan.operator, where_words(plan.countries))
    return [
        f"{price} with VAT  {stock}",
        offer_words(plan),
        f"{start_rule_words(plan)}.",
        f"Refills: {', '.join(_refill(each, plan.currency) for each in plan.refills) or 'none'}",
        f"VAT {tax} ({rate})  {'  '.join(part for part in parts if part)}",
    ]


def _refill(refill: Refill, currency: str) -> str:
    credit = money_words(refill.credit_minor or 0, currency)
    what = data_words(refill.data_bytes) if refill.data_bytes else f"{credit} credit for"
    return f"{what} {money_words(refill.price_minor, currency)}"
