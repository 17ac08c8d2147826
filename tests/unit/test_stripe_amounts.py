"""Amounts as Stripe counts them: every currency's decimals, its steps, its limits."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.kernel.errors import Refused
from catalog.kernel.money import exponent
from checkout.payments.stripe.amounts import (
    check_minimum,
    from_stripe,
    parse_minimums,
    to_stripe,
)

CURRENCIES = (
    *("EUR", "USD", "GBP", "HUF", "TWD", "MGA"),
    *("JPY", "KRW", "VND", "CLP", "XOF", "BIF", "RWF"),
    *("ISK", "UGX"),
    *("KWD", "BHD", "TND", "OMR", "JOD"),
)


@pytest.mark.parametrize(
    ("amount_minor", "currency", "sent"),
    [
        (1250, "EUR", 1250),
        (500, "JPY", 500),
        (5000, "KRW", 5000),
        (5, "ISK", 500),
        (1250, "UGX", 125_000),
        (5120, "KWD", 5120),
        (1300, "MGA", 13),
        (99_999_999, "USD", 99_999_999),
    ],
)
def test_an_amount_is_sent_as_stripe_counts(amount_minor: int, currency: str, sent: int) -> None:
    """0, 2 and 3 decimals, ISK and UGX times a hundred, MGA without its decimals."""
    assert to_stripe(amount_minor, currency) == sent
    assert from_stripe(sent, currency) == amount_minor


@pytest.mark.parametrize(
    ("amount_minor", "currency"),
    [(5124, "KWD"), (1250, "MGA"), (100_000_000, "EUR"), (1_000_000, "ISK"), (10**9, "JPY")],
)
def test_what_stripe_can_not_take_is_refused(amount_minor: int, currency: str) -> None:
    """A last digit of three, a fraction where there is none, more than eight digits."""
    with pytest.raises(Refused, match=r"[nN]othing was charged"):
        to_stripe(amount_minor, currency)


@pytest.mark.parametrize(("amount", "currency"), [(1250, "ISK"), (1, "UGX")])
def test_an_amount_that_is_no_whole_number_of_ours_is_none(amount: int, currency: str) -> None:
    """What Stripe says is compared, never rounded."""
    assert from_stripe(amount, currency) is None


@settings(max_examples=300)
@given(st.integers(1, 10**9), st.sampled_from(CURRENCIES))
def test_what_was_sent_comes_back(amount_minor: int, currency: str) -> None:
    """Every amount that can be sent is read back as the same amount."""
    try:
        sent = to_stripe(amount_minor, currency)
    except Refused:
        return
    assert from_stripe(sent, currency) == amount_minor
    assert len(str(sent)) <= 8


@settings(max_examples=200)
@given(st.integers(1, 99_999), st.sampled_from(CURRENCIES))
def test_whole_major_units_can_always_be_sent(major: int, currency: str) -> None:
    """No currency refuses a round amount within its digits."""
    minor = major * 10 ** exponent(currency)
    assert from_stripe(to_stripe(minor, currency), currency) == minor


@pytest.mark.parametrize(
    ("amount_minor", "currency", "own", "fits"),
    [
        (50, "EUR", "", True),
        (49, "EUR", "", False),
        (30, "GBP", "", True),
        (49, "JPY", "", False),
        (99, "EUR", "EUR 1.00", False),
        (10, "EUR", "EUR 0.10, JPY 100", True),
        (99, "JPY", "EUR 0.10, JPY 100", False),
        (1, "XXX", "", True),
    ],
)
def test_the_smallest_charge_is_the_stores_or_stripes(
    amount_minor: int, currency: str, own: str, fits: bool
) -> None:
    """The setting comes before the table; a currency in neither is Stripe's to refuse."""
    if fits:
        check_minimum(amount_minor, currency, parse_minimums(own))
        return
    with pytest.raises(Refused, match="or more"):
        check_minimum(amount_minor, currency, parse_minimums(own))
