"""Time as an argument: aware UTC instants, read once at the edge and handed inwards."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, date, datetime, time, tzinfo

from catalog.kernel.errors import Refused
from catalog.kernel.quoting import quoted

Clock = Callable[[], datetime]
"""A function that gives the present instant, aware and in UTC."""


_YEARS = range(1900, 2200)
"""Years of the trade: every period that is added to one of their instants has an end."""


def parse_instant(text: str, *, field: str = "time") -> datetime:
    """An ISO 8601 instant of 1900 to 2199 with a zone, as aware UTC; else `Refused`."""
    try:
        instant = datetime.fromisoformat(text.strip())
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None or instant.year not in _YEARS:
        raise Refused(
            f"{quoted(text)} is not an instant such as 2026-01-31T10:00:00Z.",
            code="bad_time",
            field=field,
        )
    return instant.astimezone(UTC)


def parse_moment(text: str, zone: tzinfo, *, field: str = "time") -> datetime:
    """An instant, or a day such as 2026-01-31 as its midnight in a time zone; else `Refused`."""
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        return parse_instant(text, field=field)
    return parse_instant(datetime.combine(day, time(), tzinfo=zone).isoformat(), field=field)


def iso(instant: datetime | None) -> str | None:
    """An instant as ISO 8601 in UTC with a Z; whole seconds carry no fraction."""
    return None if instant is None else instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def system_clock() -> Clock:
    """The machine's clock, or the instant of `ESIM_STORE_NOW` frozen (tests, training)."""
    frozen = os.environ.get("ESIM_STORE_NOW")
    if frozen:
        instant = parse_instant(frozen, field="ESIM_STORE_NOW")
        return lambda: instant
    return lambda: datetime.now(UTC)
