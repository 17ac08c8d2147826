"""PAYGO charges by hand: rates, barred countries, what is covered and what is over."""

from __future__ import annotations

from typing import Any

import pytest

from catalog.kernel.settings import StoreSettings
from catalog.plan_rules import build_plan
from catalog.plans import Plan
from checkout.billing.tariff import (
    Charge,
    Tariff,
    charge,
    tariff_from_json,
    tariff_to_json,
    tax_between,
)
from checkout.orders.pricing import tariff_of

MB = 10**6
PLENTY = 10**9
HALF = 5000 * MB
"""Half a cent, in the parts that `tariff` counts in."""


def tariff(**changes: Any) -> Tariff:
    """0.0045 EUR per MB, dearer in Switzerland, free in Andorra, barred in Monaco."""
    terms: dict[str, Any] = {
        "currency": "EUR",
        "megabyte": MB,
        "rate_per_mb_micro": 4500,
        "country_rates_micro": {"CH": 20_000, "AD": 0},
        "barred": ("MC",),
    }
    return Tariff(**terms | changes)


@pytest.mark.parametrize(
    ("country", "count", "payable", "expected"),
    [
        ("ES", 1000 * MB, PLENTY, (450, 1000 * MB, 0, 0)),
        ("", 1000 * MB, PLENTY, (450, 1000 * MB, 0, 0)),
        ("CH", 1000 * MB, PLENTY, (2000, 1000 * MB, 0, 0)),
        ("MC", 1000 * MB, PLENTY, (0, 0, 0, 1000 * MB)),
        ("MC", 1000 * MB, 0, (0, 0, 0, 1000 * MB)),
        ("AD", 1000 * MB, 1, (0, 1000 * MB, 0, 0)),
        ("AD", 1000 * MB, 0, (0, 0, 1000 * MB, 0)),
        ("ES", 1000 * MB, 100, (100, 222_222_222, 777_777_778, 0)),
        ("ES", 10 * MB, 4, (4, 8_888_888, 1_111_112, 0)),
        ("ES", 10 * MB, 5, (4, 10 * MB, 0, 0)),
        ("ES", 1, PLENTY, (0, 1, 0, 0)),
        ("ES", 1, 0, (0, 0, 1, 0)),
        ("ES", 5, -300, (0, 0, 5, 0)),
        ("ES", 0, 0, (0, 0, 0, 0)),
        ("ES", 10**15, PLENTY, (450_000_000, 10**15, 0, 0)),
    ],
)
def test_one_record(country: str, count: int, payable: int, expected: tuple[int, ...]) -> None:
    """The golden table: charged, covered, overrun and barred of one record."""
    done = charge(tariff(), 0, country, count, payable)
    found = (done.charged_minor, done.covered_bytes, done.overrun_bytes, done.barred_bytes)
    assert found == expected


@pytest.mark.parametrize(
    ("currency", "charged"), [("JPY", 4), ("EUR", 450), ("KWD", 4500)], ids=str
)
def test_the_minor_unit_is_the_currencys_own(currency: str, charged: int) -> None:
    """1000 MB at 0.0045 are 4.5 of the major unit; what is not whole stays."""
    terms = tariff(currency=currency)
    done = charge(terms, 0, "ES", 1000 * MB, PLENTY)
    assert done.charged_minor == charged
    assert done.remainder * 2 == (terms.parts_per_minor if currency == "JPY" else 0)


def test_the_megabyte_is_the_stores() -> None:
    """A store that counts 2**20 charges less for the same bytes."""
    assert charge(tariff(megabyte=2**20), 0, "ES", 1000 * 2**20, PLENTY).charged_minor == 450


def test_the_remainder_is_charged_when_it_is_whole() -> None:
    """Half a cent twice is a cent, across records."""
    terms, half = tariff(rate_per_mb_micro=5000), MB
    first = charge(terms, 0, "ES", half, PLENTY)
    assert first == Charge(0, half, 0, 0, terms.parts_per_minor // 2)
    assert charge(terms, first.remainder, "ES", half, PLENTY) == Charge(1, half, 0, 0, 0)


@pytest.mark.parametrize(
    ("country", "count", "payable", "expected"),
    [
        ("MC", MB, PLENTY, Charge(0, 0, 0, MB, HALF)),
        ("ES", MB, 0, Charge(0, 0, MB, 0, HALF)),
        ("AD", MB, 0, Charge(0, 0, MB, 0, HALF)),
        ("AD", MB, 1, Charge(0, MB, 0, 0, HALF)),
        ("ES", MB, 1, Charge(1, MB, 0, 0, 0)),
        ("ES", MB + 1, 1, Charge(1, MB, 1, 0, 0)),
        ("ES", MB - 1, 1, Charge(0, MB - 1, 0, 0, 2 * HALF - 5000)),
    ],
)
def test_half_a_cent_that_is_owed(country: str, count: int, payable: int, expected: Charge) -> None:
    """It stays where nothing is charged, comes first where something is, and is then gone."""
    assert charge(tariff(rate_per_mb_micro=5000), HALF, country, count, payable) == expected


def test_a_tariff_survives_its_json() -> None:
    """What is stored with a line reads back as it was."""
    terms = tariff(mrc_minor=121, mrc_tax_minor=21, factor=(12_100, 10_000), tax_rate=2100)
    assert tariff_from_json(tariff_to_json(terms)) == terms


def paygo_plan() -> Plan:
    """A PAYGO plan with an MRC of 1.00."""
    plan = build_plan(
        {
            "sku": "PAYGO",
            "kind": "paygo",
            "countries": ["ES"],
            "currency": "EUR",
            "price": "1.00",
            "rate_per_mb": "0.01",
            "mrc": "1.00",
        }
    )
    assert isinstance(plan, Plan), plan
    return plan


@pytest.mark.parametrize(
    ("wallet_tax", "inclusive", "charged", "mrc", "vat"),
    [
        ("on_deposit", False, 10_000, 100, 0),
        ("on_deposit", True, 8_264, 83, 0),
        ("on_consumption", False, 12_100, 121, 2100),
        ("on_consumption", True, 10_000, 100, 1736),
    ],
)
def test_tax_is_taken_once(
    wallet_tax: str, inclusive: bool, charged: int, mrc: int, vat: int
) -> None:
    """10 GB at 0.01 a MB, 21 %: what the wallet pays, and the VAT in it."""
    settings = StoreSettings(wallet_tax=wallet_tax, prices_include_vat=inclusive)
    terms = tariff_of(paygo_plan(), rate=2100, settings=settings)
    done = charge(terms, 0, "ES", 10_000 * MB, PLENTY)
    assert (done.charged_minor, terms.mrc_minor) == (charged, mrc)
    assert tax_between(terms, 0, charged) == vat


def test_tax_of_parts_adds_up() -> None:
    """However a sum was debited, the VAT in it is that of the whole."""
    terms = tariff(tax_rate=2100)
    steps = [tax_between(terms, at, at + 1) for at in range(1000)]
    assert sum(steps) == tax_between(terms, 0, 1000) == 174
    assert min(steps) == 0
