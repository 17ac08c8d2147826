"""Laws of money that hold for every amount."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.kernel.money import MAX_MINOR, allocate, decimal_string, parse_amount, round_div

AMOUNTS = st.integers(-MAX_MINOR, MAX_MINOR)
WEIGHTS = st.lists(st.integers(0, 10**9), min_size=1, max_size=12).filter(any)
CURRENCIES = st.sampled_from(["EUR", "JPY", "KWD"])


@given(AMOUNTS, WEIGHTS)
@settings(max_examples=100)
def test_parts_add_up(total: int, weights: list[int]) -> None:
    """No cent is lost or made when an amount is split."""
    assert sum(allocate(total, weights)) == total


@given(AMOUNTS, WEIGHTS)
@settings(max_examples=100)
def test_parts_are_fair(total: int, weights: list[int]) -> None:
    """No part is off by more than one; who weighs nothing gets nothing."""
    whole = sum(weights)
    for part, weight in zip(allocate(total, weights), weights, strict=True):
        assert abs(part - Fraction(total * weight, whole)) <= 1
        assert weight or part == 0


@given(AMOUNTS, st.integers(1, 10**9))
@settings(max_examples=100)
def test_rounding_is_nearest_and_symmetric(numerator: int, denominator: int) -> None:
    """Never further than a half, halves away from zero, the same on both sides of zero."""
    rounded = round_div(numerator, denominator)
    error = abs(rounded - Fraction(numerator, denominator))
    assert error <= Fraction(1, 2)
    assert round_div(-numerator, denominator) == -rounded
    if error == Fraction(1, 2):
        assert abs(rounded) > abs(Fraction(numerator, denominator))


@given(AMOUNTS, CURRENCIES)
@settings(max_examples=100)
def test_amounts_survive_writing_and_reading(minor: int, currency: str) -> None:
    """What is written is read back the same."""
    text = decimal_string(minor, currency)
    if len(text.lstrip("-").split(".")[0]) <= 15:
        assert parse_amount(text, currency) == minor
