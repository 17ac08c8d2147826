"""Subscriptions, one row for each rule and kind: a short history at the desk, and every bill.

eSIMs are assigned to Acme on 31 January 2024 at ten; the first period has 29 days, the second 31. A
bundle and a static pool are 29 MB for 29.00, so that a day is 1 MB for 1.00; 0.50 each MB more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from catalog.kernel.database import transact
from catalog.kernel.settings import set_setting
from store_app.desk import invoice_payments, invoices
from store_app.desk.assignments import assign_esim, end_assignment
from store_app.desk.context import Desk
from store_app.desk.esims import show_esim
from store_app.desk.people import add_company
from store_app.desk.pools import add_pool, end_pool
from store_app.desk.upkeep import doctor
from store_app.desk.usage import import_usage
from tests.golden import Use, instant
from tests.model.records import Row
from tests.model.usage_files import usage_file
from tests.shop import add_plans, add_stock, at, iccid
from tests.subscriptions import plan

MB = 10**6
START = "2024-01-31 10:00:00"
DAY_2 = "2024-02-01 12:00:00"
FEB_10 = "2024-02-10 10:00:00"
BEFORE = "2024-02-29 09:59:59"
FEB = "2024-02-29 10:00:00"
MARCH_1 = "2024-03-01 10:00:00"
MARCH_2 = "2024-03-02 10:00:00"
MARCH_8 = "2024-03-08 10:00:00"
MAR = "2024-03-31 10:00:00"


@dataclass(frozen=True)
class Assign:
    """An eSIM goes to a plan, or into the pool."""

    at: str
    sku: str | None = None
    pool: str | None = None
    of: int = 0


@dataclass(frozen=True)
class End:
    """Its assignment ends."""

    at: str
    of: int = 0


@dataclass(frozen=True)
class EndPool:
    """The pool ends."""

    at: str


@dataclass(frozen=True)
class Bill:
    """The bill run."""

    at: str


@dataclass(frozen=True)
class Issue:
    """Every bill is approved and issued."""

    at: str


@dataclass(frozen=True)
class Pay:
    """Every invoice is paid by bank."""

    at: str


Step = Assign | End | EndPool | Use | Bill | Issue | Pay

OVERAGE: dict[str, Any] = {"overage_size_mb": 1, "overage_price": "0.50"}
BUNDLE = {"kind": "monthly_bundle", "price": "29.00", "data_mb": 29} | OVERAGE
BIG = {"price": "58.00", "data_mb": 58}
PER_MB = {"kind": "pay_per_mb", "rate_per_mb": "0.01", "mrc": "2.90"}
FAST = {"kind": "unlimited", "price": "29.00", "high_speed_mb": 29}
PARTS = {"prorate": True}
FEE = {"activation_fee": "5.00"}
NEVER = {"overage_size_mb": None, "overage_price": None}
PLANS: dict[str, dict[str, Any]] = {
    "BUNDLE": BUNDLE,
    "PARTS": BUNDLE | PARTS,
    "BIG": BUNDLE | BIG,
    "BIG-PARTS": BUNDLE | BIG | PARTS,
    "NEW": BUNDLE | FEE,
    "NEWER": BUNDLE | BIG | FEE,
    "STOPS": BUNDLE | NEVER,
    "CALENDAR": BUNDLE | PARTS | {"bill_cycle": "calendar"},
    "ADVANCE": BUNDLE | PARTS | {"billing": "advance"},
    "PRE": BUNDLE | {"billing": "pre"},
    "MB": PER_MB,
    "MB-PARTS": PER_MB | PARTS,
    "MB-ACTIVE": PER_MB | {"mrc_on": "active"},
    "MB-ONLY": PER_MB | {"mrc": "0"},
    "DAILY": FAST | {"per": "day"},
    "MONTHLY": FAST | {"per": "month"},
    "MONTHLY-PARTS": FAST | {"per": "month"} | PARTS,
    "MONTHLY-BIG": FAST | {"per": "month", "price": "58.00", "high_speed_mb": 58} | PARTS,
    "STATIC": {"kind": "static_pool", "price": "29.00", "data_mb": 29} | OVERAGE | FEE,
    "STATIC-PRE": {"kind": "static_pool", "price": "29.00", "data_mb": 29, "billing": "pre"}
    | OVERAGE,
    "DYNAMIC": {"kind": "dynamic_pool"} | OVERAGE,
    "DYNAMIC-PARTS": {"kind": "dynamic_pool"} | PARTS | OVERAGE,
}
UNPAID = "invoice unpaid"
USED_UP = "data of the period used up"

Seen = tuple[str, str, int | None, int, int]
Billed = tuple[str, str, int, list[tuple[str, int, int]]]

# words: steps, look at, (status, reason, left, used, overrun) of the first eSIM,
# and all bills: (day, state, total with VAT, [(kind, quantity, unit price)])
GOLDEN: dict[str, tuple[list[Step], str, Seen, list[Billed]]] = {
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


class Office:
    """The steps carried out at a desk."""

    def __init__(self, desk: Desk, folder: Path) -> None:
        self.desk = desk
        self.folder = folder
        self.refs: list[str] = []

    def play(self, steps: Sequence[Step]) -> None:
        """Do one after the other, each at its own time."""
        for number, step in enumerate(steps):
            late = isinstance(step, Use) and step.arrives
            self._carry_out(step, at(self.desk, instant(late or step.at)), f"e{number}")

    def _carry_out(self, step: Step, desk: Desk, key: str) -> None:
        match step:
            case Assign():
                card = iccid(step.of + 1)
                assign_esim(desk, card, plan=step.sku, pool=step.pool, company="Acme")
            case End():
                end_assignment(desk, iccid(step.of + 1))
            case EndPool():
                end_pool(desk, "pool")
            case Use():
                event, card = step.event or key, iccid(step.of + 1)
                row = Row(event, card, instant(step.at), step.size, "NL", step.counter)
                import_usage(desk, usage_file(self.folder, [row]), source="mno")
            case Bill():
                invoices.run_bills(desk)
                assert invoices.run_bills(desk).subscriptions == 0
            case Issue():
                for view in invoices.list_invoices(desk, state="pre_bill"):
                    invoices.approve_invoice(desk, view.ref)
                    invoices.issue_invoice(desk, view.ref)
            case Pay():
                for view in invoices.list_invoices(desk, state="open"):
                    amount = f"{view.total_minor / 100:.2f}"
                    invoice_payments.pay_invoice(desk, view.ref, amount=amount, method="bank")

    def billed(self, now: Desk) -> list[Billed]:
        """Every bill with its items, the oldest first."""
        found = []
        for view in reversed(invoices.list_invoices(now)):
            items = invoices.show_invoice(now, view.ref).items
            lines = [(one.kind, one.quantity, one.unit_price_minor) for one in items]
            found.append((view.bill_on.isoformat(), view.state, view.total_minor, sorted(lines)))
        return found


def opened(desk: Desk, folder: Path, pool: str = "") -> Office:
    """A shop with every plan, two eSIMs, and a company, which may have a pool."""
    desk = at(desk, instant(START))
    add_plans(desk, *(plan(**terms | {"sku": sku}) for sku, terms in PLANS.items()))
    add_stock(desk, "BUNDLE", 2)
    add_company(desk, "Acme")
    if pool:
        add_pool(desk, "pool", plan=pool, company="Acme")
    return Office(desk, folder)


@pytest.mark.parametrize("words", GOLDEN)
def test_golden(sqlite_desk: Desk, tmp_path: Path, words: str) -> None:
    """Each rule by an example that a person can check."""
    steps, look, expected, bills = GOLDEN[words]
    pool = [sku for start, sku in POOL_PLANS.items() if words.startswith(start)]
    office = opened(sqlite_desk, tmp_path, pool[-1] if pool else "")
    office.play(steps)
    now = at(sqlite_desk, instant(look))
    view = show_esim(now, iccid(1))
    seen = (view.status, view.status_reason, view.data_left_bytes)
    assert (*seen, view.data_used_bytes, view.overrun_bytes) == expected
    in_order = [(day, state, total, sorted(items)) for day, state, total, items in bills]
    assert office.billed(now) == in_order
    assert [check for check in doctor(at(sqlite_desk, instant(MAR))) if not check.ok] == []


@pytest.mark.parametrize(
    ("steps", "look", "left"),
    [
        ([Assign(START, "DAILY"), Use(DAY_2, 29 * MB - 1)], "2024-02-01 23:59:59", 1),
        ([Assign(START, "DAILY"), Use(DAY_2, 30 * MB)], "2024-02-01 23:59:59", 0),
        ([Assign(START, "DAILY"), Use(DAY_2, 30 * MB)], "2024-02-02 00:00:00", 29 * MB),
        ([Assign(START, "MONTHLY"), Use(DAY_2, 29 * MB)], BEFORE, 0),
        ([Assign(START, "MONTHLY"), Use(DAY_2, 29 * MB)], FEB, 29 * MB),
        (
            [
                Assign(START, "MONTHLY-PARTS"),
                Use(DAY_2, 10 * MB),
                Assign(FEB_10, "MONTHLY-BIG"),
            ],
            FEB_10,
            38 * MB,
        ),
        ([Assign(START, "BUNDLE"), Use(DAY_2, MB), Assign(FEB_10, "MONTHLY")], FEB_10, 29 * MB),
    ],
)
def test_high_speed(
    sqlite_desk: Desk, tmp_path: Path, steps: list[Step], look: str, left: int
) -> None:
    """What is left at full speed, on a day or in a month; plans in one month share it by days."""
    opened(sqlite_desk, tmp_path).play(steps)
    view = show_esim(at(sqlite_desk, instant(look)), iccid(1))
    assert (view.high_speed_left_bytes, view.throttled) == (left, not left)


def test_vat_is_rounded_once_a_bill(sqlite_desk: Desk, tmp_path: Path) -> None:
    """5 % of 2.90 would be 0.15 twice; of both together it is 0.29."""
    transact(sqlite_desk.engine, lambda session: set_setting(session, "vat_rate", "5"))
    office = opened(sqlite_desk, tmp_path)
    office.play([Assign(START, "MB"), Assign(START, "MB", of=1), Bill(FEB)])
    (view,) = invoices.list_invoices(at(sqlite_desk, instant(FEB)))
    assert (view.net_minor, view.tax_minor, view.total_minor) == (580, 29, 609)


@pytest.mark.parametrize(
    ("began", "ends"),
    [
        ("2024-02-29 12:00:00", "2024-03-29 12:00:00"),
        ("2024-03-10 10:00:00", "2024-04-10 09:00:00"),
        ("2024-09-30 10:00:00", "2024-10-30 11:00:00"),
        ("2024-02-10 23:30:00", "2024-03-10 23:30:00"),
    ],
)
def test_months_follow_the_operators_clock(
    sqlite_desk: Desk, tmp_path: Path, began: str, ends: str
) -> None:
    """In Amsterdam an hour is lost in March and comes back in October."""
    transact(sqlite_desk.engine, lambda s: set_setting(s, "time_zone", "Europe/Amsterdam"))
    opened(sqlite_desk, tmp_path).play([Assign(began, "BUNDLE")])
    view = show_esim(at(sqlite_desk, instant(began)), iccid(1))
    assert view.period_ends_at == instant(ends)


def test_readings_of_one_file_count_by_their_start(sqlite_desk: Desk, tmp_path: Path) -> None:
    """Two of two months, with event ids that sort the other way round, in either order."""
    office = opened(sqlite_desk, tmp_path)
    office.play([Assign(START, "BUNDLE"), Assign(START, "BUNDLE", of=1)])
    now = at(sqlite_desk, instant(MARCH_2))
    for number in (1, 2):
        rows = [
            Row(f"{number}-e9", iccid(number), instant(DAY_2), 3, "NL", counter=True),
            Row(f"{number}-e10", iccid(number), instant(MARCH_1), 5, "NL", counter=True),
        ]
        file = usage_file(tmp_path, rows if number == 1 else rows[::-1])
        import_usage(now, file, source=f"mno{number}")
        assert show_esim(now, iccid(number)).data_used_bytes == 2
    assert [check for check in doctor(now) if not check.ok] == []
