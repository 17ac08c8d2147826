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
_HOW_TO: Final = _("Not sold here: F4, s assigns it to a company, which is billed each month.")
_HOW_TO_POOL: Final = _("Not sold here: F12, o, n opens a pool; its company is billed each month.")


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
    lines.append(f"{_BILLED[plan.billing]}; {_share_words(plan)}")
    return lines


def offer_lines(plan: Plan, fee_minor: int, activation_minor: int) -> list[str]:
    """What takes the place of price, start and refills where companies are billed.

    Args:
        plan: of a kind that is assigned.
        fee_minor: what its monthly price comes to with VAT.
        activation_minor: what its activation comes to with VAT.

    """
    fee = _("{fee} a month with VAT").format(fee=money_words(fee_minor, plan.currency))
    activation = _("activation {fee}").format(fee=money_words(activation_minor, plan.currency))
    costs = [
        fee if plan.price_minor else "",
        activation if activation_minor else "",
        _BILLED[plan.billing],
    ]
    said = ", ".join(part for part in costs if part)
    return [
        said[0].upper() + said[1:],
        f"{offer_words(plan)}; {_share_words(plan)}",
        _HOW_TO_POOL if plan.kind in POOL_KINDS else _HOW_TO,
    ]


def _share_words(plan: Plan) -> str:
    return _("part months by the day") if plan.prorate else _("a begun month counts whole")
