"""Bill cycles: anchored months, calendar months, leap years, and days that are not 24 hours."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from checkout.billing.subscriptions.cycle import Cycle

pytestmark = pytest.mark.usefixtures("nothing_known")


def at(text: str) -> datetime:
    """An instant in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "anchor", "zone", "begins"),
    [
        ("anniversary", "2024-01-31T10:00", "UTC", ["01-31T10", "02-29T10", "03-31T10"]),
        ("anniversary", "2025-01-30T10:00", "UTC", ["01-30T10", "02-28T10", "03-30T10"]),
        ("anniversary", "2026-03-15T10:00", "UTC", ["03-15T10", "04-15T10", "05-15T10"]),
        ("anniversary", "2026-03-15T10:00", "Europe/Madrid", ["03-15T10", "04-15T09", "05-15T09"]),
        ("calendar", "2026-03-11T10:00", "UTC", ["03-11T10", "04-01T00", "05-01T00"]),
        ("calendar", "2026-02-28T23:30", "Europe/Madrid", ["02-28T23", "03-31T22", "04-30T22"]),
        ("calendar", "2026-03-31T22:30", "Europe/Madrid", ["03-31T22", "04-30T22", "05-31T22"]),
    ],
)
def test_periods_begin_where_the_operator_expects(
    kind: str, anchor: str, zone: str, begins: list[str]
) -> None:
    """Never chained from the period before; by the operator's clock, through its summer time."""
    cycle = Cycle(kind, at(anchor), zone)
    assert [f"{cycle.begins(n):%m-%dT%H}" for n in range(3)] == begins


@pytest.mark.parametrize(
    ("kind", "anchor", "days"),
    [
        ("anniversary", "2024-01-31T10:00", [29, 31, 30]),
        ("anniversary", "2026-02-28T10:00", [28, 31, 30]),
        ("calendar", "2026-02-11T10:00", [28, 31, 30]),
    ],
)
def test_a_period_has_its_own_days(kind: str, anchor: str, days: list[int]) -> None:
    """The first calendar period counts the days of the month of which it is a part."""
    cycle = Cycle(kind, at(anchor))
    assert [cycle.period(n).days for n in range(3)] == days


@pytest.mark.parametrize(
    ("instant", "number", "day"),
    [
        ("2026-03-01T00:00", 0, 0),
        ("2026-03-15T10:00", 0, 0),
        ("2026-03-16T09:59", 0, 1),
        ("2026-04-15T09:59", 0, 31),
        ("2026-04-15T10:00", 1, 0),
        ("2027-03-15T10:00", 12, 0),
    ],
)
def test_an_instant_belongs_to_one_period_and_day(instant: str, number: int, day: int) -> None:
    """A period ends where the next begins; what is before the anchor counts to the first."""
    cycle = Cycle("anniversary", at("2026-03-15T10:00"))
    assert cycle.number_at(at(instant)) == number
    assert cycle.period(number).day_of(at(instant)) == day
