"""However a session is cut into records, it costs the same and covers the same."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.kernel.money import exponent
from checkout.billing.tariff import Tariff, charge

RATES = st.integers(0, 5_000_000)
SIZES = st.integers(0, 10**12)
CURRENCIES = st.sampled_from(["EUR", "JPY", "KWD"])
FACTORS = st.sampled_from([(1, 1), (12_100, 10_000), (10_000, 12_100)])
MEGABYTES = st.sampled_from([10**6, 2**20])


@st.composite
def tariffs(draw: st.DrawFn) -> Tariff:
    """Any terms."""
    return Tariff(
        currency=draw(CURRENCIES),
        megabyte=draw(MEGABYTES),
        rate_per_mb_micro=draw(RATES),
        factor=draw(FACTORS),
    )


def run(terms: Tariff, sizes: list[int], money: int) -> tuple[int, int, int]:
    """Money left, bytes covered and overrun after these records."""
    remainder = covered = overrun = 0
    for size in sizes:
        done = charge(terms, remainder, "ES", size, money)
        assert done.covered_bytes + done.overrun_bytes == size
        assert 0 <= done.charged_minor <= money
        assert 0 <= done.remainder < terms.parts_per_minor
        money, remainder = money - done.charged_minor, done.remainder
        covered, overrun = covered + done.covered_bytes, overrun + done.overrun_bytes
    return money, covered, overrun


@settings(max_examples=300)
@given(tariffs(), SIZES, st.lists(st.integers(0, 1000), max_size=8), st.integers(0, 10**7))
def test_cuts_do_not_matter(terms: Tariff, size: int, cuts: list[int], money: int) -> None:
    """One record, or the same bytes in pieces: equal to the cent and to the byte."""
    marks = [0, *sorted(size * cut // 1000 for cut in cuts), size]
    pieces = [end - begin for begin, end in pairwise(marks)]
    assert run(terms, pieces, money) == run(terms, [size], money)


@settings(max_examples=300)
@given(tariffs(), SIZES, st.integers(0, 10**7))
def test_one_record_is_its_fraction(terms: Tariff, size: int, money: int) -> None:
    """The charge is the exact cost without its part of a minor unit, or all there is."""
    micro = Fraction(terms.rate_per_mb_micro * terms.factor[0], terms.factor[1])
    price = micro * 10 ** exponent(terms.currency) / 10**6 / terms.megabyte
    left, covered, overrun = run(terms, [size], money)
    assert covered == (min(size, int(money / price)) if price else size if money else 0)
    assert overrun == size - covered
    assert left == (money - int(size * price) if not overrun else 0)
