"""A small store for the screens of a sale: four plans, a few profiles, an open shift."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from textual.pilot import Pilot
from textual.widgets import Input
from textual.worker import WorkerCancelled

from catalog.kernel.database import transact
from catalog.kernel.settings import set_setting
from catalog.plans import Plan, PlanKind, Refill
from catalog.repository import save_plans
from store_app.app import StoreApp
from store_app.desk.context import Desk
from store_app.desk.order_views import OrderView, list_orders
from store_app.desk.shifts import open_shift
from store_app.desk.stock import import_stock
from store_app.screens.activation import ActivationScreen
from store_app.screens.base import StatusLine
from store_app.screens.storefront import StorefrontScreen
from tests.screens.waiting import until

CODES = {
    "ES-5": "LPA:1$smdp-plus.operator.example$K2-7HX0-91ZQ-44$$1",
    "JP-3": "LPA:1$smdp.example$JP-0001-" + "X" * 50,
}
_GB = 10**9


def prepaid(sku: str, name: str, country: str, price_minor: int, **terms: Any) -> Plan:
    """A prepaid plan of 5 GB for 30 days."""
    return Plan(
        sku=sku,
        kind=PlanKind.PREPAID,
        name=name,
        currency="EUR",
        operator=sku,  # each plan has its own stock
        countries=(country,),
        price_minor=price_minor,
        data_bytes=5 * _GB,
        validity_days=30,
        **terms,
    )


PLANS = (
    prepaid("ES-5", "Spain 5 GB", "ES", 1000, refills=(Refill("more", 300, data_bytes=_GB),)),
    prepaid("JP-3", "日本 [red]Japan[/] café", "JP", 2000),
    prepaid("AT-1", "Austria 5 GB", "AT", 500),
    Plan(
        sku="FR-MONTH",
        kind=PlanKind.MONTHLY_BUNDLE,
        name="France monthly",
        currency="EUR",
        operator="Orbit",
        countries=("FR",),
        price_minor=900,
        data_bytes=_GB,
    ),
)


def fill(desk: Desk, folder: Path, *, shift: bool = True, profiles: int = 3) -> Desk:
    """Plans at 21 % VAT, `profiles` of Spain and one of Japan, none of Austria."""
    transact(desk.engine, lambda session: save_plans(session, PLANS, desk.clock()))
    transact(desk.engine, lambda session: set_setting(session, "vat_rate", "21"))
    lines = [f"894400000000000{n:04d},{_code(n)},4711" for n in range(profiles)]
    _upload(desk, folder / "spain.csv", "ES-5", lines)
    _upload(desk, folder / "japan.csv", "JP-3", [f"8981000000000000001,{CODES['JP-3']},"])
    if shift:
        open_shift(desk, float_amount="100.00")
    return desk


def _code(number: int) -> str:
    return CODES["ES-5"] if number == 0 else f"LPA:1$smdp.example$ES-{number:04d}"


def _upload(desk: Desk, path: Path, operator: str, lines: list[str]) -> None:
    path.write_text("\n".join(["iccid,activation_code,confirmation_code", *lines]))
    assert import_stock(desk, path, operator=operator, approve=True).accepted == len(lines)


@asynccontextmanager
async def opened(
    desk: Desk, size: tuple[int, int] = (80, 24), *, notifications: bool = False
) -> AsyncIterator[tuple[StoreApp, Pilot[None]]]:
    """The app over this desk, its storefront filled and searchable."""
    app = StoreApp(lambda: desk)
    async with app.run_test(size=size, notifications=notifications) as pilot:
        await until(pilot, lambda: isinstance(app.screen, StorefrontScreen))
        await until(pilot, lambda: home(app).is_ready)
        yield app, pilot
        with suppress(WorkerCancelled):  # by a newer one of its group
            await app.workers.wait_for_complete()


def home(app: StoreApp) -> StorefrontScreen:
    """The storefront under whatever is open."""
    screen = app.get_screen_stack("storefront")[0]
    assert isinstance(screen, StorefrontScreen)
    return screen


def search_of(app: StoreApp) -> Input:
    """The search field."""
    return home(app).query_one("#search", Input)


def status(app: StoreApp) -> str:
    """The sentence in the status line of the open screen."""
    return str(app.screen.query_one(StatusLine).content)


async def find(app: StoreApp, pilot: Pilot[None], text: str) -> None:
    """Type into the search field and wait for what it finds."""
    search_of(app).value = text
    await until(pilot, lambda: home(app).shown_text == text)


async def to_payment(app: StoreApp, pilot: Pilot[None], text: str) -> None:
    """Search, Enter, and wait for the payment."""
    await find(app, pilot, text)
    await pilot.press("enter")
    await until(pilot, lambda: type(app.screen).__name__ == "PaymentScreen")


async def shown_code(app: StoreApp, pilot: Pilot[None]) -> ActivationScreen:
    """The activation once its code stands."""
    await until(pilot, lambda: isinstance(app.screen, ActivationScreen))
    screen = app.screen
    assert isinstance(screen, ActivationScreen)
    await until(pilot, lambda: screen.is_standing)
    return screen


def orders(desk: Desk) -> list[OrderView]:
    """Every order of the store, the oldest first."""
    return list_orders(desk)[::-1]


def text_of(app: StoreApp) -> str:
    """What stands on the screen, line by line."""
    lines = app.screen._compositor.render_strips()  # noqa: SLF001 - the lines as they are painted
    return "\n".join(strip.text for strip in lines)
