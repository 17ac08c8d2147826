"""The storefront beside its sales: scans, imports, floats, sales left open, other windows."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from textual import events
from textual.widgets import Input, Static

from catalog.kernel.database import transact
from store_app.desk.context import Desk
from store_app.desk.sales import sell
from store_app.desk.shifts import current_shift
from store_app.open_sales import just_sold
from store_app.screens.esim import EsimScreen
from store_app.screens.payment import PaymentScreen
from store_app.screens.storefront import StorefrontScreen
from store_app.widgets.form import Form
from tests.screens.till_store import (
    fill,
    find,
    home,
    opened,
    orders,
    search_of,
    shown_code,
    status,
    text_of,
    to_payment,
)
from tests.screens.waiting import until
from tests.shop import leave_open


@pytest.mark.parametrize("before", ["", "austria"])
async def test_a_scanned_number_opens_its_esim(
    sqlite_desk: Desk, tmp_path: Path, before: str
) -> None:
    """An ICCID and Enter, also scanned behind other text, leads to the page of that eSIM."""
    desk = fill(sqlite_desk, tmp_path)
    iccid = sell(desk, sku="ES-5", pay="cash", key="sold").iccid
    assert iccid is not None
    async with opened(desk) as (app, pilot):
        await find(app, pilot, before)
        search_of(app).cursor_position = len(before)
        for key in (*iccid, "enter"):
            app.post_message(events.Key(key, None if key == "enter" else key))
        await until(pilot, lambda: isinstance(app.screen, EsimScreen))
        assert isinstance(app.screen, EsimScreen)
        assert app.screen.named == iccid
        assert search_of(app).value == ""


@pytest.mark.parametrize("number", ["8944000000000000002", "8999999999999999999"])
async def test_a_number_that_was_not_sold_says_so(
    sqlite_desk: Desk, tmp_path: Path, number: str
) -> None:
    """In stock or unknown: the storefront stays."""
    async with opened(fill(sqlite_desk, tmp_path)) as (app, pilot):
        await find(app, pilot, number)
        await pilot.press("enter")
        await until(pilot, lambda: "No eSIM with that number was sold here" in status(app))
        assert isinstance(app.screen, StorefrontScreen)


async def test_a_sale_completed_unseen_is_told(sqlite_desk: Desk, tmp_path: Path) -> None:
    """After a start the last sale stands there for ten minutes, and Ctrl+R shows its code."""
    desk = fill(sqlite_desk, tmp_path)
    order = sell(desk, sku="ES-5", pay="cash", key="before").order
    async with opened(desk) as (app, pilot):
        line = home(app).query_one("#open-sale", Static)
        await until(pilot, lambda: f"Last sale: {order} Spain 5 GB, delivered" in str(line.content))
        await pilot.press("ctrl+r")
        await shown_code(app, pilot)
    later = replace(desk, clock=lambda: desk.clock() + timedelta(minutes=11))
    assert just_sold(desk) is not None
    assert just_sold(later) is None


async def test_plans_are_imported_from_the_screen(sqlite_desk: Desk, tmp_path: Path) -> None:
    """Ctrl+O asks for a file, says what became of it, and shows the first errors."""
    path = tmp_path / "plans.csv"
    path.write_text(
        "sku,kind,name,countries,currency,price,data_mb,validity_days\n"
        "PT-1,prepaid,Portugal 1 GB,PT,EUR,5.00,1000,7\n"
        "PT-2,nonsense,Portugal 2 GB,PT,EUR,5.00,1000,7\n"
    )
    async with opened(sqlite_desk) as (app, pilot):
        await pilot.press("ctrl+o")
        await until(pilot, lambda: isinstance(app.screen, Form))
        await pilot.press(*"nofile", "enter")
        await until(pilot, lambda: "There is no file" in text_of(app))
        app.screen.query_one("Input", Input).value = str(path)
        await pilot.press("enter")
        await until(pilot, lambda: type(app.screen).__name__ == "Reading")
        assert "Line 3, kind" in text_of(app)
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is home(app))
        assert "1 created, 0 updated, 1 rejected." in status(app)
        await until(pilot, lambda: "Portugal 1 GB" in text_of(app))


async def test_the_float_is_asked_for_first(sqlite_desk: Desk, tmp_path: Path) -> None:
    """Without a shift the drawer is counted, and then the sale goes on."""
    async with opened(fill(sqlite_desk, tmp_path, shift=False)) as (app, pilot):
        await find(app, pilot, "spain")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, Form))
        await pilot.press(*"100", "enter")
        await until(pilot, lambda: isinstance(app.screen, PaymentScreen))
        shift = current_shift(sqlite_desk)
        assert shift is not None
        assert shift.float_minor == 10000


async def test_no_float_no_sale(sqlite_desk: Desk, tmp_path: Path) -> None:
    """Esc in the question leaves everything as it was, focus in the search field."""
    async with opened(fill(sqlite_desk, tmp_path, shift=False)) as (app, pilot):
        await find(app, pilot, "spain")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, Form))
        await pilot.press("escape")
        await until(pilot, lambda: "nothing was added" in status(app))
        assert app.focused is search_of(app)
        assert current_shift(sqlite_desk) is None


async def test_repeat_sells_what_was_sold_last(sqlite_desk: Desk, tmp_path: Path) -> None:
    """F8 goes to the payment of the last plan, also after a restart."""
    desk = fill(sqlite_desk, tmp_path)
    sell(desk, sku="ES-5", pay="cash", key="before")
    async with opened(desk) as (app, pilot):
        await pilot.press("f8")
        await until(pilot, lambda: isinstance(app.screen, PaymentScreen))
        assert [line.sku for line in app.till.cart.lines] == ["ES-5"]


@pytest.mark.parametrize(
    ("key", "state"), [("ctrl+r", "delivered"), ("ctrl+t", "cancelled")], ids=["finish", "cancel"]
)
async def test_a_sale_left_open_is_finished_or_cancelled(
    sqlite_desk: Desk, tmp_path: Path, key: str, state: str
) -> None:
    """It stands on the home screen with its amount; Esc in the question changes nothing."""
    desk = fill(sqlite_desk, tmp_path)
    leave_open(desk, sku="ES-5", key="interrupted")
    async with opened(desk) as (app, pilot):
        line = home(app).query_one("#open-sale", Static)
        await until(pilot, lambda: "12.10 EUR by cash" in str(line.content))
        await pilot.press(key)
        await until(pilot, lambda: type(app.screen).__name__ == "Confirm")
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is home(app))
        assert [order.state for order in orders(desk)] == ["placed"]
        await pilot.press(key)
        await until(pilot, lambda: type(app.screen).__name__ == "Confirm")
        await pilot.press("y")
        await until(pilot, lambda: [order.state for order in orders(desk)] == [state])
        await until(pilot, lambda: "Open sale" not in str(line.content))


async def test_a_broken_store_is_a_sentence(sqlite_desk: Desk, tmp_path: Path) -> None:
    """When reading fails the screen says so and lives on."""
    desk = fill(sqlite_desk, tmp_path)
    async with opened(desk) as (app, pilot):
        transact(
            desk.engine,
            lambda session: session.connection().exec_driver_sql(
                "ALTER TABLE plan RENAME COLUMN name TO gone"
            ),
        )
        home(app).load()
        await until(pilot, lambda: "did not expect" in status(app))
        assert "Traceback" not in text_of(app)
        assert app.is_running


async def test_resize_keeps_text_and_cursor(sqlite_desk: Desk, tmp_path: Path) -> None:
    """There and back again nothing is lost."""
    async with opened(fill(sqlite_desk, tmp_path)) as (app, pilot):
        await pilot.press("down")
        card = home(app).card
        await pilot.resize_terminal(120, 40)
        await pilot.resize_terminal(60, 20)
        await pilot.resize_terminal(80, 24)
        assert home(app).card == card
        assert app.focused is search_of(app)


async def test_the_cart_survives_another_place(sqlite_desk: Desk, tmp_path: Path) -> None:
    """Help and back from the payment: the line is still there."""
    async with opened(fill(sqlite_desk, tmp_path)) as (app, pilot):
        await to_payment(app, pilot, "spain")
        await pilot.press("f1")
        await until(pilot, lambda: type(app.screen).__name__ == "HelpScreen")
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, PaymentScreen))
        assert len(app.till.cart.lines) == 1
