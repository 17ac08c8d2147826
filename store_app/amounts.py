"""Amounts as people type them: the edge before the strict reading of money."""

from __future__ import annotations

import re
from typing import Final

from catalog.kernel.errors import Refused
from catalog.kernel.money import decimal_string, money_words, parse_amount

_COMMA: Final = re.compile(r"(-?[0-9]+),([0-9]{1,2})", re.ASCII)
_WHOLE_DIGITS: Final = 7
_MUCH_MINOR: Final = 200_00
_MUCH_TIMES: Final = 5


def plain_amount(text: str) -> str:
    """The text with a decimal comma as a point; anything else stays, to be refused where read.

    A comma before three digits may mean thousands, so it is not taken for either.

    >>> plain_amount(" 12,50"), plain_amount("1,000"), plain_amount("1x")
    ('12.50', '1,000', '1x')
    """
    match = _COMMA.fullmatch(text.strip())
    return f"{match[1]}.{match[2]}" if match else text.strip()


def typed_amount(text: str, currency: str, *, field: str = "amount") -> int:
    """A typed amount in minor units: ("12,50", "EUR") is 1250; or `Refused`."""
    return parse_amount(plain_amount(text), currency, field=field)


def typed_cash(text: str, total_minor: int, currency: str) -> int:
    """The cash that was typed, in minor units; nothing typed is exact cash.

    Raises:
        Refused: no amount, or one with the digits of a label rather than of banknotes.

    """
    if not text.strip():
        return total_minor
    exact = decimal_string(total_minor, currency).partition(".")[0]
    digits = max(_WHOLE_DIGITS, len(exact) + 1)
    whole = re.split(r"[.,]", text.strip())[0]
    if len(whole.lstrip("0")) > digits:
        raise Refused(
            f"That has more than {digits} digits, so it looks like a scan; nothing was sold. "
            f"The largest amount is {'9' * digits} {currency}.",
            code="tendered_too_large",
            field="tendered",
        )
    return typed_amount(text, currency, field="tendered")


def looks_like_slip(total_minor: int, given_minor: int) -> bool:
    """Whether so much cash was typed that it is asked about before it is taken."""
    return given_minor > max(_MUCH_TIMES * total_minor, total_minor + _MUCH_MINOR)


def slip_words(total_minor: int, given_minor: int, currency: str) -> tuple[str, str]:
    """The question about much cash, and its detail: given, total, change."""
    given, total, change = (
        money_words(minor, currency)
        for minor in (given_minor, total_minor, given_minor - total_minor)
    )
    return f"Was {given} handed over?", f"The total is {total}.\nThe change would be {change}."
