"""One plan in words: everything a buyer should know before money moves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catalog.kernel.money import decimal_string, money_words
from catalog.plans import (
    SUBSCRIPTION_KINDS,
    Plan,
    PlanKind,
    Refill,
    data_words,
    offer_words,
    start_rule_words,
)
from store_app.shelf import waiting_stock, where_words
from store_app.subscription_words import offer_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store_app.desk.context import Desk
    from store_app.desk.sales import Quote


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
    refills, activation = (
        [
            price_of(
                minor, plan.currency, rate=offer.tax_rate, pay="cash", settings=settings
            ).total_minor
            for minor in minors
        ]
        for minors in ([each.price_minor for each in plan.refills], [plan.activation_fee_minor])
    )
    waiting = 0 if offer.available else waiting_stock(desk, sku)
    return plan_lines(plan, offer, refills, waiting, activation_minor=activation[0])


def plan_lines(
    plan: Plan, offer: Quote, refills: Sequence[int], waiting: int, *, activation_minor: int = 0
) -> list[str]:
    """Name, price and stock, offer, start rule, refills, then where and whose it is.

    Args:
        plan: what is described.
        offer: its price for a walk-in.
        refills: what its refills cost, VAT included as in the price, in minor units.
        waiting: profiles that wait for approval.
        activation_minor: what the activation of a subscription costs, VAT included.

    """
    rate = f"{decimal_string(offer.tax_rate, 'EUR').rstrip('0').rstrip('.')} %"
    price = money_words(offer.total_minor, offer.currency)
    tax = money_words(offer.tax_minor, offer.currency)
    parts = (plan.sku, plan.operator, where_words(plan.countries))
    vat = f"VAT {tax} ({rate})  {'  '.join(part for part in parts if part)}"
    if plan.kind in SUBSCRIPTION_KINDS:
        return [plan.name, *offer_lines(plan, offer.total_minor, activation_minor), vat]
    return [
        plan.name,
        f"{price} with VAT  {stock_words(offer.available, waiting, live=offer.supplier)}",
        offer_words(plan),
        f"{start_rule_words(plan)}.",
        _refills(plan, refills),
        vat,
    ]


def stock_words(available: int, waiting: int, *, live: str = "") -> str:
    """What could be sold now: "3 in stock", "live from norvia", "sold out; 40 wait for …"."""
    if available:
        return f"{available} in stock" + (f", then live from {live}" if live else "")
    if live:
        return f"live from {live}, ordered when it is paid"
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
