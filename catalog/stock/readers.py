"""Stock files of every accepted form -> rows with their physical lines, one at a time.

A table with a header (parted by `,` `;` `|` or a tab), JSON lines, or a bare list of LPA codes.
"""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice

from catalog.plan_files import RowError
from catalog.stock.columns import columns_of
from catalog.stock.json_rows import json_rows
from catalog.stock.raw_rows import Line, RawRow, checked_row, too_long
from catalog.stock.survey import unreadable

MAX_SPAN = 20
"""Physical lines over which one quoted row may run; beyond it a quote was forgotten."""

_DELIMITERS = ",;\t|"
_PEEKED = 20
_NEEDED = {"iccid", "activation_code", "matching_id"}
_CODE = re.compile(r"1(?:\$|%24)")
_ICCID = re.compile(r"\W*89[0-9 ]{16,23}[Ff]*\W*")
_EID = re.compile(r"89[0-9]{30}")

Record = tuple[int, list[str]]
"""The cells of a row and the physical line on which it begins."""


def read_rows(lines: Iterable[Line]) -> Iterator[RawRow | RowError]:
    """The rows below the header, or the refusals of what is no row; empty lines are skipped.

    `Refused` (`unreadable_file`) at once when the first lines show no form that is known.
    """
    filled = (line for line in lines if line[1].strip())
    head = list(islice(filled, _PEEKED))
    if head and head[0][1].lower().startswith("sep="):
        del head[0]  # Excel's note of the delimiter
    if not head:
        raise unreadable("it has no rows")
    every = chain(head, filled)
    if head[0][1].lstrip("\ufeff \t").startswith("{"):
        return json_rows(every)
    delimiter, columns = _header(head)
    if _NEEDED.intersection(columns):
        return _table_rows(islice(_records(every, delimiter), 1, None), columns)
    if any(_CODE.search(text) for _, text in head):
        return _list_rows(_records(every, _likeliest(head)))
    raise unreadable(
        "its first line names no known column such as ICCID or Activation code, and it is "
        "neither JSON lines nor a list of LPA codes"
    )


def _header(head: Sequence[Line]) -> tuple[str, list[str | None]]:
    """The delimiter under which the first row names most columns, and those columns."""
    firsts = {part: next(_records(head, part)) for part in _DELIMITERS}
    columns = {
        part: [] if isinstance(first, RowError) else columns_of(first[1])
        for part, first in firsts.items()
    }
    best = max(columns, key=lambda part: len(set(columns[part]) - {None}))
    return best, columns[best]


def _likeliest(head: Sequence[Line]) -> str:
    return max(_DELIMITERS, key="".join(text for _, text in head).count)


def _records(lines: Iterable[Line], delimiter: str) -> Iterator[Record | RowError]:
    """Cells by row; a row goes on over the line's end inside quotes.

    A quote that is never closed costs its own line only: the lines after it are read again.
    """
    source = iter(lines)
    again: deque[Line] = deque()
    while line := again.popleft() if again else next(source, None):
        taken = [line]
        while (cells := _cells(taken, delimiter)) is None and len(taken) < MAX_SPAN:
            if not (more := again.popleft() if again else next(source, None)):
                break
            taken.append(more)
        if cells is None:
            again.extendleft(reversed(taken[1:]))
            yield RowError(line[0], "", "A quote is opened in this row and never closed.")
        elif isinstance(cells, RowError):
            yield cells
        elif any(cell.strip() for cell in cells):
            yield line[0], cells


def _cells(lines: Sequence[Line], delimiter: str) -> list[str] | RowError | None:
    """The cells of one row, its refusal, or None while a quote is open."""
    if any(too_long(line) for line in lines):
        return too_long(lines[0])
    try:
        return next(csv.reader((text for _, text in lines), delimiter=delimiter, strict=True))
    except csv.Error as error:
        if "unexpected end" in str(error):
            return None
        return RowError(lines[0][0], "", "The quotes in this row are wrong.")


def _table_rows(
    records: Iterable[Record | RowError], columns: Sequence[str | None]
) -> Iterator[RawRow | RowError]:
    for record in records:
        if isinstance(record, RowError):
            yield record
            continue
        line, cells = record
        while len(cells) > len(columns) and not cells[-1].strip():
            cells.pop()
        if len(cells) == len(columns):
            yield checked_row(line, zip(columns, cells, strict=True))
        else:
            has = "1 field" if len(cells) == 1 else f"{len(cells)} fields"
            yield RowError(line, "", f"The row has {has}, the header has {len(columns)}.")


def _list_rows(records: Iterable[Record | RowError]) -> Iterator[RawRow | RowError]:
    """Rows without header: a code, and beside it an ICCID, an EID or a confirmation code."""
    for record in records:
        if isinstance(record, RowError):
            yield record
            continue
        line, cells = record
        texts = [(_kind_of(cell), cell) for cell in cells if cell.strip()]
        kinds = [kind for kind, _ in texts]
        if len(set(kinds)) < len(kinds):
            yield RowError(line, "", "Two fields of this row can be the same thing: add a header.")
        else:
            yield checked_row(line, texts)


def _kind_of(cell: str) -> str:
    if _CODE.search(cell):
        return "activation_code"
    if _EID.fullmatch(cell.strip()):
        return "eid"
    return "iccid" if _ICCID.fullmatch(cell) else "confirmation_code"
