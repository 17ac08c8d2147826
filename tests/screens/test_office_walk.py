"""The rules of every screen, walked on those of bills, pools and eSIMs of companies."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.screen import Screen

from store_app.actions import ACTIONS
from store_app.desk.bills import page_bills
from store_app.desk.context import Desk
from store_app.desk.invoices import list_invoices
from store_app.help import HelpScreen
from store_app.reachable import reachable
from store_app.screens.bill_usage import BillUsageScreen
from store_app.screens.bills import BillsScreen
from store_app.screens.esim import EsimScreen
from store_app.screens.month_explain import MonthExplainScreen
from store_app.screens.pool import PoolScreen
from store_app.screens.pools import PoolsScreen
from store_app.shell import Shell
from store_app.themes import OWN
from tests.screens.counter_store import iccid
from tests.screens.office_store import bill_office, fill_office
from tests.screens.shown import shown
from tests.screens.test_shell import weak_texts
from tests.screens.waiting import until

SIZES = [(60, 20), (80, 24), (120, 40)]
Made = Callable[[Desk], Screen[None]]
SCREENS: dict[str, tuple[Made, str]] = {
    "bills": (BillsScreen, "Borealis"),
    "bill_usage": (lambda desk: BillUsageScreen(desk, page_bills(desk)[-1]), "used in"),
    "pools": (PoolsScreen, "Fleet"),
    "pool": (lambda desk: PoolScreen(desk, "Fleet"), "Period"),
    "esim": (lambda desk: EsimScreen(desk, iccid(0)), "Renews"),
    "month_explain": (lambda desk: MonthExplainScreen(desk, iccid(0)), "used in"),
}


class Start(Screen[None]):
    """What lies under the screen that is walked."""


@pytest.fixture
def office(sqlite_desk: Desk, tmp_path: Path) -> Desk:
    """Every kind of eSIM, a pool, an issued and a waiting bill."""
    fill_office(sqlite_desk, tmp_path)
    return bill_office(sqlite_desk)


async def go(pilot: Pilot[None], desk: Desk, name: str) -> Screen[None]:
    """Put up one of the screens and wait until it has been read."""
    make, text = SCREENS[name]
    screen = make(desk)
    await pilot.app.push_screen(screen)
    await until(pilot, lambda: text in shown(pilot))
    await pilot.pause()
    return screen


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", SCREENS)
async def test_keys_lead_somewhere_and_all_is_within(
    office: Desk, name: str, size: tuple[int, int]
) -> None:
    """No dead key, nothing outside the window, F1 explains, Esc goes one step back."""
    app = Shell({"start": Start})
    async with app.run_test(size=size) as pilot:
        here = await go(pilot, office, name)
        before = len(app.screen_stack)
        for active in here.active_bindings.values():
            method = active.binding.action.rpartition(".")[2].partition("(")[0]
            nodes = (active.node, here, app)
            assert any(hasattr(node, f"action_{method}") for node in nodes), active.binding
        assert all(key.region.right <= size[0] for key in here.query("FooterKey"))
        for widget in here.query("*"):
            assert widget.region.right <= size[0], widget
        assert all(len(line) <= size[0] for line in shown(pilot).splitlines())
        own = {action.id for action in ACTIONS if action.screen == name and action.palette}
        offered = {each for each in reachable(pilot.app.screen) if each.startswith(f"{name}.")}
        assert offered <= own
        await pilot.press("f1")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))
        words = " ".join(str(app.screen.query_one("#help").render()).split())
        assert " ".join(str(getattr(here, "HELP")).split())[:40] in words  # noqa: B009 - of any screen
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is here)
        bills = list_invoices(office)
        await pilot.press("escape")
        if name != "bills":  # a place: Esc leads to the storefront, which is not here
            await until(pilot, lambda: len(app.screen_stack) == before - 1)
        assert list_invoices(office) == bills


@pytest.mark.parametrize("theme", [theme.name for theme in OWN])
async def test_all_of_it_is_readable(
    office: Desk, theme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every text reaches 4.5:1 in each of our own themes."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("COLORTERM", "truecolor")
    app = Shell({"start": Start}, theme=theme)
    async with app.run_test(size=(80, 24)) as pilot:
        for name in SCREENS:
            here = await go(pilot, office, name)
            assert weak_texts(app, here.region) == set(), name
            app.pop_screen()


async def test_resizing_keeps_the_row(office: Desk) -> None:
    """There and back the cursor stands on the same bill."""
    app = Shell({"start": Start})
    async with app.run_test(size=(80, 24)) as pilot:
        here = await go(pilot, office, "bills")
        assert isinstance(here, BillsScreen)
        await pilot.press("down")
        await until(pilot, lambda: here.marked is not None)
        ref = here.marked.ref if here.marked else ""
        for size in ((60, 20), (120, 40), (80, 24)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
        assert here.marked is not None
        assert here.marked.ref == ref
