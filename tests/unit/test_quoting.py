"""Errors repeat what was typed without its secrets, and not more of it than a reader needs."""

from __future__ import annotations

import pytest

from catalog.kernel.card_numbers import holds_card_number
from catalog.kernel.errors import Refused
from catalog.kernel.money import parse_amount
from catalog.kernel.quoting import MAX_QUOTED, quoted


@pytest.mark.parametrize(
    "text",
    [
        "LPA:1$smdp.example.com$K2-7HX0",
        "lpa: 1$ smdp.example.com $K2-7HX0",
        "1$smdp.example.com$K2-7HX0",
        "https://esimsetup.example.com/?carddata=LPA%3A1%24smdp.example.com%24K2-7HX0",
        "4111 1111 1111 1111 K2-7HX0",
    ],
)
def test_codes_and_card_numbers_are_not_repeated(text: str) -> None:
    """What identifies a profile or a card is left out."""
    said = quoted(f"x {text}")
    assert "K2-7HX0" not in said
    assert "4111" not in said
    assert said.endswith("…”")


def test_floods_and_controls_are_cut() -> None:
    """An error stays one line of a readable length."""
    said = quoted("a\nb\x1b[2J" + "x" * 100_000)
    assert said.startswith("“a b [2J")
    assert len(said) == MAX_QUOTED + 2
    with pytest.raises(Refused) as refusal:
        parse_amount("9" * 5000 + "x", "EUR")
    assert len(refusal.value.message) < 100


@pytest.mark.parametrize("text", ["ES-5GB-30D", "$12.50", "12$", "ana@example.com", "O-7K3M9QXA"])
def test_ordinary_words_are_repeated(text: str) -> None:
    """Amounts, SKUs and addresses are told as typed."""
    assert quoted(text) == f"“{text}”"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("4111.1111.1111.1111", True),
        ("4111-1111 1111.1111", True),
        ("PO4111111111111111", True),
        ("41111111-1111-1111-8000-00000000000a", False),
        ("8931080000000000019", False),
    ],
)
def test_card_numbers_however_parted(text: str, found: bool) -> None:
    """Blanks, dots and dashes may part the digits; UUIDs and ICCIDs are no cards."""
    assert holds_card_number(text) == found
