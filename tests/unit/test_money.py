"""Amounts are exact integers: read strictly, rounded by one rule, split without loss."""

from __future__ import annotations

import pytest

from catalog.kernel.errors import Refused
from catalog.kernel.money import (
    allocate,
    check_currency,
    decimal_string,
    exponent,
    parse_amount,
    parse_scaled,
    round_div,
)


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("12.50", "EUR", 1250),
        (" 12.5 ", "EUR", 1250),
        ("12", "EUR", 1200),
        ("-0.01", "EUR", -1),
        ("12.500", "EUR", 1250),
        ("100", "JPY", 100),
        ("1.234", "KWD", 1234),
    ],
)
def test_amounts_are_read_exactly(text: str, currency: str, minor: int) -> None:
    """Decimals become minor units of the currency; trailing zeros mean nothing."""
    assert parse_amount(text, currency) == minor


@pytest.mark.parametrize(
    "text", ["", "abc", "1,50", "1.", ".5", "1e3", "12.345", "+5", "١٢", "NaN", "9" * 16, "1 000"]
)
def test_what_is_no_amount_is_refused(text: str) -> None:
    """Nothing is guessed and nothing is rounded silently."""
    with pytest.raises(Refused) as refusal:
        parse_amount(text, "EUR", field="tendered")
    assert (refusal.value.code, refusal.value.field) == ("bad_amount", "tendered")


def test_a_currency_without_cents_takes_none() -> None:
    """Half a yen is refused."""
    with pytest.raises(Refused):
        parse_amount("100.5", "JPY")


def test_rates_have_six_decimals() -> None:
    """A rate per MB is an integer of micro-units."""
    assert parse_scaled("0.0045", 6, field="rate") == 4500


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [(1250, "EUR", "12.50"), (-5, "EUR", "-0.05"), (7, "JPY", "7"), (1, "KWD", "0.001")],
)
def test_amounts_are_written_plainly(minor: int, currency: str, text: str) -> None:
    """Minor units become a decimal string with all its decimals."""
    assert decimal_string(minor, currency) == text


@pytest.mark.parametrize(
    ("numerator", "denominator", "nearest"),
    [(5, 2, 3), (-5, 2, -3), (4, 3, 1), (0, 7, 0), (1, 3, 0), (2, 3, 1)],
)
def test_halves_go_away_from_zero(numerator: int, denominator: int, nearest: int) -> None:
    """The one rounding rule."""
    assert round_div(numerator, denominator) == nearest


@pytest.mark.parametrize("denominator", [0, -1])
def test_a_denominator_is_positive(denominator: int) -> None:
    """A wrong division is a programming error, not a result."""
    with pytest.raises(ValueError, match="positive"):
        round_div(1, denominator)


@pytest.mark.parametrize("weights", [[], [0, 0], [1, -1, 5]])
def test_weights_that_say_nothing_are_refused(weights: list[int]) -> None:
    """An amount can't be split by nothing or by less than nothing."""
    with pytest.raises(ValueError, match="weights"):
        allocate(100, weights)


@pytest.mark.parametrize(("text", "code"), [("eur", "EUR"), (" USD ", "USD")])
def test_currency_codes_are_capitals(text: str, code: str) -> None:
    """People may type them small."""
    assert check_currency(text) == code


@pytest.mark.parametrize("text", ["", "EU", "EURO", "12A", "ÄUR"])
def test_what_is_no_currency_is_refused(text: str) -> None:
    """Three letters of ISO 4217, nothing else."""
    with pytest.raises(Refused):
        check_currency(text)


def test_minor_units_differ_by_currency() -> None:
    """ISO 4217 knows none, two and three decimals."""
    assert [exponent(code) for code in ("JPY", "EUR", "KWD")] == [0, 2, 3]
