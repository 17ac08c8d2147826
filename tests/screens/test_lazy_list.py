"""The lazy list: what it draws, how the cursor moves, what it says."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from textual import on
from textual.app import App, ComposeResult
from textual.geometry import Region

from store_app.widgets.columns import Column, fit_columns, fit_text, printable
from store_app.widgets.lazy_list import Cell, LazyList, Rows, Toned
from tests.screens.waiting import until

COLUMNS = (
    Column("Plan", 12, flex=1),
    Column("ISO", 3, priority=3),
    Column("Data", 8, align="right", priority=1),
    Column("State", 8, priority=4),
    Column("Price", 10, align="right"),
)
SIZES = [(80, 24), (120, 40)]


class Endless:
    """More rows than memory likes, remembering which were asked for."""

    def __init__(self, count: int = 500_000) -> None:
        self.asked: list[int] = []
        self._count = count

    def count(self) -> int:
        """How many rows there are."""
        return self._count

    def row(self, index: int) -> tuple[Cell, ...]:
        """A row with wide and marked-up text."""
        self.asked.append(index)
        return (
            f"日本 [red]EU[/] {index}",
            "JP",
            "5 GB",
            Toned("low", "warning"),
            f"EUR {index}.00",
        )


class Listing(App[None]):
    """A list alone, and what it reported."""

    def __init__(self, source: Endless | Rows) -> None:
        super().__init__()
        self.source = source
        self.heard: list[tuple[str, int]] = []

    def compose(self) -> ComposeResult:
        """The list."""
        yield LazyList(COLUMNS, self.source, empty_text="Nothing found. Clear the search with Esc.")

    @on(LazyList.Highlighted)
    def highlighted(self, event: LazyList.Highlighted) -> None:
        """Remember."""
        self.heard.append(("highlighted", event.index))

    @on(LazyList.Chosen)
    def chosen(self, event: LazyList.Chosen) -> None:
        """Remember."""
        self.heard.append(("chosen", event.index))

    @property
    def lines(self) -> list[str]:
        """The list as drawn."""
        listing = self.query_one(LazyList)
        return [listing.render_line(y).text for y in range(listing.size.height)]


@pytest.mark.parametrize("size", SIZES)
async def test_every_line_is_as_wide_as_the_list(size: tuple[int, int]) -> None:
    """Wide characters do not push the price out of its column, and markup is only text."""
    app = Listing(Endless())
    async with app.run_test(size=size):
        listing = app.query_one(LazyList)
        width = listing.scrollable_content_region.width
        strips = [listing.render_line(y) for y in range(size[1])]
        assert {strip.cell_length for strip in strips} == {width}
        assert {cell_len(line) for line in app.lines} == {width}
        assert app.lines[1].startswith("› 日本 [red]EU[/] 0")
        assert all(line.rstrip().endswith(f"EUR {i}.00") for i, line in enumerate(app.lines[1:]))


async def test_only_visible_rows_are_asked_for() -> None:
    """Half a million rows cost as much as the window shows."""
    source = Endless()
    app = Listing(source)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("end")
        await until(pilot, lambda: "499999" in app.lines[-1])
        assert len(set(source.asked)) < 60


@pytest.mark.parametrize(
    ("keys", "index"),
    [
        (["down"], 1),
        (["down", "down", "up"], 1),
        (["up"], 0),
        (["pagedown"], 22),
        (["pagedown", "pageup"], 0),
        (["end"], 499_999),
        (["end", "down"], 499_999),
        (["end", "home"], 0),
    ],
)
async def test_keys_move_the_cursor(keys: list[str], index: int) -> None:
    """The cursor stays inside the rows and inside the window."""
    app = Listing(Endless())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(*keys)
        assert app.query_one(LazyList).index == index
        await until(pilot, lambda: any(line.startswith("›") for line in app.lines))


async def test_enter_and_double_click_choose() -> None:
    """Keyboard and mouse reach the same end; one click only moves."""
    app = Listing(Endless())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("down", "enter")
        await pilot.click(LazyList, offset=(5, 4))
        assert app.query_one(LazyList).index == 3
        await pilot.click(LazyList, offset=(5, 6), times=2)
        await until(pilot, lambda: len(app.heard) == 6)
    moves = [("highlighted", 1), ("chosen", 1), ("highlighted", 3), ("highlighted", 5)]
    assert app.heard == [("highlighted", 0), *moves, ("chosen", 5)]


async def test_only_two_lines_are_redrawn() -> None:
    """Moving inside the window refreshes the line left and the line reached."""
    source = Endless()
    app = Listing(source)
    async with app.run_test(size=(80, 24)) as pilot:
        listing = app.query_one(LazyList)
        await pilot.pause()
        source.asked.clear()
        await pilot.press("down")
        await pilot.pause()
        assert sorted(set(source.asked)) == [0, 1]
        assert listing.index == 1


async def test_focus_shows_without_colour() -> None:
    """The cursor row is reversed with focus and only marked without."""
    app = Listing(Endless())
    async with app.run_test(size=(80, 24)) as pilot:
        listing = app.query_one(LazyList)
        focused = [segment.style for segment in listing.render_line(1)]
        assert all(style is not None and style.reverse for style in focused)
        app.set_focus(None)
        await pilot.pause()
        blurred = [segment.style for segment in listing.render_line(1)]
        assert not any(style is not None and style.reverse for style in blurred)
        assert listing.render_line(1).text.startswith("›")


@pytest.mark.parametrize("size", SIZES)
async def test_resize_keeps_the_row(size: tuple[int, int]) -> None:
    """There and back again the cursor is on the same row and in view."""
    app = Listing(Endless())
    async with app.run_test(size=size) as pilot:
        app.query_one(LazyList).move_to(40)
        for smaller in [(60, 20), size]:
            await pilot.resize_terminal(*smaller)
            await until(pilot, lambda: any(line.startswith("› 日本 [red]E") for line in app.lines))
        assert app.query_one(LazyList).index == 40


async def test_rows_exchanged_under_the_cursor() -> None:
    """The row number stays when it can, and the list says where it stands."""
    app = Listing(Rows([(str(number),) for number in range(30)]))
    async with app.run_test(size=(80, 24)) as pilot:
        listing = app.query_one(LazyList)
        listing.move_to(20)
        listing.show(Rows([(str(number),) for number in range(5)]))
        assert listing.index == 4
        listing.show(Rows([(str(number),) for number in range(9)]), cursor=0)
        await until(pilot, lambda: app.heard[-2:] == [("highlighted", 4), ("highlighted", 0)])
        assert [app.lines[1].strip(), app.lines[10].strip()] == ["› 0", ""]


async def test_empty_says_what_to_do() -> None:
    """No rows: a sentence, no cursor, and Enter chooses nothing."""
    app = Listing(Rows())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("down", "enter")
        assert app.lines[1].strip() == "Nothing found. Clear the search with Esc."
        assert app.query_one(LazyList).index is None
        assert app.heard == []


async def test_narrow_lists_never_drop_the_price() -> None:
    """Low priorities go first; the essential columns stay."""
    app = Listing(Endless())
    async with app.run_test(size=(30, 10)) as pilot:
        assert app.query_one(LazyList).shown_columns == ("Plan", "Price")
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: len(app.query_one(LazyList).shown_columns) == 5)
        assert app.query_one(LazyList).render_lines(Region(0, 0, 80, 24))


@given(text=st.text(max_size=30), width=st.integers(0, 20), right=st.booleans())
@settings(max_examples=200)
def test_fitted_text_has_exactly_its_cells(*, text: str, width: int, right: bool) -> None:
    """Whatever a file holds, a cell is as wide as its column and cannot steer the terminal."""
    line = fit_text(text, width, "right" if right else "left")
    assert cell_len(line) == width
    assert line.isprintable()


@given(width=st.integers(0, 200))
@settings(max_examples=60)
def test_columns_fit_and_keep_the_price(width: int) -> None:
    """The columns take no more than there is, as long as name and price can be shown at all."""
    fitted = dict(fit_columns(COLUMNS, width))
    assert {0, 4} <= set(fitted)
    assert fitted[4] == 10
    if width >= 16:
        assert sum(fitted.values()) + 2 * (len(fitted) - 1) <= width


@pytest.mark.parametrize(
    ("raw", "clean"),
    [("a\x1b[31mb", "a [31mb"), ("a\nb\tc", "a b c"), ("a\u202eb", "ab"), ("a\ud800", "a?")],
)
def test_control_characters_are_not_drawn(raw: str, clean: str) -> None:
    """Escape sequences, line ends, direction marks and broken surrogates stay out."""
    assert printable(raw) == clean
