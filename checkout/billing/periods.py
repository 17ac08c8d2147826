"""Calendar months that are anchored: month n begins n months after the anchor, never chained."""

from __future__ import annotations

from calendar import monthrange
from datetime import datetime


def month_start(anchor: datetime, number: int) -> datetime:
    """The instant at which month `number` begins; the anchor begins month 0.

    A day that a month does not have is its last one, and the months after it are not moved.

    >>> from datetime import UTC
    >>> [f"{month_start(datetime(2024, 1, 31, tzinfo=UTC), n):%d %b}" for n in range(4)]
    ['31 Jan', '29 Feb', '31 Mar', '30 Apr']
    """
    years, month = divmod(anchor.month - 1 + number, 12)
    year = anchor.year + years
    day = min(anchor.day, monthrange(year, month + 1)[1])
    return anchor.replace(year=year, month=month + 1, day=day)


def months_begun(anchor: datetime, now: datetime) -> int:
    """How many months have begun at `now`; at the anchor itself it is one, before it none."""
    whole = (now.year - anchor.year) * 12 + now.month - anchor.month
    begun = whole + 1 if month_start(anchor, whole) <= now else whole
    return max(begun, 0)


def month_end(anchor: datetime, now: datetime) -> datetime:
    """The end of the month that runs at `now`, of the first one when none has begun."""
    return month_start(anchor, max(months_begun(anchor, now), 1))
