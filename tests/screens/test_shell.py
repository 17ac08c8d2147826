"""The shell: places, keys, help, palette, small windows, calm."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual.app import ComposeResult
from textual.binding import ActiveBinding
from textual.color import Color
from textual.command import CommandList, CommandPalette
from textual.geometry import Region
from textual.screen import Screen
from textual.widgets import Input, Static
from textual.widgets._footer import FooterKey

from store_app.actions import ACTIONS, GLOBAL, PLACES, actions_of, bindings
from store_app.help import HelpScreen
from store_app.shell import Shell, TooSmall
from store_app.themes import ANSI, OFFERED, OWN
from store_app.widgets.confirm import Confirm
from store_app.widgets.form import Field, Form
from store_app.widgets.key_footer import KeyFooter, fit_keys, key_cells
from store_app.widgets.lazy_list import Column, LazyList, Rows
from tests.screens.test_themes import contrast
from tests.screens.waiting import until

SIZES = [(80, 24), (120, 40)]


class Storefront(Screen[None]):
    """A search field over a list."""

    HELP = "Search a plan and sell it."
    BINDINGS = [*bindings("storefront")]  # noqa: RUF012 - Textual declares its type

    def compose(self) -> ComposeResult:
        """The parts of the kit together."""
        yield Input(placeholder="Search", id="search")
        yield LazyList((Column("Plan", 10, flex=1),), Rows([(f"Plan {n}",) for n in range(99)]))
        yield KeyFooter()

    def action_choose(self) -> None:
        """Choose."""

    def action_add(self) -> None:
        """Add."""
        self.query_one(Input).value = "added"

    def action_repeat(self) -> None:
        """Repeat."""


class Esims(Screen[None]):
    """A place without keys of its own."""

    def compose(self) -> ComposeResult:
        """A line."""
        yield Static("eSIMs")
        yield KeyFooter()


def shell(theme: str = OFFERED[0]) -> Shell:
    """A shell with two of the six places."""
    return Shell({"storefront": Storefront, "esims": Esims}, theme=theme)


@pytest.mark.parametrize("size", [(60, 20), *SIZES, (160, 40)])
async def test_footer_keys_fit_and_function_keys_show(size: tuple[int, int]) -> None:
    """No footer key is cut in any window, F1 to F6 are there, and one line is used if it can."""
    app = shell()
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: len(app.screen.query(FooterKey)) >= 8)
        keys = list(app.screen.query(FooterKey))
        assert all(key.region.right <= size[0] and key.region.width for key in keys)
        shown = {key.key_display for key in keys}
        assert {"F1", "F2", "F3", "F4", "F5", "F6", "F7", "F8"} <= shown
        lines = {key.region.y for key in keys}
        wanted = [each for each in actions_of("storefront") if each.footer]
        cells = sum(key_cells(each.key, each.label) for each in wanted)
        assert len(lines) == (1 if cells <= size[0] else 2)
        assert max(lines) == size[1] - 1


async def test_the_smallest_window_keeps_the_way_back() -> None:
    """At 60 columns Esc Back stays; what the palette and F1 know gives way."""
    app = shell()
    async with app.run_test(size=(60, 20)) as pilot:
        await until(pilot, lambda: len(app.screen.query(FooterKey)) >= 8)
        shown = {key.key_display: key for key in app.screen.query(FooterKey)}
        assert shown["Esc"].region.right <= 60
        assert "^P" not in shown


def test_back_is_the_last_key_to_go() -> None:
    """It stays in every width that has room for it at all."""
    node = Screen[None]()
    keys = [ActiveBinding(node, each, True, "") for each in bindings(GLOBAL) if each.show]
    for width in range(9, 80):
        fitted = fit_keys(keys, width)
        assert "global.back" in {key.binding.id for key in fitted}
        assert sum(key_cells(key.binding.key, key.binding.description) for key in fitted) <= width
    assert fit_keys(keys, 5) == ()


@pytest.mark.parametrize("size", SIZES)
async def test_places_keep_their_state(size: tuple[int, int]) -> None:
    """F-keys lead to places, what was typed stays, Esc leads back to the first place."""
    app = shell()
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: isinstance(app.screen, Storefront))
        await pilot.press("j", "p", "f3")
        await until(pilot, lambda: isinstance(app.screen, Esims))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, Storefront))
        assert app.screen.query_one(Input).value == "jp"
        await pilot.press("escape")
        assert isinstance(app.screen, Storefront)


async def test_a_place_that_is_missing_is_said() -> None:
    """An F-key without a screen behind it explains itself."""
    app = shell()
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await until(pilot, lambda: isinstance(app.screen, Storefront))
        await pilot.press("f4")
        await until(pilot, lambda: app.screen.query("Toast"))


async def test_no_global_key_is_dead() -> None:
    """Every global action and every dialog's action has its method."""
    app = shell()
    async with app.run_test(size=(80, 24)):
        for action in ACTIONS:
            method = "go" if action.name in PLACES else action.name
            owner = {"help": HelpScreen, "confirm": Confirm, "form": Form, GLOBAL: Shell}
            if action.screen in owner:
                assert hasattr(owner[action.screen], f"action_{method}"), action.id


@pytest.mark.parametrize("size", SIZES)
async def test_help_tells_about_here(size: tuple[int, int]) -> None:
    """F1 shows the screen's sentence, its keys, the focused list's keys and the global ones."""
    app = shell()
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: isinstance(app.screen, Storefront))
        app.screen.query_one(LazyList).focus()
        await pilot.press("f1")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))
        words = str(app.screen.query_one("#help", Static).render())
        for action in ACTIONS:
            assert (action.help in words) == (action.screen in {GLOBAL, "storefront"}), action.id
        assert "Search a plan and sell it." in words
        assert "Page down." in words
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, Storefront))


async def test_palette_offers_the_registry_and_runs_it() -> None:
    """Every action of this screen is found by name; the chosen one is done; no emoji."""
    app = shell()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, Storefront))
        await pilot.press("ctrl+p")
        await until(pilot, lambda: isinstance(app.screen, CommandPalette))
        listing = app.screen.query_one(CommandList)
        expected = {a for a in ACTIONS if a.screen in {GLOBAL, "storefront"} and a.palette}
        await until(pilot, lambda: listing.option_count == len(expected))
        assert not app.screen.query_one("SearchIcon").display
        app.screen.query_one(Input).value = "add the plan"
        await until(pilot, lambda: listing.option_count == 1)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, Storefront))
        await until(pilot, lambda: app.screen.query_one("#search", Input).value == "added")


@pytest.mark.parametrize("size", [(59, 24), (80, 19), (20, 5)])
async def test_small_windows_get_a_polite_message(size: tuple[int, int]) -> None:
    """Nothing can be typed blindly, and a larger window brings everything back."""
    app = shell()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, Storefront))
        await pilot.press("j")
        await pilot.resize_terminal(*size)
        await until(pilot, lambda: isinstance(app.screen, TooSmall))
        await pilot.press("x", "escape", "enter")
        assert isinstance(app.screen, TooSmall)
        await pilot.resize_terminal(60, 20)
        await until(pilot, lambda: isinstance(app.screen, Storefront))
        assert app.screen.query_one(Input).value == "j"


async def test_fields_do_not_blink() -> None:
    """The cursor of whatever gets the focus is calm unless blinking is asked for."""
    app = shell()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.focused, Input))
        await until(pilot, lambda: not app.screen.query_one(Input).cursor_blink)


def weak_texts(app: Shell, area: Region) -> set[tuple[str, float]]:
    """Texts drawn inside an area with less than 4.5:1, with their contrast."""
    weak = set()
    strips = app.screen._compositor.render_strips()  # noqa: SLF001 - what the terminal gets
    for strip in strips[area.y : area.bottom]:
        for text, style, _ in strip.crop(area.x, area.right):
            if style and style.color and style.bgcolor and any(map(str.isalnum, text)):
                ink, ground = (Color.from_rich_color(c) for c in (style.color, style.bgcolor))
                if (ratio := contrast(ink, ground)) < 4.5:
                    weak.add((text, ratio))
    return weak


@pytest.mark.parametrize("theme", [theme.name for theme in OWN])
async def test_everything_drawn_is_readable(theme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Screen, toasts, palette and dialogs reach 4.5:1 in each of our own themes."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("COLORTERM", "truecolor")
    app = shell(theme)
    choice = Field("c", "Currency", placeholder="Which", kind="choice", choices=(("Euro", "EUR"),))
    dialogs: tuple[Screen[Any], ...] = (
        Confirm("Charge?", "EUR 1.00", "Charge"),
        Form("Name", [choice]),
        CommandPalette(),
    )
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await until(pilot, lambda: app.screen.query(FooterKey))
        for severity in ("information", "warning", "error"):
            app.notify("Words", title="Title", severity=severity)
        await until(pilot, lambda: len(app.screen.query("Toast")) == 3)
        assert weak_texts(app, app.screen.region) == set()
        app.clear_notifications()
        for dialog in dialogs:
            await app.push_screen(dialog)
            await until(pilot, lambda: app.focused and app.focused.region.area)
            await pilot.pause()
            assert weak_texts(app, app.screen.children[0].region) == set()
            await pilot.press("escape")
            await until(pilot, lambda: isinstance(app.screen, Storefront))


async def test_the_theme_is_kept_for_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F9 is remembered, and one message at a time says its name."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("COLORTERM", "truecolor")
    file = tmp_path / "config" / "theme"
    first = Shell({"storefront": Storefront}, theme_file=file)
    async with first.run_test(size=(80, 24), notifications=True) as pilot:
        await until(pilot, lambda: isinstance(first.screen, Storefront))
        await pilot.press("f9", "f9")
        await until(pilot, lambda: len(first.screen.query("Toast")) == 1)
        assert [each.message for each in first._notifications] == ["High contrast"]  # noqa: SLF001 - what the toasts are made from
    assert Shell({"storefront": Storefront}, theme_file=file).theme == first.theme == OWN[2].name


@pytest.mark.parametrize("no_color", [False, True])
async def test_themes_go_round(no_color: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """F9 reaches each theme; under NO_COLOR only the terminal's own pair, without any colour."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("COLORTERM", "truecolor")
    if no_color:
        monkeypatch.setenv("NO_COLOR", "1")
    app = shell()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, Storefront))
        seen = [app.theme]
        for _ in app.offered_themes[1:]:
            await pilot.press("f9")
            seen.append(app.theme)
        assert seen == [*(ANSI if no_color else OFFERED)]
        if no_color:
            colors = {
                color
                for line in app.screen.query_one(LazyList).render_lines(
                    app.screen.query_one(LazyList).region.reset_offset
                )
                for segment in line
                if segment.style
                for color in (segment.style.color, segment.style.bgcolor)
                if color is not None
            }
            assert all(color.is_default for color in colors)


async def test_breakpoints_name_the_window() -> None:
    """Screens can be arranged by width and height."""
    app = shell()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.screen.has_class("-normal", "-short"))
        await pilot.resize_terminal(120, 40)
        await until(pilot, lambda: app.screen.has_class("-wide", "-tall"))
