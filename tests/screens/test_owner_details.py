"""Details of companies and customers on screen: in a form, refused there, each change shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from store_app.desk.account_log import account_log
from store_app.desk.context import Desk
from store_app.desk.people import show_company, show_user
from store_app.desk.wallets import show_wallet
from store_app.screens.wallets import WalletsScreen
from store_app.shell import Shell
from store_app.widgets.form import Form
from tests.screens.counter_store import fill_store
from tests.screens.shown import dialog, shown, status
from tests.screens.waiting import until

ACME = "Acme [Travel]"
ANA = "ana@example.com"


@pytest.fixture
def store(sqlite_desk: Desk, tmp_path: Path) -> Desk:
    """A company and a customer with wallets."""
    fill_store(sqlite_desk, tmp_path)
    return sqlite_desk


async def asked(pilot: Pilot[None], *, below: int = 0) -> None:
    """The details of the owner so far below the first wallet."""
    await until(pilot, lambda: "Auto refill (f)" in shown(pilot))
    await pilot.press(*["down"] * below, "x")
    await dialog(pilot, "Whose details?")
    await pilot.press("enter")
    await until(pilot, lambda: isinstance(pilot.app.screen, Form))


def field(pilot: Pilot[None], number: int) -> Input:
    """One of the fields of the form, from the top."""
    return pilot.app.screen.query_one(f"#field-{number}", Input)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_company_is_changed(store: Desk, size: tuple[int, int]) -> None:
    """Address, VAT number, rate, credit and the wallet's minimum; then its changes are read."""
    async with Shell({"wallets": lambda: WalletsScreen(store)}).run_test(size=size) as pilot:
        await asked(pilot)
        for number, text in (
            (1, "Calle 1"),
            (6, "ESB12345678"),
            (8, "10"),
            (10, "500"),
            (11, "-5"),
        ):
            field(pilot, number).value = text
        await pilot.press("f10")
        await until(pilot, lambda: f"Changed: {ACME}" in status(pilot))
        await pilot.press("u")
        await dialog(pilot, "Whose changes?")
        await pilot.press("enter")
        await dialog(pilot, "VAT number")
        assert "tester" in shown(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, WalletsScreen))
    view = show_company(store, ACME)
    assert (view.street, view.vat_number, view.vat_rate) == ("Calle 1", "ESB12345678", 1000)
    assert view.credit_limit_minor == 50_000
    assert show_wallet(store, ACME).minimum_minor == -500
    assert len(account_log(store, ACME)) == 5


async def test_a_refusal_stands_in_the_form(store: Desk) -> None:
    """With everything that was typed; mended, it is taken over."""
    async with Shell({"wallets": lambda: WalletsScreen(store)}).run_test(size=(100, 40)) as pilot:
        await asked(pilot)
        field(pilot, 3).value = "Madrid"
        field(pilot, 4).value = "XX"
        first = pilot.app.screen
        await pilot.press("f10")
        await until(pilot, lambda: isinstance(pilot.app.screen, Form))
        await until(pilot, lambda: pilot.app.screen is not first)
        await until(pilot, lambda: "XX" in shown(pilot) and "othing has changed" in shown(pilot))
        assert field(pilot, 3).value == "Madrid"
        field(pilot, 4).value = "ES"
        await pilot.press("f10")
        await until(pilot, lambda: f"Changed: {ACME}" in status(pilot))
    assert show_company(store, ACME).country == "ES"


async def test_a_customer_is_changed(store: Desk) -> None:
    """Name and address; the wallet goes along."""
    async with Shell({"wallets": lambda: WalletsScreen(store)}).run_test(size=(100, 40)) as pilot:
        await asked(pilot, below=1)
        field(pilot, 0).value = "ana.lima@example.com"
        field(pilot, 1).value = "Ana Lima"
        await pilot.press("f10")
        await until(pilot, lambda: "Changed: ana.lima@example.com" in status(pilot))
        await until(pilot, lambda: "ana.lima@example.com" in shown(pilot))
    assert show_user(store, "ana.lima@example.com").name == "Ana Lima"


async def test_nothing_typed_is_nothing_changed(store: Desk) -> None:
    """Taken over as it was: no change is kept."""
    async with Shell({"wallets": lambda: WalletsScreen(store)}).run_test(size=(100, 40)) as pilot:
        await asked(pilot, below=1)
        await pilot.press("f10")
        await until(pilot, lambda: isinstance(pilot.app.screen, WalletsScreen))
    assert account_log(store, ANA) == []
