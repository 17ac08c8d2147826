"""Amounts are exact integers: read strictly, rounded by one rule, split without loss."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from catalog.kernel.errors import Refused
from catalog.kernel.money import (
    MAX_MINOR,
    allocate,
    check_currency,
    decimal_string,
    exponent,
    money_words,
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
    "text",
    [
        "",
        "abc",
        "1,50",
        "1.",
        ".5",
        "1e3",
        "12.345",
        "+5",
        "١٢",
        "NaN",
        "9" * 16,
        "9" * 15,
        "1 000",
    ],
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
    [
        (1250, "EUR", "12.50"),
        (-5, "EUR", "-0.05"),
        (7, "JPY", "7"),
        (1, "KWD", "0.001"),
        (0, "EUR", "0.00"),
    ],
)
def test_amounts_are_written_plainly(minor: int, currency: str, text: str) -> None:
    """Minor units become a decimal string with all its decimals."""
    assert decimal_string(minor, currency) == text


def test_words_name_the_currency() -> None:
    """No sign stands for two currencies."""
    assert (money_words(1250, "EUR"), money_words(-500, "JPY")) == ("12.50 EUR", "-500 JPY")


def test_the_largest_amount() -> None:
    """It is one, and a minor unit more is not."""
    assert parse_amount(decimal_string(MAX_MINOR, "EUR"), "EUR") == MAX_MINOR
    with pytest.raises(Refused, match="largest"):
        parse_amount(decimal_string(MAX_MINOR + 1, "EUR"), "EUR")


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
    with pytest.raises(ValueError, match=r"^denominator must be positive$"):
        round_div(1, denominator)


@pytest.mark.parametrize("weights", [[], [0, 0], [1, -1, 5]])
def test_weights_that_say_nothing_are_refused(weights: list[int]) -> None:
    """An amount can't be split by nothing or by less than nothing."""
    with pytest.raises(ValueError, match=r"^weights must be non-negative and not all zero$"):
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


@pytest.mark.parametrize(
    ("total", "weights", "parts"),
    [
        (100, [1, 1, 1], [33, 34, 33]),
        (-5, [1, 1], [-3, -2]),
        (7, [0, 2, 0], [0, 7, 0]),
        (9, [4], [9]),
        (9, [0, 1], [0, 9]),
    ],
)
def test_amounts_are_split(total: int, weights: list[int], parts: list[int]) -> None:
    """Each running sum is rounded by the one rule, so the parts add up."""
    assert allocate(total, weights) == parts


@pytest.mark.parametrize(
    ("call", "message", "code", "field"),
    [
        (
            lambda: parse_amount("x", "EUR"),
            "“x” is not an amount such as 12.50.",
            "bad_amount",
            "amount",
        ),
        (
            lambda: parse_scaled("1.23", 1, field="rate"),
            "“1.23” has more than 1 decimals; nothing is rounded silently.",
            "bad_amount",
            "rate",
        ),
        (
            lambda: parse_scaled("9" * 15, 2, field="price"),
            f"“{'9' * 15}” is above the largest amount.",
            "bad_amount",
            "price",
        ),
        (
            lambda: check_currency("Euro"),
            "“Euro” is not a currency code such as EUR.",
            "bad_currency",
            "currency",
        ),
    ],
)
def test_refusals_say_what_is_needed(
    call: Callable[[], object], message: str, code: str, field: str
) -> None:
    """Message, code and field of each."""
    with pytest.raises(Refused) as refusal:
        call()
    found = refusal.value
    assert (found.message, found.code, found.field) == (message, code, field)


@pytest.mark.parametrize(
    "code",
    [
        "BIF",
        "CLP",
        "DJF",
        "GNF",
        "ISK",
        "JPY",
        "KMF",
        "KRW",
        "PYG",
        "RWF",
        "UGX",
        "VND",
        "VUV",
        "XAF",
        "XOF",
        "XPF",
    ],
)
def test_currencies_without_decimals(code: str) -> None:
    """ISO 4217, each by name."""
    assert (exponent(code), decimal_string(12, code)) == (0, "12")


@pytest.mark.parametrize("code", ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"])
def test_currencies_of_three_decimals(code: str) -> None:
    """ISO 4217, each by name."""
    assert (exponent(code), decimal_string(12, code)) == (3, "0.012")
