"""The VAT of an invoice that is paid, credited and given back in parts: never a unit too many."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from checkout.billing.tax import split_tax, tax_in_payment


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
