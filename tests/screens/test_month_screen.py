"""eSIMs of companies on their page and in the list, and assigning them from stock."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from store_app.desk.assignments import assign_esim, end_assignment
from store_app.desk.context import Desk
from store_app.desk.esims import list_esims, show_esim
from store_app.desk.invoices import run_bills
from store_app.screens.activation import ActivationScreen
from store_app.screens.esim import EsimScreen
from store_app.screens.esim_words import left_cell, state_cell, state_sentence
from store_app.screens.esims import EsimsScreen
from store_app.screens.month_explain import MonthExplainScreen
from store_app.screens.plan_words import describe_plan
from store_app.screens.stock import StockScreen
from store_app.shell import Shell
from store_app.widgets.lazy_list import Toned
from tests.conftest import NOW
from tests.screens.counter_store import iccid
from tests.screens.office_store import at, bill_office, fill_goods, fill_office, use
from tests.screens.shown import dialog, shown, status
from tests.screens.waiting import until

SIZES = [(80, 24), (120, 40)]


@pytest.fixture
def store(sqlite_desk: Desk, tmp_path: Path) -> Desk:
    """One eSIM of each kind at Acme and a pool of two at Borealis, used."""
    fill_office(sqlite_desk, tmp_path)
    return sqlite_desk


def page_of(desk: Desk, number: int) -> Shell:
    """The shell with the page of the n-th profile."""
    return Shell({"esim": lambda: EsimScreen(desk, iccid(number))})


async def read(pilot: Pilot[None], text: str) -> str:
    """What the screen shows when this stands in it, wherever its lines are broken."""
    await until(pilot, lambda: text in " ".join(shown(pilot).split()))
    return shown(pilot)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, ("0 B of 10 GB left this month", "overage 250 MB: 1.50 EUR", "15.00 EUR, billed")),
        (1, ("40 MB used this month, 0.40 EUR so far", "0.01 EUR per MB, 2.00 EUR a month")),
        (2, ("700 MB of 1 GB at full speed left today, then 1 Mbps", "the fee alone")),
        (3, ("25 GB of 50 GB left in the pool", "20 GB", "Borealis", "Fleet")),
    ],
)
async def test_the_page_of_every_kind(
    store: Desk, number: int, words: tuple[str, ...], size: tuple[int, int]
) -> None:
    """What is left of the period, when it renews, what it costs so far."""
    async with page_of(store, number).run_test(size=size) as pilot:
        for each in (*words, "Renews", "2026-04-01 10:00, in 31 days"):
            await read(pilot, each)


async def test_throttled_is_said(store: Desk) -> None:
    """Full speed used up: the speed for now, in the state and in the list."""
    use(store, 2, 800, NOW.replace(minute=5))
    view = show_esim(store, iccid(2))
    assert state_sentence(view).startswith("Active, slow: full-speed data is used up, 1 Mbps")
    assert left_cell(view) == Toned("slow: 1 Mbps", "warning")
    async with page_of(store, 2).run_test(size=(80, 24)) as pilot:
        assert "empty" in await read(pilot, "0 B of 1 GB at full speed left today")


@pytest.mark.parametrize("size", SIZES)
async def test_the_list_says_speed_and_cost(store: Desk, size: tuple[int, int]) -> None:
    """Kinds without data of their own show no empty bar."""
    app = Shell({"esims": lambda: EsimsScreen(store)})
    async with app.run_test(size=size) as pilot:
        text = await read(pilot, "5 eSIMs")
        assert "0.40 EUR used" in text
        assert "700 MB fast" in text
    cells = [left_cell(view) for view in list_esims(store)]
    assert not any(isinstance(cell, Toned) and "0 B" in cell.text for cell in cells[:3])


def test_reasons_name_the_next_step(store: Desk) -> None:
    """Unpaid, ended, used up and in stock, each with what to do."""
    assign_esim(store, iccid(6), plan="FIRST", company="Borealis")
    unpaid = show_esim(store, iccid(6))
    assert "F12 makes and issues it" in state_sentence(unpaid)
    assert state_cell(unpaid).text == "Unpaid"
    end_assignment(store, iccid(6))
    assert "s assigns it again" in state_sentence(show_esim(store, iccid(6)))
    assert "In stock" in state_sentence(show_esim(store, iccid(9)))


async def test_a_free_esim_is_assigned_from_its_page(sqlite_desk: Desk, tmp_path: Path) -> None:
    """Plan, company, user, one question with the terms; no is no."""
    fill_goods(sqlite_desk, tmp_path)
    async with page_of(sqlite_desk, 7).run_test(size=(80, 24)) as pilot:
        for answer in ("n", "y"):
            await read(pilot, "In stock without a plan, not sold")
            await pilot.press("s")
            await dialog(pilot, "What shall")
            await pilot.press(*"ten", "enter")
            await dialog(pilot, "For which company?")
            await pilot.press(*"acme", "enter")
            await dialog(pilot, "Who at Acme [Travel] has it?")
            await pilot.press(*"ana@acme.example", "enter")
            await dialog(pilot, f"Assign {iccid(7)} to Acme [Travel]?")
            await dialog(pilot, "5.00 EUR once")
            await dialog(pilot, "User: ana@acme.example")
            assert pilot.app.focused is pilot.app.screen.query_one("#no")
            await pilot.press(answer)
            await until(pilot, lambda: not pilot.app.screen.is_modal)
        await until(pilot, lambda: "is assigned to Acme [Travel]: BUNDLE" in status(pilot))
        await read(pilot, "Ready: assigned, not used yet.")
    view = show_esim(sqlite_desk, iccid(7))
    assert (view.company, view.end_user, view.plan) == (
        "Acme [Travel]",
        "ana@acme.example",
        "BUNDLE",
    )


async def test_a_change_of_plan_and_the_end(store: Desk) -> None:
    """S offers change, user and end; the end says what is still billed."""
    async with page_of(store, 0).run_test(size=(80, 24)) as pilot:
        await read(pilot, "left this month")
        await pilot.press("s")
        await dialog(pilot, "Change its plan or pool")
        await pilot.press("enter")
        await dialog(pilot, "What shall")
        await pilot.press(*"megabyte", "enter")
        await dialog(pilot, "Who at Acme")
        await pilot.press("enter")
        await dialog(pilot, "Ten [GB] ends now; both are on the next bill")
        await pilot.press("y")
        await read(pilot, "used this month, 0.00 EUR so far")
        await pilot.press("s")
        await dialog(pilot, "End it")
        await pilot.press("down", "down", "enter")
        await dialog(pilot, "The next bill run bills the rest")
        await pilot.press("y")
        await until(pilot, lambda: "has ended" in status(pilot))
        await read(pilot, "Ended: its assignment is over.")


async def test_another_user(store: Desk) -> None:
    """The second step hands it on within the company."""
    async with page_of(store, 1).run_test(size=(80, 24)) as pilot:
        await read(pilot, "so far")
        await pilot.press("s", "down", "enter")
        await dialog(pilot, "Who at Acme")
        pilot.app.screen.query_one(Input).value = "bo@acme.example"
        await pilot.press("enter")
        await until(pilot, lambda: "is assigned" in status(pilot))
    assert show_esim(store, iccid(1)).end_user == "bo@acme.example"


async def test_the_code_of_an_assigned_esim(store: Desk) -> None:
    """It is shown for scanning as a sold one is; there is no receipt."""
    async with page_of(store, 0).run_test(size=(120, 40)) as pilot:
        await read(pilot, "left this month")
        await pilot.press("a")
        await until(pilot, lambda: isinstance(pilot.app.screen, ActivationScreen))
        text = await read(pilot, "SM-DP+ address")
        assert "TEST-00000" in text
        assert not pilot.app.screen.check_action("receipt", ())


async def test_the_plan_goes_from_stock(sqlite_desk: Desk, tmp_path: Path) -> None:
    """S on a level offers the next free number; another may be scanned."""
    fill_goods(sqlite_desk, tmp_path)
    app = Shell({"stock": lambda: StockScreen(sqlite_desk)})
    async with app.run_test(size=(80, 24)) as pilot:
        await read(pilot, "approved")
        await pilot.press("s")
        await dialog(pilot, "Assign an eSIM of")
        assert pilot.app.screen.query_one(Input).value == iccid(0)
        pilot.app.screen.query_one(Input).value = iccid(5)
        await pilot.press("enter")
        await dialog(pilot, f"What shall {iccid(5)} have?")
        await pilot.press(*"limit", "enter")
        await dialog(pilot, "For which company?")
        await pilot.press(*"bor", "enter")
        await dialog(pilot, "Who at Borealis")
        await pilot.press("enter")
        await dialog(pilot, "1 GB a day at full speed, then 1 Mbps")
        await pilot.press("y")
        await until(pilot, lambda: "is assigned to Borealis: ALL" in status(pilot))


async def test_a_number_in_stock_is_found(store: Desk) -> None:
    """The list leaves stock out; a whole number opens its page all the same."""
    app = Shell({"esims": lambda: EsimsScreen(store)})
    async with app.run_test(size=(80, 24)) as pilot:
        await read(pilot, "5 eSIMs")
        pilot.app.screen.query_one(Input).value = iccid(9)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, EsimScreen))
        await read(pilot, "In stock")


@pytest.mark.parametrize("size", SIZES)
async def test_explain_tells_what_came_late(store: Desk, size: tuple[int, int]) -> None:
    """Late usage says whether its bill was made anew or the next one corrects it."""
    later = at(store, 31)
    run_bills(later)
    use(later, 0, 100, NOW.replace(day=31))
    issued = bill_office(store, 32)
    use(issued, 0, 300, NOW.replace(day=30))
    run_bills(at(store, 62))
    app = Shell({"esim": lambda: EsimScreen(at(store, 62), iccid(0))})
    async with app.run_test(size=size) as pilot:
        await read(pilot, "left this month")
        await pilot.press("e")
        await until(pilot, lambda: isinstance(pilot.app.screen, MonthExplainScreen))
        for words in ("used in NL, came late", "adjusted, 100 MB more", "INV-000001"):
            await read(pilot, words)
        await pilot.press("home", "down")
        await read(pilot, "its bill was closed, so the next one corrects it.")
        await pilot.press("down")
        await read(pilot, "It came late, at 2026-04-01 10:00")
        await read(pilot, "was made anew")
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, EsimScreen))


@pytest.mark.parametrize(
    ("sku", "words"),
    [
        ("BUNDLE", ("15.00 EUR a month", "activation 5.00 EUR", "then 0.50 EUR per 100 MB", "F4")),
        ("METER", ("Billed after each month", "0.01 EUR per MB", "F4, s assigns it")),
        ("FIRST", ("each month starts when it is paid", "a begun month counts whole")),
        ("SHARED", ("100.00 EUR a month", "F12, o, n opens a pool")),
        ("SUM", ("the data of all members together", "part months by the day")),
    ],
)
def test_the_shelf_says_who_gets_it(store: Desk, sku: str, words: tuple[str, ...]) -> None:
    """Fee, data, overage, activation and billing, and the keys that assign it."""
    lines = describe_plan(store, sku)
    text = " ".join(lines)
    for each in words:
        assert each in text
    rows = sum(-(-len(line) // 78) for line in lines)
    assert rows <= 6
    assert "0.00 EUR with VAT" not in text
