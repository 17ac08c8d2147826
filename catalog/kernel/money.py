"""Money in integer minor units, the one rounding rule, and the one way to split an amount."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import accumulate

from catalog.kernel.errors import Refused
from catalog.kernel.quoting import quoted

MICRO = 1_000_000
"""Micro-units in one major unit: rates per MB are integers of these."""

MAX_MINOR = 10**15
"""A limit on every amount: far above any till, far below 64 bits."""

# ISO 4217 minor units where they are not two.
_NO_DECIMALS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_THREE_DECIMALS = "BHD IQD JOD KWD LYD OMR TND"
_EXPONENTS = dict.fromkeys(_NO_DECIMALS.split(), 0) | dict.fromkeys(_THREE_DECIMALS.split(), 3)
_DECIMAL = re.compile(r"(-?)([0-9]{1,15})(?:\.([0-9]+))?", re.ASCII)


def exponent(currency: str) -> int:
    """Digits after the decimal point of a currency (ISO 4217): JPY 0, EUR 2, KWD 3."""
    return _EXPONENTS.get(currency, 2)


def check_currency(text: str, *, field: str = "currency") -> str:
    """A three-letter ISO 4217 code, in capitals, or `Refused`."""
    code = text.strip().upper()
    if not re.fullmatch(r"[A-Z]{3}", code):
        raise Refused(
            f"{quoted(text)} is not a currency code such as EUR.", code="bad_currency", field=field
        )
    return code


def round_div(numerator: int, denominator: int) -> int:
    """The one rounding rule: nearest integer, halves away from zero.

    >>> [round_div(n, 2) for n in (-3, -1, 1, 3, 4)]
    [-2, -1, 1, 2, 2]
    """
    if denominator <= 0:
        raise ValueError("denominator must be positive")
    sign = -1 if numerator < 0 else 1
    return sign * ((2 * abs(numerator) + denominator) // (2 * denominator))


def parse_scaled(text: str, digits: int, *, field: str) -> int:
    """A decimal string as an integer of `digits` decimals, exactly; more decimals are refused.

    >>> parse_scaled("0.0045", 6, field="rate_per_mb")
    4500
    """
    match = _DECIMAL.fullmatch(text.strip())
    if not match:
        raise Refused(
            f"{quoted(text)} is not an amount such as 12.50.", code="bad_amount", field=field
        )
    sign, whole, fraction = match[1], match[2], (match[3] or "").rstrip("0")
    if len(fraction) > digits:
        raise Refused(
            f"{quoted(text)} has more than {digits} decimals; nothing is rounded silently.",
            code="bad_amount",
            field=field,
        )
    value = int(whole + fraction.ljust(digits, "0"))
    if value > MAX_MINOR:
        raise Refused(
            f"{quoted(text)} is above the largest amount.", code="bad_amount", field=field
        )
    return -value if sign else value


def parse_amount(text: str, currency: str, *, field: str = "amount") -> int:
    """A decimal string in the major unit as minor units: ("12.50", "EUR") is 1250."""
    return parse_scaled(text, exponent(currency), field=field)


def decimal_string(minor: int, currency: str) -> str:
    """Minor units as a plain decimal string without currency, for files and forms."""
    digits = exponent(currency)
    sign, text = "-" if minor < 0 else "", str(abs(minor)).rjust(digits + 1, "0")
    return sign + (f"{text[:-digits]}.{text[-digits:]}" if digits else text)


def money_words(minor: int, currency: str) -> str:
    """Minor units as people read them, with the ISO code: no sign stands for two currencies.

    >>> money_words(1250, "EUR"), money_words(-500, "JPY")
    ('12.50 EUR', '-500 JPY')
    """
    return f"{decimal_string(minor, currency)} {currency}"


def allocate(total: int, weights: Sequence[int]) -> list[int]:
    """Split `total` in proportion to `weights`; the parts always add up to `total`.

    Each running sum is rounded by the one rule, so no part is off by more than one.

    >>> allocate(100, [1, 1, 1])
    [33, 34, 33]
    """
    whole = sum(weights)
    if whole <= 0 or any(weight < 0 for weight in weights):
        raise ValueError("weights must be non-negative and not all zero")
    sums = [round_div(total * running, whole) for running in accumulate(weights)]
    return [after - before for before, after in zip([0, *sums], sums, strict=False)]
