"""The seven plan kinds as one frozen value: its terms, its words before payment, its JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from catalog.kernel.money import MICRO, decimal_string


class PlanKind(StrEnum):
    """How a plan is sold and charged (the matrix of kinds)."""

    PREPAID = "prepaid"
    PAYGO = "paygo"
    MONTHLY_BUNDLE = "monthly_bundle"
    PAY_PER_MB = "pay_per_mb"
    UNLIMITED = "unlimited"
    STATIC_POOL = "static_pool"
    DYNAMIC_POOL = "dynamic_pool"


class Start(StrEnum):
    """The event from which the validity of a prepaid plan counts."""

    FIRST_USAGE = "first_usage"
    INSTALLATION = "installation"
    PURCHASE = "purchase"
    ASSIGNMENT = "assignment"
    FIXED_DATE = "fixed_date"


POOL_KINDS = frozenset({PlanKind.STATIC_POOL, PlanKind.DYNAMIC_POOL})
COUNTER_KINDS = frozenset({PlanKind.PREPAID, PlanKind.PAYGO})
"""What is sold over the counter; the others are assigned to a company and invoiced."""
SUBSCRIPTION_KINDS = frozenset(PlanKind) - {PlanKind.PREPAID, PlanKind.PAYGO}


@dataclass(frozen=True, slots=True)
class Refill:
    """More of a plan for a price: data for a prepaid eSIM, wallet credit for PAYGO."""

    id: str
    price_minor: int
    data_bytes: int | None = None
    credit_minor: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One plan as it is sold; a term that its kind does not have keeps its default.

    Attributes:
        operator: the network's seller; empty when any operator's profile will do.
        countries: ISO 3166-1 alpha-2, sorted; may be empty for pools.
        price_minor: price or monthly fee; 0 for pay per MB and dynamic pools (decision 6).
        data_bytes: what is bought, or what a month includes; None where data is not a term.
        start: of prepaid plans; what other kinds start with follows from their kind.
        companies: the only ones that may see and buy it; empty means everybody.
        rate_per_mb_micro: default charge per MB in millionths of the major unit.
        country_rates_micro: rates by country that replace the default.
        barred: countries whose usage is recorded, flagged and not charged.
        mrc_anchor: `first_usage` or `assignment`, for PAYGO.
        mrc_on: `all` eSIMs or only `active` ones, for pay per MB.
        overage_size_bytes: a begun block beyond the data costs `overage_price_minor`.
        billing: `post`, `pre` or `advance` (decision 10).
        bill_cycle: `anniversary` or `calendar` (decision 2).
        high_speed_bytes: full speed data `per` `day` or `month`, then `throttled_kbps`.
        tethering: `yes`, `no` or `capped`; empty unless unlimited.
        supplier: whom profiles are ordered from, one by one, where no uploaded one is left;
            `profile_type` is the supplier's own name for what it then allocates.
        confirmation: a profile so ordered loads only with a confirmation code, given apart.

    """

    sku: str
    kind: PlanKind
    name: str
    currency: str
    operator: str = ""
    countries: tuple[str, ...] = ()
    price_minor: int = 0
    data_bytes: int | None = None
    validity_days: int | None = None
    start: Start = Start.FIRST_USAGE
    start_date: date | None = None
    companies: tuple[str, ...] = ()
    refills: tuple[Refill, ...] = ()
    rate_per_mb_micro: int | None = None
    country_rates_micro: Mapping[str, int] = field(default_factory=dict, hash=False)
    barred: tuple[str, ...] = ()
    mrc_minor: int = 0
    mrc_anchor: str = "first_usage"
    mrc_on: str = "all"
    overage_size_bytes: int | None = None
    overage_price_minor: int | None = None
    activation_fee_minor: int = 0
    prorate: bool = False
    billing: str = "post"
    bill_cycle: str = "anniversary"
    high_speed_bytes: int | None = None
    per: str = ""
    throttled_kbps: int | None = None
    tethering: str = ""
    supplier: str = ""
    profile_type: str = ""
    confirmation: bool = False

    def refill(self, refill_id: str) -> Refill | None:
        """The refill of that id, or None."""
        return next((refill for refill in self.refills if refill.id == refill_id), None)


def plan_to_json(plan: Plan) -> dict[str, Any]:
    """A plan in plain JSON types, for one database column; `plan_from_json` reads it back."""
    start_date = plan.start_date.isoformat() if plan.start_date else None
    return asdict(plan) | {
        "kind": plan.kind.value,
        "start": plan.start.value,
        "start_date": start_date,
        "countries": list(plan.countries),
        "companies": list(plan.companies),
        "barred": list(plan.barred),
        "refills": [asdict(refill) for refill in plan.refills],
    }


def plan_from_json(stored: Mapping[str, Any]) -> Plan:
    """The plan that `plan_to_json` stored; terms a newer program added take their default."""
    start_date = stored.get("start_date")
    return Plan(
        **dict(stored)
        | {
            "kind": PlanKind(stored["kind"]),
            "start": Start(stored.get("start", Start.FIRST_USAGE)),
            "start_date": date.fromisoformat(start_date) if start_date else None,
            "countries": tuple(stored.get("countries", ())),
            "companies": tuple(stored.get("companies", ())),
            "barred": tuple(stored.get("barred", ())),
            "refills": tuple(Refill(**refill) for refill in stored.get("refills", ())),
        }
    )


def data_words(data_bytes: int) -> str:
    """An offered size as people say it: "5 GB", "500 MB".

    A size that is whole in megabytes of 10^6 is told in those, otherwise in those of 2^20,
    so that an operator's 1 GB of 1024 MB is still "1 GB".

    >>> [data_words(n) for n in (5_000_000_000, 1_500_000_000, 500_000_000, 2**30)]
    ['5 GB', '1.5 GB', '500 MB', '1 GB']
    """
    binary = data_bytes % 10**6 != 0 and data_bytes % 2**20 == 0
    megabyte, gigabyte = (2**20, 2**30) if binary else (10**6, 10**9)
    in_gigabytes = data_bytes >= gigabyte and data_bytes * 10 % gigabyte == 0
    unit, size = ("GB", gigabyte) if in_gigabytes else ("MB", megabyte)
    hundredths = data_bytes * 100 // size
    return f"{hundredths // 100}.{hundredths % 100:02}".rstrip("0").rstrip(".") + f" {unit}"


def days_words(days: int) -> str:
    """A number of days in words: "1 day", "30 days"."""
    return "1 day" if days == 1 else f"{days} days"


def generated_name(plan: Plan) -> str:
    """The name of a plan that was given none: "Spain 5 GB · 30 days"."""
    from catalog.places import coverage_name

    where = coverage_name(plan.countries)
    return f"{where} {_named_offer(plan)}".strip()


def _named_offer(plan: Plan) -> str:
    """What a generated name says after the place."""
    size = data_words(plan.data_bytes) if plan.data_bytes else ""
    return {
        PlanKind.PREPAID: f"{size} · {days_words(plan.validity_days or 0)}",
        PlanKind.PAYGO: "pay as you go",
        PlanKind.MONTHLY_BUNDLE: f"{size} a month",
        PlanKind.PAY_PER_MB: "pay per MB",
        PlanKind.UNLIMITED: f"unlimited · {data_words(plan.high_speed_bytes or 0)} a {plan.per}",
        PlanKind.STATIC_POOL: f"shared pool {size} a month",
        PlanKind.DYNAMIC_POOL: "pool of plans",
    }[plan.kind]


_STARTS_AT = {
    Start.FIRST_USAGE: "at first use",
    Start.INSTALLATION: "at installation",
    Start.PURCHASE: "at purchase",
    Start.ASSIGNMENT: "when the eSIM is assigned",
}


def start_rule_words(plan: Plan) -> str:
    """When the time of a plan starts and how long it lasts; to be shown before payment."""
    if plan.kind is PlanKind.PREPAID:
        fixed = f"on {plan.start_date:%Y-%m-%d}" if plan.start_date else ""
        starts = fixed or _STARTS_AT[plan.start]
        return f"Validity starts {starts} and lasts {days_words(plan.validity_days or 0)}"
    if plan.kind is PlanKind.PAYGO:
        return "Validity starts at first use and renews monthly while the wallet is positive"
    begins = "when the pool is created" if plan.kind in POOL_KINDS else "at assignment or first use"
    paid_first = "; each month starts when its invoice is paid" if plan.billing == "pre" else ""
    return f"Billing starts {begins} and renews every month{paid_first}"


def offer_words(plan: Plan) -> str:
    """What the buyer gets, throttle and overage included; to be shown before payment."""
    size = data_words(plan.data_bytes) if plan.data_bytes else ""
    return {
        PlanKind.PREPAID: f"{size} for {days_words(plan.validity_days or 0)}",
        PlanKind.PAYGO: _rate_words(plan),
        PlanKind.MONTHLY_BUNDLE: f"{size} a month{_overage_words(plan)}",
        PlanKind.PAY_PER_MB: _rate_words(plan),
        PlanKind.UNLIMITED: _speed_words(plan),
        PlanKind.STATIC_POOL: f"{size} a month for all eSIMs of the pool{_overage_words(plan)}",
        PlanKind.DYNAMIC_POOL: f"the data of all members together{_overage_words(plan)}",
    }[plan.kind]


def _overage_words(plan: Plan) -> str:
    if plan.overage_size_bytes is None or plan.overage_price_minor is None:
        return ""
    price = decimal_string(plan.overage_price_minor, plan.currency)
    return f", then {price} {plan.currency} per {data_words(plan.overage_size_bytes)}"


def _rate_words(plan: Plan) -> str:
    return rate_words(
        plan.currency,
        plan.rate_per_mb_micro or 0,
        countries=plan.country_rates_micro,
        barred=plan.barred,
        mrc_minor=plan.mrc_minor,
    )


def rate_words(
    currency: str,
    rate_per_mb_micro: int,
    *,
    countries: Mapping[str, int],
    barred: Sequence[str],
    mrc_minor: int,
) -> str:
    """A price per MB with what is other than it somewhere, and the monthly charge."""
    whole, micro = divmod(rate_per_mb_micro, MICRO)
    rate = f"{whole}.{micro:06}".rstrip("0").rstrip(".")
    others = ", other rates in " + ", ".join(sorted(countries))
    fee = f", {decimal_string(mrc_minor, currency)} {currency} a month"
    return (
        f"{rate} {currency} per MB"
        + (others if countries else "")
        + (", not in " + ", ".join(barred) if barred else "")
        + (fee if mrc_minor else "")
    )


def _speed_words(plan: Plan) -> str:
    kbps = plan.throttled_kbps or 0
    speed = f"{kbps // 1000}.{kbps % 1000:03}".rstrip("0").rstrip(".")
    slow = f"{speed} Mbps" if kbps >= 1000 else f"{kbps} kbps"
    tether = {"no": ", no tethering", "capped": ", tethering capped"}.get(plan.tethering, "")
    size = data_words(plan.high_speed_bytes or 0)
    return f"{size} a {plan.per} at full speed, then {slow}{tether}"
