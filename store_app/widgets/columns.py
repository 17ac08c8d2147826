"""Columns of text in terminal cells: which fit, how wide, each text cut or padded to fit."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from rich.cells import cell_len, set_cell_size

GAP: Final = 2
_CUT: Final = "~"  # neither wide nor ambiguous in any locale or font, unlike the ellipsis
_LEAST: Final = 4


@dataclass(frozen=True, slots=True)
class Column:
    """A column: `width` in cells (the least one when `flex` shares out what is left over).

    `priority` 0 is never dropped (name and price); of the others the highest goes first.
    """

    title: str
    width: int
    flex: int = 0
    align: Literal["left", "right"] = "left"
    priority: int = 0


def fit_columns(columns: Sequence[Column], width: int) -> tuple[tuple[int, int], ...]:
    """Choose the columns that fit into `width` cells, as (column index, cells) from the left.

    Low-priority columns are dropped first; then left-aligned ones shrink, because half a name
    still names a plan and half a price lies.
    """
    kept = list(range(len(columns)))
    while _needed(columns, kept) > width:
        droppable = [index for index in kept if columns[index].priority > 0]
        if not droppable:
            break
        kept.remove(max(droppable, key=lambda index: (columns[index].priority, index)))
    widths = {index: columns[index].width for index in kept}
    spare = width - _needed(columns, kept)
    if spare >= 0:
        _grow(columns, widths, spare)
    else:
        _shrink(columns, widths, -spare)
    return tuple(widths.items())


def fit_text(text: str, width: int, align: Literal["left", "right"] = "left") -> str:
    """The text in exactly `width` cells: made printable, cut with a sign, or padded."""
    line = printable(text)
    if cell_len(line) > width:
        line = set_cell_size(line, width - 1) + _CUT if width > 0 else ""
    padding = " " * (width - cell_len(line))
    return padding + line if align == "right" else line + padding


def printable(text: str) -> str:
    """The text without anything that could move the cursor, change direction or break encoding."""
    if text.isprintable():
        return text
    return "".join(_safe(character) for character in text)


def _safe(character: str) -> str:
    if character.isprintable():
        return character
    return {"Cf": "", "Cs": "?", "Co": "?", "Cn": "?"}.get(unicodedata.category(character), " ")


def _needed(columns: Sequence[Column], kept: Sequence[int]) -> int:
    return sum(columns[index].width for index in kept) + GAP * max(0, len(kept) - 1)


def _grow(columns: Sequence[Column], widths: dict[int, int], spare: int) -> None:
    shares = sum(columns[index].flex for index in widths)
    for index in widths:
        if columns[index].flex:
            part = spare * columns[index].flex // shares
            widths[index] += part
            spare, shares = spare - part, shares - columns[index].flex


def _shrink(columns: Sequence[Column], widths: dict[int, int], missing: int) -> None:
    for index in sorted(widths, key=lambda each: -widths[each]):
        if columns[index].align == "left":
            part = min(missing, max(0, widths[index] - _LEAST))
            widths[index] -= part
            missing -= part
