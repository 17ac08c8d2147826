"""Usage files on the screen: read with progress, said in words, stopped and taken up again."""

from __future__ import annotations

from pathlib import Path
from threading import Event
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from checkout.billing.usage_feed import UsageImport
from store_app.desk.context import Desk
from store_app.desk.esims import show_esim
from store_app.desk.sales import sell
from store_app.desk.usage import import_usage
from store_app.screens.esims import EsimsScreen
from store_app.shell import Shell
from tests.screens.shown import dialog, shown
from tests.screens.waiting import until
from tests.shop import small_shop

HEAD = "event_id,iccid,started_at,bytes,country\n"


def host(desk: Desk) -> Shell:
    """The shell with this place alone."""
    return Shell({"esims": lambda: EsimsScreen(desk)})


@pytest.fixture
def sold(sqlite_desk: Desk) -> str:
    """The ICCID of the one eSIM that was sold."""
    desk = small_shop(sqlite_desk, stock=3)
    return str(sell(desk, sku="ES-5GB-30D", pay="cash", key="k1").iccid)


def usage_file(folder: Path, desk: Desk, iccid: str, count: int) -> Path:
    """So many records of 1 MB, and one whose eSIM nobody knows."""
    at = desk.clock().isoformat()
    rows = [f"e{number},{iccid},{at},1000000,ES\n" for number in range(count)]
    path = folder / "cdr.csv"
    path.write_text(HEAD + "".join(rows) + f"x,8931000000000099992,{at},5,ES\n", encoding="utf-8")
    return path


async def asked(pilot: Pilot[None], path: Path) -> None:
    """Ask for this file from the list of eSIMs."""
    await until(pilot, lambda: "eSIM" in shown(pilot))
    await pilot.press("ctrl+o")
    await dialog(pilot, "Take in usage")
    pilot.app.screen.query_one("#field-0", Input).value = str(path)
    pilot.app.screen.query_one("#field-1", Input).value = "telefonica"
    await pilot.press("f10")


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_file_goes_into_the_balances(
    sqlite_desk: Desk, sold: str, tmp_path: Path, size: tuple[int, int]
) -> None:
    """Counts, the refused row with its reason, and the list read anew."""
    path = usage_file(tmp_path, sqlite_desk, sold, 3)
    async with host(sqlite_desk).run_test(size=size) as pilot:
        await asked(pilot, path)
        await dialog(pilot, "4 records: 3 applied, 0 known, 1 unknown, 0 refused.")
        assert "No eSIM of this store has it." in shown(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: "Active" in shown(pilot))
    assert show_esim(sqlite_desk, sold).data_used_bytes == 3_000_000


async def test_a_missing_file_is_said_in_the_form(sqlite_desk: Desk, tmp_path: Path) -> None:
    """The sentence names the path, and what was typed stays."""
    async with host(sqlite_desk).run_test(size=(80, 24)) as pilot:
        await asked(pilot, tmp_path / "nothing.csv")
        await dialog(pilot, "There is no file at")
        assert pilot.app.screen.query_one("#field-1", Input).value == "telefonica"


async def test_a_broken_file_is_said_in_the_dialog(
    sqlite_desk: Desk, sold: str, tmp_path: Path
) -> None:
    """A file without the columns changes nothing and says so."""
    path = tmp_path / "odd.csv"
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    async with host(sqlite_desk).run_test(size=(80, 24)) as pilot:
        await asked(pilot, path)
        await dialog(pilot, "event_id")
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, EsimsScreen))
    assert show_esim(sqlite_desk, sold).data_used_bytes == 0


async def test_stopped_and_taken_up_again(
    sqlite_desk: Desk, sold: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Esc in the middle keeps what is read; the same file again adds only the rest."""
    path = usage_file(tmp_path, sqlite_desk, sold, 3)
    gate, begun = Event(), Event()

    def halting(desk: Desk, path: Path, **options: Any) -> UsageImport:
        begun.set()
        assert gate.wait(10)
        return import_usage(desk, path, **options)

    monkeypatch.setattr("store_app.desk.usage.import_usage", halting)
    async with host(sqlite_desk).run_test(size=(80, 24)) as pilot:
        await asked(pilot, path)
        await until(pilot, begun.is_set)
        await pilot.press("escape")
        await dialog(pilot, "Cancelling")
        gate.set()
        await dialog(pilot, "Stopped; the same file goes on from here.")
    monkeypatch.undo()
    assert import_usage(sqlite_desk, path, source="telefonica").applied == 3
