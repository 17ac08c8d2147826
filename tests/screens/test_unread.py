"""A store that cannot be read: every screen says so, says what to do, and lives on."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import text
from textual.screen import Screen

from store_app.desk.context import Desk
from store_app.screens.bills import BillsScreen
from store_app.screens.esim import EsimScreen
from store_app.screens.esim_explain import ExplainScreen
from store_app.screens.esims import EsimsScreen
from store_app.screens.month_explain import MonthExplainScreen
from store_app.screens.pool import PoolScreen
from store_app.screens.pools import PoolsScreen
from store_app.screens.shift import ShiftScreen
from store_app.screens.stock import StockScreen
from store_app.screens.wallets import WalletsScreen
from store_app.shell import Shell
from tests.screens.shown import shown, status
from tests.screens.waiting import until

SCREENS: dict[str, Callable[[Desk], Screen[None]]] = {
    "esims": EsimsScreen,
    "esim": lambda desk: EsimScreen(desk, "8934070000000000007"),
    "explain": lambda desk: ExplainScreen(desk, "8934070000000000007"),
    "stock": StockScreen,
    "wallets": WalletsScreen,
    "shift": ShiftScreen,
    "bills": BillsScreen,
    "pools": PoolsScreen,
    "pool": lambda desk: PoolScreen(desk, "Fleet"),
    "month": lambda desk: MonthExplainScreen(desk, "8934070000000000007"),
}


@pytest.mark.parametrize("name", SCREENS)
async def test_a_store_that_cannot_be_read(sqlite_desk: Desk, name: str) -> None:
    """A sentence in the list and one in the status line; no traceback anywhere."""
    with sqlite_desk.engine.begin() as connection:
        connection.execute(text("PRAGMA foreign_keys=OFF"))
        for table in ("esim", "wallet", "shift", "line", "invoice", "subscription"):
            connection.execute(text(f"ALTER TABLE {table} RENAME TO gone_{table}"))
    app = Shell({name: lambda: SCREENS[name](sqlite_desk)})
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "could not be read" in shown(pilot))
        await until(pilot, lambda: status(pilot).startswith("! The store met an error"))
        assert "Traceback" not in shown(pilot)
        assert app.is_running
