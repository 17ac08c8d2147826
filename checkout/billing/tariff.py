"""What a byte costs, and how far money reaches: exact, however a session was cut into records.

Costs are counted in parts, so many of which make one minor unit that every byte costs a whole
number of them. What is not yet a whole minor unit stays with the eSIM as its remainder.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from catalog.kernel.money import MICRO, exponent, round_div
from checkout.billing.tax import FULL_RATE


@dataclass(frozen=True, slots=True, kw_only=True)
class Tariff:
    """The terms of one PAYGO line as they were when it was sold.

    Attributes:
        megabyte: bytes to which a rate applies.
        rate_per_mb_micro: in millionths of the major unit; `country_rates_micro` replace it.
        barred: countries whose usage is recorded and not charged.
        mrc_minor: debited each month, with the `mrc_tax_minor` in it.
        mrc_anchor: `first_usage` or `assignment`.
        factor: what the wallet pays for one unit of the rate, a fraction of two integers; it
            is not 1 when tax is added to the rate or was paid before.
        tax_rate: of the VAT in each debit, in hundredths of a percent; 0 when deposits are taxed.

    """

    currency: str
    megabyte: int
    rate_per_mb_micro: int
    country_rates_micro: Mapping[str, int] = field(default_factory=dict)
    barred: tuple[str, ...] = ()
    mrc_minor: int = 0
    mrc_tax_minor: int = 0
    mrc_anchor: str = "first_usage"
    factor: tuple[int, int] = (1, 1)
    tax_rate: int = 0

    def is_barred(self, country: str) -> bool:
        """Whether usage there is recorded, flagged and not charged."""
        return country in self.barred

    def rate(self, country: str) -> int:
        """The rate per MB in a country, in micro-units; an empty country has the default."""
        return self.country_rates_micro.get(country, self.rate_per_mb_micro)

    def parts_per_byte(self, country: str) -> int:
        """What one byte costs there."""
        return self.rate(country) * self.factor[0]

    @property
    def parts_per_minor(self) -> int:
        """How many parts make one minor unit."""
        micro_per_minor: int = MICRO // 10 ** exponent(self.currency)
        return self.megabyte * micro_per_minor * self.factor[1]


def tariff_to_json(tariff: Tariff) -> dict[str, Any]:
    """A tariff in plain JSON types; `tariff_from_json` reads it back."""
    return asdict(tariff) | {"barred": list(tariff.barred), "factor": list(tariff.factor)}


def tariff_from_json(stored: Mapping[str, Any]) -> Tariff:
    """The tariff that `tariff_to_json` stored."""
    tuples = {"barred": tuple(stored["barred"]), "factor": tuple(stored["factor"])}
    return Tariff(**dict(stored) | tuples)


@dataclass(frozen=True, slots=True)
class Charge:
    """What becomes of one record: `bytes = covered_bytes + overrun_bytes + barred_bytes`.

    Attributes:
        charged_minor: the whole minor units that the wallet is debited.
        remainder: parts that are used and not yet charged, always less than a minor unit.

    """

    charged_minor: int
    covered_bytes: int
    overrun_bytes: int
    barred_bytes: int
    remainder: int


def charge(
    tariff: Tariff, remainder: int, country: str, count: int, available_minor: int
) -> Charge:
    """Charge `count` bytes used in a country to a wallet that can pay `available_minor`.

    They are covered as far as the money reaches, to the byte; the rest is overrun (decision 8).
    Without any money there is no service, also where usage costs nothing (PAYGO, clause 2).
    Money that reaches only into a byte is taken and the byte is overrun: the wallet is then at
    its limit, and the next charge begins with no remainder.
    """
    if tariff.is_barred(country):
        return Charge(0, 0, 0, count, remainder)
    if available_minor <= 0:
        return Charge(0, 0, count, 0, remainder)
    unit, price = tariff.parts_per_minor, tariff.parts_per_byte(country)
    cost, reach = count * price, available_minor * unit - remainder
    if cost <= reach:
        charged, left = divmod(remainder + cost, unit)
        return Charge(charged, count, 0, 0, left)
    covered = reach // price
    return Charge(available_minor, covered, count - covered, 0, 0)


def tax_between(tariff: Tariff, before_minor: int, after_minor: int) -> int:
    """The tax in what was charged from one total to the next; the parts add up to the whole."""
    base = FULL_RATE + tariff.tax_rate
    before = round_div(before_minor * tariff.tax_rate, base)
    return round_div(after_minor * tariff.tax_rate, base) - before
