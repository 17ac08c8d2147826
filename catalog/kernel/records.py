"""Delimited text -> records with their physical lines; a stray quote costs its own line only.

Quoted cells may run over several lines. Whether a quote that stays open is such a cell or was
forgotten shows in what it swallows: a row of the table does not hold another one.
"""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import TextIO

from catalog.kernel.row_errors import RowError

MAX_LINE = 32_768
"""Characters in one physical line, and in one record of several."""
MAX_SPAN = 20
"""Physical lines over which one record may run; beyond it a quote was forgotten."""
DELIMITERS = ",;\t|"

Line = tuple[int, str]
"""A physical line with its number from 1; a cut one when it is longer than `MAX_LINE`."""

Record = tuple[int, list[str]]
"""The cells of a row and the physical line on which it begins."""


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


def likeliest_delimiter(text: str) -> str:
    """The delimiter that stands most often in a text; a comma when there is none."""
    return max(DELIMITERS, key=text.count)


def read_records(
    lines: Iterable[Line], delimiter: str, *, span: int = MAX_SPAN
) -> Iterator[Record | RowError]:
    """The records of a table, the first of which is its header; blank ones are skipped.

    A record goes on over the line's end inside quotes when it then has as many cells as the
    header and holds no line at which another such record begins. Otherwise its first line is
    refused alone and the next line is read anew. `span=1` is for lists: a line is a row.
    """
    source, width = _Source(lines), 0
    while line := source.take():
        record = _record(line, source, delimiter, width, span)
        if isinstance(record, RowError):
            yield record
        elif any(cell.strip() for cell in record):
            width = width or len(record)
            yield line[0], record


class _Source:
    """Lines that can be looked at before they are taken."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self._lines = iter(lines)
        self._ahead: deque[Line] = deque()

    def take(self) -> Line | None:
        """The next line, or None at the end."""
        return self._ahead.popleft() if self._ahead else next(self._lines, None)

    def peek(self, place: int) -> Line | None:
        """The line that is `place` lines after the next one, or None beyond the end."""
        while len(self._ahead) <= place and (line := next(self._lines, None)):
            self._ahead.append(line)
        return self._ahead[place] if place < len(self._ahead) else None


def _record(
    line: Line, source: _Source, delimiter: str, width: int, span: int
) -> list[str] | RowError:
    """The cells of the record that begins on a line; those of its further lines are taken."""
    if refusal := too_long(line):
        return refusal
    try:
        if (cells := _cells([line[1]], delimiter)) is not None:
            return cells
    except csv.Error:
        return RowError(line[0], "", "The quotes in this row are wrong.")
    found = _long_record(line[1], source, delimiter, width, span)
    if found is None:
        return RowError(line[0], "", "A quote is not closed.")
    cells, further = found
    for _ in range(further):
        source.take()
    return cells


def _long_record(
    first: str, source: _Source, delimiter: str, width: int, span: int
) -> tuple[list[str], int] | None:
    """The cells of a record of several lines and how many lines follow its first, if it is one."""
    taken = [first]
    while len(taken) < span and (line := source.peek(len(taken) - 1)):
        taken.append(line[1])
        if sum(map(len, taken)) >= MAX_LINE or _is_row([line[1]], delimiter, width):
            return None
        cells = _closed(taken, delimiter)
        if cells is not None:
            further, wanted = len(taken) - 1, width or len(cells)
            swallows = any(
                _begins_row(source, place, delimiter, wanted) for place in range(further)
            )
            return None if len(cells) != wanted or swallows else (cells, further)
    return None


def _begins_row(source: _Source, place: int, delimiter: str, width: int) -> bool:
    """Whether a whole row of the table could begin on a line further on."""
    texts: list[str] = []
    while len(texts) < MAX_SPAN and (line := source.peek(place + len(texts))):
        texts.append(line[1])
        if sum(map(len, texts)) >= MAX_LINE:
            return False
        if '"' in line[1] and _is_row(texts, delimiter, width):
            return True
        if len(texts) == 1 and not _opens_row(line[1], delimiter):
            return _is_row(texts, delimiter, width)
    return False


def _opens_row(text: str, delimiter: str) -> bool:
    """Whether a line is the first one of a longer row, and not the end of a quoted cell."""
    is_end = text[:1] == '"' and text[1:2] in {delimiter, "\r", "\n", ""}
    return not is_end and _closed([text], delimiter) is None


def _is_row(texts: Sequence[str], delimiter: str, width: int) -> bool:
    """Whether lines are one record of so many cells with every quote in its place."""
    if not _well_formed(delimiter).fullmatch("".join(texts)):
        return False
    cells = _closed(texts, delimiter)
    return cells is not None and len(cells) == width


@lru_cache
def _well_formed(delimiter: str) -> re.Pattern[str]:
    part = re.escape(delimiter)
    cell = rf'(?:=?"[^"]*(?:""[^"]*)*"|[^"{part}\r\n]*)'
    return re.compile(rf"{cell}(?:{part}{cell})*[\r\n]*")


def _closed(texts: Sequence[str], delimiter: str) -> list[str] | None:
    """The cells of a record, or None while a quote is open or where one is wrong."""
    if '"' not in texts[-1] and len(texts) > 1:
        return None
    try:
        return _cells(texts, delimiter)
    except csv.Error:
        return None


def _cells(texts: Sequence[str], delimiter: str) -> list[str] | None:
    """The cells of one record, or None while a quote is open; `csv.Error` for a wrong quote."""
    try:
        return next(csv.reader(texts, delimiter=delimiter, strict=True))
    except csv.Error as error:
        if "unexpected end" in str(error):
            return None
        raise
