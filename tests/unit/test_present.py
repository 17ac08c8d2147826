"""Values into words."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.kernel.money import decimal_string
from store_app import present
from store_app.words import _, plural


@pytest.mark.parametrize(
    ("minor", "currency", "words"),
    [
        (1250, "EUR", "12.50 EUR"),
        (-1250, "EUR", "-12.50 EUR"),
        (0, "EUR", "0.00 EUR"),
        (123456789, "USD", "1234567.89 USD"),
        (500, "JPY", "500 JPY"),
        (1234567, "KWD", "1234.567 KWD"),
        (5, "ISK", "5 ISK"),
        (1, "IQD", "0.001 IQD"),
        (10**15, "EUR", "10000000000000.00 EUR"),
        (None, "EUR", present.NOTHING),
    ],
)
def test_money_has_the_decimals_of_its_currency(
    minor: int | None, currency: str, words: str
) -> None:
    """ISO 4217 decides the decimals, and its code is always there."""
    assert present.money(minor, currency) == words


@settings(max_examples=60)
@given(st.integers(-(10**15), 10**15), st.sampled_from(["EUR", "JPY", "KWD"]))
def test_money_in_words_keeps_every_digit(minor: int, currency: str) -> None:
    """Nothing is rounded on the way to people."""
    digits = "".join(c for c in present.money(minor, currency) if c.isdigit())
    assert digits == decimal_string(abs(minor), currency).replace(".", "")


@pytest.mark.parametrize(
    ("data_bytes", "words"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1_500, "1.5 kB"),
        (999_994_999, "999.99 MB"),
        (999_995_000, "1 GB"),
        (3_214_999_999, "3.21 GB"),
        (3_215_000_000, "3.22 GB"),
        (5_000_000_000, "5 GB"),
        (2**30, "1 GB"),
        (5 * 2**29, "2.5 GB"),
        (-3_000_000, "-3 MB"),
        (2 * 10**15, "2,000 TB"),
        (None, present.NOTHING),
    ],
)
def test_sizes_are_rounded_once_and_keep_the_words_of_the_offer(
    data_bytes: int | None, words: str
) -> None:
    """Two decimals at most, halves away from zero, and the next unit instead of 1000."""
    assert present.size(data_bytes) == words


@pytest.mark.parametrize(
    ("zone", "words"),
    [
        ("UTC", "2026-03-01 23:05"),
        ("Europe/Amsterdam", "2026-03-02 00:05"),
        ("Asia/Tokyo", "2026-03-02 08:05"),
    ],
)
def test_instants_are_told_in_a_zone(zone: str, words: str) -> None:
    """The zone moves the day along."""
    assert present.instant(datetime(2026, 3, 1, 23, 5, tzinfo=UTC), zone) == words


def test_what_is_missing_is_a_dash() -> None:
    """No value is never shown as zero."""
    assert present.instant(None) == present.countries([]) == present.NOTHING


@pytest.mark.parametrize(
    ("rate", "words"), [(2100, "21 %"), (1950, "19.5 %"), (0, "0 %"), (825, "8.25 %")]
)
def test_rates_are_percentages(rate: int, words: str) -> None:
    """Hundredths of a percent, without needless zeros."""
    assert present.percent(rate) == words


def test_countries_and_days_are_named() -> None:
    """Codes become names, dates are unmistakable."""
    assert present.countries(["ES"]) == "Spain"
    assert present.countries(["ES"], "de") == "Spanien"
    assert present.day(date(2026, 3, 1)) == "2026-03-01"


def test_secrets_are_masked() -> None:
    """Neither a whole ICCID nor a whole matching id is left."""
    assert present.mask_iccid("8931080000000000019") == "8931…0019"
    assert "7HX0" not in present.mask_matching_id("K2-7HX0-91ZQ")


def test_words_are_english_without_a_catalogue() -> None:
    """The seam gives back what it is given."""
    assert _("Sold out") == "Sold out"
    assert [plural("{n} eSIM", "{n} eSIMs", n) for n in (1, 2)] == ["{n} eSIM", "{n} eSIMs"]
