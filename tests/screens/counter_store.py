"""A small store for the screens: plans, stock, an open shift, customers and a few sales."""

from __future__ import annotations

from pathlib import Path

from stdnum import luhn

from store_app.desk.catalogue import import_plans
from store_app.desk.context import Desk
from store_app.desk.people import add_company, add_user
from store_app.desk.sales import Sale, sell, top_up
from store_app.desk.shifts import open_shift
from store_app.desk.stock import import_stock

PLANS = """
[[plan]]
sku = "ES-5GB-30D"
kind = "prepaid"
name = "Spain 5 GB"
operator = "Telefonica"
countries = ["ES"]
currency = "EUR"
price = "12.50"
data_mb = 5000
validity_days = 30
start = "first_usage"
[[plan.refill]]
id = "1GB"
data_mb = 1000
price = "4.00"
[[plan.refill]]
id = "3GB"
data_mb = 3000
price = "9.00"

[[plan]]
sku = "FR-1GB-7D"
kind = "prepaid"
name = "[b]France[/b] 1 GB"
operator = "Orange"
countries = ["FR"]
currency = "EUR"
price = "4.00"
data_mb = 1000
validity_days = 7
start = "first_usage"
"""


def iccid(number: int) -> str:
    """The ICCID of the n-th profile, 19 digits with a right check digit."""
    body = f"8934070000000{number:05d}"
    return body + luhn.calc_check_digit(body)


def stock_file(folder: Path, name: str, numbers: range, host: str = "smdp.example.com") -> Path:
    """A supplier's file of these profiles."""
    rows = [f"{iccid(n)},LPA:1${host}$TEST-{n:05d}" for n in numbers]
    path = folder / name
    path.write_text("\n".join(["iccid,activation_code", *rows]) + "\n", encoding="utf-8")
    return path


def fill_plans(desk: Desk, folder: Path, count: int = 12) -> None:
    """Plans, and `count` profiles for the Spanish one."""
    plans = folder / "plans.toml"
    plans.write_text(PLANS, encoding="utf-8")
    import_plans(desk, plans)
    if count:
        file = stock_file(folder, "first.csv", range(count))
        import_stock(desk, file, operator="Telefonica", plan_sku="ES-5GB-30D", approve=True)


def fill_people(desk: Desk) -> None:
    """A company with a wallet, and a customer with one."""
    add_company(desk, "Acme [Travel]")
    add_user(desk, "ana@example.com", name="Ana")
    top_up(desk, "Acme [Travel]", amount="50.00", pay="manual", key="fill-acme")
    top_up(desk, "ana@example.com", amount="30.00", pay="cash", key="fill-ana")


def fill_store(desk: Desk, folder: Path) -> Sale:
    """All of it: an open shift with 100.00, and one sale to Ana for cash."""
    fill_plans(desk, folder)
    open_shift(desk, float_amount="100.00")
    fill_people(desk)
    return sell(
        desk,
        sku="ES-5GB-30D",
        pay="cash",
        key="fill-sale",
        tendered="20.00",
        customer="ana@example.com",
    )
