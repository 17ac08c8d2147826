"""Pools, one row for each rule: one price and one sum of data, or the sum of its members."""

from __future__ import annotations

from pathlib import Path

import pytest

from store_app.desk.context import Desk
from tests.golden import Use
from tests.golden_subscriptions import (
    BEFORE,
    DAY_2,
    FEB,
    FEB_10,
    MAR,
    MB,
    START,
    UNPAID,
    Assign,
    Bill,
    End,
    EndPool,
    Example,
    Issue,
    prove,
)

POOLS: dict[str, Example] = {
    "a static pool has one price, empty or not": (
        [Bill(FEB)],
        FEB,
        ("activation_ready", "", 0, 0, 0),
        [("2024-02-29", "pre_bill", 2900, [("fee", 1, 2900)])],
    ),
    "a static pool sums its members, and is activated once": (
        [
            Assign(START, pool="pool"),
            Assign(FEB_10, pool="pool", of=1),
            Use(DAY_2, 20 * MB),
            Use(FEB_10, 10 * MB, of=1),
            Bill(FEB),
        ],
        BEFORE,
        ("active", "", 0, 20 * MB, 0),
        [
            (
                "2024-02-29",
                "pre_bill",
                3450,
                [("activation", 1, 500), ("fee", 1, 2900), ("overage", 1, 50)],
            )
        ],
    ),
    "a static pool that ends is charged its begun month": (
        [Assign(START, pool="pool"), EndPool(FEB_10), Bill(FEB), Bill(MAR)],
        BEFORE,
        ("archived", "assignment ended", 29 * MB, 0, 0),
        [("2024-02-29", "pre_bill", 2900, [("fee", 1, 2900)])],
    ),
    "an eSIM that leaves a static pool leaves its usage there": (
        [Assign(START, pool="pool"), Use(DAY_2, 20 * MB), Assign(FEB_10, "BUNDLE"), Bill(FEB)],
        BEFORE,
        ("active", "", 29 * MB, 0, 0),
        [("2024-02-29", "pre_bill", 3400, [("activation", 1, 500), ("fee", 1, 2900)])],
    ),
    "a static pool that is to be paid first": (
        [Assign(START, pool="pool"), Bill(START), Use(DAY_2, 7), Issue(DAY_2)],
        DAY_2,
        ("suspended", UNPAID, 29 * MB, 0, 7),
        [("2024-01-31", "open", 2900, [("fee", 1, 2900)])],
    ),
    "an empty dynamic pool costs nothing": (
        [Bill(FEB)],
        FEB,
        ("activation_ready", "", 0, 0, 0),
        [],
    ),
    "a dynamic pool is the sum of its members": (
        [
            Assign(START, "BUNDLE", "pool"),
            Assign(FEB_10, "BIG", "pool", of=1),
            Use(DAY_2, 88 * MB),
            Bill(FEB),
        ],
        BEFORE,
        ("active", "", 0, 88 * MB, 0),
        [
            (
                "2024-02-29",
                "pre_bill",
                8750,
                [("fee", 1, 2900), ("fee", 1, 5800), ("overage", 1, 50)],
            )
        ],
    ),
    "joining and leaving a dynamic pool in parts": (
        [
            Assign(START, "BUNDLE", "pool"),
            Assign(FEB_10, "BIG", "pool", of=1),
            End(FEB_10),
            Bill(FEB),
        ],
        BEFORE,
        ("archived", "assignment ended", 48 * MB, 0, 0),
        [("2024-02-29", "pre_bill", 4800, [("fee", 1, 1000), ("fee", 1, 3800)])],
    ),
}
POOL_PLANS = {
    "a static pool": "STATIC",
    "an eSIM that leaves a static": "STATIC",
    "a static pool that is to be paid": "STATIC-PRE",
    "an empty dynamic": "DYNAMIC",
    "a dynamic pool": "DYNAMIC",
    "joining and leaving": "DYNAMIC-PARTS",
}


@pytest.mark.parametrize("words", POOLS)
def test_golden_pool(sqlite_desk: Desk, tmp_path: Path, words: str) -> None:
    """Each rule by an example that a person can check."""
    pool = [sku for start, sku in POOL_PLANS.items() if words.startswith(start)]
    prove(sqlite_desk, tmp_path, POOLS[words], pool[-1])
