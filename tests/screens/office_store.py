"""A small store with subscriptions for the screens: plans, companies, assigned eSIMs, usage."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from checkout.billing.usage_feed import feed
from checkout.billing.usage_files import UsageRow
from store_app.desk.assignments import assign_esim
from store_app.desk.catalogue import import_plans
from store_app.desk.context import Desk
from store_app.desk.invoices import approve_invoice, issue_invoice, list_invoices, run_bills
from store_app.desk.people import add_company, add_user
from store_app.desk.pools import add_pool
from store_app.desk.stock import import_stock
from tests.conftest import NOW
from tests.screens.counter_store import iccid, stock_file

_PLAN = """
[[plan]]
sku = "{sku}"
kind = "{kind}"
name = "{name}"
operator = "Odido"
countries = ["NL"]
currency = "EUR"
"""
_TERMS = {
    ("BUNDLE", "monthly_bundle", "Ten [GB]"): """price = "15.00"
data_mb = 10000
overage_size_mb = 100
overage_price = "0.50"
activation_fee = "5.00"
prorate = true""",
    ("METER", "pay_per_mb", "By the megabyte"): """rate_per_mb = "0.01"
mrc = "2.00"
""",
    ("ALL", "unlimited", "Without limit"): """price = "30.00"
high_speed_mb = 1000
per = "day"
throttled_kbps = 1000
tethering = "yes"
""",
    ("FIRST", "monthly_bundle", "Paid first"): """price = "10.00"
data_mb = 1000
billing = "pre"
""",
    ("SHARED", "static_pool", "Shared 50"): """price = "100.00"
data_mb = 50000
overage_size_mb = 1000
overage_price = "3.00"
""",
    ("SUM", "dynamic_pool", "Sum of members"): """overage_size_mb = 1000
overage_price = "3.00"
prorate = true
""",
}
GB = 10**9
MB = 10**6


def at(desk: Desk, days: int) -> Desk:
    """The same desk some days after `NOW`."""
    return replace(desk, clock=lambda: NOW + timedelta(days=days))


def fill_goods(desk: Desk, folder: Path, count: int = 12) -> None:
    """Plans of every kind, free profiles for them, and two companies with their people."""
    plans = folder / "office.toml"
    rows = [
        _PLAN.format(sku=sku, kind=kind, name=name) + terms
        for (sku, kind, name), terms in _TERMS.items()
    ]
    plans.write_text("\n".join(rows), encoding="utf-8")
    import_plans(desk, plans)
    file = stock_file(folder, "office.csv", range(count))
    import_stock(desk, file, operator="Odido", approve=True)
    add_company(desk, "Acme [Travel]")
    add_company(desk, "Borealis")
    add_user(desk, "ana@acme.example", company="Acme [Travel]")


def use(desk: Desk, number: int, megabytes: int, when: datetime = NOW, country: str = "NL") -> None:
    """One usage record of the n-th profile, known when it happened or when the desk stands."""
    row = UsageRow(
        line=0,
        event_id=f"{number}-{when.isoformat()}-{country}",
        iccid=iccid(number),
        started_at=when,
        bytes=megabytes * MB,
        country=country,
    )
    feed(desk.engine, [row], source="mno", now=max(when, desk.clock()))


def fill_office(desk: Desk, folder: Path) -> None:
    """One eSIM of each kind at Acme, a pool of two at Borealis, all of them used."""
    fill_goods(desk, folder)
    for number, plan in enumerate(("BUNDLE", "METER", "ALL")):
        assign_esim(desk, iccid(number), plan=plan, company="Acme [Travel]")
    assign_esim(desk, iccid(0), user="ana@acme.example")
    add_pool(desk, "Fleet", plan="SHARED", company="Borealis")
    for number in (3, 4):
        assign_esim(desk, iccid(number), pool="Fleet")
    for number, used in enumerate((10_250, 40, 300, 20_000, 5_000)):
        use(desk, number, used)


def bill_office(desk: Desk, day: int = 31) -> Desk:
    """The bills of the first month: Acme's issued, Borealis's waiting; the desk that day."""
    later = at(desk, day)
    run_bills(later)
    refs = {bill.company: bill.ref for bill in list_invoices(later)}
    approve_invoice(later, refs["Acme [Travel]"])
    issue_invoice(later, refs["Acme [Travel]"])
    return later
