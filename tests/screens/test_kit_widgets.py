"""The small parts: balance bar, usage plot, question, form, footer."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from stdnum import luhn
from textual.app import App, ComposeResult
from textual.widgets import Input, Select, Static

from catalog.kernel.errors import Refused
from store_app.card_numbers import CARD_NUMBER_REFUSED, holds_card_number
from store_app.widgets.balance_bar import BalanceBar, filled_cells
from store_app.widgets.confirm import Confirm
from store_app.widgets.form import Field, Form, Values
from store_app.widgets.usage_plot import UsagePlot, plot_lines
from tests.screens.waiting import until

SIZES = [(80, 24), (120, 40)]
GB = 1_000_000_000
NAMES = (
    Field("name", "Name", placeholder="As on the invoice"),
    Field("amount", "Amount", kind="amount", max_length=12),
    Field(
        "currency", "Currency", "EUR", kind="choice", choices=(("Euro [€]", "EUR"), ("Yen", "JPY"))
    ),
)


class Desk(App[None]):
    """A screen under the dialogs."""

    def __init__(self) -> None:
        super().__init__()
        self.answers: list[object] = []

    def compose(self) -> ComposeResult:
        """Something with focus, to see that dialogs keep keys to themselves."""
        yield Input(id="search")


class Bars(App[None]):
    """One balance bar."""

    def __init__(self, bar: BalanceBar) -> None:
        super().__init__()
        self.bar = bar

    def compose(self) -> ComposeResult:
        """The bar."""
        yield self.bar


@pytest.mark.parametrize("size", [(30, 5), *SIZES])
@pytest.mark.parametrize(
    ("left", "words", "stale", "expected"),
    [
        (3 * GB, "3 GB of 10 GB left", "", "3 GB of 10 GB left"),
        (GB, "1 GB of 10 GB left", "", "1 GB of 10 GB left, low"),
        (0, "0 B of 10 GB left", "", "0 B of 10 GB left, empty"),
        (3 * GB, "3 GB left", "as of 09:12", "3 GB left  ! stale"),
    ],
)
async def test_the_balance_is_readable_without_colour(
    size: tuple[int, int], left: int, words: str, stale: str, expected: str
) -> None:
    """The words say it all; the bar is there when there is room."""
    app = Bars(BalanceBar(left, 10 * GB, words, stale))
    async with app.run_test(size=size):
        strip = app.bar.render_line(0)
        assert expected in strip.text
        assert strip.cell_length == size[0]
        if size[0] >= 80:
            assert strip.text.count("█") == filled_cells(left, 10 * GB, 20)


@given(left=st.integers(-5, 10**13), total=st.integers(0, 10**13), cells=st.integers(2, 60))
@settings(max_examples=200)
def test_full_and_empty_mean_what_they_say(left: int, total: int, cells: int) -> None:
    """Only nothing is an empty bar and only everything is a full one."""
    filled = filled_cells(left, total, cells)
    assert 0 <= filled <= cells
    if total > 0:
        assert (filled == 0) == (left <= 0)
        assert (filled == cells) == (left >= total)


@given(
    amounts=st.lists(st.integers(0, 10**12), max_size=40),
    width=st.integers(0, 90),
    height=st.integers(0, 20),
)
@settings(max_examples=100)
def test_the_plot_keeps_its_size(amounts: list[int], width: int, height: int) -> None:
    """Whatever the values, the plot is a rectangle."""
    values = [(str(day), amount) for day, amount in enumerate(amounts, 1)]
    lines = plot_lines(values, width, height, str)
    assert len(lines) == height
    assert {cell_len(line) for line in lines} <= {width}


def test_the_plot_shows_every_day() -> None:
    """Bars by height, the scale at the left, labels where they fit."""
    values = [("1", 0), ("2", 1), ("3", 500), ("4", 1000)]
    assert plot_lines(values, 22, 4, lambda amount: f"{amount} B") == (
        "1000 B │         ██   ",
        "       │   ▁▁ ██ ██   ",
        "     0 └────────────  ",
        "        1  2  3  4    ",
    )


@pytest.mark.parametrize("size", SIZES)
async def test_no_usage_is_said(size: tuple[int, int]) -> None:
    """An empty plot has words, and values may come later."""

    class Plot(App[None]):
        def compose(self) -> ComposeResult:
            yield UsagePlot()

    app = Plot()
    async with app.run_test(size=size):
        plot = app.query_one(UsagePlot)
        assert str(plot.render()) == "No usage reported yet."
        plot.values = (("1 May", 5), ("2 May", 7))
        assert "1 May" in str(plot.render())


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("keys", "answer"),
    [
        (["y"], True),
        (["n"], False),
        (["escape"], False),
        (["enter"], False),
        (["tab", "enter"], True),
        (["y", "y"], True),
        (["enter", "enter"], False),
    ],
)
async def test_the_safe_answer_has_the_focus(
    size: tuple[int, int], keys: list[str], answer: bool
) -> None:
    """Enter never agrees; y does, once; the words are data."""
    app = Desk()
    async with app.run_test(size=size) as pilot:
        app.push_screen(
            Confirm("Charge EUR 12.00?", "[b]Japan[/b], cash", "Charge EUR 12.00"),
            app.answers.append,
        )
        await until(pilot, lambda: getattr(app.focused, "id", "") == "no")
        assert str(app.screen.query_one("#detail", Static).render()) == "[b]Japan[/b], cash"
        await pilot.press(*keys)
        await until(pilot, lambda: app.answers)
        assert app.answers == [answer]
        assert len(app.screen_stack) == 1


async def test_the_form_answers_strings() -> None:
    """Enter walks through the fields; the values come by name."""
    app = Desk()
    async with app.run_test(size=(80, 24)) as pilot:
        app.push_screen(Form("Company", NAMES), app.answers.append)
        await until(pilot, lambda: getattr(app.focused, "id", "") == "field-0")
        await pilot.press("A", "c", "enter", "1", "2", "f10")
        await until(pilot, lambda: app.answers)
        assert app.answers == [{"name": "Ac", "amount": "12", "currency": "EUR"}]


async def test_the_form_keeps_what_was_typed_when_it_refuses() -> None:
    """A rule's sentence stands in the form, its field gets the focus, Esc answers nothing."""

    def rule(values: Values) -> None:
        raise Refused(f"The amount of {values['name']} is missing.", field="amount")

    app = Desk()
    async with app.run_test(size=(80, 24)) as pilot:
        app.push_screen(Form("Company", NAMES, check=rule), app.answers.append)
        await until(pilot, lambda: app.screen.query("#field-0"))
        app.screen.query_one("#field-0", Input).value = "Acme"
        await pilot.press("f10")
        await until(pilot, lambda: getattr(app.focused, "id", "") == "field-1")
        assert "amount of Acme is missing" in str(app.screen.query_one("#refusal", Static).render())
        assert app.screen.query_one("#field-0", Input).value == "Acme"
        assert app.screen.query_one("#field-2", Select).value == "EUR"
        await pilot.press("escape")
        await until(pilot, lambda: app.answers)
        assert app.answers == [None]


@pytest.mark.parametrize("number", ["4111 1111 1111 1111", "note 5500-0000-0000-0004 x"])
async def test_a_card_number_is_refused_in_any_field(number: str) -> None:
    """The form says why and does not answer."""
    app = Desk()
    async with app.run_test(size=(80, 24)) as pilot:
        app.push_screen(Form("Company", NAMES), app.answers.append)
        await until(pilot, lambda: app.screen.query("#field-0"))
        app.screen.query_one("#field-0", Input).value = number
        await pilot.press("f10")
        refusal = app.screen.query_one("#refusal", Static)
        await until(pilot, lambda: str(refusal.render()) == CARD_NUMBER_REFUSED)
        assert app.answers == []


@given(digits=st.integers(10**11, 10**18 - 1))
@settings(max_examples=100)
def test_card_numbers_are_found_and_iccids_are_not(digits: int) -> None:
    """13 to 19 digits with a check digit are a card number unless they start with 89."""
    number = f"{digits}{luhn.calc_check_digit(str(digits))}"
    assert holds_card_number(number) == (len(number) >= 13 and not number.startswith("89"))
    assert holds_card_number(f"1{number}") in {True, False}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("4111111111111111", True),
        ("４１１１１１１１１１１１１１１１", True),
        ("378282246310005", True),
        ("4111111111111112", False),
        ("8944500102198304826", False),
        ("89049032123451234512345678901235", False),
        ("+49 170 1234567", False),
        ("", False),
    ],
)
def test_card_number_examples(text: str, found: bool) -> None:
    """Spaced, full-width and short ones; not ICCIDs, EIDs or telephone numbers."""
    assert holds_card_number(text) == found
