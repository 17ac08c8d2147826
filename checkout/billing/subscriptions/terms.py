"""The terms of a subscription as they were when it was assigned, and shares of a period."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from catalog.kernel.money import MICRO, allocate, exponent

STATIC, DYNAMIC = "static_pool", "dynamic_pool"
POOLS = frozenset({STATIC, DYNAMIC})
WITH_DATA = frozenset({"monthly_bundle", STATIC, DYNAMIC})
"""Kinds that include data and bill what goes beyond it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a plan of one of the five subscription kinds says about money, data and time.

    Attributes:
        fee_minor: the monthly fee; for pay per MB its MRC.
        data_bytes: what a whole period includes; 0 where data is not a term.
        overage_size_bytes: a begun block beyond the data costs `overage_price_minor`; None: there
            is no overage, service stops when the data is used up.
        megabyte: bytes to which `rate_per_mb_micro` applies.
        mrc_on: `all` eSIMs or only `active` ones (decision 11).
        billing: `post`, `advance` or `pre` (decision 10).
        cycle: `anniversary` or `calendar` (decision 2).
        high_speed_bytes: at full speed in each `per` (`day` or `month`), then `throttled_kbps`.

    """

    sku: str
    name: str
    kind: str
    currency: str
    fee_minor: int = 0
    data_bytes: int = 0
    overage_size_bytes: int | None = None
    overage_price_minor: int = 0
    rate_per_mb_micro: int = 0
    megabyte: int = 1_000_000
    mrc_on: str = "all"
    activation_fee_minor: int = 0
    prorate: bool = False
    billing: str = "post"
    cycle: str = "anniversary"
    high_speed_bytes: int = 0
    per: str = ""
    throttled_kbps: int = 0

    @property
    def is_per_mb(self) -> bool:
        """Whether every byte is charged, and nothing is included."""
        return self.kind == "pay_per_mb"

    @property
    def parts_per_minor(self) -> int:
        """How many products of bytes and micro-units make one minor unit."""
        micro_per_minor: int = MICRO // 10 ** exponent(self.currency)
        return self.megabyte * micro_per_minor


def terms_to_json(terms: Terms) -> dict[str, Any]:
    """Terms in plain JSON types; `terms_from_json` reads them back."""
    return asdict(terms)


def terms_from_json(stored: Mapping[str, Any]) -> Terms:
    """The terms that `terms_to_json` stored."""
    return Terms(**stored)


@dataclass(frozen=True, slots=True)
class Share:
    """The whole days of a period for which something counts: after `before`, `days` of `of_days`.

    A share that is not `prorated` counts whole, as a begun period does (decision 2).
    """

    before: int
    days: int
    of_days: int
    prorated: bool

    def part(self, whole: int) -> int:
        """This share of a fee in minor units or of included data in bytes.

        The shares of a period without gaps add up to the whole, whatever the number of changes.

        >>> [Share(at, days, 31, True).part(1500) for at, days in ((0, 10), (10, 20), (30, 1))]
        [484, 968, 48]
        """
        if not self.prorated or self.days == self.of_days:
            return whole
        return allocate(whole, (self.before, self.days, self.of_days - self.before - self.days))[1]
