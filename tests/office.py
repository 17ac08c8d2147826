"""A shop that bills companies by the month: its plans, its company, and short ways to use it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from checkout.billing.usage_feed import UsageImport, feed
from checkout.billing.usage_files import UsageRow
from store_app.desk.assignments import assign_esim
from store_app.desk.context import Desk
from store_app.desk.invoices import (
    InvoiceView,
    approve_invoice,
    issue_invoice,
    list_invoices,
    run_bills,
    show_invoice,
)
from store_app.desk.people import add_company
from store_app.desk.upkeep import doctor
from tests.shop import add_plans, add_stock, at, iccid, small_shop
from tests.subscriptions import plan

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
BUNDLE = "MONTHLY_BUNDLE"


def open_office(desk: Desk) -> Desk:
    """Every subscription plan, eight free profiles, and the company Acme."""
    small_shop(desk)
    add_plans(desk, *(plan(kind) for kind in ("monthly_bundle", "pay_per_mb", "unlimited")))
    add_plans(desk, plan("static_pool"), plan("dynamic_pool"))
    add_stock(desk, BUNDLE, 8, first=100)
    add_company(desk, "Acme")
    return desk


def later(desk: Desk, days: float) -> Desk:
    """The desk so many days on; the first period has 31."""
    return at(desk, desk.clock() + timedelta(days=days))


def assign(desk: Desk, number: int = 0, sku: str | None = BUNDLE, **more: Any) -> str:
    """Assign the n-th profile to Acme."""
    card = iccid(100 + number)
    assign_esim(desk, card, plan=sku, company="Acme", **more)
    return card


def use(
    desk: Desk, card: str, size: int, at: datetime, event: str = "e1", *, counter: bool = False
) -> UsageImport:
    """One record that arrives at the desk's instant."""
    row = UsageRow(2, event, card, at, size, "NL", counter)
    return feed(desk.engine, [row], source="mno", now=desk.clock())


def bill(desk: Desk) -> list[tuple[str, int, int]]:
    """Run the bills; the items of those that are new or changed: kind, quantity, amount."""
    made = run_bills(desk).invoices
    return [
        (one.kind, one.quantity, one.amount_minor)
        for view in made
        for one in sorted(show_invoice(desk, view.ref).items, key=lambda item: item.kind)
    ]


def issued(desk: Desk) -> list[InvoiceView]:
    """Approve and issue every pre-bill."""
    waiting = list_invoices(desk, state="pre_bill")
    for view in waiting:
        approve_invoice(desk, view.ref)
    return [issue_invoice(desk, view.ref) for view in waiting]


def sound(desk: Desk) -> bool:
    """Whether the doctor finds nothing."""
    assert [check for check in doctor(desk) if not check.ok] == []
    return True
