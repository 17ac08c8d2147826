"""Prepaid, one row for each rule: a short history at the desk and what everybody sees of it.

1 000 000 bytes for 30 days are sold on 1 January 2024 at noon; a refill adds as much.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from store_app.desk.context import Desk
from store_app.desk.esims import explain_esim, show_esim
from store_app.desk.people import add_user
from store_app.desk.shifts import open_shift
from store_app.desk.upkeep import doctor
from tests.golden import OWNER, History, Refill, Refund, Sell, Step, Sweep, Use, instant
from tests.shop import add_plans, add_stock, at, plan

SOLD = "2024-01-01 12:00:00"
FIRST = "2024-01-02 12:00:00"
EXPIRY = "2024-02-01 12:00:00"
BEFORE = "2024-02-01 11:59:59"
LATER = "2024-03-01 12:00:00"
ALL = 1_000_000

# words: steps after the sale, look at, (left, used, overrun, lost, expires, status, reason)
GOLDEN: dict[str, tuple[list[Step], str, tuple[object, ...]]] = {
    "bought and not used: the clock stands still": (
        [],
        "2025-12-31 00:00:00",
        (ALL, 0, 0, 0, None, "activation_ready", ""),
    ),
    "first usage starts 30 days": (
        [Use(FIRST, 1)],
        BEFORE,
        (ALL - 1, 1, 0, 0, EXPIRY, "active", ""),
    ),
    "first usage of no byte starts them too": (
        [Use(FIRST, 0)],
        FIRST,
        (ALL, 0, 0, 0, EXPIRY, "active", ""),
    ),
    "days go over the end of a short month": (
        [Use("2024-02-28 12:00:00", 1)],
        LATER,
        (ALL - 1, 1, 0, 0, "2024-03-29 12:00:00", "active", ""),
    ),
    "all but one byte": (
        [Use(FIRST, ALL - 1)],
        FIRST,
        (1, ALL - 1, 0, 0, EXPIRY, "active", ""),
    ),
    "the exact last byte": (
        [Use(FIRST, ALL)],
        FIRST,
        (0, ALL, 0, 0, EXPIRY, "suspended", "depleted"),
    ),
    "one byte too many": (
        [Use(FIRST, ALL + 1)],
        FIRST,
        (0, ALL, 1, 0, EXPIRY, "suspended", "depleted"),
    ),
    "a byte in the last second": (
        [Use(FIRST, 1), Use(BEFORE, 1)],
        BEFORE,
        (ALL - 2, 2, 0, 0, EXPIRY, "active", ""),
    ),
    "a byte in the second of expiry": (
        [Use(FIRST, 1), Use(EXPIRY, 1)],
        EXPIRY,
        (0, 1, 1, ALL - 1, EXPIRY, "suspended", "expired"),
    ),
    "expired with nothing left": (
        [Use(FIRST, ALL)],
        EXPIRY,
        (0, ALL, 0, 0, EXPIRY, "suspended", "expired"),
    ),
    "a sweep changes nothing that is seen": (
        [Use(FIRST, 1), Sweep(EXPIRY), Sweep(LATER)],
        LATER,
        (0, 1, 0, ALL - 1, EXPIRY, "suspended", "expired"),
    ),
    "refill before first usage adds data only": (
        [Refill(FIRST)],
        LATER,
        (2 * ALL, 0, 0, 0, None, "activation_ready", ""),
    ),
    "refill while active extends all of it": (
        [Use(FIRST, 5), Refill("2024-01-12 12:00:00")],
        EXPIRY,
        (2 * ALL - 5, 5, 0, 0, "2024-02-11 12:00:00", "active", ""),
    ),
    "refill in the last second": (
        [Use(FIRST, 5), Refill(BEFORE)],
        EXPIRY,
        (2 * ALL - 5, 5, 0, 0, "2024-03-02 11:59:59", "active", ""),
    ),
    "refill in the second of expiry begins anew": (
        [Use(FIRST, 5), Refill(EXPIRY)],
        EXPIRY,
        (ALL, 0, 0, ALL - 5, "2024-03-02 12:00:00", "active", ""),
    ),
    "refill of a depleted eSIM begins anew": (
        [Use(FIRST, ALL + 7), Refill("2024-01-12 12:00:00"), Use("2024-01-13 12:00:00", 9)],
        "2024-01-13 12:00:00",
        (ALL - 9, 9, 7, 0, "2024-02-11 12:00:00", "active", ""),
    ),
    "refill of an eSIM expired long ago": (
        [Use(FIRST, 5), Refill(LATER)],
        LATER,
        (ALL, 0, 0, ALL - 5, "2024-03-31 12:00:00", "active", ""),
    ),
    "late by exactly 72 hours: as if in order": (
        [
            Use(FIRST, 5),
            Use("2024-02-01 11:00:00", 9, arrives="2024-02-04 11:00:00"),
        ],
        "2024-02-04 11:00:00",
        (0, 14, 0, ALL - 14, EXPIRY, "suspended", "expired"),
    ),
    "late by a second more: nothing is there on arrival": (
        [
            Use(FIRST, 5),
            Use("2024-02-01 11:00:00", 9, arrives="2024-02-04 11:00:01"),
        ],
        "2024-02-04 11:00:01",
        (0, 5, 9, ALL - 5, EXPIRY, "suspended", "expired"),
    ),
    "late by more, after a refill: taken from the refill": (
        [
            Use(FIRST, 5),
            Refill(LATER),
            Use("2024-01-20 12:00:00", 9, arrives="2024-03-02 12:00:00"),
        ],
        "2024-03-02 12:00:00",
        (ALL - 9, 9, 0, ALL - 5, "2024-03-31 12:00:00", "active", ""),
    ),
    "a late first usage moves an expiry that is not settled": (
        [Use(FIRST, 5), Use(SOLD, 1, arrives="2024-01-20 12:00:00")],
        "2024-01-20 12:00:00",
        (ALL - 6, 6, 0, 0, "2024-01-31 12:00:00", "active", ""),
    ),
    "and never one that a refill granted": (
        [
            Use(FIRST, 5),
            Refill("2024-01-03 12:00:00"),
            Use(SOLD, 1, arrives="2024-01-03 13:00:00"),
        ],
        "2024-01-03 13:00:00",
        (2 * ALL - 6, 6, 0, 0, "2024-02-02 12:00:00", "active", ""),
    ),
    "a clock that runs ahead expires nothing before its time": (
        [Use(FIRST, 5), Use("2024-02-01 12:00:00", 9, arrives="2024-02-01 11:56:00")],
        BEFORE,
        (ALL - 5, 5, 9, 0, EXPIRY, "active", ""),
    ),
    "a counter counts what it grows by, a reset whole": (
        [
            Use(FIRST, 100, counter=True),
            Use("2024-01-03 12:00:00", 250, counter=True),
            Use("2024-01-04 12:00:00", 30, counter=True),
        ],
        "2024-01-04 12:00:00",
        (ALL - 280, 280, 0, 0, EXPIRY, "active", ""),
    ),
    "the same record twice": (
        [Use(FIRST, 5, event="e1"), Use(FIRST, 5, event="e1")],
        FIRST,
        (ALL - 5, 5, 0, 0, EXPIRY, "active", ""),
    ),
    "another record under its event id": (
        [Use(FIRST, 5, event="e1"), Use(FIRST, 6, event="e1")],
        FIRST,
        (ALL - 5, 5, 0, 0, EXPIRY, "active", ""),
    ),
    "refunded": (
        [Use(FIRST, 5), Refund("2024-01-03 12:00:00"), Use("2024-01-04 12:00:00", 3)],
        "2024-01-04 12:00:00",
        (0, 5, 3, 0, EXPIRY, "archived", "refunded"),
    ),
}


@pytest.mark.parametrize("words", GOLDEN)
def test_golden(sqlite_desk: Desk, tmp_path: Path, words: str) -> None:
    """Each rule by an example that a person can check."""
    desk = at(sqlite_desk, instant(SOLD))
    one = {"data_mb": 1, "price": "1.00"}
    add_plans(desk, plan(sku="MB", validity_days=30, refill=[{"id": "1MB", **one}], **one))
    add_stock(desk, "MB", 1)
    add_user(desk, OWNER)
    open_shift(desk, float_amount="10.00")
    steps, look, expected = GOLDEN[words]
    history = History(desk, tmp_path)
    history.play([Sell(SOLD, "MB"), *steps])
    now = history.at(look)
    seen, entries = show_esim(now, history.sold[0].order), explain_esim(now, history.sold[0].order)
    lost = -sum(entry.data_bytes for entry in entries if entry.kind == "lost")
    expires = seen.expires_at and f"{seen.expires_at:%Y-%m-%d %H:%M:%S}"
    balance = (seen.data_left_bytes, seen.data_used_bytes, seen.overrun_bytes, lost)
    assert (*balance, expires, seen.status, seen.status_reason) == expected
    assert [check for check in doctor(now) if not check.ok] == []
