"""Plans without a bundle of data, one row for each rule: per MB, and unlimited."""

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
    MARCH_1,
    MB,
    START,
    Assign,
    Bill,
    End,
    Example,
    prove,
)

METERED: dict[str, Example] = {
    "per MB: less than a cent is nothing": (
        [Assign(START, "MB"), Use(DAY_2, MB - 1), Bill(FEB)],
        BEFORE,
        ("active", "", None, MB - 1, 0),
        [("2024-02-29", "pre_bill", 290, [("mrc", 1, 290)])],
    ),
    "per MB: records complete each other's cents": (
        [Assign(START, "MB"), Use(DAY_2, MB - 1), Use(FEB_10, 12 * MB), Use(BEFORE, 1), Bill(FEB)],
        BEFORE,
        ("active", "", None, 13 * MB, 0),
        [("2024-02-29", "pre_bill", 303, [("mrc", 1, 290), ("usage", 1, 13)])],
    ),
    "per MB: nothing is carried into the next month": (
        [Assign(START, "MB-ONLY"), Use(DAY_2, MB - 1), Use(FEB, MB - 1), Bill(MAR)],
        FEB,
        ("active", "", None, MB - 1, 0),
        [],
    ),
    "per MB: MRC in parts": (
        [Assign(START, "MB-PARTS"), End(FEB_10), Bill(FEB)],
        BEFORE,
        ("archived", "assignment ended", None, 0, 0),
        [("2024-02-29", "pre_bill", 100, [("mrc", 1, 100)])],
    ),
    "per MB: MRC of active eSIMs, from their first usage on": (
        [Assign(START, "MB-ACTIVE"), Bill(FEB), Use(MARCH_1, 1), Bill(MAR)],
        BEFORE,
        ("active", "", None, 0, 0),
        [("2024-03-31", "pre_bill", 290, [("mrc", 1, 290)])],
    ),
    "per MB: what is metered takes nothing from a bundle": (
        [Assign(START, "MB-ONLY"), Use(DAY_2, 10 * MB), Assign(FEB_10, "BUNDLE"), Bill(FEB)],
        BEFORE,
        ("active", "", 29 * MB, 10 * MB, 0),
        [("2024-02-29", "pre_bill", 2910, [("fee", 1, 2900), ("usage", 1, 10)])],
    ),
    "unlimited: a flat fee whatever is used": (
        [Assign(START, "MONTHLY"), Use(DAY_2, 999 * MB), Bill(FEB)],
        BEFORE,
        ("active", "", None, 999 * MB, 0),
        [("2024-02-29", "pre_bill", 2900, [("fee", 1, 2900)])],
    ),
    "unlimited: the fee in parts": (
        [Assign(START, "MONTHLY-PARTS"), End(FEB_10), Bill(FEB)],
        BEFORE,
        ("archived", "assignment ended", None, 0, 0),
        [("2024-02-29", "pre_bill", 1000, [("fee", 1, 1000)])],
    ),
}


@pytest.mark.parametrize("words", METERED)
def test_golden_metered(sqlite_desk: Desk, tmp_path: Path, words: str) -> None:
    """Each rule by an example that a person can check."""
    prove(sqlite_desk, tmp_path, METERED[words])
