"""A row as its file gives it: the line it begins on and the texts under the columns we read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TextIO

from catalog.plan_files import RowError

MAX_LINE = 32_768
"""Characters in one physical line."""
MAX_FIELD = 1_024
"""Characters in one field: a percent-encoded link of the longest code fits."""

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")

Line = tuple[int, str]
"""A physical line with its number from 1; a cut one when it is longer than `MAX_LINE`."""


@dataclass(frozen=True, slots=True)
class RawRow:
    """The texts of one row by column; missing and blank ones are left out."""

    line: int
    texts: Mapping[str, str] = field(repr=False)


def numbered_lines(file: TextIO) -> Iterator[Line]:
    """The lines of a file with their numbers, never more than `MAX_LINE` of it in memory."""
    number = 0
    while text := file.readline(MAX_LINE):
        number += 1
        yield number, text
        while not text.endswith("\n") and (text := file.readline(MAX_LINE)):
            pass  # the rest of a line that is too long


def too_long(line: Line) -> RowError | None:
    """The refusal of a line that was cut."""
    if len(line[1]) < MAX_LINE:
        return None
    return RowError(line[0], "", f"The line is longer than {MAX_LINE} characters.")


def checked_row(line: int, texts: Iterable[tuple[str | None, str]]) -> RawRow | RowError:
    """A row of the texts whose column is known, or the refusal of a text that cannot be one."""
    kept: dict[str, str] = {}
    for column, text in texts:
        if column is None or not (bare := text.strip()):
            continue
        if len(bare) > MAX_FIELD:
            return RowError(line, column, f"The field is longer than {MAX_FIELD} characters.")
        if _CONTROL.search(bare):
            return RowError(line, column, "The field holds a control character, such as NUL.")
        kept[column] = _formula(text)
    return RawRow(line, kept)


def _formula(text: str) -> str:
    """The text inside `="…"`, which keeps a spreadsheet from rounding a long number."""
    bare = text.strip()
    return bare[2:-1] if bare.startswith('="') and bare.endswith('"') else text
