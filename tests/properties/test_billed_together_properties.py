"""Prices of a cart on one invoice: the tax of the whole, whatever is on it."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.kernel.settings import StoreSettings
from checkout.billing.tax import tax_of
from checkout.orders.pricing import Price, billed_together, price_of_all


@settings(max_examples=200)
@given(
    amounts=st.lists(st.integers(0, 10**8), min_size=1, max_size=50),
    rate=st.integers(0, 10_000),
    inclusive=st.booleans(),
)
def test_shares_add_up_to_one_rounding(amounts: list[int], rate: int, inclusive: bool) -> None:
    """The sum is taxed as one price, and no share is off its own tax by more than one."""
    apart = [tax_of(amount, rate, inclusive=inclusive) for amount in amounts]
    prices = [Price(one.net_minor, one.tax_minor, one.total_minor, rate, "EUR") for one in apart]
    shared = billed_together(prices, StoreSettings(prices_include_vat=inclusive))
    whole, once = price_of_all(shared), tax_of(sum(amounts), rate, inclusive=inclusive)
    assert (whole.net_minor, whole.tax_minor) == (once.net_minor, once.tax_minor)
    for price, before in zip(shared, prices, strict=True):
        assert abs(price.tax_minor - before.tax_minor) <= 1
        assert price.total_minor == price.net_minor + price.tax_minor
        kept = "total_minor" if inclusive else "net_minor"
        assert getattr(price, kept) == getattr(before, kept)
