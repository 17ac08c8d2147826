"""What each plan kind must have, may have, and says of itself before payment."""

from __future__ import annotations

import doctest
from datetime import UTC, date, datetime
from typing import Any

import pytest

from catalog import plans
from catalog.plan_form import Problem
from catalog.plan_rules import FIELDS, build_plan, fields_of
from catalog.plans import (
    Plan,
    PlanKind,
    Refill,
    Start,
    generated_name,
    offer_words,
    plan_from_json,
    plan_to_json,
    start_rule_words,
)

PREPAID: dict[str, Any] = {
    "sku": "ES-5GB-30D",
    "kind": "prepaid",
    "countries": ["ES"],
    "currency": "EUR",
    "price": "12.50",
    "data_mb": 5000,
    "validity_days": 30,
}
PAYGO: dict[str, Any] = {
    "sku": "PAYGO-EU",
    "kind": "paygo",
    "regions": ["europe"],
    "currency": "EUR",
    "price": "1.00",
    "rate_per_mb": "0.0045",
}
BUNDLE: dict[str, Any] = {
    "sku": "BUNDLE-10",
    "kind": "monthly_bundle",
    "countries": ["NL"],
    "currency": "EUR",
    "price": "15.00",
    "data_mb": 10000,
}
UNLIMITED: dict[str, Any] = {
    "sku": "FREE-ES",
    "kind": "unlimited",
    "countries": ["ES"],
    "currency": "EUR",
    "price": "40",
    "high_speed_mb": 3000,
    "per": "day",
    "throttled_kbps": 1000,
    "tethering": "yes",
}
METER = {"sku": "M", "kind": "pay_per_mb", "regions": "eu", "currency": "EUR", "rate_per_mb": "0.1"}
STATIC = {"sku": "S", "kind": "static_pool", "currency": "EUR", "price": "99", "data_mb": 100_000}
DYNAMIC = {"sku": "D", "kind": "dynamic_pool", "currency": "EUR"}
OVERAGE = {"overage_size_mb": 100, "overage_price": "0.50"}


def built(fields: dict[str, Any], **changes: object) -> Plan:
    """The plan of fields that must be right."""
    plan = build_plan(fields | changes)
    assert isinstance(plan, Plan), plan
    return plan


def problem_fields(fields: dict[str, Any], **changes: object) -> list[str]:
    """The fields that are wrong, in order."""
    problems = build_plan(fields | changes)
    assert isinstance(problems, list), problems
    return [problem.field for problem in problems]


def test_prepaid_is_read_whole() -> None:
    """Money becomes cents, MB become bytes, countries are sorted, refills are kept."""
    plan = built(
        PREPAID,
        countries=["pt", "ES"],
        operator=" Telefonica ",
        companies=["Acme, Ltd"],
        refill=[{"id": "1GB", "data_mb": "1000", "price": 4}],
    )
    assert plan == Plan(
        sku="ES-5GB-30D",
        kind=PlanKind.PREPAID,
        name="Spain, Portugal 5 GB · 30 days",
        operator="Telefonica",
        countries=("ES", "PT"),
        currency="EUR",
        price_minor=1250,
        data_bytes=5_000_000_000,
        validity_days=30,
        companies=("Acme, Ltd",),
        refills=(Refill("1GB", 400, data_bytes=1_000_000_000),),
    )
    assert plan.refill("1GB") == plan.refills[0]
    assert plan.refill("2GB") is None
    assert hash(plan)


def test_paygo_is_read_whole() -> None:
    """Rates are millionths, regions become countries, packs give credit."""
    plan = built(
        PAYGO,
        country_rates={"ch": "0.02", "GB": "0.006"},
        barred=["MC"],
        mrc="1.00",
        mrc_anchor="assignment",
        refill=[{"id": 50, "credit": "50.00", "price": "45.00"}],
    )
    assert plan.rate_per_mb_micro == 4500
    assert plan.country_rates_micro == {"CH": 20_000, "GB": 6_000}
    assert (plan.barred, plan.mrc_minor, plan.mrc_anchor) == (("MC",), 100, "assignment")
    assert plan.refills == (Refill("50", 4500, credit_minor=5000),)
    assert {"ES", "FR", "XK"} <= set(plan.countries)


@pytest.mark.parametrize("fields", [BUNDLE, METER, UNLIMITED, STATIC, DYNAMIC])
def test_subscriptions_take_billing_terms(fields: dict[str, Any]) -> None:
    """All kinds billed monthly have fee, billing and cycle; missing ones have defaults."""
    plan = built(fields, activation_fee="5.00", billing="pre", bill_cycle="calendar")
    assert (plan.activation_fee_minor, plan.billing, plan.bill_cycle) == (500, "pre", "calendar")
    plain = built(fields)
    assert (plain.activation_fee_minor, plain.billing, plain.prorate) == (0, "post", False)


@pytest.mark.parametrize(("typed", "value"), [("yes", True), ("False", False), (True, True)])
def test_flags_may_be_words(typed: object, value: object) -> None:
    """A form or spreadsheet has no booleans."""
    assert built(BUNDLE, prorate=typed).prorate is value


def test_a_megabyte_may_be_two_to_the_twenty() -> None:
    """The operator's megabyte is applied once, on import."""
    plan = build_plan(PREPAID | {"data_mb": 5120}, megabyte=2**20)
    assert isinstance(plan, Plan)
    assert (plan.data_bytes, plan.name) == (5120 * 2**20, "Spain 5 GB · 30 days")


@pytest.mark.parametrize(
    ("currency", "price", "minor"),
    [("JPY", "100", 100), ("EUR", 1, 100), ("KWD", "1.005", 1005), ("eur", "1.0", 100)],
)
def test_price_uses_the_exponent_of_its_currency(currency: str, price: object, minor: int) -> None:
    """Minor units are those of the currency, and 1.0 is enough."""
    plan = built(PREPAID, currency=currency, price=price)
    assert (plan.price_minor, plan.currency) == (minor, currency.upper())


@pytest.mark.parametrize(
    ("fields", "changes", "wrong"),
    [
        (PREPAID, {"price": "0.99"}, ["price"]),
        (PREPAID, {"price": "0.999", "currency": "KWD"}, ["price"]),
        (PREPAID, {"price": "0", "currency": "JPY"}, ["price"]),
        (PAYGO, {"price": "0.5"}, ["price"]),
        (BUNDLE, {"price": "0"}, ["price"]),
        (UNLIMITED, {"price": "0.99"}, ["price"]),
        (STATIC, {"price": "0.01"}, ["price"]),
        (METER, {"price": "5.00"}, ["price"]),
        (DYNAMIC, {"price": "5.00", "data_mb": 5}, ["price", "data_mb"]),
        (PREPAID, {"price": 12.5}, ["price"]),
        (PREPAID, {"price": "12,50"}, ["price"]),
        (PREPAID, {"price": "-3"}, ["price"]),
        (PREPAID, {"price": "1.005"}, ["price"]),
        (PREPAID, {"price": True}, ["price"]),
        (PREPAID, {"price": 10**4999}, ["price"]),
        (PREPAID, {"price": "", "data_mb": None}, ["price", "data_mb"]),
        (PREPAID, {"data_mb": 1.5}, ["data_mb"]),
        (PREPAID, {"data_mb": "0"}, ["data_mb"]),
        (PREPAID, {"data_mb": 10**10}, ["data_mb"]),
        (PREPAID, {"validity_days": 0}, ["validity_days"]),
        (PREPAID, {"validity_days": 3661}, ["validity_days"]),
        (PREPAID, {"validity_days": "30.5"}, ["validity_days"]),
        (PREPAID, {"sku": "two words"}, ["sku"]),
        (PREPAID, {"sku": "x" * 65}, ["sku"]),
        (PREPAID, {"name": "two\nlines"}, ["name"]),
        (PREPAID, {"kind": "postpaid"}, ["kind"]),
        (PREPAID, {"currency": "EURO"}, ["currency"]),
        (PREPAID, {"currency": "E1R"}, ["currency"]),
        (PREPAID, {"countries": []}, ["countries"]),
        (PREPAID, {"countries": ["UK", "Spain"]}, ["countries", "countries"]),
        (PREPAID, {"countries": [34]}, ["countries"]),
        (PREPAID, {"regions": ["atlantis"]}, ["regions"]),
        (PREPAID, {"start": "tomorrow"}, ["start"]),
        (PREPAID, {"start": "fixed_date"}, ["start_date"]),
        (PREPAID, {"start": "fixed_date", "start_date": "1.7.2026"}, ["start_date"]),
        (PREPAID, {"start_date": "2026-07-01"}, ["start_date"]),
        (PREPAID, {"mrc": "1.00", "colour": "red"}, ["mrc", "colour"]),
        (PREPAID, {"refill": {"id": "1GB"}}, ["refill"]),
        (PREPAID, {"refill": [{}]}, ["refill[1].price", "refill[1].id", "refill[1].data_mb"]),
        (PAYGO, {"country_rates": "CH"}, ["country_rates"]),
        (PAYGO, {"country_rates": {"CH": 0.02, "QQ": "1"}}, ["country_rates"] * 2),
        (PAYGO, {"country_rates": {"MC": "1"}, "barred": ["MC"]}, ["barred"]),
        (PAYGO, {"mrc_anchor": "birthday"}, ["mrc_anchor"]),
        (PAYGO, {"rate_per_mb": "0.0000001"}, ["rate_per_mb"]),
        (BUNDLE, {"overage_size_mb": 100}, ["overage_price"]),
        (BUNDLE, {"overage_price": "0.50"}, ["overage_size_mb"]),
        (BUNDLE, {"prorate": "perhaps"}, ["prorate"]),
        (STATIC, {"prorate": True}, ["prorate"]),
        (METER, {"mrc_on": "some"}, ["mrc_on"]),
    ],
)
def test_wrong_fields_are_named(
    fields: dict[str, Any], changes: dict[str, object], wrong: list[str]
) -> None:
    """Each wrong field is a problem of its own name and nothing else is."""
    assert problem_fields(fields, **changes) == wrong


@pytest.mark.parametrize("field", ["high_speed_mb", "per", "throttled_kbps", "tethering"])
def test_unlimited_needs_every_limit_of_speed(field: str) -> None:
    """Unlimited without its small print cannot be published."""
    assert problem_fields(UNLIMITED, **{field: None}) == [field]


def test_everything_wrong_is_told_at_once() -> None:
    """An empty form names every needed common field; a known kind adds its own."""
    assert problem_fields({}) == ["kind", "currency", "sku", "countries"]
    expected = ["currency", "sku", "countries", "price", "data_mb", "validity_days"]
    assert problem_fields({"kind": "prepaid"}) == expected


def test_refills_are_checked_one_by_one() -> None:
    """A refill names its number and part; its id is distinct and its price more than nothing."""
    good = {"id": "1GB", "data_mb": 1000, "price": "4.00"}
    assert problem_fields(PREPAID, refill=[good, good]) == ["refill"]
    assert problem_fields(PREPAID, refill=[good, good | {"id": "2", "price": "0"}]) == [
        "refill[2].price"
    ]
    assert problem_fields(PREPAID, refill=[good | {"credit": "5"}]) == ["refill[1].credit"]
    assert problem_fields(PREPAID, refill=[good] * 51)[0] == "refill"


def test_problems_are_sentences_about_the_value() -> None:
    """The reason says what would be right."""
    problems = build_plan(PREPAID | {"price": "0.50"})
    assert problems == [Problem("price", "must be at least 1.0 in its currency")]


def test_fields_of_a_kind_are_a_part_of_all_fields() -> None:
    """An editor can ask which fields a kind has."""
    assert all(fields_of(kind) <= FIELDS for kind in PlanKind)
    assert "high_speed_mb" in fields_of(PlanKind.UNLIMITED)
    assert "refill" not in fields_of(PlanKind.MONTHLY_BUNDLE)


@pytest.mark.parametrize(
    ("fields", "changes", "name"),
    [
        (PREPAID, {}, "Spain 5 GB · 30 days"),
        (PREPAID, {"data_mb": 500, "validity_days": 1}, "Spain 500 MB · 1 day"),
        (PREPAID, {"countries": ["ES", "FR", "IT", "PT"]}, "4 countries 5 GB · 30 days"),
        (PREPAID, {"name": "  Sol "}, "Sol"),
        (PAYGO, {}, "Europe pay as you go"),
        (BUNDLE, {}, "Netherlands 10 GB a month"),
        (METER, {}, "EU pay per MB"),
        (UNLIMITED, {}, "Spain unlimited · 3 GB a day"),
        (STATIC, {}, "shared pool 100 GB a month"),
        (DYNAMIC, {"regions": "gcc"}, "GCC pool of plans"),
    ],
)
def test_a_missing_name_is_generated(
    fields: dict[str, Any], changes: dict[str, object], name: str
) -> None:
    """The generated name says place, data and time; a given one stands."""
    assert built(fields, **changes).name == name


@pytest.mark.parametrize(
    ("fields", "changes", "words"),
    [
        (PREPAID, {}, "Validity starts at first use and lasts 30 days"),
        (
            PREPAID,
            {"start": "installation", "validity_days": 1},
            "Validity starts at installation and lasts 1 day",
        ),
        (PREPAID, {"start": "purchase"}, "Validity starts at purchase and lasts 30 days"),
        (
            PREPAID,
            {"start": "assignment"},
            "Validity starts when the eSIM is assigned and lasts 30 days",
        ),
        (
            PREPAID,
            {"start": "fixed_date", "start_date": date(2026, 7, 1)},
            "Validity starts on 2026-07-01 and lasts 30 days",
        ),
        (PAYGO, {}, "Validity starts at first use and renews monthly while the wallet is positive"),
        (BUNDLE, {}, "Billing starts at assignment or first use and renews every month"),
        (STATIC, {}, "Billing starts when the pool is created and renews every month"),
        (
            UNLIMITED,
            {"billing": "pre"},
            (
                "Billing starts at assignment or first use and renews every month; "
                "each month starts when its invoice is paid"
            ),
        ),
    ],
)
def test_start_rule_is_told(fields: dict[str, Any], changes: dict[str, object], words: str) -> None:
    """The buyer reads when time starts and how long it lasts."""
    assert start_rule_words(built(fields, **changes)) == words


@pytest.mark.parametrize(
    ("fields", "changes", "words"),
    [
        (PREPAID, {}, "5 GB for 30 days"),
        (
            PAYGO,
            {"country_rates": {"CH": "0.02"}, "barred": "MC", "mrc": 1},
            "0.0045 EUR per MB, other rates in CH, not in MC, 1.00 EUR a month",
        ),
        (METER, {}, "0.1 EUR per MB"),
        (BUNDLE, OVERAGE, "10 GB a month, then 0.50 EUR per 100 MB"),
        (UNLIMITED, {}, "3 GB a day at full speed, then 1 Mbps"),
        (
            UNLIMITED,
            {"per": "month", "throttled_kbps": 512, "tethering": "no"},
            "3 GB a month at full speed, then 512 kbps, no tethering",
        ),
        (
            UNLIMITED,
            {"throttled_kbps": 2500, "tethering": "capped"},
            "3 GB a day at full speed, then 2.5 Mbps, tethering capped",
        ),
        (STATIC, {}, "100 GB a month for all eSIMs of the pool"),
        (DYNAMIC, OVERAGE, "the data of all members together, then 0.50 EUR per 100 MB"),
    ],
)
def test_offer_is_told(fields: dict[str, Any], changes: dict[str, object], words: str) -> None:
    """The buyer reads what the price buys, throttle and overage included."""
    assert offer_words(built(fields, **changes)) == words


def test_fixed_date_is_a_day_and_survives_storage() -> None:
    """A fixed start is a day, not an instant, and comes back from JSON as one."""
    plan = built(PREPAID, start="fixed_date", start_date="2026-07-01")
    assert (plan.start, plan.start_date) == (Start.FIXED_DATE, date(2026, 7, 1))
    assert plan_from_json(plan_to_json(plan)) == plan
    midnight = datetime(2026, 7, 1, tzinfo=UTC)
    assert problem_fields(PREPAID, start="fixed_date", start_date=midnight) == ["start_date"]


def test_a_plan_stored_by_an_older_program_is_read() -> None:
    """Terms that were not stored take their defaults."""
    stored = {"sku": "A", "kind": "dynamic_pool", "name": "Pool", "currency": "EUR"}
    plan = plan_from_json(stored)
    assert (plan.countries, plan.refills, plan.start) == ((), (), Start.FIRST_USAGE)
    assert generated_name(plan) == "pool of plans"


def test_examples_of_plans_hold() -> None:
    """The documentation of the module is true."""
    outcome = doctest.testmod(plans)
    assert outcome.attempted
    assert not outcome.failed
