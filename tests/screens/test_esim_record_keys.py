"""What a clerk says of an eSIM on its page: suspend, archive, labels, note, and its log."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import update
from sqlmodel import col
from textual.pilot import Pilot
from textual.widgets import Input

from catalog.esim.tables import EsimRow
from catalog.kernel.database import transact
from store_app.desk.context import Desk
from store_app.desk.esim_codes import esim_code
from store_app.desk.esim_record import esim_log
from store_app.desk.esims import list_esims, show_esim
from store_app.screens.esim import EsimScreen
from store_app.shell import Shell
from store_app.widgets.qr_code import QrCode
from tests.screens.counter_store import fill_store
from tests.screens.counter_store import iccid as stocked
from tests.screens.shown import dialog, shown, status
from tests.screens.waiting import until
from tests.shop import iccid as free_card
from tests.swap_shop import swap_shop


@pytest.fixture
def card(sqlite_desk: Desk, tmp_path: Path) -> str:
    """An open shift and Ana's Spanish eSIM, bought for cash."""
    return fill_store(sqlite_desk, tmp_path).iccid or ""


def host(desk: Desk, card: str) -> Shell:
    """The shell with the page of the eSIM."""
    return Shell({"esim": lambda: EsimScreen(desk, card)})


async def opened(pilot: Pilot[None]) -> None:
    """The page when it has been read."""
    await until(pilot, lambda: "GB left" in shown(pilot) and "x Refund" in shown(pilot))


async def test_suspended_and_resumed_by_one_key(sqlite_desk: Desk, card: str) -> None:
    """A reason, one answer; the page says why it is off; the same key asks before it is on."""
    async with host(sqlite_desk, card).run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await pilot.press("h")
        await dialog(pilot, "Its days and fees go on")
        await pilot.press(*"stolen", "f10")
        await until(pilot, lambda: "h resumes it" in status(pilot))
        await until(pilot, lambda: "Off: suspended by hand. Resume it" in shown(pilot))
        assert "stolen" in shown(pilot)
        assert "once it is resumed (h)" in shown(pilot), "its plan has refills"
        await pilot.press("r")
        await until(pilot, lambda: "Press h to resume it" in status(pilot))
        await pilot.press("h")
        await dialog(pilot, "It was suspended: stolen")
        assert pilot.app.focused is pilot.app.screen.query_one("#no")
        await pilot.press("y")
        await until(pilot, lambda: "Resumed" in status(pilot))
    assert show_esim(sqlite_desk, card).word == ""


async def test_archived_after_a_reason_and_a_question(sqlite_desk: Desk, card: str) -> None:
    """Esc at the question changes nothing; without a reason the form stays open."""
    async with host(sqlite_desk, card).run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await pilot.press("z")
        await dialog(pilot, "why?")
        await pilot.press("f10")
        await dialog(pilot, "Say why.")
        await pilot.press(*"lost", "f10")
        await dialog(pilot, "What is left on it is lost")
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, EsimScreen))
        assert show_esim(sqlite_desk, card).word == ""
        await pilot.press("z")
        await dialog(pilot, "why?")
        await pilot.press(*"lost", "f10")
        await dialog(pilot, "no money moves")
        await pilot.press("y")
        await until(pilot, lambda: "Ended: archived." in shown(pilot))
        assert "r Refill" not in shown(pilot)


async def test_labels_and_note_are_written_and_logged(sqlite_desk: Desk, card: str) -> None:
    """Both are on the page, and the log tells who changed what."""
    async with host(sqlite_desk, card).run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await pilot.press("l")
        await dialog(pilot, "Labels of")
        pilot.app.screen.query_one(Input).value = "fleet, spring promo, Fleet"
        await pilot.press("f10")
        await until(pilot, lambda: status(pilot).endswith("Labels: fleet, spring promo"))
        await pilot.press("l")
        await dialog(pilot, "Labels of")
        assert pilot.app.screen.query_one(Input).value == "fleet, spring promo"
        pilot.app.screen.query_one(Input).value = "spring promo"
        await pilot.press("f10")
        await until(pilot, lambda: status(pilot).endswith("Labels: spring promo"))
        await pilot.press("n")
        await dialog(pilot, "Note on")
        pilot.app.screen.query_one(Input).value = "LPA:1$a.example$K2-9"
        await pilot.press("f10")
        await until(pilot, lambda: "no note may hold" in status(pilot))
        await pilot.press("n")
        await dialog(pilot, "Note on")
        await pilot.press(*"Call", "f10")
        await until(pilot, lambda: "Call" in shown(pilot) and "The note is kept" in status(pilot))
        await pilot.press("c")
        await dialog(pilot, "label: fleet > –")
        assert "note: – > Call  (tester)" in shown(pilot)
    assert [one.new for one in esim_log(sqlite_desk, card)] == ["fleet", "spring promo", "", "Call"]


async def test_a_sim_is_handed_over_without_a_code(sqlite_desk: Desk, card: str) -> None:
    """The page of the activation names the card and its number, and offers no code to save."""
    change = update(EsimRow).where(col(EsimRow.iccid) == card)
    sim = change.values(line_kind="sim", smdp_address="", matching_id="")
    transact(sqlite_desk.engine, lambda session: session.execute(sim))
    async with host(sqlite_desk, card).run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "a Code" in shown(pilot))
        assert "a physical SIM" in shown(pilot)
        assert "as installed" not in shown(pilot), "a card has no profile state"
        await pilot.press("a")
        await until(pilot, lambda: "Hand over the SIM card" in shown(pilot))
        assert card in shown(pilot)
        assert "Save PNG" not in shown(pilot)
        assert not pilot.app.screen.query_one(QrCode).display


async def test_what_lies_in_stock_has_used_nothing_up(sqlite_desk: Desk, card: str) -> None:
    """No days are counted and no refill is missed before it is sold."""
    assert card != stocked(1)
    async with host(sqlite_desk, stocked(1)).run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "in stock" in shown(pilot))
        for words in ("nothing left", "first use", "none for this plan"):
            assert words not in shown(pilot)


async def test_the_keys_of_the_page_are_in_its_help(sqlite_desk: Desk, card: str) -> None:
    """F1 names what the footer has no room for."""
    async with host(sqlite_desk, card).run_test(size=(120, 40)) as pilot:
        await opened(pilot)
        await pilot.press("f1")
        await until(pilot, lambda: "Suspend it by hand, or resume it." in shown(pilot))
        for words in ("End it for good", "Give it labels", "Write a note", "Show what was changed"):
            assert words in shown(pilot)


async def test_replaced_after_a_reason_and_a_question(sqlite_desk: Desk, card: str) -> None:
    """The new code is shown at once and the page is that of the new number; Esc changes none."""
    async with host(sqlite_desk, card).run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        assert "w Replace" in shown(pilot)
        await pilot.press("w")
        await dialog(pilot, "what is wrong with it?")
        await pilot.press(*"deleted", "f10")
        await dialog(pilot, "free of charge")
        assert pilot.app.focused is pilot.app.screen.query_one("#no")
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, EsimScreen))
        assert show_esim(sqlite_desk, card).order
        await pilot.press("w")
        await dialog(pilot, "what is wrong with it?")
        await pilot.press(*"deleted", "f10")
        await dialog(pilot, "all of it goes on")
        await pilot.press("y")
        await until(pilot, lambda: bool(pilot.app.screen.query(QrCode)))
        order = list_esims(sqlite_desk)[0]
        assert order.iccid != card
        await until(pilot, lambda: esim_code(sqlite_desk, order.name).matching_id in shown(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: f"it is {order.iccid} now" in status(pilot))
        await until(pilot, lambda: f"eSIM {order.iccid}" in shown(pilot))


async def test_a_number_is_moved_and_its_end_is_told(sqlite_desk: Desk) -> None:
    """The card is scanned, one question; while it is pending the same key takes the answer."""
    card = swap_shop(sqlite_desk, "34600000000")
    async with host(sqlite_desk, card).run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await pilot.press("m")
        await dialog(pilot, "Move the number 34600000000")
        pilot.app.screen.query_one(Input).value = "12"
        await pilot.press("f10")
        await dialog(pilot, "18 to 20")
        pilot.app.screen.query_one(Input).value = free_card(2)
        await pilot.press("f10")
        await dialog(pilot, "Both cards are pending")
        await pilot.press("y")
        await until(pilot, lambda: "Not moved yet." in status(pilot))
        await until(pilot, lambda: "A SIM swap is under way." in shown(pilot))
        assert "w Replace" not in shown(pilot)
        await pilot.press("m")
        await dialog(pilot, "The operator has moved the number")
        await pilot.press("enter")
        await until(pilot, lambda: f"is on {free_card(2)} now" in status(pilot))
        await until(pilot, lambda: f"eSIM {free_card(2)}" in shown(pilot))
