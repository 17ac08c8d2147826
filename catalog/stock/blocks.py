"""Stock files as blocks of judged rows: by columns where rows are strict, else row by row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from io import BytesIO
from itertools import islice
from typing import IO, TYPE_CHECKING

from catalog.kernel.file_blocks import count_lines, joined_text, whole_lines
from catalog.kernel.records import DELIMITERS, MAX_LINE, numbered_lines
from catalog.kernel.row_errors import RowError
from catalog.stock.columns import NEEDED, columns_of, repeated_heading, second_columns
from catalog.stock.frames import frame_of
from catalog.stock.raw_rows import RawRow, checked_row
from catalog.stock.readers import read_rows
from catalog.stock.strict_rows import strict_rows
from catalog.stock.verdicts import Profile, Upload, judge

if TYPE_CHECKING:
    import polars as pl

BLOCK = 2**22
"""Bytes of a file that are read at once."""

_ROWS = 5_000  # that came as values and become columns at once


@dataclass(frozen=True, slots=True)
class Block:
    """Some rows of a file: acceptable ones as columns, what is wrong or odd about them all.

    The columns are `line` and those that `verdicts.judge` gives; ids are hex, days ISO text.
    """

    profiles: pl.DataFrame = field(repr=False)
    errors: list[RowError] = field(default_factory=list)
    warnings: list[RowError] = field(default_factory=list)


def read_blocks(stream: IO[bytes], upload: Upload) -> Iterator[Block]:
    """The judged rows of a file in UTF-8, in the order of the file.

    `Refused` (`unreadable_file`) when its first lines show no form that is known. As soon as a
    quote is seen, the rest is read row by row: a cell may then hold a whole line.
    """
    first, number = stream.readline(MAX_LINE), 2
    header = _plain_header(first)
    while header and (block := whole_lines(stream, BLOCK)):
        if b'"' in block:
            yield from _leniently(first, block, stream, number, upload)
            return
        table = _table(block, header, number)
        if table is None:
            yield from _leniently(first, block, BytesIO(), number, upload)
        else:
            yield _judged(table, header, upload)
        number += count_lines(block)
    if not header:
        yield from _leniently(first, b"", stream, number, upload)


@dataclass(frozen=True, slots=True)
class _Header:
    """A first line of plain headings; None stands over columns that are not read."""

    delimiter: str
    columns: Sequence[str | None]

    @property
    def names(self) -> list[str]:
        """A name for each column: that of what it holds, or a number."""
        return [name or f"#{place}" for place, name in enumerate(self.columns)]


def _plain_header(line: bytes) -> _Header | None:
    """The header, when there can be no doubt about it."""
    text = line.decode("utf-8-sig", errors="replace")
    if not text.endswith("\n") or '"' in text or "\r" in text.rstrip("\r\n"):
        return None
    if not text.strip() or text.lstrip()[0] in "{[" or text.lower().startswith("sep="):
        return None
    found = {part: columns_of(text.rstrip("\r\n").split(part)) for part in DELIMITERS}
    best = max(found, key=lambda part: len(set(found[part]) - {None}))
    cells = text.rstrip("\r\n").split(best)
    if not NEEDED.intersection(found[best]) or repeated_heading(cells):
        return None
    if any(second_columns(cells)):
        return None  # whether two fields agree is seen row by row
    return _Header(best, found[best])


def _table(block: bytes, header: _Header, number: int) -> pl.DataFrame | None:
    """The cells of a block with their lines; None when its lines are not rows of the table."""
    import polars as pl

    block = block.replace(b"\r\n", b"\n")
    lines = block.count(b"\n") + (not block.endswith(b"\n"))
    cells = lines * (len(header.columns) - 1)
    if b"\r" in block or b"\0" in block or block.count(header.delimiter.encode()) != cells:
        return None
    try:
        table = pl.read_csv(
            block,
            has_header=False,
            schema=dict.fromkeys(header.names, pl.String),
            separator=header.delimiter,
            quote_char=None,
            empty_string_is_null=False,
        )
    except pl.exceptions.PolarsError:
        return None
    size = pl.sum_horizontal(pl.all().str.len_chars()).max() + len(header.columns)
    if table.height != lines or table.select(size).item() >= MAX_LINE:
        return None
    return table.with_row_index("line", number)


def _judged(table: pl.DataFrame, header: _Header, upload: Upload) -> Block:
    """Strict rows at once, the others by `judge`, all in the order of their lines."""
    import polars as pl

    columns = [name for name in header.columns if name]
    strict, odd = strict_rows(table, columns, upload)
    if odd.is_empty():
        return Block(strict)
    cells = odd.select("line", *header.names).rows()
    raw = [
        checked_row(line, zip(header.columns, texts, strict=True))
        for line, *texts in cells
        if any(text.strip() for text in texts)
    ]
    rest = judge_rows(raw, upload)
    profiles = pl.concat([strict, rest.profiles]).sort("line")
    return Block(profiles, rest.errors, rest.warnings)


def _leniently(
    first: bytes, parts: bytes, rest: IO[bytes], number: int, upload: Upload
) -> Iterator[Block]:
    """Row by row: the header, then what follows it from physical line `number` on."""
    text = joined_text([first, parts], rest, BLOCK, errors="replace")
    rows = (_moved(row, number - 2) for row in read_rows(numbered_lines(text)))
    yield from blocks_of(rows, upload)


def blocks_of(rows: Iterable[RawRow | RowError], upload: Upload) -> Iterator[Block]:
    """Rows that are values already, judged and as columns."""
    left = iter(rows)
    while part := list(islice(left, _ROWS)):
        yield judge_rows(part, upload)


def judge_rows(rows: Sequence[RawRow | RowError], upload: Upload) -> Block:
    """Each row by itself."""
    verdicts = [row if isinstance(row, RowError) else judge(row, upload) for row in rows]
    profiles = [each for each in verdicts if isinstance(each, Profile)]
    errors = [each for each in verdicts if isinstance(each, RowError)]
    warnings = [warning for profile in profiles for warning in profile.warnings]
    return Block(frame_of(profiles), errors, warnings)


def _moved(row: RawRow | RowError, lines: int) -> RawRow | RowError:
    return replace(row, line=row.line + lines) if lines else row
