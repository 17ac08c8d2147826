"""The drawer: float, X figures, movements, count, question, Z report."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Input

from store_app.desk.context import Desk
from store_app.desk.orders import refund_order
from store_app.desk.shifts import current_shift, last_z_report
from store_app.screens.shift import ShiftScreen
from store_app.screens.shift_words import close_detail, variance_words
from store_app.shell import Shell
from tests.screens.counter_store import fill_store
from tests.screens.shown import dialog, shown, status
from tests.screens.waiting import until

SIZES = [(80, 24), (120, 40)]


def host(desk: Desk) -> Shell:
    """The shell with this place alone."""
    return Shell({"shift": lambda: ShiftScreen(desk)})


async def test_the_float_opens_a_shift(sqlite_desk: Desk) -> None:
    """The field has the focus, Enter opens, the X report follows."""
    async with host(sqlite_desk).run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(pilot.app.focused, Input))
        assert "No shift has been closed" in shown(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: "0 when the drawer is empty" in status(pilot))
        await pilot.press(*"120.50", "enter", "enter")
        await until(pilot, lambda: "The shift is open with 120.50 EUR" in status(pilot))
        assert "X report" in shown(pilot)
        assert "z Close" in shown(pilot)
        assert pilot.app.focused is pilot.app.screen.query_one("#page")
    shift = current_shift(sqlite_desk)
    assert shift is not None
    assert shift.float_minor == 12050


@pytest.mark.parametrize("size", SIZES)
async def test_x_figures(sqlite_desk: Desk, tmp_path: Path, size: tuple[int, int]) -> None:
    """Tenders, VAT, refunds, movements and what is expected."""
    sale = fill_store(sqlite_desk, tmp_path)
    refund_order(sqlite_desk, sale.order, key="r", reason="unused")
    async with host(sqlite_desk).run_test(size=size) as pilot:
        await until(pilot, lambda: "Expected in the drawer" in shown(pilot))
        text = shown(pilot)
        for label, words in (
            ("Cash", "42.50 EUR"),
            ("By hand", "50.00 EUR"),
            ("Refunds from the drawer", "12.50 EUR"),
            ("Float", "100.00 EUR"),
            ("Expected in the drawer", "130.00 EUR"),
        ):
            line = next(line for line in text.splitlines() if line.strip().startswith(label))
            assert line.strip().endswith(words)


async def test_cash_out_needs_a_reason(sqlite_desk: Desk, tmp_path: Path) -> None:
    """The field without a word is refused; with one the drawer is less."""
    fill_store(sqlite_desk, tmp_path)
    async with host(sqlite_desk).run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "X report" in shown(pilot))
        await pilot.press("o")
        await dialog(pilot, "Cash out of the drawer")
        await pilot.press(*"20", "f10")
        await dialog(pilot, "Say what it is for.")
        await pilot.press(*"stamps", "enter")
        await until(pilot, lambda: "Expected now: 122.50 EUR" in status(pilot))
        await until(pilot, lambda: "-20.00 EUR" in shown(pilot))
        await pilot.press("i")
        await dialog(pilot, "Cash into the drawer")
        await pilot.press(*"5", "enter", *"coins", "enter")
        await until(pilot, lambda: "Expected now: 127.50 EUR" in status(pilot))


async def test_more_than_there_is_stays_in_the_drawer(sqlite_desk: Desk, tmp_path: Path) -> None:
    """The store's refusal is said on the screen."""
    fill_store(sqlite_desk, tmp_path)
    async with host(sqlite_desk).run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "X report" in shown(pilot))
        await pilot.press("o")
        await dialog(pilot, "Cash out of the drawer")
        await pilot.press(*"900", "enter", *"bank", "enter")
        await until(pilot, lambda: "does not hold that much" in status(pilot))


async def test_close_shows_the_variance_before_the_question(
    sqlite_desk: Desk, tmp_path: Path
) -> None:
    """Expected, counted, variance, unresolved; the safe button first; then the Z report."""
    fill_store(sqlite_desk, tmp_path)
    async with host(sqlite_desk).run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "X report" in shown(pilot))
        await pilot.press("z")
        await dialog(pilot, "count the drawer")
        await pilot.press(*"142", "f10")
        await dialog(pilot, "0.50 EUR missing: count again, or say in the remark")
        await pilot.press(*"coin", "enter")
        await dialog(pilot, "Close the shift?")
        text = shown(pilot)
        assert "Expected in the drawer: 142.50 EUR" in text
        assert "Counted: 142.00 EUR" in text
        assert "Variance: 0.50 EUR missing" in text
        assert "Every order is resolved." in text
        assert pilot.app.focused is pilot.app.screen.query_one("#no")
        await pilot.press("enter")
        await until(pilot, lambda: not pilot.app.screen.is_modal)
        assert current_shift(sqlite_desk) is not None
        await pilot.press("z")
        await dialog(pilot, "count the drawer")
        await pilot.press(*"142", "enter", *"coin", "enter")
        await dialog(pilot, "Close the shift?")
        await pilot.press("y")
        await until(pilot, lambda: "Z report 1 is written" in status(pilot))
        await until(pilot, lambda: isinstance(pilot.app.focused, Input))
        assert "0.50 EUR missing" in shown(pilot)
    assert current_shift(sqlite_desk) is None
    assert last_z_report(sqlite_desk).variance_minor == -50


async def test_the_last_z_is_read_again(sqlite_desk: Desk, tmp_path: Path) -> None:
    """While the next shift is open: the same figures, closed with Esc."""
    from store_app.desk.shifts import close_shift, open_shift

    fill_store(sqlite_desk, tmp_path)
    close_shift(sqlite_desk, counted="142.50")
    open_shift(sqlite_desk, float_amount="0")
    async with host(sqlite_desk).run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "X report" in shown(pilot))
        await pilot.press("l")
        await dialog(pilot, "Z report 1")
        assert "none: the drawer is right" in shown(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, ShiftScreen))


def test_unresolved_orders_are_named(sqlite_desk: Desk, tmp_path: Path) -> None:
    """The question says which ones are carried over."""
    fill_store(sqlite_desk, tmp_path)
    shift = current_shift(sqlite_desk)
    assert shift is not None
    shift.totals["unresolved"] = ["O-1", "O-2"]
    assert "Not resolved, carried over: O-1, O-2" in close_detail(shift, "1")


@pytest.mark.parametrize(
    ("counted", "words"),
    [(100, "none: the drawer is right"), (90, "0.10 EUR missing"), (110, "0.10 EUR too much")],
)
def test_variance_in_words(counted: int, words: str) -> None:
    """The direction is a word, not a sign."""
    assert variance_words(counted, 100, "EUR") == words
