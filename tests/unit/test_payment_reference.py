"""References that a bank checks."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum import iso11649

from checkout.documents.payment_reference import payment_reference

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcxyz0123456789-/ "


@pytest.mark.parametrize(
    ("number", "reference"),
    [
        ("539007547034", "RF18539007547034"),
        ("INV-2026-0042", "RF73INV20260042"),
        ("inv 2026/0042", "RF73INV20260042"),
        ("2348231", "RF712348231"),
    ],
)
def test_references(number: str, reference: str) -> None:
    """Two digits of check before the number's own letters and digits, as ISO 11649 has them."""
    assert payment_reference(number) == reference


@pytest.mark.parametrize("number", ["", "- /", "X" * 22])
def test_numbers_without_one(number: str) -> None:
    """Nothing, and more than 21 letters and digits, make no reference."""
    with pytest.raises(ValueError, match="1 to 21"):
        payment_reference(number)


@given(st.text(ALPHABET, max_size=21).filter(lambda text: any(map(str.isalnum, text))))
@settings(max_examples=100)
def test_every_reference_is_valid(number: str) -> None:
    """python-stdnum accepts the reference of every number."""
    assert iso11649.is_valid(payment_reference(number))
