"""Instants carry a zone, are kept in UTC, and the clock can be frozen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from catalog.kernel.clock import iso, parse_instant, system_clock
from catalog.kernel.errors import Refused


@pytest.mark.parametrize(
    "text", ["2026-01-31T10:00:00Z", "2026-01-31T11:00:00+01:00", " 2026-01-31T10:00Z "]
)
def test_instants_are_read_in_utc(text: str) -> None:
    """Any zone goes in, UTC comes out."""
    assert parse_instant(text) == datetime(2026, 1, 31, 10, tzinfo=UTC)
    assert parse_instant(text).tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    [
        *("", "yesterday", "2026-01-31T10:00:00", "2026-02-30T10:00:00Z"),
        *("9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00"),
    ],
)
def test_half_an_instant_is_refused(text: str) -> None:
    """Without a zone nobody knows when it was."""
    with pytest.raises(Refused) as refusal:
        parse_instant(text, field="as_of")
    assert (refusal.value.code, refusal.value.field) == ("bad_time", "as_of")


def test_instants_are_written_with_a_z() -> None:
    """Machines and people read the same text."""
    local = datetime(2026, 1, 31, 12, tzinfo=timezone(timedelta(hours=2)))
    assert iso(local) == "2026-01-31T10:00:00Z"
    assert iso(None) is None


def test_the_clock_stands_when_frozen(monkeypatch: pytest.MonkeyPatch) -> None:
    """`ESIM_STORE_NOW` is the present for tests and training."""
    monkeypatch.setenv("ESIM_STORE_NOW", "2026-01-31T10:00:00Z")
    clock = system_clock()
    assert clock() == clock() == datetime(2026, 1, 31, 10, tzinfo=UTC)


def test_a_wrong_frozen_instant_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable that is wrong is said."""
    monkeypatch.setenv("ESIM_STORE_NOW", "soon")
    with pytest.raises(Refused) as refusal:
        system_clock()
    assert refusal.value.field == "ESIM_STORE_NOW"


def test_the_machines_clock_is_aware() -> None:
    """Otherwise the present is the machine's, in UTC."""
    assert system_clock()().tzinfo is UTC
