"""VAT on a price: rounded once, by the one rule."""

from __future__ import annotations

from dataclasses import dataclass

from catalog.kernel.money import round_div

FULL_RATE = 10_000
"""100 % in the unit of rates, hundredths of a percent."""


@dataclass(frozen=True, slots=True)
class Taxed:
    """A price with its tax, in minor units; the total is always net plus tax."""

    net_minor: int
    tax_minor: int
    total_minor: int


def tax_of(price_minor: int, rate: int, *, inclusive: bool) -> Taxed:
    """The tax on a price; `rate` in hundredths of a percent.

    `inclusive`: the price is gross and the tax is taken out of it, otherwise it is added.

    >>> tax_of(1250, 2100, inclusive=False)
    Taxed(net_minor=1250, tax_minor=263, total_minor=1513)
    >>> tax_of(1513, 2100, inclusive=True)
    Taxed(net_minor=1250, tax_minor=263, total_minor=1513)
    """
    if price_minor < 0 or rate < 0:
        raise ValueError("prices and rates are not negative")
    base = FULL_RATE + rate if inclusive else FULL_RATE
    tax_minor = round_div(price_minor * rate, base)
    net_minor = price_minor - tax_minor if inclusive else price_minor
    return Taxed(net_minor, tax_minor, net_minor + tax_minor)


def split_tax(total_minor: int, tax_minor: int, part_minor: int) -> int:
    """The tax in the first `part_minor` of a taxed total.

    The tax of one refund of several is the difference of two of these, so that the parts add up
    to the tax of the whole.

    >>> [split_tax(100, 17, part) for part in (0, 50, 100)]
    [0, 9, 17]
    """
    if not 0 <= part_minor <= total_minor:
        raise ValueError("the part lies between nothing and the total")
    return round_div(tax_minor * part_minor, total_minor) if total_minor else 0


def tax_in_payment(total_minor: int, tax_minor: int, paid_minor: int, amount_minor: int) -> int:
    """The tax in an amount that is paid of a taxed total, or below zero given back of it.

    Credit notes count from the first unit of the total (`split_tax`), payments from the last one:
    what is paid and what is credited meet without a gap, so that together they have the whole tax,
    and what is given back has exactly the tax of what it undoes.

    >>> [tax_in_payment(100, 17, 0, 10), tax_in_payment(100, 17, 10, 40), split_tax(100, 17, 50)]
    [2, 6, 9]
    """
    left = total_minor - paid_minor
    before = split_tax(total_minor, tax_minor, left)
    return before - split_tax(total_minor, tax_minor, left - amount_minor)
