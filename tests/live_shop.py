"""A small shop whose Spanish plan is ordered live, from an SM-DP+ on a port of this machine."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from catalog.kernel.errors import StoreError
from catalog.suppliers.access import Access
from store_app.desk import suppliers
from store_app.desk.context import Desk
from store_app.desk.order_views import OrderView, list_orders
from store_app.desk.sales import Sale, sell
from store_app.desk.upkeep import doctor
from tests.peers.smdp_peer import PROFILE_TYPE, REQUESTER, Served
from tests.shop import SPAIN, add_plans, at, plan, small_shop

SKU = str(SPAIN["sku"])
FALLBACK = "rsp.fallback.example.com"


def access_to(served: Served, **changes: object) -> Access:
    """The access that the peer lets in, with some of it changed."""
    access = Access(
        name="norvia",
        url=served.url,
        ca=str(served.ca),
        cert=str(served.cert),
        key=str(served.key),
        requester=REQUESTER,
        smdp_address=FALLBACK,
        timeout_s=2,
        per_minute=6_000,
    )
    return replace(access, **changes)  # type: ignore[arg-type]  # fields by name


def live_shop(desk: Desk, served: Served, *, stock: int = 0, **changes: object) -> Desk:
    """The small shop, with its plan tied to the peer and no uploaded stock."""
    small_shop(desk, stock=stock, vat_rate="21")
    add_plans(desk, plan(supplier="norvia", profile_type=PROFILE_TYPE))
    suppliers.add_supplier(desk, access_to(served, **changes))
    return desk


def buy(desk: Desk, key: str = "k1", **options: str) -> Sale:
    """One Spanish eSIM for cash."""
    words: dict[str, Any] = {"pay": "cash"} | options
    return sell(desk, sku=SKU, key=key, **words)


def refusal(desk: Desk, key: str = "k1", **options: str) -> StoreError:
    """What a sale is refused with."""
    try:
        buy(desk, key, **options)
    except StoreError as error:
        return error
    raise AssertionError("it was sold")


def later(desk: Desk, minutes: int = 5) -> Desk:
    """The same desk when every call that was out is over."""
    return at(desk, desk.clock() + timedelta(minutes=minutes))


def only(desk: Desk) -> OrderView:
    """The only order of the shop."""
    (order,) = list_orders(desk)
    return order


def is_sound(desk: Desk) -> None:
    """Whether the doctor finds nothing."""
    found = [check for check in doctor(desk) if not check.ok]
    assert found == [], found
