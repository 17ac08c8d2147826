"""What one balance costs in a small and in a large store; run it from the project root.

`python -m tests.bench.bench_show [eSIMs of the small store] [of the large one]`
A store of ten million takes some 25 GB of disk while it grows, and minutes.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from sqlalchemy import Engine

from catalog.kernel.database import open_engine
from store_app.desk.assignments import assign_esim
from store_app.desk.context import Desk
from store_app.desk.esims import show_esim
from store_app.desk.people import add_company, add_user
from store_app.desk.sales import sell, top_up
from store_app.schema import METADATA
from tests import paygo, subscriptions
from tests.bench.bench_sale import NOW, milliseconds
from tests.bench.verdict import verdict
from tests.shop import add_plans, add_stock, iccid, small_shop
from tests.statements import counted

READS = 200
ANA = "ana@example.com"
_ID, _ICCID = "printf('%032x', n)", "printf('8%018d', n)"
_COPIES = {
    "esim": {"iccid": _ICCID, "iccid_key": _ICCID, "matching_id": _ICCID, "order_id": "NULL"},
    "line": {"iccid_key": _ICCID, "number": "n"},
    "subscription": {},
    "assignment": {"subscription_id": _ID, "line_id": _ID},
}
"""What differs in the n-th copy of a row, besides its id."""


def sold(desk: Desk) -> dict[str, str]:
    """One eSIM of each way of billing: how people name it."""
    small_shop(desk)
    add_plans(desk, paygo.paygo(), *map(subscriptions.plan, ("monthly_bundle", "unlimited")))
    add_stock(desk, paygo.SKU, 1, first=100)
    add_stock(desk, "MONTHLY_BUNDLE", 1, first=200)
    add_stock(desk, "UNLIMITED", 1, first=300)
    add_company(desk, "Acme")
    add_user(desk, ANA)
    top_up(desk, ANA, amount="10.00", pay="cash", key="t")
    prepaid = sell(desk, sku="ES-5GB-30D", pay="cash", key="p")
    metered = sell(desk, sku=paygo.SKU, pay="wallet", customer=ANA, key="m")
    daily = assign_esim(desk, iccid(300), plan="UNLIMITED", company="Acme")
    bundle = assign_esim(desk, iccid(200), plan="MONTHLY_BUNDLE", company="Acme")
    return {
        "prepaid": prepaid.order,
        "PAYGO": metered.order,
        "monthly bundle": str(bundle.iccid),
        "unlimited": str(daily.iccid),
    }


def grow(engine: Engine, first: int, last: int) -> None:
    """Copies of the subscription eSIM and of all that belongs to it, by their numbers."""
    numbers = "WITH RECURSIVE numbers(n) AS (VALUES(?) UNION ALL SELECT n + 1 FROM numbers"
    with engine.begin() as connection:
        for table, changed in _COPIES.items():
            columns = [column.name for column in METADATA.tables[table].columns]
            values = {"id": _ID} | changed
            copied = ", ".join(values.get(name, f'one."{name}"') for name in columns)
            newest = f"(SELECT * FROM {table} ORDER BY rowid DESC LIMIT 1) AS one"  # noqa: S608 - ours
            into = f"INSERT INTO {table} ({', '.join(columns)}) {numbers} WHERE n < ?)"
            copies = f"{into} SELECT {copied} FROM numbers, {newest}"  # noqa: S608 - ours
            connection.exec_driver_sql(copies, (first, last))


def read(desk: Desk, names: dict[str, str]) -> dict[str, tuple[int, float]]:
    """Lookups and median milliseconds of a balance that was read before, by kind."""
    found = {}
    for kind, name in names.items():
        show_esim(desk, name)
        with counted(desk.engine) as asked:
            show_esim(desk, name)
        times = [milliseconds(lambda n=name: show_esim(desk, n)) for _ in range(READS)]  # type: ignore[misc]  # bound at once
        found[kind] = len(asked.lookups), median(times)
    return found


def report(few: int, many: int) -> Iterator[str]:
    """The lookups of each kind, and how much longer they take in the large store."""
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(str(Path(folder) / "store.db"))
        METADATA.create_all(engine)
        desk = Desk(engine, lambda: NOW, "bench", "R1")
        names = sold(desk)
        grow(engine, 1_000, few)
        small = read(desk, names)
        grow(engine, few + 1, many)
        large = read(desk, names)
        engine.dispose()
    for kind in names:
        yield verdict(f"lookups of a balance, {kind}", large[kind][0], at_most=5)
    for kind, (_lookups, before) in small.items():
        after = large[kind][1]
        what = f"{kind}, {many:,} against {few:,} eSIMs"
        yield verdict(what, after / before, at_most=1.5, beside=f"{after:.2f} / {before:.2f} ms")


if __name__ == "__main__":
    sys.stdout.writelines(report(*([int(text) for text in sys.argv[1:]] or [10_000, 10_000_000])))
