"""What companies may subscribe to, and the months of an account by counting on the fingers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from tests.model.months import months_after

DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A plan: money in minor units, data in bytes, `rate` in minor units for each byte."""

    sku: str
    kind: str
    fee: int = 0
    data: int = 0
    block: int = 0
    block_price: int = 0
    rate: Fraction = Fraction(0)
    mrc_on: str = "all"
    activation: int = 0
    prorate: bool = False
    billing: str = "post"
    cycle: str = "anniversary"
    fast: int = 0
    per: str = ""
    kbps: int = 0

    @property
    def shares_data(self) -> bool:
        """Whether it includes data, beyond which there is overage."""
        return self.kind in ("monthly_bundle", "static_pool", "dynamic_pool")


def rounded(amount: Fraction) -> int:
    """To the nearest whole number, halves away from zero."""
    half = Fraction(1, 2)
    return int(amount + half) if amount >= 0 else -int(-amount + half)


@dataclass(eq=False)
class Months:
    """The periods of an account by the operator's clock."""

    company: str
    offer: Offer
    anchor: datetime
    zone: ZoneInfo

    def begin(self, number: int) -> datetime:
        """The instant at which a period begins."""
        if number == 0:
            return self.anchor
        began = self.anchor.astimezone(self.zone).replace(tzinfo=None)
        if self.offer.cycle == "calendar":
            began = datetime.combine(began.date().replace(day=1), datetime.min.time())
        return months_after(began, number).replace(tzinfo=self.zone).astimezone(UTC)

    def period_at(self, at: datetime) -> int:
        """The period that runs at an instant."""
        number = 0
        while self.begin(number + 1) <= at:
            number += 1
        return number

    def days(self, number: int) -> list[date]:
        """The days of a period; of its whole month when it is a part of one."""
        first, after = (self.day(self.begin(n)) for n in (number, number + 1))
        if self.offer.cycle == "calendar":
            first = first.replace(day=1)
        return [first + n * DAY for n in range((after - first).days)]

    def day(self, at: datetime) -> date:
        """The operator's day."""
        return at.astimezone(self.zone).date()
