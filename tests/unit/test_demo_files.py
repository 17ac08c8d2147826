"""The demo shop is reproducible, right by the store's own rules, and shows every state."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest

from catalog.esim.activation_code import format_code, parse_code
from catalog.esim.identifiers import check_iccid
from catalog.plan_files import read_plan_file
from catalog.plans import Plan, PlanKind

DEMO = Path(__file__).parents[2] / "assets" / "demo"
MADE = ("plans.toml", "customers.csv", "sales.json", "usage.csv", "months.json", "months.csv")
STOCK = sorted(DEMO.glob("stock-*.csv"))
DAY = 24 * 60


def rows(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file by column."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def plans() -> dict[str, Plan]:
    """The demo's plans by SKU; all of them must be right."""
    read = read_plan_file("plans.toml", (DEMO / "plans.toml").read_bytes())
    assert read.errors == ()
    return {plan.sku: plan for _, plan in read.plans}


@pytest.fixture(scope="module")
def sales() -> list[dict[str, Any]]:
    """The demo's past sales."""
    sold: list[dict[str, Any]] = json.loads((DEMO / "sales.json").read_text(encoding="utf-8"))
    return sold


@pytest.fixture(scope="module")
def usage() -> dict[str, list[tuple[int, int]]]:
    """ICCID -> (minutes after the sale, bytes) of its records."""
    records = defaultdict(list)
    for row in rows(DEMO / "usage.csv"):
        records[row["iccid"]].append((int(row["minutes_after_sale"]), int(row["bytes"])))
    return records


def test_the_generator_writes_the_same_bytes(tmp_path: Path) -> None:
    """What is committed is what the script makes."""
    script = [sys.executable, "-B", str(DEMO / "make_demo.py"), str(tmp_path)]
    subprocess.run(script, check=True, env=os.environ | {"PYTHONHASHSEED": "random"})
    made = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert made.keys() == {*MADE, *(path.name for path in STOCK)}
    assert made == {name: (DEMO / name).read_bytes() for name in made}


def test_the_demo_is_small() -> None:
    """It travels in the wheel."""
    assert sum(path.stat().st_size for path in DEMO.glob("*.*")) < 400_000


def test_there_are_plans_of_every_kind_and_many_countries(plans: dict[str, Plan]) -> None:
    """300 plans or more over 60 countries or more, regions and the world."""
    assert len(plans) >= 300
    assert {plan.kind for plan in plans.values()} == set(PlanKind)
    single = {plan.countries for plan in plans.values() if len(plan.countries) == 1}
    assert len(single) >= 60
    assert max(len(plan.countries) for plan in plans.values()) > 200
    assert any(plan.companies for plan in plans.values())
    assert {plan.currency for plan in plans.values()} == {"EUR"}


def test_larger_plans_cost_more(plans: dict[str, Plan]) -> None:
    """Within a country more data for at least as long is never cheaper."""
    prepaid = [plan for plan in plans.values() if plan.kind is PlanKind.PREPAID]
    groups = defaultdict(list)
    for plan in prepaid:
        terms = (plan.data_bytes or 0, plan.validity_days or 0, plan.price_minor)
        groups[plan.countries, plan.companies].append(terms)
    for offers in groups.values():
        for data_bytes, days, price in offers:
            less = [o[2] for o in offers if o[0] <= data_bytes and o[1] <= days]
            assert price == max(less)


def test_stock_rows_are_right(plans: dict[str, Plan]) -> None:
    """ICCIDs end well, codes are as the store writes them and short enough for a small QR."""
    seen: set[str] = set()
    generic: Counter[str] = Counter()
    for path in STOCK:
        for row in rows(path):
            checked, parsed = check_iccid(row["iccid"]), parse_code(row["activation_code"])
            assert (checked.reasons, checked.warnings) == ((), ())
            assert parsed.code is not None
            assert format_code(parsed.code) == row["activation_code"]
            assert len(row["activation_code"]) <= 48
            assert parsed.code.confirmation_required == bool(row["confirmation_code"])
            generic[path.stem] += not row["plan_sku"]
            if row["plan_sku"]:
                assert f"stock-{plans[row['plan_sku']].operator.lower()}" == path.stem
            seen |= {row["iccid"], parsed.code.matching_id}
    count = sum(len(rows(path)) for path in STOCK)
    assert count >= 380
    assert len(seen) == 2 * count
    assert len(generic) == len(STOCK)
    assert min(generic.values()) > 0


def test_sales_take_the_profiles_that_selling_in_order_takes(
    plans: dict[str, Plan], sales: list[dict[str, Any]]
) -> None:
    """Oldest first; the n-th sale of a SKU has the n-th profile of its stock."""
    shelves = defaultdict(list)
    for profile in (row for path in STOCK for row in rows(path)):
        shelves[profile["plan_sku"]].append(profile["iccid"])
    sold: Counter[str] = Counter()
    for sale in sales:
        assert sale["profile"] == sold[sale["sku"]]
        assert sale["iccid"] == shelves[sale["sku"]][sale["profile"]]
        assert plans[sale["sku"]].kind is PlanKind.PREPAID
        sold[sale["sku"]] += 1
    ages = [sale["days_ago"] for sale in sales]
    assert ages == sorted(ages, reverse=True)
    assert len(sales) >= 25


def test_buyers_exist_and_can_pay(plans: dict[str, Plan], sales: list[dict[str, Any]]) -> None:
    """Every buyer is a customer, and wallets hold what was paid from them, tax included."""
    customers = rows(DEMO / "customers.csv")
    deposits = {row["email"] or row["company"]: row["deposit"] for row in customers}
    spent: Counter[str] = Counter()
    for sale in sales:
        assert sale["customer"] in {"", *deposits}
        wallets = {"cash": "", "wallet": sale["customer"], "company-wallet": sale["company"]}
        refill = plans[sale["sku"]].refill(sale.get("refill", {}).get("id", ""))
        price = plans[sale["sku"]].price_minor + (refill.price_minor if refill else 0)
        spent[wallets[sale["pay"]]] += price
    del spent[""]
    for payer, minor in spent.items():
        assert minor * 125 // 100 <= int(deposits[payer].replace(".", ""))


def test_usage_brings_each_sale_into_its_state(
    plans: dict[str, Plan], sales: list[dict[str, Any]], usage: dict[str, list[tuple[int, int]]]
) -> None:
    """Untouched, half used, nearly empty, depleted, expired and refilled, as of today."""
    seen = set()
    for sale in sales:
        plan, records = plans[sale["sku"]], usage.get(sale["iccid"], [])
        data_bytes, days = plan.data_bytes or 0, plan.validity_days or 0
        used, age = sum(size for _, size in records), sale["days_ago"] * DAY
        expires = min((at for at, _ in records), default=age) + days * DAY
        assert records == sorted(records)
        assert all(at < min(age, expires) and size > 0 for at, size in records)
        assert {
            "untouched": used == 0,
            "half_used": used == data_bytes // 2 and age < expires,
            "nearly_empty": 0 < data_bytes - used < 100_000_000 and age < expires,
            "depleted": used == data_bytes,
            "expired": 0 < used < data_bytes and age > expires,
            "refilled": data_bytes < used < data_bytes + 3 * 10**9 and age < expires,
        }[sale["state"]], sale
        if sale["state"] == "refilled":
            at = sale["refill"]["minutes_after_sale"]
            assert sum(size for minute, size in records if minute < at) == data_bytes
        seen.add(sale["state"])
    assert len(seen) == 6
    assert usage.keys() <= {sale["iccid"] for sale in sales}


def test_usage_happens_where_the_plan_works(
    plans: dict[str, Plan], sales: list[dict[str, Any]]
) -> None:
    """Countries are covered and event ids distinct."""
    sku = {sale["iccid"]: sale["sku"] for sale in sales}
    records = rows(DEMO / "usage.csv")
    assert all(row["country"] in plans[sku[row["iccid"]]].countries for row in records)
    assert len({row["event_id"] for row in records}) == len(records)


def test_what_companies_have_by_the_month(plans: dict[str, Plan]) -> None:
    """Every monthly kind is there, out of stock that is for any plan, used where it works."""
    done = json.loads((DEMO / "months.json").read_text(encoding="utf-8"))
    companies = {row["company"] for row in rows(DEMO / "customers.csv")}
    free = {row["iccid"] for path in STOCK for row in rows(path) if not row["plan_sku"]}
    pools = {step["name"]: step for step in done if step["do"] == "pool"}
    taken = {step["iccid"]: step for step in done if step["do"] == "assign"}
    assert {step["company"] for step in (*pools.values(), *taken.values())} <= companies
    assert taken.keys() <= free
    skus = {step["plan"] for step in (*pools.values(), *taken.values())} - {""}
    assert {plans[sku].kind for sku in skus} == set(PlanKind) - {PlanKind.PREPAID, PlanKind.PAYGO}
    for row in rows(DEMO / "months.csv"):
        step = taken[row["iccid"]]
        sku = step["plan"] or pools[step["pool"]]["plan"]
        assert row["country"] in plans[sku].countries
        assert int(row["bytes"]) > 0
