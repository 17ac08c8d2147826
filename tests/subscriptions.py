"""Subscriptions for tests: their plans, and on the pure core accounts, stretches and bills."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from catalog.plan_rules import build_plan
from catalog.plans import Plan
from checkout.billing.subscriptions import cycle as cycles
from checkout.billing.subscriptions.charges import Account, Charge, Stretch
from checkout.billing.subscriptions.cycle import Cycle
from checkout.billing.subscriptions.terms import Terms

GB = 10**9
MB = 10**6
BEGAN = datetime(2026, 3, 1, 10, tzinfo=UTC)
"""31 days are in the first period, 30 in the second."""

_COMMON: dict[str, object] = {"countries": ["NL"], "currency": "EUR"}
_OVERAGE: dict[str, object] = {"overage_size_mb": 100, "overage_price": "0.50"}
PLANS: dict[str, dict[str, object]] = {
    "monthly_bundle": {"price": "15.00", "data_mb": 10_000} | _OVERAGE,
    "pay_per_mb": {"rate_per_mb": "0.01", "mrc": "2.00"},
    "unlimited": {
        "price": "30.00",
        "high_speed_mb": 1_000,
        "per": "day",
        "throttled_kbps": 512,
        "tethering": "yes",
    },
    "static_pool": {"price": "100.00", "data_mb": 50_000} | _OVERAGE,
    "dynamic_pool": _OVERAGE,
}


def plan(kind: str, **changes: object) -> Plan:
    """A plan of a subscription kind, its sku the kind's name, with some terms changed."""
    built = build_plan(_COMMON | {"sku": kind.upper(), "kind": kind} | PLANS[kind] | changes)
    assert isinstance(built, Plan), built
    return built


def terms(kind: str = "monthly_bundle", **changes: Any) -> Terms:
    """15.00 for 10 GB and 0.50 for each 100 MB more, unless changed."""
    base: dict[str, Any] = {"sku": kind.upper(), "name": kind, "kind": kind, "currency": "EUR"}
    if kind == "pay_per_mb":
        base |= {"fee_minor": 200, "rate_per_mb_micro": 10_000}
    elif kind == "unlimited":
        base |= {"fee_minor": 3_000, "high_speed_bytes": GB, "per": "day", "throttled_kbps": 512}
    else:
        base |= {"overage_size_bytes": 100 * MB, "overage_price_minor": 50}
    if kind == "monthly_bundle":
        base |= {"fee_minor": 1_500, "data_bytes": 10 * GB}
    elif kind == "static_pool":
        base |= {"fee_minor": 10_000, "data_bytes": 50 * GB}
    return Terms(**base | changes)


def account(of: Terms, began: datetime = BEGAN, **changes: Any) -> Account:
    """An account that began on the first of March 2026 at 10:00."""
    return Account("account", of, Cycle(of.cycle, began), **changes)


def stretch(
    number: int,
    of: Terms | None,
    begins: datetime = BEGAN,
    ends: datetime | None = None,
    *,
    used: datetime | None = None,
    line: int | None = None,
) -> Stretch:
    """Stretch `number`, of the line of that number unless another is named."""
    return Stretch(f"s{number}", f"l{number if line is None else line}", of, begins, ends, used)


def bill(charges: list[Charge]) -> list[tuple[str, str, int, int]]:
    """Charges as (subject, kind, quantity, amount)."""
    return [(one.subject_id, one.kind, one.quantity, one.amount_minor) for one in charges]


def forget() -> None:
    """Let every period be computed anew."""
    for known in (cycles._period, cycles._begins, cycles._zone):  # noqa: SLF001 - its memory
        known.cache_clear()


WHOLE = terms()
BUNDLE = terms(prorate=True)
BIG = terms(sku="BIG", fee_minor=3_100, data_bytes=31 * GB, prorate=True)
"""Whole, in parts, and 31.00 for 31 GB in parts: a day of March is 1.00 and 1 GB."""
