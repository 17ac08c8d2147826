"""The rules a plan must pass before it exists: fields as a file gives them -> plan or problems."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Any

from catalog.kernel.errors import Refused
from catalog.kernel.money import check_currency, exponent
from catalog.kernel.quoting import quoted
from catalog.places import ALL_COUNTRIES, region_countries
from catalog.plan_form import MAX_ENTRIES, Form, Problem
from catalog.plans import POOL_KINDS, Plan, PlanKind, Refill, Start, generated_name

MAX_DAYS = 3660
MAX_KBPS = 10_000_000
MAX_REFILLS = 50

_COMMON = "sku kind name operator countries regions currency companies"
_BILLED = "activation_fee prorate billing bill_cycle"
_LIVE = "supplier profile_type confirmation"
_OVERAGE = "overage_size_mb overage_price"
_TERMS = {
    PlanKind.PREPAID: f"price data_mb validity_days start start_date refill {_LIVE}",
    PlanKind.PAYGO: f"price rate_per_mb country_rates barred mrc mrc_anchor refill {_LIVE}",
    PlanKind.MONTHLY_BUNDLE: f"price data_mb {_OVERAGE} {_BILLED}",
    PlanKind.PAY_PER_MB: f"rate_per_mb mrc mrc_on {_BILLED}",
    PlanKind.UNLIMITED: f"price high_speed_mb per throttled_kbps tethering {_BILLED}",
    PlanKind.STATIC_POOL: f"price data_mb {_OVERAGE} {_BILLED}",
    PlanKind.DYNAMIC_POOL: f"{_OVERAGE} {_BILLED}",
}
FIELDS = frozenset(_COMMON.split()).union(*(terms.split() for terms in _TERMS.values()))
"""Every field that a plan may have in a file."""

_Anchor = StrEnum("_Anchor", "FIRST_USAGE ASSIGNMENT")
_MrcOn = StrEnum("_MrcOn", "ALL ACTIVE")
_Billing = StrEnum("_Billing", "POST PRE ADVANCE")
_Cycle = StrEnum("_Cycle", "ANNIVERSARY CALENDAR")
_Per = StrEnum("_Per", "DAY MONTH")
_Tethering = StrEnum("_Tethering", "YES NO CAPPED")


def fields_of(kind: PlanKind) -> frozenset[str]:
    """The fields that a plan of this kind may have in a file or an editor."""
    return frozenset(f"{_COMMON} {_TERMS[kind]}".split())


def build_plan(fields: Mapping[str, object], *, megabyte: int = 1_000_000) -> Plan | list[Problem]:
    """The plan that the fields of a plan file describe, or everything that is wrong with them.

    Money is a decimal string or a whole number of the major unit, data the same of MB; floats
    are refused because they are not exact. Empty values count as missing.
    """
    form = Form(fields, megabyte)
    kind = form.choice("kind", PlanKind, needed=True)
    _refuse_strangers(form, kind)
    currency = _currency(form)
    common = _common_terms(form, kind, currency)
    terms = _kind_terms(form, kind, currency or "KWD") if kind else {}
    if kind is None or form.problems:
        return form.problems
    plan = Plan(kind=kind, **common, **terms)
    return plan if plan.name else replace(plan, name=generated_name(plan))


def _refuse_strangers(form: Form, kind: PlanKind | None) -> None:
    """Name each field that no plan has, and each that this kind does not have."""
    for name in form.fields:
        if name not in FIELDS:
            form.refuse(name, "is not a field of a plan")
        elif kind and name not in fields_of(kind) and form.given(name) is not None:
            form.refuse(name, f"is not a field of the kind {kind}")


def _currency(form: Form) -> str:
    text = form.text("currency", 3, needed=True)
    try:
        return check_currency(text) if text else ""
    except Refused as refusal:
        form.refuse("currency", refusal.message)
        return ""


def _common_terms(form: Form, kind: PlanKind | None, currency: str) -> dict[str, Any]:
    return {
        "sku": form.word("sku"),
        "name": form.text("name", 120),
        "operator": form.text("operator", 80),
        "countries": _countries(form, needed=kind not in POOL_KINDS),
        "currency": currency,
        "companies": form.entries("companies", ";"),
    }


def _countries(form: Form, *, needed: bool) -> tuple[str, ...]:
    """`countries` and `regions` together, sorted; one of them is needed outside pools."""
    found = set(_codes(form, "countries"))
    for region in form.entries("regions", ";,"):
        members = region_countries(region)
        if not members:
            form.refuse("regions", f"{quoted(region)} is not a region such as europe")
        found |= members
    if needed and form.given("countries") is None and form.given("regions") is None:
        form.refuse("countries", "is missing: name countries or regions")
    return tuple(sorted(found))


def _codes(form: Form, name: str) -> tuple[str, ...]:
    codes = tuple(sorted({entry.upper() for entry in form.entries(name, r";,\s")}))
    for code in codes:
        _check_code(form, name, code)
    return codes


def _check_code(form: Form, name: str, code: str) -> None:
    if code not in ALL_COUNTRIES:
        form.refuse(name, f"{quoted(code)} is not an ISO 3166-1 alpha-2 country code such as ES")


def _kind_terms(form: Form, kind: PlanKind, currency: str) -> dict[str, Any]:
    """The terms that only this kind has."""
    return {
        PlanKind.PREPAID: _prepaid,
        PlanKind.PAYGO: _paygo,
        PlanKind.MONTHLY_BUNDLE: _bundle,
        PlanKind.PAY_PER_MB: _pay_per_mb,
        PlanKind.UNLIMITED: _unlimited,
        PlanKind.STATIC_POOL: _static_pool,
        PlanKind.DYNAMIC_POOL: _dynamic_pool,
    }[kind](form, currency)


def _prepaid(form: Form, currency: str) -> dict[str, Any]:
    start = form.choice("start", Start) or Start.FIRST_USAGE
    fixed = start is Start.FIXED_DATE
    if not fixed and form.given("start_date") is not None:
        form.refuse("start_date", "is only for start = fixed_date")
    return {
        "price_minor": _price(form, currency),
        "data_bytes": form.megabytes("data_mb", needed=True),
        "validity_days": form.whole("validity_days", MAX_DAYS, needed=True),
        "start": start,
        "start_date": form.day("start_date", needed=True) if fixed else None,
        "refills": _refills(form, currency, "data_mb"),
        **_live(form),
    }


def _paygo(form: Form, currency: str) -> dict[str, Any]:
    rates, barred = _country_rates(form), _codes(form, "barred")
    for code in sorted(rates.keys() & set(barred)):
        form.refuse("barred", f"{quoted(code)} also has a rate: keep one of the two")
    return {
        "price_minor": _price(form, currency),
        "rate_per_mb_micro": form.decimal("rate_per_mb", 6, needed=True),
        "country_rates_micro": rates,
        "barred": barred,
        "mrc_minor": _fee(form, "mrc", currency) or 0,
        "mrc_anchor": (form.choice("mrc_anchor", _Anchor) or _Anchor.FIRST_USAGE).value,
        "refills": _refills(form, currency, "credit"),
        **_live(form),
    }


def _live(form: Form) -> dict[str, Any]:
    """Whom profiles are ordered from when none is in stock; the two words come together."""
    if all(form.given(name) is None for name in _LIVE.split()):
        return {}
    terms = {name: form.word(name) for name in ("supplier", "profile_type")}
    return terms | {"confirmation": form.boolean("confirmation")}


def _bundle(form: Form, currency: str) -> dict[str, Any]:
    fee = {
        "price_minor": _price(form, currency),
        "data_bytes": form.megabytes("data_mb", needed=True),
    }
    return fee | _overage(form, currency) | _billed(form, currency)


def _pay_per_mb(form: Form, currency: str) -> dict[str, Any]:
    return _billed(form, currency) | {
        "rate_per_mb_micro": form.decimal("rate_per_mb", 6, needed=True),
        "mrc_minor": _fee(form, "mrc", currency) or 0,
        "mrc_on": (form.choice("mrc_on", _MrcOn) or _MrcOn.ALL).value,
    }


def _unlimited(form: Form, currency: str) -> dict[str, Any]:
    """All four limits of speed are needed: unlimited without them cannot be published."""
    return _billed(form, currency) | {
        "price_minor": _price(form, currency),
        "high_speed_bytes": form.megabytes("high_speed_mb", needed=True),
        "per": str(form.choice("per", _Per, needed=True)),
        "throttled_kbps": form.whole("throttled_kbps", MAX_KBPS, needed=True),
        "tethering": str(form.choice("tethering", _Tethering, needed=True)),
    }


def _static_pool(form: Form, currency: str) -> dict[str, Any]:
    terms = _bundle(form, currency)
    if terms["prorate"]:
        form.refuse("prorate", "must be false: a static pool is never prorated")
    return terms


def _dynamic_pool(form: Form, currency: str) -> dict[str, Any]:
    return _overage(form, currency) | _billed(form, currency)


def _price(form: Form, currency: str) -> int:
    """A price or monthly fee of at least 1.0 in its currency (decision 6)."""
    price_minor = _fee(form, "price", currency, needed=True)
    if price_minor is not None and price_minor < 10 ** exponent(currency):
        form.refuse("price", "must be at least 1.0 in its currency")
    return price_minor or 0


def _fee(form: Form, name: str, currency: str, *, needed: bool = False) -> int | None:
    return form.decimal(name, exponent(currency), needed=needed)


def _billed(form: Form, currency: str) -> dict[str, Any]:
    """What every subscription has besides its fee."""
    return {
        "activation_fee_minor": _fee(form, "activation_fee", currency) or 0,
        "prorate": form.boolean("prorate"),
        "billing": (form.choice("billing", _Billing) or _Billing.POST).value,
        "bill_cycle": (form.choice("bill_cycle", _Cycle) or _Cycle.ANNIVERSARY).value,
    }


def _overage(form: Form, currency: str) -> dict[str, Any]:
    """Blocks beyond the data: size and price come together or not at all."""
    paired = form.given("overage_size_mb") is not None or form.given("overage_price") is not None
    return {
        "overage_size_bytes": form.megabytes("overage_size_mb", needed=paired),
        "overage_price_minor": _fee(form, "overage_price", currency, needed=paired),
    }


def _country_rates(form: Form) -> dict[str, int]:
    table = form.given("country_rates")
    if table is not None and not (isinstance(table, Mapping) and len(table) <= MAX_ENTRIES):
        form.refuse("country_rates", 'must be a table such as { CH = "0.02" }')
    rates = {}
    for country, rate in table.items() if isinstance(table, Mapping) else ():
        _check_code(form, "country_rates", str(country).upper())
        rates[str(country).upper()] = form.exact("country_rates", rate, 6) or 0
    return dict(sorted(rates.items()))


def _refills(form: Form, currency: str, gives: str) -> tuple[Refill, ...]:
    """The refills of a plan; each gives `data_mb` (prepaid) or `credit` (PAYGO)."""
    rows = form.given("refill") or []
    if not (isinstance(rows, list | tuple) and all(isinstance(row, Mapping) for row in rows)):
        form.refuse("refill", "must be a list of tables with id, price and " + gives)
        return ()
    if len(rows) > MAX_REFILLS:
        form.refuse("refill", f"may be at most {MAX_REFILLS}")
    refills = [
        _refill(Form(row, form.megabyte, f"refill[{number}].", form.problems), currency, gives)
        for number, row in enumerate(rows[:MAX_REFILLS], start=1)
    ]
    ids = [refill.id for refill in refills if refill.id]
    for twice in sorted({one for one in ids if ids.count(one) > 1}):
        form.refuse("refill", f"has the id {quoted(twice)} twice")
    return tuple(refills)


def _refill(form: Form, currency: str, gives: str) -> Refill:
    for stranger in form.fields.keys() - {"id", "price", gives}:
        form.refuse(stranger, "is not a field of such a refill")
    price_minor = _fee(form, "price", currency, needed=True)
    credit_minor = _fee(form, gives, currency, needed=True) if gives == "credit" else None
    for name, minor in (("price", price_minor), ("credit", credit_minor)):
        if minor == 0:
            form.refuse(name, "must be more than 0")
    return Refill(
        id=form.word("id"),
        price_minor=price_minor or 0,
        data_bytes=form.megabytes("data_mb", needed=True) if gives == "data_mb" else None,
        credit_minor=credit_minor,
    )
