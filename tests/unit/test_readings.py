"""Counters: what each reading adds."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from checkout.billing.readings import Record, growth, used_bytes

START = datetime(2026, 1, 1, tzinfo=UTC)


def reading(
    hour: int, value: int, *, source: str = "mno", rated: int | None = None, name: str = ""
) -> Record:
    """A reading that started at an hour, rated there or at another."""
    at = START + timedelta(hours=hour)
    rated_at = at if rated is None else START + timedelta(hours=rated)
    return Record(source, name or f"e{hour}", at, value, cumulative=True, rated_at=rated_at)


def usage(hour: int, value: int) -> Record:
    """Bytes used at an hour."""
    return replace(reading(hour, value), cumulative=False)


@pytest.mark.parametrize(
    ("before", "value", "grown"), [(None, 7, 7), (5, 7, 2), (5, 5, 0), (5, 4, 4), (5, 0, 0)]
)
def test_growth(before: int | None, value: int, grown: int) -> None:
    """A lower value is a reset and counts whole."""
    assert growth(before, value) == grown


@pytest.mark.parametrize(
    ("records", "counts"),
    [
        ([reading(0, 10), reading(1, 30), reading(2, 5)], [10, 20, 5]),
        ([reading(1, 30), reading(0, 10)], [10, 20]),
        ([reading(0, 10), reading(1, 10, source="other")], [10, 10]),
        ([reading(0, 10), reading(2, 30), reading(1, 20, rated=9)], [10, 20, 0]),
        ([reading(0, 10), reading(2, 30), reading(1, 50, rated=9)], [10, 20, 50]),
        ([reading(0, 10), reading(1, 20, rated=9), reading(10, 30)], [10, 10, 10]),
        ([reading(2, 30, rated=9, name="e10"), reading(1, 20, rated=9, name="e9")], [20, 10]),
        ([usage(0, 10), usage(1, 30), usage(2, 5)], [10, 30, 5]),
        ([reading(0, 10), usage(1, 30), reading(2, 15)], [10, 30, 5]),
        ([reading(0, 40, name="b"), reading(0, 30, name="a")], [30, 10]),
    ],
)
def test_used_bytes(records: list[Record], counts: list[int]) -> None:
    """One chain per source by start; a late reading counts what its chain grew by."""
    assert [count for _record, count in used_bytes(records)] == counts
