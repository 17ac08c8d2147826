"""Pools: listed, opened, filled from stock, emptied and ended, each after one question."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from store_app.desk.assignments import assign_esim
from store_app.desk.context import Desk
from store_app.desk.esims import show_esim
from store_app.desk.pool_pages import page_pools, read_pool
from store_app.desk.pools import add_pool, show_pool
from store_app.screens.bills import BillsScreen
from store_app.screens.esim import EsimScreen
from store_app.screens.pool import PoolScreen
from store_app.screens.pools import PoolsScreen
from store_app.shell import Shell
from tests.conftest import NOW
from tests.screens.counter_store import iccid
from tests.screens.office_store import GB, at, fill_goods, fill_office, use
from tests.screens.shown import dialog, shown, status
from tests.screens.waiting import until

SIZES = [(80, 24), (120, 40)]


def host(desk: Desk) -> Shell:
    """The shell with the bills alone."""
    return Shell({"bills": lambda: BillsScreen(desk)})


@pytest.fixture
def store(sqlite_desk: Desk, tmp_path: Path) -> Desk:
    """A pool of 50 GB with two members that used 25 GB of it."""
    fill_office(sqlite_desk, tmp_path)
    return at(sqlite_desk, 3)


async def pools(pilot: Pilot[None], text: str = "Fleet") -> None:
    """From the bills to the pools, when this stands in them."""
    await until(pilot, lambda: "No bill yet" in shown(pilot))
    await pilot.press("o")
    await until(pilot, lambda: isinstance(pilot.app.screen, PoolsScreen))
    await until(pilot, lambda: text in shown(pilot))


async def opened(pilot: Pilot[None]) -> PoolScreen:
    """The page of the first pool when it has been read."""
    await pools(pilot)
    await pilot.press("enter")
    await until(pilot, lambda: isinstance(pilot.app.screen, PoolScreen))
    await until(pilot, lambda: "Period 2026-03" in shown(pilot))
    screen = pilot.app.screen
    assert isinstance(screen, PoolScreen)
    return screen


@pytest.mark.parametrize("size", SIZES)
async def test_the_list_says_what_is_left(store: Desk, size: tuple[int, int]) -> None:
    """Company, members, data left and the end of the period stand in a row."""
    async with host(store).run_test(size=size) as pilot:
        await pools(pilot)
        row = next(line for line in shown(pilot).splitlines() if "Fleet" in line)
        assert "Borealis" in row
        assert "25 GB" in row
        assert "2026-04-01" in row
        assert ("Shared 50" in row) == (size[0] >= 120)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, BillsScreen))


@pytest.mark.parametrize("size", SIZES)
async def test_one_pool_with_its_members_and_days(store: Desk, size: tuple[int, int]) -> None:
    """The heaviest member first, each with its share; the plot below; Enter opens the eSIM."""
    async with host(store).run_test(size=size) as pilot:
        await opened(pilot)
        text = shown(pilot)
        assert "25 GB of 50 GB left" in text
        assert "no overage so far" in text
        assert text.index(iccid(3)[-10:]) < text.index(iccid(4)[-10:])
        assert "40 %" in text
        assert "10 %" in text
        assert "Used per day in this period" in text
        assert "█" in text.partition("Used per day")[2]
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, EsimScreen))


async def test_overage_so_far(store: Desk) -> None:
    """Begun blocks beyond the data, in money."""
    use(store, 4, 27_500, at(store, 2).clock())
    async with host(store).run_test(size=(80, 24)) as pilot:
        await pools(pilot, "9.00 EUR")
        await pilot.press("enter")
        await until(pilot, lambda: "overage so far 2.5 GB: 9.00 EUR" in shown(pilot))
        assert "empty" in shown(pilot)


async def test_a_new_pool(sqlite_desk: Desk, tmp_path: Path) -> None:
    """Company, plan and name; the cursor stands on it afterwards."""
    fill_goods(sqlite_desk, tmp_path)
    async with host(sqlite_desk).run_test(size=(80, 24)) as pilot:
        await pools(pilot, "No pool yet. Press n")
        await pilot.press("n")
        await dialog(pilot, "A pool for which company?")
        await pilot.press(*"bor", "enter")
        await dialog(pilot, "Which plan has the pool?")
        await pilot.press(*"shared", "enter")
        await dialog(pilot, "A pool of Borealis: Shared 50")
        await pilot.press("enter")
        await dialog(pilot, "Type a name")
        await pilot.press(*"Vans", "enter")
        await until(pilot, lambda: "Vans is open" in status(pilot))
        await until(pilot, lambda: "Shared" in shown(pilot) or "Borealis" in shown(pilot))
    assert show_pool(sqlite_desk, "vans").company == "Borealis"


async def test_a_member_out_of_stock(store: Desk) -> None:
    """An eSIM is found by a part of its number; the question names company and pool."""
    async with host(store).run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await pilot.press("a")
        await dialog(pilot, "Which eSIM joins Fleet?")
        assert iccid(3) not in shown(pilot).partition("Which eSIM")[2].partition("╰")[0]
        await pilot.press(*iccid(7)[-4:], "enter")
        await dialog(pilot, "Who at Borealis has it?")
        await pilot.press("enter")
        await dialog(pilot, f"Assign {iccid(7)} to Borealis?")
        assert pilot.app.focused is pilot.app.screen.query_one("#no")
        await pilot.press("y")
        await until(pilot, lambda: f"{iccid(7)} is assigned to Borealis" in status(pilot))
        await until(pilot, lambda: "3 eSIMs" in shown(pilot))
    assert show_esim(store, iccid(7)).pool == "Fleet"


async def test_another_number_is_typed(store: Desk) -> None:
    """The last choice asks for any number; an unknown one is said."""
    async with host(store).run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await pilot.press("a")
        await dialog(pilot, "Which eSIM joins Fleet?")
        await pilot.press(*"another", "enter")
        await dialog(pilot, "Which eSIM?")
        pilot.app.screen.query_one(Input).value = "8999"
        await pilot.press("enter")
        await until(pilot, lambda: "No eSIM of this store" in status(pilot))


async def test_a_member_of_a_dynamic_pool_brings_its_plan(store: Desk) -> None:
    """The picker of bundles comes before the user; data is that of the members together."""
    add_pool(store, "Dyn", plan="SUM", company="Borealis")
    async with host(store).run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await pilot.press("a")
        await dialog(pilot, "Which eSIM joins Dyn?")
        await pilot.press(*iccid(8)[-4:], "enter")
        await dialog(pilot, "Which plan does it bring into Dyn?")
        await pilot.press(*"ten", "enter")
        await dialog(pilot, "Who at Borealis has it?")
        await pilot.press("enter")
        await dialog(pilot, "Ten [GB]: 15.00 EUR a month")
        await pilot.press("y")
        await until(pilot, lambda: "is assigned to Borealis" in status(pilot))
    assert show_pool(store, "Dyn").data_included_bytes > 9 * GB


async def test_a_member_is_taken_out(store: Desk) -> None:
    """X asks and says what it means for the bill; Esc leaves it in."""
    async with host(store).run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        for answer in ("escape", "y"):
            await pilot.press("x")
            await dialog(pilot, f"Take {iccid(3)} out of Fleet?")
            await dialog(pilot, "stays on the pool's bill")
            await pilot.press(answer)
            await until(pilot, lambda: not pilot.app.screen.is_modal)
        await until(pilot, lambda: f"{iccid(3)} is out of Fleet" in status(pilot))
        await until(pilot, lambda: "1 eSIM." in shown(pilot))
    assert show_esim(store, iccid(3)).status == "archived"
    assert show_pool(store, "Fleet").data_used_bytes == 25 * GB


async def test_a_pool_is_ended(store: Desk) -> None:
    """Z asks with the number of eSIMs; afterwards it is only read."""
    async with host(store).run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        await pilot.press("z")
        await dialog(pilot, "End the pool Fleet of Borealis?")
        assert "2 eSIMs are off at once" in shown(pilot)
        await pilot.press("y")
        await until(pilot, lambda: "The pool Fleet has ended" in status(pilot))
        await until(pilot, lambda: not screen.check_action("add_member", ()))


def test_pages_of_pools(desk: Desk, tmp_path: Path) -> None:
    """On either engine they follow each other by name."""
    fill_goods(desk, tmp_path)
    for name in ("b", "A", "Übung", "c d"):
        add_pool(desk, name, plan="SHARED", company="Acme [Travel]")
    whole = [line.pool for line in page_pools(desk)]
    walked: list[str] = []
    while page := page_pools(desk, after=walked[-1] if walked else None, limit=3):
        walked += [line.pool for line in page]
    assert walked == whole
    assert sorted(whole) == sorted(["b", "A", "Übung", "c d"])


def test_days_of_a_pool_hold_all_its_usage(store: Desk) -> None:
    """Records and what has left the pool count in the day on which they began."""
    page = read_pool(store, "Fleet")
    assert sum(count for _day, count in page.days) == page.line.used_bytes == 25 * GB
    assert [day.day for day, _count in page.days] == [1, 2, 3, 4]
    assign_esim(store, iccid(5), pool="Fleet")
    use(store, 5, 100, store.clock())
    assert read_pool(store, "Fleet").days[-1] == (store.clock().date(), 10**8)
    assert page.line.begins == NOW
