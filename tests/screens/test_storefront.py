"""The storefront: what is found, what is added, and where the focus is afterwards."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from catalog.kernel.database import transact
from catalog.kernel.settings import set_setting
from catalog.place_tables import REGIONS
from catalog.plans import Plan, PlanKind
from catalog.repository import save_plans
from store_app.desk.context import Desk
from store_app.desk.sales import sell
from store_app.desk.stock import import_stock
from store_app.reachable import reachable
from store_app.screens.payment import PaymentScreen
from store_app.screens.plan_words import describe_plan
from store_app.screens.storefront import StorefrontScreen
from store_app.shelf import read_shelf
from store_app.widgets.lazy_list import LazyList
from tests.screens.till_store import (
    fill,
    find,
    home,
    opened,
    orders,
    prepaid,
    search_of,
    status,
    text_of,
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
    async with opened(sqlite_desk) as (app, pilot):
        await until(pilot, lambda: "plans import" in text_of(app))
        assert "Ctrl+O" in text_of(app)
        assert "esim-store init --currency EUR --vat-rate 21" in text_of(app)


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
    """A monthly plan stands last, says so in its row, and its details say why."""
    async with opened(fill(sqlite_desk, tmp_path)) as (app, pilot):
        rows = [line for line in text_of(app).splitlines() if " EUR " in line]
        assert "not here" in rows[3]
        await find(app, pilot, "fr-month")
        await until(pilot, lambda: "is billed each month" in " ".join(text_of(app).split()))
        await pilot.press("enter")
        await until(pilot, lambda: "not sold at the till" in status(app))
        assert not app.till.cart.lines


AFRICA = Plan(
    sku="AFRICA-5",
    kind=PlanKind.PREPAID,
    name="Africa 5 GB",
    currency="EUR",
    operator="JP-3",
    countries=tuple(sorted(REGIONS["africa"])),
    price_minor=300,
    data_bytes=5 * 10**9,
    validity_days=30,
)


async def test_look_alikes_are_asked_once(
    sqlite_desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The question names both with codes, the row the typed one; a burst is no answer."""
    desk = fill(sqlite_desk, tmp_path)
    transact(desk.engine, lambda session: save_plans(session, [AFRICA], desk.clock()))
    async with opened(desk) as (app, pilot):
        await find(app, pilot, "niger")
        await until(pilot, lambda: "Niger (NE) or Nigeria (NG)" in text_of(app))
        assert f"NE +{len(AFRICA.countries) - 1}" in text_of(app)
        await pilot.press("enter")
        await until(pilot, lambda: "is for NE and NG. Enter again" in status(app))
        await until(pilot, lambda: not home(app).is_choosing)
        monkeypatch.setattr(StorefrontScreen, "SETTLE_S", 60)
        await pilot.press("enter")
        await until(pilot, lambda: not home(app).is_choosing)
        assert not app.till.cart.lines
        monkeypatch.setattr(StorefrontScreen, "SETTLE_S", 0)
        await pilot.press("f7")
        await until(pilot, lambda: len(app.till.cart.lines) == 1)
        await find(app, pilot, "niger")
        await pilot.press("f7")
        await until(pilot, lambda: "sold out" in status(app))


@pytest.mark.parametrize("text", ["austria", "nigeri", "niger"])
async def test_nothing_is_asked_without_need(sqlite_desk: Desk, tmp_path: Path, text: str) -> None:
    """A complete name is clear, and there is no question about what the store does not have."""
    async with opened(fill(sqlite_desk, tmp_path)) as (app, pilot):
        await find(app, pilot, text)
        await pilot.press("enter")
        await until(pilot, lambda: status(app))
        assert "Enter again" not in status(app)
        assert "Look at the code" not in text_of(app)


async def test_a_stray_enter_adds_nothing(sqlite_desk: Desk, tmp_path: Path) -> None:
    """On an untouched screen Enter asks to type or move; after a move it chooses."""
    async with opened(fill(sqlite_desk, tmp_path)) as (app, pilot):
        home(app).SETTLE_S = 0  # type: ignore[misc]  # of this screen alone
        await pilot.press("enter")
        await until(pilot, lambda: "Type what the customer wants" in status(app))
        assert not home(app).is_choosing
        await pilot.press("down", "down", "enter")
        await until(pilot, lambda: isinstance(app.screen, PaymentScreen))
        assert [line.sku for line in app.till.cart.lines] == ["ES-5"]


async def test_the_cart_is_emptied(sqlite_desk: Desk, tmp_path: Path) -> None:
    """One line goes at once, several after a question; without lines there is no such key."""
    async with opened(fill(sqlite_desk, tmp_path)) as (app, pilot):
        assert "storefront.empty" not in reachable(app.screen)
        for count in (1, 2):
            for number in range(count):
                await find(app, pilot, "spain")
                await pilot.press("f7")
                await until(pilot, lambda n=number: len(app.till.cart.lines) == n + 1)  # type: ignore[misc]  # a default argument
                await until(pilot, lambda: not home(app).is_choosing)
            assert "storefront.empty" in reachable(app.screen)
            await pilot.press("ctrl+l")
            if count > 1:
                await until(pilot, lambda: type(app.screen).__name__ == "Confirm")
                await pilot.press("y")
            await until(pilot, lambda: not app.till.cart.lines)
            await until(pilot, lambda: "The cart is empty" in status(app))


@pytest.mark.parametrize("size", SIZES)
async def test_plans_stand_in_natural_order(
    sqlite_desk: Desk, tmp_path: Path, size: tuple[int, int]
) -> None:
    """By country, then data, then days; regions after countries, names in full."""
    desk = fill(sqlite_desk, tmp_path)
    long = "Spain 10 GB for thirty days"[: 26 if size[0] == 80 else 22]
    plans = [
        replace(prepaid("ES-10", long, "ES", 1500), data_bytes=10 * 10**9),
        replace(prepaid("ES-05-7", "Spain week", "ES", 700), validity_days=7),
        AFRICA,
    ]
    transact(desk.engine, lambda session: save_plans(session, plans, desk.clock()))
    skus = ["AT-1", "JP-3", "ES-05-7", "ES-5", "ES-10", "AFRICA-5", "FR-MONTH"]
    assert [card.plan.sku for card in read_shelf(desk)] == skus
    async with opened(desk, size) as (app, pilot):
        await until(pilot, lambda: long in text_of(app))


async def test_details_begin_with_the_name_and_refills_hold_the_vat(
    sqlite_desk: Desk, tmp_path: Path
) -> None:
    """The full name, then prices that are all taxed alike."""
    desk = fill(sqlite_desk, tmp_path)
    lines = describe_plan(desk, "ES-5")
    assert lines[0] == "Spain 5 GB"
    assert "Refills with VAT: 1 GB 3.63 EUR" in lines
    transact(desk.engine, lambda session: set_setting(session, "prices_include_vat", "true"))
    assert "Refills with VAT: 1 GB 3.00 EUR" in describe_plan(desk, "ES-5")


async def test_sold_out_mentions_stock_that_waits(sqlite_desk: Desk, tmp_path: Path) -> None:
    """Profiles waiting for approval are counted in the details and in the refusal."""
    desk = fill(sqlite_desk, tmp_path)
    path = tmp_path / "austria.csv"
    path.write_text("iccid,activation_code\n8943000000000000001,LPA:1$smdp.example$AT-1\n")
    assert import_stock(desk, path, operator="AT-1").accepted == 1
    async with opened(desk) as (app, pilot):
        await find(app, pilot, "austria")
        await until(pilot, lambda: "sold out; 1 wait for approval (F4)" in text_of(app))
        await pilot.press("enter")
        await until(pilot, lambda: "approve the 1 that wait" in status(app))


async def test_what_another_window_sells_is_seen(sqlite_desk: Desk, tmp_path: Path) -> None:
    """Stock and new plans arrive quietly: cursor and text stay; nothing new paints nothing."""
    desk = fill(sqlite_desk, tmp_path)
    async with opened(desk) as (app, pilot):
        await pilot.press("down", "down")
        await until(pilot, lambda: "3 in stock" in text_of(app))
        sell(desk, sku="ES-5", pay="cash", key="elsewhere")
        home(app).reread()
        await until(pilot, lambda: "2 in stock" in text_of(app))
        transact(desk.engine, lambda session: save_plans(session, [AFRICA], desk.clock()))
        plan = prepaid("AT-2", "Austria again", "AT", 400)
        transact(desk.engine, lambda session: save_plans(session, [plan], desk.clock()))
        home(app).reread()
        await until(pilot, lambda: "Austria again" in text_of(app))
        card = home(app).card
        assert card is not None
        assert card.plan.sku == "ES-5"
        shown = []
        home(app).query_one(LazyList).show = lambda *_, **__: shown.append(1)  # type: ignore[method-assign]
        await home(app).reread().wait()
        assert shown == []


async def test_a_search_looks_at_the_stock_again(
    sqlite_desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was read a while ago is read anew after a search."""
    monkeypatch.setattr("store_app.screens.shelf_screen._STALE_S", 0)
    desk = fill(sqlite_desk, tmp_path)
    async with opened(desk) as (app, pilot):
        sell(desk, sku="ES-5", pay="cash", key="elsewhere")
        await find(app, pilot, "spain")
        await until(pilot, lambda: "2 in stock" in text_of(app))
