"""The colour themes on offer: two of our own, high contrast, and the terminal's own palette."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Final

from textual.theme import Theme

from store_app.words import _

# The three states differ in lightness as well as hue, so that they stay apart for
# people who see red and green alike.
DARK: Final = Theme(
    name="store-dark",
    dark=True,
    primary="#4aa3f0",
    secondary="#7fb2d9",
    accent="#7cc7ff",
    success="#35d0c8",
    warning="#ffd75e",
    error="#ff6b7f",
    foreground="#e8edf2",
    background="#11161d",
    surface="#19212b",
    panel="#222c38",
    variables={
        "text": "#f4f7fa",
        "text-muted": "#b3bfcc",
        "text-disabled": "#a3b0be",
        "foreground-muted": "#b3bfcc",
        "foreground-disabled": "#a3b0be",
        "block-cursor-foreground": "#0b1016",
        "block-cursor-background": "#7cc7ff",
        "border-blurred": "#3a4755",
        "button-color-foreground": "#0b1016",
        "footer-key-foreground": "#7cc7ff",
        "footer-description-foreground": "#e8edf2",
    },
)

LIGHT: Final = Theme(
    name="store-light",
    dark=False,
    primary="#0b5cad",
    secondary="#33566f",
    accent="#0b5cad",
    success="#005f73",
    warning="#7a5c00",
    error="#8c0030",
    foreground="#17202a",
    background="#f7f8fa",
    surface="#ffffff",
    panel="#e8ecf1",
    variables={
        "text": "#10161d",
        "text-muted": "#465464",
        "text-disabled": "#566474",
        "foreground-muted": "#465464",
        "foreground-disabled": "#566474",
        "block-cursor-foreground": "#ffffff",
        "block-cursor-background": "#0b5cad",
        "block-cursor-blurred-background": "#d3e2f1",
        "border-blurred": "#b6c0cb",
        "button-color-foreground": "#ffffff",
        "footer-key-foreground": "#0b4f96",
        "footer-description-foreground": "#17202a",
    },
)

CONTRAST: Final = Theme(
    name="store-contrast",
    dark=True,
    primary="#66ccff",
    secondary="#ffffff",
    accent="#ffff66",
    success="#5cffea",
    warning="#ffff66",
    error="#ff9d9d",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#000000",
    variables={
        "text": "#ffffff",
        "text-muted": "#ffffff",
        "text-disabled": "#d9d9d9",
        "foreground-muted": "#ffffff",
        "foreground-disabled": "#d9d9d9",
        "block-cursor-foreground": "#000000",
        "block-cursor-background": "#ffff66",
        "border": "#ffff66",
        "border-blurred": "#ffffff",
        "button-color-foreground": "#000000",
        "footer-key-foreground": "#ffff66",
        "footer-description-foreground": "#ffffff",
    },
)

OWN: Final = (DARK, LIGHT, CONTRAST)
ANSI: Final = ("ansi-dark", "ansi-light")
"""Textual's own pair that takes its colours from the terminal."""
OFFERED: Final = (*(theme.name for theme in OWN), *ANSI)
_WORDS: Final = {
    DARK.name: _("Dark"),
    LIGHT.name: _("Light"),
    CONTRAST.name: _("High contrast"),
    ANSI[0]: _("Terminal, dark"),
    ANSI[1]: _("Terminal, light"),
}


def theme_words(name: str) -> str:
    """A theme as people call it."""
    return _WORDS.get(name, name)


def kept_theme(file: Path) -> str | None:
    """The theme that was chosen last; None when none was, or it is no longer on offer."""
    try:
        name = file.read_text("utf-8").strip()
    except (OSError, ValueError):
        return None
    return name if name in OFFERED else None


def keep_theme(file: Path, name: str) -> None:
    """Remember a theme for the next start; where nothing can be written, nothing is said."""
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{name}\n", "utf-8")


def next_theme(current: str, offered: tuple[str, ...] = OFFERED) -> str:
    """The theme after `current`, round and round; the first one after an unknown name."""
    if current not in offered:
        return offered[0]
    return offered[(offered.index(current) + 1) % len(offered)]
