"""Subscriptions told at a desk: every plan, the steps of an office, and what an example says.

eSIMs are assigned to Acme on 31 January 2024 at ten; the first period has 29 days, the second 31. A
bundle and a static pool are 29 MB for 29.00, so that a day is 1 MB for 1.00; 0.50 each MB more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from store_app.desk import invoice_payments, invoices
from store_app.desk.assignments import assign_esim, end_assignment
from store_app.desk.context import Desk
from store_app.desk.esims import show_esim
from store_app.desk.people import add_company
from store_app.desk.pools import add_pool, end_pool
from store_app.desk.upkeep import doctor
from tests.golden import Use, instant, report_use
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

# steps, look at, (status, reason, left, used, overrun) of the first eSIM,
# and all bills: (day, state, total with VAT, [(kind, quantity, unit price)])
Example = tuple[list[Step], str, Seen, list[Billed]]


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
                used = replace(step, country="NL")
                report_use(desk, self.folder, used, iccid(step.of + 1), key)
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


def prove(desk: Desk, folder: Path, example: Example, pool: str = "") -> None:
    """Play an example, and see what it says; the doctor finds nothing in the end."""
    steps, look, expected, bills = example
    office = opened(desk, folder, pool)
    office.play(steps)
    now = at(desk, instant(look))
    view = show_esim(now, iccid(1))
    seen = (view.status, view.status_reason, view.data_left_bytes)
    assert (*seen, view.data_used_bytes, view.overrun_bytes) == expected
    in_order = [(day, state, total, sorted(items)) for day, state, total, items in bills]
    assert office.billed(now) == in_order
    assert [check for check in doctor(at(desk, instant(MAR))) if not check.ok] == []
