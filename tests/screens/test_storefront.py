"""The storefront: what is found, what is added, and where the focus is afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Static

from catalog.kernel.database import transact
from store_app.desk.context import Desk
from store_app.desk.sales import sell
from store_app.desk.shifts import current_shift
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
    status,
    text_of,
    to_payment,
)
from tests.screens.waiting import until

SIZES = [(80, 24), (120, 40)]


@pytest.mark.parametrize("size", SIZES)
async def test_plans_stand_with_codes_prices_and_stock(
    sqlite_desk: Desk, tmp_path: Path, size: tuple[int, int]
) -> None:
    """Names, ISO codes, prices with VAT and stock fit the window; details stand by."""
    async with opened(fill(sqlite_desk, tmp_path), size) as (app, pilot):
        await find(app, pilot, "spain")
        await until(pilot, lambda: "3 in stock" in text_of(app))
        shown = text_of(app)
        for words in ("Spain 5 GB", "ES", "12.10 EUR", "3 in stock", "VAT 2.10 EUR (21 %)"):
            assert words in shown
        assert "starts at first use" in shown


async def test_names_are_data(sqlite_desk: Desk, tmp_path: Path) -> None:
    """Markup, wide letters and accents in names are shown as they are."""
    async with opened(fill(sqlite_desk, tmp_path)) as (app, pilot):
        await find(app, pilot, "jp")
        assert "[red]Japan[/] café" in text_of(app)


async def test_the_cursor_moves_while_typing(sqlite_desk: Desk, tmp_path: Path) -> None:
    """Up and down move the list, letters go to the field, the focus stays."""
    async with opened(fill(sqlite_desk, tmp_path)) as (app, pilot):
        first = home(app).card
        await pilot.press("down")
        assert home(app).card != first
        await pilot.press("up", "e", "s")
        await until(pilot, lambda: home(app).shown_text == "es")
        assert app.focused is search_of(app)


async def test_typing_never_goes_astray(sqlite_desk: Desk, tmp_path: Path) -> None:
    """Whatever took the focus away, a letter brings it back and is not lost."""
    async with opened(fill(sqlite_desk, tmp_path)) as (app, pilot):
        app.screen.set_focus(None)
        await pilot.press("j", "p")
        assert search_of(app).value == "jp"
        assert app.focused is search_of(app)


async def test_an_empty_store_says_what_to_do(sqlite_desk: Desk) -> None:
    """Without plans the list names the import."""
    async with opened(sqlite_desk) as (app, _):
        assert "plans import" in text_of(app)


async def test_nothing_found_says_what_to_do(sqlite_desk: Desk, tmp_path: Path) -> None:
    """A search without a hit tells how to search, and Enter adds nothing."""
    async with opened(fill(sqlite_desk, tmp_path)) as (app, pilot):
        await find(app, pilot, "qqqq")
        assert "Try fewer words" in text_of(app)
        await pilot.press("enter")
        await until(pilot, lambda: "no plan to add" in status(app))
        assert isinstance(app.screen, StorefrontScreen)


async def test_enter_adds_one_line_and_goes_to_the_payment(
    sqlite_desk: Desk, tmp_path: Path
) -> None:
    """However often Enter is pressed, the cart has one line."""
    async with opened(fill(sqlite_desk, tmp_path)) as (app, pilot):
        await find(app, pilot, "spain")
        await pilot.press("enter", "enter", "enter")
        await until(pilot, lambda: isinstance(app.screen, PaymentScreen))
        assert [line.sku for line in app.till.cart.lines] == ["ES-5"]
        assert orders(sqlite_desk) == []


async def test_a_scanner_burst_adds_what_was_scanned(sqlite_desk: Desk, tmp_path: Path) -> None:
    """A code typed faster than the search, ending in Enter, right after a dialog has closed."""
    async with opened(fill(sqlite_desk, tmp_path)) as (app, pilot):
        await pilot.press("f1")
        await until(pilot, lambda: type(app.screen).__name__ == "HelpScreen")
        await pilot.press("escape", *"JP-3", "enter")
        await until(pilot, lambda: isinstance(app.screen, PaymentScreen))
        assert [line.sku for line in app.till.cart.lines] == ["JP-3"]


async def test_add_stays_and_shows_the_cart(sqlite_desk: Desk, tmp_path: Path) -> None:
    """F7 keeps the clerk in the search field; Esc from the payment keeps the cart."""
    async with opened(fill(sqlite_desk, tmp_path)) as (app, pilot):
        await find(app, pilot, "spain")
        await pilot.press("f7")
        await until(pilot, lambda: len(app.till.cart.lines) == 1)
        await until(pilot, lambda: "Cart: 1 eSIM, 12.10 EUR" in text_of(app))
        assert app.focused is search_of(app)
        assert search_of(app).value == ""
        await pilot.press("f10")
        await until(pilot, lambda: isinstance(app.screen, PaymentScreen))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, StorefrontScreen))
        assert len(app.till.cart.lines) == 1
        assert app.focused is search_of(app)


async def test_sold_out_shows_no_payment(sqlite_desk: Desk, tmp_path: Path) -> None:
    """A plan without stock is refused with the next step."""
    async with opened(fill(sqlite_desk, tmp_path)) as (app, pilot):
        await find(app, pilot, "AT-1")
        await pilot.press("enter")
        await until(pilot, lambda: "sold out" in status(app))
        assert isinstance(app.screen, StorefrontScreen)
        assert not app.till.cart.lines
        assert app.focused is search_of(app)


async def test_the_last_profile_is_not_added_twice(sqlite_desk: Desk, tmp_path: Path) -> None:
    """What is in the cart already counts."""
    async with opened(fill(sqlite_desk, tmp_path)) as (app, pilot):
        for _ in range(2):
            await find(app, pilot, "JP-3")
            await pilot.press("f7")
            await until(pilot, lambda: not home(app).is_choosing)
        assert len(app.till.cart.lines) == 1
        assert "sold out" in status(app)


async def test_subscriptions_are_listed_and_not_sold(sqlite_desk: Desk, tmp_path: Path) -> None:
    """A monthly plan says that it is not sold over the counter yet."""
    async with opened(fill(sqlite_desk, tmp_path)) as (app, pilot):
        await find(app, pilot, "fr-month")
        await pilot.press("enter")
        await until(pilot, lambda: "not sold over the counter yet" in status(app))
        assert not app.till.cart.lines


async def test_look_alikes_are_asked_once(sqlite_desk: Desk, tmp_path: Path) -> None:
    """Austria shows its code and asks; the second Enter is an answer."""
    async with opened(fill(sqlite_desk, tmp_path)) as (app, pilot):
        await find(app, pilot, "austria")
        await until(pilot, lambda: "Austria (AT) or Australia (AU)" in text_of(app))
        await pilot.press("enter")
        await until(pilot, lambda: "Enter again" in status(app))
        await until(pilot, lambda: not home(app).is_choosing)
        await pilot.press("enter")
        await until(pilot, lambda: "sold out" in status(app))


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


def leave_open(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sale that was killed between its writing and its payment."""
    with monkeypatch.context() as patched:
        patched.setattr("store_app.desk.carry_out.finish_order", _killed)
        with pytest.raises(KeyboardInterrupt):
            sell(desk, sku="ES-5", pay="cash", key="interrupted")


def _killed(*_: object) -> bool:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("key", "state"), [("ctrl+r", "delivered"), ("ctrl+t", "cancelled")], ids=["finish", "cancel"]
)
async def test_a_sale_left_open_is_finished_or_cancelled(
    sqlite_desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str, state: str
) -> None:
    """It stands on the home screen with its amount; Esc in the question changes nothing."""
    desk = fill(sqlite_desk, tmp_path)
    leave_open(desk, monkeypatch)
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
