"""Typed amounts: a comma is a point, anything doubtful is refused in words."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.kernel.errors import Refused
from store_app.amounts import looks_like_slip, plain_amount, slip_words, typed_amount, typed_cash


@settings(max_examples=50)
@given(st.integers(0, 10**6), st.integers(0, 99))
def test_comma_and_point_are_the_same(whole: int, cents: int) -> None:
    """12,50 is 12.50."""
    point = typed_amount(f"{whole}.{cents:02d}", "EUR")
    assert typed_amount(f" {whole},{cents:02d} ", "EUR") == point == whole * 100 + cents


@pytest.mark.parametrize("text", ["1x", "x", "1,000", "1.234,50", "1,2,3", "1'000", "12,", "--1"])
def test_what_is_doubtful_is_refused(text: str) -> None:
    """Nothing is dropped and nothing is guessed."""
    with pytest.raises(Refused, match="is not an amount"):
        typed_amount(text, "EUR")
    assert plain_amount(text) == text


def test_nothing_typed_is_exact_cash() -> None:
    """Enter alone takes the total."""
    assert typed_cash("  ", 1210, "EUR") == 1210


@pytest.mark.parametrize(
    ("text", "total_minor", "currency"),
    [("4006381333931", 1210, "EUR"), ("12345678,90", 1210, "EUR"), ("1000000000", 50, "JPY")],
)
def test_the_digits_of_a_label_are_no_cash(text: str, total_minor: int, currency: str) -> None:
    """The sentence says what the largest amount is."""
    with pytest.raises(Refused, match="The largest amount is 9999999 ") as refusal:
        typed_cash(text, total_minor, currency)
    assert refusal.value.code == "tendered_too_large"


def test_a_large_total_may_be_paid() -> None:
    """The limit grows with the price: 30 000 000 dong and a bit."""
    assert typed_cash("50000000", 30_000_000, "VND") == 50_000_000


@pytest.mark.parametrize(
    ("total_minor", "given_minor", "is_slip"),
    [(1210, 21210, False), (1210, 21211, True), (10000, 50000, False), (10000, 50001, True)],
)
def test_much_cash_is_a_slip(total_minor: int, given_minor: int, is_slip: bool) -> None:
    """Above five times the total and above the total and 200.00."""
    assert looks_like_slip(total_minor, given_minor) is is_slip


def test_the_question_names_all_three_amounts() -> None:
    """Handed over, total, change."""
    words = " ".join(slip_words(1210, 50000, "EUR"))
    assert all(amount in words for amount in ("500.00 EUR", "12.10 EUR", "487.90 EUR"))
