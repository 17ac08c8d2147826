"""A plan of companies in words: what it costs each month, when that is billed, who gets it."""

from __future__ import annotations

from typing import Final

from catalog.kernel.money import money_words
from catalog.plans import POOL_KINDS, Plan, PlanKind, offer_words
from store_app.words import _

KINDS: Final = {
    PlanKind.PREPAID: _("prepaid"),
    PlanKind.PAYGO: _("pay as you go"),
    PlanKind.MONTHLY_BUNDLE: _("bundle"),
    PlanKind.PAY_PER_MB: _("pay per MB"),
    PlanKind.UNLIMITED: _("unlimited"),
    PlanKind.STATIC_POOL: _("shared pool"),
    PlanKind.DYNAMIC_POOL: _("pool of plans"),
}
_BILLED: Final = {
    "post": _("billed after each month"),
    "advance": _("fee billed at the start of each month, usage after it"),
    "pre": _("fee billed first: each month starts when it is paid"),
}
_HOW_TO: Final = _("For companies: F4, s assigns an eSIM; F12 bills it.")
_HOW_TO_POOL: Final = _("For companies: F12, o, n opens the pool; a adds eSIMs.")


def fee_words(plan: Plan) -> str:
    """What a month costs whatever is used: "15.00 EUR a month"."""
    minor = plan.mrc_minor if plan.kind is PlanKind.PAY_PER_MB else plan.price_minor
    if not minor:
        return _("the fees of its members") if plan.kind is PlanKind.DYNAMIC_POOL else ""
    return _("{fee} a month").format(fee=money_words(minor, plan.currency))


def terms_words(plan: Plan) -> list[str]:
    """What is agreed, one thing a line: offer, activation fee, billing, part months."""
    lines = [offer_words(plan)]
    if plan.activation_fee_minor:
        fee = money_words(plan.activation_fee_minor, plan.currency)
        lines.append(_("{fee} once, on the first invoice after the first use").format(fee=fee))
    shares = _("part months by the day") if plan.prorate else _("a begun month counts whole")
    lines.append(f"{_BILLED[plan.billing]}; {shares}")
    return lines


def assign_words(plan: Plan) -> str:
    """Who gets such a plan and how: the line that takes the place of a sale."""
    fee = plan.activation_fee_minor
    parts = [
        _HOW_TO_POOL if plan.kind in POOL_KINDS else _HOW_TO,
        _("Activation {fee}.").format(fee=money_words(fee, plan.currency)) if fee else "",
        f"{_BILLED[plan.billing].capitalize()}.",
    ]
    return " ".join(part for part in parts if part)
