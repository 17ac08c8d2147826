"""The list of sold eSIMs: found by scan, e-mail and plan, and opened."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from store_app.desk.context import Desk
from store_app.desk.sales import sell
from store_app.screens.esim import EsimScreen
from store_app.screens.esims import EsimsScreen
from store_app.shell import Shell
from store_app.widgets.lazy_list import LazyList
from tests.screens.counter_store import fill_plans, fill_store, iccid
from tests.screens.shown import shown, status
from tests.screens.waiting import until

SIZES = [(80, 24), (120, 40)]


def host(desk: Desk) -> Shell:
    """The shell with this place alone."""
    return Shell({"esims": lambda: EsimsScreen(desk)})


@pytest.fixture
def store(sqlite_desk: Desk, tmp_path: Path) -> Desk:
    """Three sold eSIMs, two of them Ana's."""
    fill_store(sqlite_desk, tmp_path)
    for number, customer in enumerate(["ana@example.com", "bo@example.com"]):
        sell(sqlite_desk, sku="ES-5GB-30D", pay="cash", key=f"more-{number}", customer=customer)
    return sqlite_desk


async def listed(pilot: Pilot[None], count: int) -> LazyList:
    """The list when it holds so many rows."""
    screen = pilot.app.screen
    await until(pilot, lambda: len(screen.views) == count)  # type: ignore[attr-defined] # an EsimsScreen
    return screen.query_one(LazyList)


@pytest.mark.parametrize("size", SIZES)
async def test_it_lists_what_was_sold(store: Desk, size: tuple[int, int]) -> None:
    """The search has the focus; number, plan, state and balance stand in every row."""
    async with host(store).run_test(size=size) as pilot:
        await listed(pilot, 3)
        assert isinstance(pilot.app.focused, Input)
        await until(pilot, lambda: "3 eSIMs" in shown(pilot))
        text = shown(pilot)
        assert f"~{iccid(0)[-10:]}" in text
        assert (iccid(0) in text) == (size[0] >= 120)
        assert "Spain 5 GB" in text
        assert "Ready" in text
        assert "███ 5 GB" in text
        assert "ana@example" in text


async def test_typing_narrows_by_customer(store: Desk) -> None:
    """A part of an e-mail address is enough."""
    async with host(store).run_test(size=(80, 24)) as pilot:
        await listed(pilot, 3)
        await pilot.press(*"bo@")
        await listed(pilot, 1)
        assert iccid(2)[-10:] in shown(pilot)


async def test_a_scan_opens_the_page_and_leaves_the_field_clear(store: Desk) -> None:
    """A burst of digits with Enter opens one eSIM; Esc comes back to an empty field."""
    async with host(store).run_test(size=(80, 24)) as pilot:
        await listed(pilot, 3)
        await pilot.press(*iccid(1), "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, EsimScreen))
        assert pilot.app.screen.named == iccid(1)  # type: ignore[attr-defined] # an EsimScreen
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, EsimsScreen))
        assert pilot.app.screen.query_one("#search", Input).value == ""
        assert isinstance(pilot.app.focused, Input)


async def test_arrows_and_enter_open_the_marked_row(store: Desk) -> None:
    """Without leaving the field."""
    async with host(store).run_test(size=(80, 24)) as pilot:
        listing = await listed(pilot, 3)
        await pilot.press("down")
        await until(pilot, lambda: listing.index == 1)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, EsimScreen))
        assert pilot.app.screen.named == iccid(1)  # type: ignore[attr-defined] # an EsimScreen


async def test_nothing_found_says_so_and_stays(store: Desk) -> None:
    """An unknown number opens nothing; Esc clears the search first."""
    async with host(store).run_test(size=(80, 24)) as pilot:
        await listed(pilot, 3)
        await pilot.press(*"999", "enter")
        await until(pilot, lambda: "Nothing found" in status(pilot))
        assert "Esc clears the search" in shown(pilot)
        await pilot.press("escape")
        await listed(pilot, 3)
        assert status(pilot) == ""


async def test_nothing_sold_says_what_to_do(sqlite_desk: Desk, tmp_path: Path) -> None:
    """The empty state names the next step."""
    fill_plans(sqlite_desk, tmp_path)
    async with host(sqlite_desk).run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "Press F2 and sell one" in shown(pilot))


async def test_a_broken_store_is_a_sentence(sqlite_desk: Desk) -> None:
    """An error nobody foresaw is said; the screen lives on."""
    from sqlalchemy import text

    with sqlite_desk.engine.begin() as connection:
        connection.execute(text("DROP TABLE line"))
    async with host(sqlite_desk).run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "did not expect" in status(pilot))
        assert "This could not be read." in shown(pilot)
        assert "Traceback" not in shown(pilot)
