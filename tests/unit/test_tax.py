"""VAT: rounded once, both ways round, and split without loss."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkout.billing.tax import Taxed, split_tax, tax_in_payment, tax_of

PRICES = st.integers(0, 10**12)
RATES = st.integers(0, 10_000)


@pytest.mark.parametrize(
    ("price", "rate", "inclusive", "expected"),
    [
        (1250, 2100, False, Taxed(1250, 263, 1513)),
        (1513, 2100, True, Taxed(1250, 263, 1513)),
        (1000, 0, False, Taxed(1000, 0, 1000)),
        (1000, 0, True, Taxed(1000, 0, 1000)),
        (50, 100, False, Taxed(50, 1, 51)),
        (121, 2100, True, Taxed(100, 21, 121)),
        (0, 2100, False, Taxed(0, 0, 0)),
        (100, 10_000, True, Taxed(50, 50, 100)),
    ],
)
def test_tax_of(price: int, rate: int, *, inclusive: bool, expected: Taxed) -> None:
    """Tax is added to a net price and taken out of a gross one; halves go up."""
    assert tax_of(price, rate, inclusive=inclusive) == expected


@given(price=PRICES, rate=RATES, inclusive=st.booleans())
def test_total_is_net_plus_tax(price: int, rate: int, *, inclusive: bool) -> None:
    """Nothing is lost, whichever way round."""
    taxed = tax_of(price, rate, inclusive=inclusive)
    assert taxed.total_minor == taxed.net_minor + taxed.tax_minor
    assert price == (taxed.total_minor if inclusive else taxed.net_minor)


@given(parts=st.lists(st.integers(1, 10**6), min_size=1, max_size=8), rate=RATES)
def test_partial_refunds_add_up(parts: list[int], rate: int) -> None:
    """The taxes of all parts are the tax of the whole, and none is negative."""
    taxed = tax_of(sum(parts), rate, inclusive=True)
    done, taxes = 0, []
    for part in parts:
        before = split_tax(taxed.total_minor, taxed.tax_minor, done)
        done += part
        taxes.append(split_tax(taxed.total_minor, taxed.tax_minor, done) - before)
    assert sum(taxes) == taxed.tax_minor
    assert min(taxes) >= 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: tax_of(-1, 0, inclusive=False), "prices and rates are not negative"),
        (lambda: tax_of(0, -1, inclusive=False), "prices and rates are not negative"),
        (lambda: split_tax(5, 1, 6), "the part lies between nothing and the total"),
        (lambda: split_tax(5, 1, -1), "the part lies between nothing and the total"),
    ],
)
def test_nonsense_is_a_programming_error(call: Callable[[], object], message: str) -> None:
    """Negative prices and parts beyond the whole do not come from people."""
    with pytest.raises(ValueError, match=f"^{message}$"):
        call()


@pytest.mark.parametrize(
    ("total", "tax", "part", "share"),
    [(0, 0, 0, 0), (1, 1, 1, 1), (1, 0, 1, 0), (121, 21, 121, 21), (121, 21, 60, 10)],
)
def test_the_tax_of_a_part(total: int, tax: int, part: int, share: int) -> None:
    """In proportion, rounded by the one rule, and nothing of nothing."""
    assert split_tax(total, tax, part) == share


@settings(max_examples=300)
@given(data=st.data(), total=st.integers(1, 10**6), rate=st.integers(0, 9_999))
def test_parts_have_the_tax_of_the_whole(data: st.DataObject, total: int, rate: int) -> None:
    """Settled by payments and credit notes in any order: all the tax; undone: none of it."""
    tax = total * rate // (10_000 + rate)
    paid = credited = taxed = 0
    while paid + credited < total:
        part = data.draw(st.integers(1, total - paid - credited))
        if data.draw(st.booleans()):
            taxed += tax_in_payment(total, tax, paid, part)
            paid += part
        else:
            credited += part
    assert taxed + split_tax(total, tax, credited) == tax
    credited = total
    while paid:
        part = data.draw(st.integers(1, paid))
        taxed += tax_in_payment(total, tax, paid, -part)
        paid -= part
    assert (taxed, split_tax(total, tax, credited)) == (0, tax)
