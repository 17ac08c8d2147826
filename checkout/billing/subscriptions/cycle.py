"""Bill cycles: where the periods of a subscription begin and end, and how many days they have."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from checkout.billing.periods import month_start


@dataclass(frozen=True, slots=True)
class Cycle:
    """The periods of one subscription, numbered from 0; months and days are the operator's.

    Attributes:
        kind: `anniversary`, anchored at the instant at which billing began, or `calendar`, from
            the 1st to the end of the month; then the first period is a part of its month.
        anchor: the instant at which billing began (decision 2).
        zone: the operator's time zone: it says which day an instant belongs to.

    """

    kind: str
    anchor: datetime
    zone: str = "UTC"

    def begins(self, number: int) -> datetime:
        """The instant at which a period begins, which is the end of the one before it."""
        return self.anchor if number == 0 else _begins(self, number)

    def number_at(self, at: datetime) -> int:
        """The period that runs at an instant; what comes before the anchor counts to the first."""
        here, began = local(at, self.zone), local(self.anchor, self.zone)
        number = (here.year - began.year) * 12 + here.month - began.month
        return max(number if self.begins(number) <= at else number - 1, 0)

    def period(self, number: int) -> Period:
        """One period with what every share of it is counted from."""
        return _period(self, number)


@dataclass(frozen=True, slots=True)
class Period:
    """One period of a cycle: from `begins` to before `ends`.

    `first_day` and `days` are those of its month when it is a part of one.
    """

    begins: datetime
    ends: datetime
    first_day: date
    days: int
    zone: str

    def day_of(self, at: datetime) -> int:
        """How many whole days of the period lie before the day of an instant within it."""
        passed = (local(at, self.zone).date() - self.first_day).days
        return min(max(passed, 0), self.days)


@lru_cache(maxsize=200_000)
def _period(cycle: Cycle, number: int) -> Period:
    begins, ends = cycle.begins(number), cycle.begins(number + 1)
    first, after = _first_day(cycle, begins), _first_day(cycle, ends)
    return Period(begins, ends, first, (after - first).days, cycle.zone)


def _first_day(cycle: Cycle, begins: datetime) -> date:
    """The day on which a period begins, or the month of which it is a part."""
    day = local(begins, cycle.zone).date()
    return day.replace(day=1) if cycle.kind == "calendar" else day


@lru_cache(maxsize=200_000)
def _begins(cycle: Cycle, number: int) -> datetime:
    began = local(cycle.anchor, cycle.zone).replace(tzinfo=None)
    if cycle.kind == "calendar":
        began = began.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return month_start(began, number).replace(tzinfo=_zone(cycle.zone)).astimezone(UTC)


def local(at: datetime, zone: str) -> datetime:
    """An instant by the operator's clock."""
    return at if zone == "UTC" else at.astimezone(_zone(zone))


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
