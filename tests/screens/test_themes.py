"""The themes, by arithmetic: contrast and colour blindness."""

from __future__ import annotations

from itertools import combinations
from math import dist
from pathlib import Path

import pytest
from textual.app import App, ComposeResult
from textual.color import Color, rgb_to_lab
from textual.geometry import Region
from textual.theme import Theme
from textual.widgets import Input

from store_app.themes import (
    ANSI,
    OFFERED,
    OWN,
    keep_theme,
    kept_theme,
    next_theme,
    theme_words,
)

# Machado, Oliveira, Fernandes 2009, full severity, for linear RGB.
COLOUR_BLIND = {
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
}
GROUNDS = ("background", "surface", "panel")
INKS = (
    *("foreground", "text", "text-muted", "text-disabled", "foreground-muted"),
    *("success", "warning", "error", "text-success", "text-warning", "text-error"),
    *("footer-key-foreground", "footer-description-foreground", "primary", "accent"),
)


def linear(channel: int) -> float:
    """An sRGB channel as light."""
    part = channel / 255
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def channel_of(light: float) -> int:
    """Light as an sRGB channel."""
    part = min(1.0, max(0.0, light))
    return round(255 * (12.92 * part if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055))


def luminance(color: Color) -> float:
    """Relative luminance (WCAG 2.1)."""
    red, green, blue = (linear(channel) for channel in color.rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(ink: Color, ground: Color) -> float:
    """Contrast ratio (WCAG 2.1)."""
    darker, lighter = sorted((luminance(ink), luminance(ground)))
    return (lighter + 0.05) / (darker + 0.05)


def as_seen(color: Color, matrix: tuple[tuple[float, float, float], ...]) -> tuple[float, ...]:
    """The colour in Lab as a colour-blind eye sees it."""
    light = [linear(channel) for channel in color.rgb]
    mixed = (sum(a * b for a, b in zip(row, light, strict=True)) for row in matrix)
    red, green, blue = (channel_of(each) for each in mixed)
    return tuple(rgb_to_lab(Color(red, green, blue)))


@pytest.mark.parametrize("theme", OWN, ids=lambda theme: theme.name)
def test_every_text_is_readable(theme: Theme) -> None:
    """Text, placeholders, states and footer keys reach 4.5:1 on every ground."""
    colors = theme.to_color_system().generate()
    weak = {
        (ink, ground): ratio
        for ink in INKS
        for ground in GROUNDS
        if (ratio := contrast(Color.parse(colors[ink]), Color.parse(colors[ground]))) < 4.5
    }
    assert weak == {}


@pytest.mark.parametrize("theme", OWN, ids=lambda theme: theme.name)
@pytest.mark.parametrize(
    ("ink", "ground"),
    [
        ("block-cursor-foreground", "block-cursor-background"),
        ("input-cursor-foreground", "input-cursor-background"),
        ("footer-key-foreground", "footer-background"),
        ("footer-description-foreground", "footer-background"),
        ("button-color-foreground", "primary"),
    ],
)
def test_pairs_are_readable(theme: Theme, ink: str, ground: str) -> None:
    """Cursors, the footer and the main button reach 4.5:1 on their own ground."""
    colors = theme.to_color_system().generate()
    assert contrast(Color.parse(colors[ink]), Color.parse(colors[ground])) >= 4.5


@pytest.mark.parametrize("theme", OWN, ids=lambda theme: theme.name)
@pytest.mark.parametrize("eye", COLOUR_BLIND)
def test_states_stay_apart_for_colour_blind_people(theme: Theme, eye: str) -> None:
    """Success, warning and error differ by 20 or more in Lab."""
    colors = theme.to_color_system().generate()
    seen = [
        as_seen(Color.parse(colors[state]), COLOUR_BLIND[eye])
        for state in ("success", "warning", "error")
    ]
    assert min(dist(one, other) for one, other in combinations(seen, 2)) >= 20


@pytest.mark.parametrize("theme", OWN, ids=lambda theme: theme.name)
async def test_a_drawn_placeholder_is_readable(theme: Theme) -> None:
    """What Textual really draws for an empty field reaches 4.5:1."""

    class Search(App[None]):
        def compose(self) -> ComposeResult:
            yield Input(placeholder="Search: country, data, days")

    app = Search()
    app.register_theme(theme)
    app.theme = theme.name
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        field = app.query_one(Input)
        for segment in field.render_lines(Region(0, 1, 80, 1))[0]:
            style = segment.style
            if segment.text.strip("▊▎ ") and style and style.color and style.bgcolor:
                ink, ground = (
                    Color.from_rich_color(style.color),
                    Color.from_rich_color(style.bgcolor),
                )
                assert contrast(ink, ground) >= 4.5


def test_the_theme_key_goes_round() -> None:
    """Every offered theme is reached, and an unknown one leads to the first."""
    seen = [OFFERED[0]]
    while (following := next_theme(seen[-1])) != OFFERED[0]:
        seen.append(following)
    assert seen == [*OFFERED]
    assert next_theme("dracula") == OFFERED[0]
    assert next_theme("ansi-dark", ANSI) == "ansi-light"


def test_a_kept_theme_comes_back(tmp_path: Path) -> None:
    """What was written is read; a stranger's word, no text and no file are no theme."""
    file = tmp_path / "config" / "theme"
    assert kept_theme(file) is None
    for name in OFFERED:
        keep_theme(file, name)
        assert kept_theme(file) == name
    for content in (b"monokai", b"\xff\xfe", b""):
        file.write_bytes(content)
        assert kept_theme(file) is None


def test_a_theme_that_can_not_be_kept_is_no_error(tmp_path: Path) -> None:
    """Where a file stands in the place of the folder, nothing is written and nothing is said."""
    (tmp_path / "config").write_text("")
    keep_theme(tmp_path / "config" / "theme", OFFERED[0])
    assert kept_theme(tmp_path / "config" / "theme") is None


def test_every_theme_has_words() -> None:
    """No name of a program is shown to people, and no two themes are called the same."""
    words = {theme_words(name) for name in OFFERED}
    assert len(words) == len(OFFERED)
    assert words.isdisjoint(OFFERED)
