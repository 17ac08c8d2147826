"""The prepaid fold: one golden table per rule of the product documents."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from checkout.billing.prepaid import (
    End,
    Event,
    Grant,
    TakenBack,
    Terms,
    Usage,
    expire,
    replay,
    status,
)

SOLD = datetime(2026, 1, 1, tzinfo=UTC)
TERMS = Terms(timedelta(days=30))


def day(number: float) -> datetime:
    """The instant so many days after the sale."""
    return SOLD + timedelta(days=number)


def sale(size: int = 1000) -> Grant:
    """The data of the sale."""
    return Grant(SOLD, "sale", size, is_refill=False)


def refill(at: float, size: int = 500, floor: float | None = None) -> Grant:
    """A refill on a day."""
    floor_at = None if floor is None else day(floor)
    return Grant(day(at), f"r{at}", size, is_refill=True, expires_floor=floor_at)


def use(at: float, size: int) -> Usage:
    """A record on a day."""
    return Usage(day(at), f"u{at}", size)


def back(at: float, of: float, floor: float | None = None) -> TakenBack:
    """The refill of a day taken back on another."""
    return TakenBack(day(at), f"r{of}", None if floor is None else day(floor))


@dataclass(frozen=True)
class Seen:
    """What a golden row expects at day `now`."""

    left: int
    used: int
    overrun: int
    expires: float | None
    status: str
    reason: str = ""


GOLDEN: dict[str, tuple[list[Event], float, Seen]] = {
    "bought": ([sale()], 90, Seen(1000, 0, 0, None, "activation_ready")),
    "first usage starts the clock": ([sale(), use(5, 100)], 6, Seen(900, 100, 0, 35, "active")),
    "an empty record starts it too": ([sale(), use(5, 0)], 6, Seen(1000, 0, 0, 35, "active")),
    "exactly used up": ([sale(), use(1, 1000)], 2, Seen(0, 1000, 0, 31, "suspended", "depleted")),
    "bytes that fit are served": (
        [sale(), use(1, 999), use(2, 2)],
        3,
        Seen(0, 1000, 1, 31, "suspended", "depleted"),
    ),
    "the last instant before expiry": (
        [sale(), use(0, 1), use(29.999, 9)],
        29.999,
        Seen(990, 10, 0, 30, "active"),
    ),
    "at expiry nothing is drawn": (
        [sale(), use(0, 1), use(30, 9)],
        30,
        Seen(0, 1, 9, 30, "suspended", "expired"),
    ),
    "expiry without a sweep": ([sale(), use(0, 1)], 30, Seen(0, 1, 0, 30, "suspended", "expired")),
    "refill before first usage adds data": (
        [sale(), refill(10)],
        20,
        Seen(1500, 0, 0, None, "activation_ready"),
    ),
    "refill while active extends": (
        [sale(), use(0, 100), refill(10)],
        11,
        Seen(1400, 100, 0, 40, "active"),
    ),
    "refill never shortens": (
        [sale(), use(0, 100), refill(10), refill(10.0)],
        11,
        Seen(1900, 100, 0, 40, "active"),
    ),
    "refill of a depleted line starts anew": (
        [sale(), use(0, 1100), refill(10), use(11, 50)],
        12,
        Seen(450, 50, 100, 40, "active"),
    ),
    "refill of an expired line starts anew": (
        [sale(), use(0, 100), refill(31), use(32, 50)],
        33,
        Seen(450, 50, 0, 61, "active"),
    ),
    "refill at the instant of expiry starts anew": (
        [sale(), use(0, 100), refill(30)],
        30,
        Seen(500, 0, 0, 60, "active"),
    ),
    "grants come before usage": (
        [use(10, 600), refill(10), sale(), use(0, 900)],
        11,
        Seen(0, 1500, 0, 40, "suspended", "depleted"),
    ),
    "a granted date stays": (
        [sale(), use(0, 1100), refill(10, floor=50)],
        11,
        Seen(500, 0, 100, 50, "active"),
    ),
    "a date that has passed stays for a first usage told late": (
        [Grant(SOLD, "sale", 1000, is_refill=False, expires_floor=day(40)), use(5, 100)],
        6,
        Seen(900, 100, 0, 40, "active"),
    ),
    "a refill taken back was never there": (
        [sale(), use(0, 100), refill(10), back(12, 10)],
        13,
        Seen(900, 100, 0, 30, "active"),
    ),
    "what was used of it stays used": (
        [sale(), use(0, 900), refill(10), use(11, 300), back(12, 10)],
        13,
        Seen(0, 1200, 0, 30, "suspended", "depleted"),
    ),
    "before first usage it was data only": (
        [sale(), refill(10), back(12, 10), use(20, 5)],
        21,
        Seen(995, 5, 0, 50, "active"),
    ),
    "a new start taken back is the old balance": (
        [sale(), use(0, 1000), refill(10), back(12, 10)],
        13,
        Seen(0, 1000, 0, 30, "suspended", "depleted"),
    ),
    "what only the refill kept alive is lost": (
        [sale(), use(0, 100), refill(29), back(35, 29)],
        36,
        Seen(0, 100, 0, 30, "suspended", "expired"),
    ),
    "the refill on top of it keeps its days": (
        [sale(), use(0, 100), refill(10), refill(20), back(25, 10)],
        26,
        Seen(1400, 100, 0, 50, "active"),
    ),
    "both taken back, the later one first": (
        [sale(), use(0, 100), refill(10), refill(20), back(25, 20), back(26, 10)],
        27,
        Seen(900, 100, 0, 30, "active"),
    ),
    "the expiry that it came to stays": (
        [sale(), use(5, 100), refill(10), back(12, 10, floor=36)],
        13,
        Seen(900, 100, 0, 36, "active"),
    ),
    "taken back after an earlier new start, that start stays": (
        [sale(), use(0, 1000), refill(10), use(11, 50), refill(20), back(25, 20)],
        26,
        Seen(450, 50, 0, 40, "active"),
    ),
    "the date granted before it stays for a first usage told late": (
        [
            Grant(SOLD, "sale", 1000, is_refill=False, expires_floor=day(40)),
            refill(1, floor=50),
            back(2, 1),
            use(5, 100),
        ],
        6,
        Seen(900, 100, 0, 40, "active"),
    ),
    "after the end nothing is taken": (
        [sale(), use(0, 100), refill(10), End(day(11)), back(12, 10)],
        13,
        Seen(0, 100, 0, 40, "archived", "refunded"),
    ),
    "a refund ends it": (
        [sale(), use(0, 100), End(day(5)), use(5, 7)],
        6,
        Seen(0, 100, 7, 30, "archived", "refunded"),
    ),
}


@pytest.mark.parametrize("name", GOLDEN)
def test_golden(name: str) -> None:
    """Each rule by an example that a person can check."""
    events, now, seen = GOLDEN[name]
    state = expire(replay(TERMS, events), day(now))
    expires = None if seen.expires is None else day(seen.expires)
    assert (state.left, state.used, state.overrun) == (seen.left, seen.used, seen.overrun)
    assert state.expires_at == expires
    assert status(state, day(now)) == (seen.status, seen.reason)
    assert state.left == state.granted - state.served - state.expired - state.revoked


@pytest.mark.parametrize(
    ("start", "start_at", "expires"),
    [
        ("first_usage", None, None),
        ("installation", None, None),
        ("purchase", None, 30),
        ("assignment", None, 30),
        ("fixed_date", 7, 37),
    ],
)
def test_starts(start: str, start_at: float | None, expires: float | None) -> None:
    """What is known of the expiry when the line is sold."""
    instant = None if start_at is None else day(start_at)
    state = replay(Terms(timedelta(days=30), start, instant), [sale()])
    assert state.expires_at == (None if expires is None else day(expires))
    assert status(state, day(8)) == ("activation_ready", "")


def test_a_clock_from_the_sale_ignores_first_usage() -> None:
    """The first record activates the line and leaves its dates alone."""
    state = replay(Terms(timedelta(days=30), "purchase"), [sale(), use(12, 5)])
    assert (state.activated_at, state.expires_at) == (day(12), day(30))
