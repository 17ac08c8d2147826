"""The demo shop: goods, customers, and weeks of sales and usage that end at the desk's instant."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count, groupby
from pathlib import Path
from typing import Any

from catalog.kernel.database import transact
from catalog.kernel.errors import NotFound
from catalog.kernel.money import decimal_string
from catalog.kernel.settings import set_setting
from catalog.suppliers.access import OFFLINE, Access
from checkout.billing.usage_feed import feed
from checkout.billing.usage_files import UsageRow
from store_app.desk.assignments import assign_esim
from store_app.desk.catalogue import import_plans
from store_app.desk.context import Desk
from store_app.desk.invoices import approve_invoice, issue_invoice, run_bills
from store_app.desk.people import add_company, add_user
from store_app.desk.pools import add_pool
from store_app.desk.sales import refill, sell, top_up
from store_app.desk.shifts import close_shift, open_shift, x_report
from store_app.desk.stock import import_stock
from store_app.desk.suppliers import add_supplier

_FLOAT = "100.00"
_PLACES = (
    Path(__file__).parent / "assets" / "demo",  # in an installed package
    Path(__file__).parent.parent / "assets" / "demo",  # beside the source
)
_SALE, _USAGE, _REFILL, _MONTH = range(4)


@dataclass(frozen=True, slots=True)
class _Event:
    """Something that happened to a demo eSIM; `kind` orders what happened at one instant."""

    at: datetime
    kind: int
    sale: Mapping[str, Any]
    usage: Mapping[str, str] | None = None


def fill_demo(desk: Desk) -> None:
    """Fill an empty store and mark it as a demo; a shift is open when it is done."""
    files = _demo_files()
    now = desk.clock()
    happened = (*_events(files, now), *_month_events(files, now))
    events = sorted(happened, key=lambda event: (event.at, event.kind))
    before = _at(desk, events[0].at - timedelta(hours=2))
    transact(desk.engine, lambda session: set_setting(session, "demo", "true"))
    import_plans(before, files / "plans.toml")
    for path in sorted(files.glob("stock-*.csv")):
        operator = path.stem.removeprefix("stock-").capitalize()
        import_stock(before, path, operator=operator, approve=True)
    add_supplier(before, Access(name="fjordline", url=OFFLINE))
    _add_customers(before, files)
    _live_through(desk, events, midnight=now.replace(hour=0, minute=0, second=0, microsecond=0))


def _demo_files() -> Path:
    for folder in _PLACES:
        if folder.is_dir():
            return folder
    raise NotFound("This installation has no demo files; the store is unchanged.", code="no_demo")


def _at(desk: Desk, instant: datetime) -> Desk:
    return replace(desk, clock=lambda: instant)


def _events(files: Path, now: datetime) -> Iterator[_Event]:
    sales = json.loads((files / "sales.json").read_text(encoding="utf-8"))
    sold_at: dict[str, tuple[datetime, Mapping[str, Any]]] = {}
    for number, sale in enumerate(sales):
        # Sales of one day follow each other, and those of today lie just behind.
        at = now - timedelta(days=sale["days_ago"], minutes=5 * (len(sales) - number))
        sold_at[sale["iccid"]] = (at, sale)
        yield _Event(at, _SALE, sale)
        if "refill" in sale:
            minutes = sale["refill"]["minutes_after_sale"]
            yield _Event(at + timedelta(minutes=minutes), _REFILL, sale)
    with (files / "usage.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            at, sale = sold_at[row["iccid"]]
            used_at = at + timedelta(minutes=int(row["minutes_after_sale"]))
            if used_at <= now:
                yield _Event(used_at, _USAGE, sale, row)


def _month_events(files: Path, now: datetime) -> Iterator[_Event]:
    """What companies have by the month: one after the other, the usage in between."""
    assigned_at: dict[str, datetime] = {}
    done = json.loads((files / "months.json").read_text(encoding="utf-8"))
    for number, step in enumerate(done):
        at = now - timedelta(days=step["days_ago"], minutes=len(done) - number)
        assigned_at[step.get("iccid", "")] = at
        yield _Event(at, _MONTH, step)
    with (files / "months.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            minutes = int(row["minutes_after_assignment"])
            used_at = assigned_at[row["iccid"]] + timedelta(minutes=minutes)
            if used_at <= now:
                yield _Event(used_at, _USAGE, {}, row)


def _add_customers(desk: Desk, files: Path) -> None:
    with (files / "customers.csv").open(encoding="utf-8", newline="") as lines:
        for number, row in enumerate(csv.DictReader(lines)):
            if row["email"]:
                add_user(desk, row["email"], name=row["name"], company=row["company"] or None)
            else:
                add_company(desk, row["company"], credit_limit="250.00")
            if row["deposit"]:
                owner = row["email"] or row["company"]
                key = f"demo-deposit-{number}"
                top_up(desk, owner, amount=row["deposit"], pay="manual", key=key)


def _live_through(desk: Desk, events: list[_Event], *, midnight: datetime) -> None:
    """Let everything happen in its order: yesterday's shift is closed, today's is open."""
    past = [event for event in events if event.at < midnight]
    today = [event for event in events if event.at >= midnight]
    keys = (f"demo-{number}" for number in count())
    if past:
        open_shift(_at(desk, past[0].at), float_amount=_FLOAT)
        _replay(desk, past, keys)
        _close(_at(desk, midnight - timedelta(seconds=1)))
    open_shift(_at(desk, today[0].at if today else desk.clock()), float_amount=_FLOAT)
    _replay(desk, today, keys)


def _close(desk: Desk) -> None:
    view = x_report(desk)
    close_shift(desk, counted=decimal_string(view.expected_minor, view.currency))


def _replay(desk: Desk, events: list[_Event], keys: Iterator[str]) -> None:
    for is_usage, part in groupby(events, key=lambda event: event.kind == _USAGE):
        if is_usage:
            _use(desk, list(part))
            continue
        for event in part:
            trade = {_SALE: _sell, _REFILL: _refill, _MONTH: _step}[event.kind]
            trade(_at(desk, event.at), event.sale, next(keys))


def _sell(desk: Desk, sale: Mapping[str, Any], key: str) -> None:
    sold = sell(
        desk,
        sku=sale["sku"],
        pay=sale["pay"],
        customer=sale["customer"] or None,
        company=sale["company"] or None,
        key=key,
    )
    if sold.iccid != sale["iccid"]:
        raise ValueError(f"demo sale of {sale['sku']} gave another eSIM than its usage is of")


def _refill(desk: Desk, sale: Mapping[str, Any], key: str) -> None:
    refill(desk, sale["iccid"], refill=sale["refill"]["id"], pay=sale["pay"], key=key)


def _step(desk: Desk, step: Mapping[str, Any], key: str) -> None:
    """Open a pool, assign an eSIM, or make the bills and issue some of them."""
    if step["do"] == "pool":
        add_pool(desk, step["name"], plan=step["plan"], company=step["company"], key=key)
    elif step["do"] == "assign":
        named = {name: step[name] or None for name in ("plan", "pool", "company", "user")}
        assign_esim(desk, step["iccid"], **named, key=key)
    else:
        for bill in run_bills(desk).invoices:
            if bill.company in step["issue"]:
                approve_invoice(desk, bill.ref)
                issue_invoice(desk, bill.ref)


def _use(desk: Desk, events: list[_Event]) -> None:
    """Report usage day by day, as a source would: what comes late is rated otherwise."""
    for _day, part in groupby(events, key=lambda event: event.at.date()):
        rows = [_usage_row(event) for event in part]
        feed(desk.engine, rows, source="demo", now=rows[-1].started_at)


def _usage_row(event: _Event) -> UsageRow:
    row = event.usage or {}
    return UsageRow(
        line=0,
        event_id=row["event_id"],
        iccid=row["iccid"],
        started_at=event.at,
        bytes=int(row["bytes"]),
        country=row["country"],
    )
