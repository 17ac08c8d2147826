"""Anchored calendar months: clamped to the month's end, never chained."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout.billing.periods import month_end, month_start, months_begun

ANCHORS = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)).map(  # noqa: DTZ001 - made aware below
    lambda at: at.replace(tzinfo=UTC)
)
TICK = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("anchor", "number", "start"),
    [
        ("2026-01-31T10:00", 1, "2026-02-28T10:00"),
        ("2026-01-31T10:00", 2, "2026-03-31T10:00"),
        ("2026-01-31T10:00", 3, "2026-04-30T10:00"),
        ("2024-01-31T00:00", 1, "2024-02-29T00:00"),
        ("2024-02-29T23:59", 12, "2025-02-28T23:59"),
        ("2024-02-29T23:59", 48, "2028-02-29T23:59"),
        ("2100-01-30T00:00", 1, "2100-02-28T00:00"),
        ("2026-12-31T00:00", 2, "2027-02-28T00:00"),
        ("2026-03-29T01:30", 1, "2026-04-29T01:30"),
        ("2026-05-15T12:00", 0, "2026-05-15T12:00"),
    ],
)
def test_month_starts(anchor: str, number: int, start: str) -> None:
    """The golden table: short months, leap years, year ends, and no daylight saving."""
    at, wanted = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (anchor, start))
    assert month_start(at, number) == wanted


@given(ANCHORS, st.integers(0, 600))
def test_a_month_begins_when_it_is_counted(anchor: datetime, number: int) -> None:
    """Counting and starting agree to the microsecond, whatever the anchor."""
    start = month_start(anchor, number)
    assert months_begun(anchor, start) == number + 1
    assert months_begun(anchor, start - TICK) == number
    assert month_end(anchor, start) == month_start(anchor, number + 1)


@given(ANCHORS, st.integers(0, 600))
def test_months_are_clamped_and_never_chained(anchor: datetime, number: int) -> None:
    """The day is the anchor's, or the last one of a month that has no such day."""
    start = month_start(anchor, number)
    last = (start + timedelta(days=1)).month != start.month
    assert start.day == anchor.day or (start.day < anchor.day and last)
    assert (start.year - anchor.year) * 12 + start.month - anchor.month == number


def test_before_the_anchor_nothing_has_begun() -> None:
    """The first month ends one month after the anchor, even when asked too early."""
    anchor = datetime(2026, 1, 31, tzinfo=UTC)
    assert months_begun(anchor, anchor - timedelta(days=90)) == 0
    assert month_end(anchor, anchor - timedelta(days=90)) == month_start(anchor, 1)
