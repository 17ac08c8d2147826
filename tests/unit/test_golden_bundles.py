"""Monthly bundles, one row for each rule: data, changes, ends, advance, paid first, late usage."""

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
    MARCH_2,
    MARCH_8,
    MB,
    START,
    UNPAID,
    USED_UP,
    Assign,
    Bill,
    End,
    Example,
    Issue,
    Pay,
    prove,
)

BUNDLES: dict[str, Example] = {
    "a bundle is billed when its month ends": (
        [Assign(START, "BUNDLE"), Bill(FEB)],
        FEB,
        ("activation_ready", "", 29 * MB, 0, 0),
        [("2024-02-29", "pre_bill", 2900, [("fee", 1, 2900)])],
    ),
    "not a second before": (
        [Assign(START, "BUNDLE"), Bill(BEFORE)],
        BEFORE,
        ("activation_ready", "", 29 * MB, 0, 0),
        [],
    ),
    "the 31st after a leap day": (
        [Assign(START, "BUNDLE"), Bill("2024-03-31 09:59:59"), Bill(MAR)],
        MAR,
        ("activation_ready", "", 29 * MB, 0, 0),
        [
            ("2024-02-29", "pre_bill", 2900, [("fee", 1, 2900)]),
            ("2024-03-31", "pre_bill", 2900, [("fee", 1, 2900)]),
        ],
    ),
    "all of a bundle's data": (
        [Assign(START, "BUNDLE"), Use(DAY_2, 29 * MB), Bill(FEB)],
        BEFORE,
        ("active", "", 0, 29 * MB, 0),
        [("2024-02-29", "pre_bill", 2900, [("fee", 1, 2900)])],
    ),
    "a byte more is a block": (
        [Assign(START, "BUNDLE"), Use(DAY_2, 29 * MB + 1), Bill(FEB)],
        BEFORE,
        ("active", "", 0, 29 * MB + 1, 0),
        [("2024-02-29", "pre_bill", 2950, [("fee", 1, 2900), ("overage", 1, 50)])],
    ),
    "one more than two blocks are three": (
        [Assign(START, "BUNDLE"), Use(DAY_2, 31 * MB + 1), Bill(FEB)],
        FEB,
        ("active", "", 29 * MB, 0, 0),
        [("2024-02-29", "pre_bill", 3050, [("fee", 1, 2900), ("overage", 3, 50)])],
    ),
    "without a price for more the service stops": (
        [Assign(START, "STOPS"), Use(DAY_2, 29 * MB + 5), Bill(FEB)],
        BEFORE,
        ("suspended", USED_UP, 0, 29 * MB + 5, 5),
        [("2024-02-29", "pre_bill", 2900, [("fee", 1, 2900)])],
    ),
    "the first instant of a period is its own": (
        [Assign(START, "BUNDLE"), Use(BEFORE, 1), Use(FEB, 5), Bill(FEB)],
        FEB,
        ("active", "", 29 * MB - 5, 5, 0),
        [("2024-02-29", "pre_bill", 2900, [("fee", 1, 2900)])],
    ),
    "a counter and its reset": (
        [
            Assign(START, "BUNDLE"),
            Use(DAY_2, 20 * MB, counter=True),
            Use(FEB_10, 9 * MB, counter=True),
            Bill(FEB),
        ],
        BEFORE,
        ("active", "", 0, 29 * MB, 0),
        [("2024-02-29", "pre_bill", 2900, [("fee", 1, 2900)])],
    ),
    "the same record again": (
        [Assign(START, "BUNDLE"), *[Use(DAY_2, 5, event="e")] * 2],
        BEFORE,
        ("active", "", 29 * MB - 5, 5, 0),
        [],
    ),
    "the activation fee comes with the first usage": (
        [Assign(START, "NEW"), Bill(FEB), Use(MARCH_1, 1), Bill(MAR)],
        BEFORE,
        ("active", "", 29 * MB, 0, 0),
        [
            ("2024-02-29", "pre_bill", 2900, [("fee", 1, 2900)]),
            ("2024-03-31", "pre_bill", 3400, [("activation", 1, 500), ("fee", 1, 2900)]),
        ],
    ),
    "once, also when the usage before a change is told after it": (
        [
            Assign(START, "NEW"),
            Assign(FEB_10, "NEWER"),
            Use(DAY_2, 1, arrives=FEB_10),
            Use(FEB_10, 1),
            Bill(FEB),
        ],
        BEFORE,
        ("active", "", 87 * MB - 2, 2, 0),
        [
            (
                "2024-02-29",
                "pre_bill",
                2900 + 5800 + 500,
                [("activation", 1, 500), ("fee", 1, 2900), ("fee", 1, 5800)],
            )
        ],
    ),
    "a change by whole days, data and fee alike": (
        [Assign(START, "PARTS"), Assign(FEB_10, "BIG-PARTS"), Bill(FEB)],
        BEFORE,
        ("activation_ready", "", 48 * MB, 0, 0),
        [("2024-02-29", "pre_bill", 4800, [("fee", 1, 1000), ("fee", 1, 3800)])],
    ),
    "a change of what is not prorated": (
        [Assign(START, "BUNDLE"), Assign(FEB_10, "BIG"), Bill(FEB)],
        BEFORE,
        ("activation_ready", "", 87 * MB, 0, 0),
        [("2024-02-29", "pre_bill", 8700, [("fee", 1, 2900), ("fee", 1, 5800)])],
    ),
    "an end in parts": (
        [Assign(START, "PARTS"), End(FEB_10), Bill(FEB), Bill(MAR)],
        BEFORE,
        ("archived", "assignment ended", 10 * MB, 0, 0),
        [("2024-02-29", "pre_bill", 1000, [("fee", 1, 1000)])],
    ),
    "an end of a begun month": (
        [Assign(START, "BUNDLE"), End(FEB_10), Bill(FEB), Bill(MAR)],
        BEFORE,
        ("archived", "assignment ended", 29 * MB, 0, 0),
        [("2024-02-29", "pre_bill", 2900, [("fee", 1, 2900)])],
    ),
    "usage after the end is nobody's": (
        [Assign(START, "PARTS"), End(FEB_10), Use(FEB_10, 7)],
        BEFORE,
        ("archived", "assignment ended", 10 * MB, 0, 7),
        [],
    ),
    "calendar months, the first a part of its month": (
        [Assign(START, "CALENDAR"), Bill("2024-02-01 00:00:00"), Bill("2024-03-01 00:00:00")],
        FEB,
        ("activation_ready", "", 29 * MB, 0, 0),
        [
            ("2024-02-01", "pre_bill", 94, [("fee", 1, 94)]),
            ("2024-03-01", "pre_bill", 2900, [("fee", 1, 2900)]),
        ],
    ),
    "a fee in advance, corrected by a change": (
        [Assign(START, "ADVANCE"), Bill(START), End(FEB_10), Bill(FEB)],
        BEFORE,
        ("archived", "assignment ended", 10 * MB, 0, 0),
        [
            ("2024-01-31", "pre_bill", 2900, [("fee", 1, 2900)]),
            ("2024-02-29", "pre_bill", -1900, [("fee", 1, -1900)]),
        ],
    ),
    "paid first: no service before": (
        [Assign(START, "PRE"), Bill(START), Issue(START), Use(DAY_2, 7)],
        BEFORE,
        ("suspended", UNPAID, 29 * MB, 0, 7),
        [("2024-01-31", "overdue", 2900, [("fee", 1, 2900)])],
    ),
    "paid first: from the payment on": (
        [Assign(START, "PRE"), Bill(START), Issue(START), Pay(DAY_2), Use(DAY_2, 7)],
        BEFORE,
        ("active", "", 29 * MB - 7, 7, 0),
        [("2024-01-31", "paid", 2900, [("fee", 1, 2900)])],
    ),
    "paid first: each month anew": (
        [Assign(START, "PRE"), Bill(START), Issue(START), Pay(DAY_2)],
        FEB,
        ("suspended", UNPAID, 29 * MB, 0, 0),
        [("2024-01-31", "paid", 2900, [("fee", 1, 2900)])],
    ),
    "late usage is on the bill that waits": (
        [Assign(START, "BUNDLE"), Bill(FEB), Use(BEFORE, 30 * MB, arrives=MARCH_2)],
        MARCH_2,
        ("active", "", 29 * MB, 0, 0),
        [("2024-02-29", "pre_bill", 2950, [("fee", 1, 2900), ("overage", 1, 50)])],
    ),
    "late usage after the issue is on the next one": (
        [
            Assign(START, "BUNDLE"),
            Bill(FEB),
            Issue(FEB),
            Use(BEFORE, 30 * MB, arrives=MARCH_2),
            Bill(MAR),
        ],
        MARCH_2,
        ("active", "", 29 * MB, 0, 0),
        [
            ("2024-02-29", "open", 2900, [("fee", 1, 2900)]),
            ("2024-03-31", "pre_bill", 2950, [("overage", 1, 50), ("fee", 1, 2900)]),
        ],
    ),
    "usage later than 72 hours is on the next one": (
        [Assign(START, "BUNDLE"), Bill(FEB), Use(BEFORE, 30 * MB, arrives=MARCH_8), Bill(MAR)],
        MARCH_8,
        ("active", "", 29 * MB, 0, 0),
        [
            ("2024-02-29", "pre_bill", 2900, [("fee", 1, 2900)]),
            ("2024-03-31", "pre_bill", 2950, [("overage", 1, 50), ("fee", 1, 2900)]),
        ],
    ),
    "in advance too, late usage is on the bill that waits": (
        [
            Assign(START, "ADVANCE"),
            Bill(START),
            Issue(START),
            Bill(FEB),
            Use(BEFORE, 30 * MB, arrives=MARCH_2),
        ],
        MARCH_2,
        ("active", "", 29 * MB, 0, 0),
        [
            ("2024-01-31", "overdue", 2900, [("fee", 1, 2900)]),
            ("2024-02-29", "pre_bill", 2950, [("fee", 1, 2900), ("overage", 1, 50)]),
        ],
    ),
}


@pytest.mark.parametrize("words", BUNDLES)
def test_golden_bundle(sqlite_desk: Desk, tmp_path: Path, words: str) -> None:
    """Each rule by an example that a person can check."""
    prove(sqlite_desk, tmp_path, BUNDLES[words])
