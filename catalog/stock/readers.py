"""Stock files of every accepted form -> rows with their physical lines, one at a time.

A table with a header (parted by `,` `;` `|` or a tab), JSON lines, or a bare list of LPA codes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice, takewhile

from catalog.kernel.records import (
    DELIMITERS,
    Line,
    Record,
    likeliest_delimiter,
    read_records,
)
from catalog.kernel.row_errors import RowError
from catalog.stock.columns import NEEDED, columns_of, repeated_heading
from catalog.stock.json_rows import json_rows
from catalog.stock.packing import unreadable
from catalog.stock.raw_rows import RawRow, checked_row, named_row

_PEEKED = 20
_CODE = re.compile(r"LPA:\d|1(?:\$|%24)", re.IGNORECASE)
_ICCID = re.compile(r"\W*89[0-9 ]{16,23}[Ff]*\W*")
_EID = re.compile(r"89[0-9]{30}")


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
    if head[0][1].lstrip("\ufeff \t").startswith("{"):
        return json_rows(chain(head, filled))
    if head[0][1].lstrip("\ufeff \t").startswith("["):
        raise unreadable("it is one JSON list; write one object per line instead")
    titles = _lines_above_header(head)
    every = chain(head[titles:], filled)
    delimiter, header = _header(head[titles:])
    if NEEDED.intersection(columns_of(header)):
        _refuse_repeated(header)
        return _table_rows(islice(read_records(every, delimiter), 1, None), header)
    if any(_CODE.search(text) for _, text in head):
        return _list_rows(read_records(every, _likeliest(head), span=1))
    raise unreadable(
        "none of its first lines names a known column such as ICCID or Activation code, and it is "
        "neither JSON lines nor a list of LPA codes"
    )


def table_rows(records: Iterable[Record]) -> Iterator[RawRow | RowError]:
    """The rows of a table that came as cells, below the first of them that names columns.

    `Refused` (`unreadable_file`) when none of the first ones does.
    """
    every = iter(records)
    for _, cells in islice(every, _PEEKED):
        if NEEDED.intersection(columns_of(cells)):
            _refuse_repeated(cells)
            return _table_rows(every, cells)
    raise unreadable("no row of it names a known column such as ICCID or Activation code")


def _lines_above_header(head: Sequence[Line]) -> int:
    """How many lines of a title stand above the one that names most columns.

    A line with a code is a row already: no header comes after it.
    """
    above = list(takewhile(lambda line: not _CODE.search(line[1]), head))
    named = [_known(columns_of(_header(head[place:])[1])) for place in range(len(above))]
    return named.index(max(named)) if named else 0


def _known(columns: Sequence[str | None]) -> int:
    """How many columns a header names; 0 when none of them tells one profile from another."""
    return len(set(columns) - {None}) if NEEDED.intersection(columns) else 0


def _header(head: Sequence[Line]) -> tuple[str, list[str]]:
    """The delimiter under which the first row names most columns, and its cells."""
    firsts = {part: next(read_records(head, part), None) for part in DELIMITERS}
    cells = {part: first[1] if isinstance(first, tuple) else [] for part, first in firsts.items()}
    best = max(cells, key=lambda part: len(set(columns_of(cells[part])) - {None}))
    return best, cells[best]


def _refuse_repeated(header: Sequence[str]) -> None:
    if column := repeated_heading(header):
        raise unreadable(f"its first line has the column {column} twice")


def _likeliest(head: Sequence[Line]) -> str:
    return likeliest_delimiter("".join(text for _, text in head))


def _table_rows(
    records: Iterable[Record | RowError], header: Sequence[str]
) -> Iterator[RawRow | RowError]:
    for record in records:
        if isinstance(record, RowError):
            yield record
            continue
        line, cells = record
        while len(cells) > len(header) and not cells[-1].strip():
            cells.pop()
        if len(cells) == len(header):
            yield named_row(line, header, cells)
        else:
            has = "1 field" if len(cells) == 1 else f"{len(cells)} fields"
            yield RowError(line, "", f"The row has {has}, the header has {len(header)}.")


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
            yield checked_row(line, texts, has_header=False)


def _kind_of(cell: str) -> str:
    if _CODE.search(cell):
        return "activation_code"
    if _EID.fullmatch(cell.strip()):
        return "eid"
    return "iccid" if _ICCID.fullmatch(cell) else "confirmation_code"
