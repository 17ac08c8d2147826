"""Payment under a scanner, in the cash field, and under keys of one instant."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual import events
from textual.widgets import Input

from catalog.kernel.database import transact
from catalog.kernel.settings import set_setting
from store_app.desk.context import Desk
from store_app.screens.payment import PaymentScreen
from store_app.screens.storefront import StorefrontScreen
from store_app.widgets.confirm import Confirm
from tests.screens.scanning import scan
from tests.screens.till_store import (
    fill,
    opened,
    orders,
    search_of,
    shown_code,
    status,
    text_of,
    to_payment,
)
from tests.screens.waiting import until


@pytest.mark.parametrize("label", ["ca-5gb-30d\r", "JP-5GB-7D\r", "w-c1\r", "bkd-\r", "cc\r"])
async def test_a_scan_pays_deletes_and_asks_nothing(
    sqlite_desk: Desk, tmp_path: Path, label: str
) -> None:
    """Its letters are no keys here; a sentence says where to scan."""
    desk = fill(sqlite_desk, tmp_path)
    async with opened(desk) as (app, pilot):
        await to_payment(app, pilot, "spain")
        scan(app, label)
        await until(pilot, lambda: "looks like a scan" in status(app))
        await pilot.press("up", "up")
        assert isinstance(app.screen, PaymentScreen)
        assert not app.screen.query_one("#cash").has_class("-open")
        assert [line.sku for line in app.till.cart.lines] == ["ES-5"]
        assert orders(desk) == []


async def test_a_scan_is_no_answer(sqlite_desk: Desk, tmp_path: Path) -> None:
    """Its y does not say yes to the charge."""
    desk = fill(sqlite_desk, tmp_path)
    transact(desk.engine, lambda session: set_setting(session, "demo", "true"))
    async with opened(desk) as (app, pilot):
        await to_payment(app, pilot, "spain")
        await until(pilot, lambda: "d OFFLINE DEMO CARD" in text_of(app))
        await pilot.press("d")
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        scan(app, "yyyy-1\r")
        await pilot.press("left", "left")
        assert isinstance(app.screen, Confirm)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, PaymentScreen))
        assert orders(desk) == []


@pytest.mark.parametrize("number", ["4006381333931", "8944", "15"])
async def test_a_scanned_number_is_no_cash(sqlite_desk: Desk, tmp_path: Path, number: str) -> None:
    """It is refused in words and the exact total stands in the field again."""
    desk = fill(sqlite_desk, tmp_path)
    async with opened(desk) as (app, pilot):
        await to_payment(app, pilot, "spain")
        await pilot.press("c")
        await until(pilot, lambda: isinstance(app.focused, Input))
        scan(app, f"{number}\r")
        await until(pilot, lambda: "looks like a scan" in status(app))
        assert app.screen.query_one("#tendered", Input).value == "12.10"
        assert orders(desk) == []


async def test_too_many_digits_are_refused_in_full(sqlite_desk: Desk, tmp_path: Path) -> None:
    """Also from a slow scanner; the sentence is not cut and says what the largest is."""
    desk = fill(sqlite_desk, tmp_path)
    async with opened(desk) as (app, pilot):
        await to_payment(app, pilot, "spain")
        await pilot.press("c")
        await until(pilot, lambda: isinstance(app.focused, Input))
        field = app.screen.query_one("#tendered", Input)
        field.value = "4006381333931"
        await until(pilot, lambda: "9999999 EUR" in text_of(app))
        await pilot.press("enter")
        await until(pilot, lambda: "The largest amount is 9999999 EUR." in status(app))
        assert field.value == "12.10"


@pytest.mark.parametrize("keys", [["b", "delete"], ["w", "delete"], ["k", "escape"]])
async def test_a_dialog_and_its_end_in_one_instant_keep_the_program(
    sqlite_desk: Desk, tmp_path: Path, keys: list[str]
) -> None:
    """The screen is not left while its dialog opens, and no dialog opens over a screen gone."""
    desk = fill(sqlite_desk, tmp_path)
    async with opened(desk) as (app, pilot):
        await to_payment(app, pilot, "spain")
        for key in keys:
            app.post_message(events.Key(key, key if len(key) == 1 else None))
        await pilot.press("up", "up", "up")
        assert app.is_running
        assert app.return_code is None
        for _ in range(4):
            await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, StorefrontScreen))
        assert app.focused is search_of(app)


async def test_a_comma_is_a_decimal_point(sqlite_desk: Desk, tmp_path: Path) -> None:
    """15,00 for 12.10; any other character is shown and refused."""
    desk = fill(sqlite_desk, tmp_path)
    async with opened(desk) as (app, pilot):
        await to_payment(app, pilot, "spain")
        await pilot.press("c", *"1x")
        await until(pilot, lambda: "“1x” is not an amount" in text_of(app))
        await pilot.press("backspace", "5", "comma", "0", "0")
        await until(pilot, lambda: "Change 2.90 EUR" in text_of(app))
        await pilot.press("enter")
        screen = await shown_code(app, pilot)
        assert screen.change_minor == 290


async def test_much_cash_is_asked_about(sqlite_desk: Desk, tmp_path: Path) -> None:
    """1210 for 12.10: both amounts and the change, the safe answer in focus."""
    desk = fill(sqlite_desk, tmp_path)
    async with opened(desk) as (app, pilot):
        await to_payment(app, pilot, "spain")
        await pilot.press("c", *"1210", "enter")
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        shown = text_of(app)
        assert all(each in shown for each in ("1210.00 EUR", "12.10 EUR", "1197.90 EUR"))
        assert app.focused is not None
        assert app.focused.id == "no"
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, PaymentScreen))
        assert orders(desk) == []
        assert app.screen.query_one("#tendered", Input).value == "12.10"


async def test_the_footer_of_the_cash_field(sqlite_desk: Desk, tmp_path: Path) -> None:
    """Enter takes it, Esc goes back; the letters of other ways rest. Nothing typed is exact."""
    desk = fill(sqlite_desk, tmp_path)
    async with opened(desk) as (app, pilot):
        await to_payment(app, pilot, "spain")
        await pilot.press("c")
        await until(pilot, lambda: "Enter Takes it" in text_of(app))
        footer = "\n".join(text_of(app).splitlines()[-2:])
        assert "Esc Back" in footer
        assert "w Wallet" not in footer
        app.screen.query_one("#tendered", Input).value = ""
        await pilot.press("enter")
        screen = await shown_code(app, pilot)
        assert screen.change_minor == 0


async def test_an_amount_typed_right_after_the_letter_is_whole(
    sqlite_desk: Desk, tmp_path: Path
) -> None:
    """A slow line delivers the letter and its digits in one piece: they stand in the field."""
    async with opened(fill(sqlite_desk, tmp_path)) as (app, pilot):
        await to_payment(app, pilot, "spain")
        scan(app, "c40")
        await until(pilot, lambda: "Change 27.90 EUR" in text_of(app))
        await pilot.press("enter")
        assert (await shown_code(app, pilot)).change_minor == 2790


async def test_the_letter_and_enter_in_one_piece_take_exact_cash(
    sqlite_desk: Desk, tmp_path: Path
) -> None:
    """One letter is no label."""
    async with opened(fill(sqlite_desk, tmp_path)) as (app, pilot):
        await to_payment(app, pilot, "spain")
        scan(app, "c\r")
        assert (await shown_code(app, pilot)).change_minor == 0
