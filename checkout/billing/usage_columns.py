"""Usage files by columns: what is written strictly is read at once, the rest row by row.

A row is strict when no reading of it is in doubt: plain ASCII, an instant with seconds and a
zone, digits, the code of a country. Any other row goes through `usage_files`, so that both ways
lead to the same records and the same reasons.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from io import BytesIO
from itertools import islice
from typing import IO, TYPE_CHECKING, Any

from catalog.kernel.database import to_micros
from catalog.kernel.file_blocks import count_lines, joined_text, whole_lines
from catalog.kernel.records import MAX_LINE, likeliest_delimiter, numbered_lines
from catalog.kernel.row_errors import RowError
from checkout.billing.usage_files import (
    COUNTRIES,
    FLAGS,
    UsageRow,
    header_of,
    read_row,
    read_usage,
)

if TYPE_CHECKING:
    import polars as pl

BLOCK = 2**23
"""Bytes of a file that are read at once: about 130 000 rows."""
_FIRST = 2**20  # of the first block, so that the store need not wait long for it

_LONE_RETURN = re.compile(rb"\r[^\n]")
_SECOND = len("2026-01-31T10:00:00")
_ROWS = 20_000  # that came as values and become columns at once
_TRUE = [word for word, is_true in FLAGS.items() if is_true]
_STRICT = {
    "event_id": r"^[!-~]([ -~]{0,198}[!-~])?$",
    "iccid": r"^[0-9A-Za-z]{1,40}$",
    "started_at": r"^(19|20|21)[0-9-]{8}T[0-2][0-9](:[0-5][0-9]){2}(\.[0-9]{1,6})?(Z|\+00:00)$",
    "bytes": r"^[0-9]{1,13}$",
}
"""What a row must be to be read at once; it is narrower than what `read_row` takes."""
_COUNTRIES = sorted(COUNTRIES | {code.lower() for code in COUNTRIES})


@dataclass(frozen=True, slots=True)
class Block:
    """Some rows of a file: those that are records, as columns, and what is wrong with the others.

    The columns are `row` (the physical line), `event_id`, `iccid`, `started_at` (microseconds
    since 1970), `bytes`, `country` and `cumulative`.
    """

    records: pl.DataFrame
    errors: list[RowError] = field(default_factory=list)

    @property
    def size(self) -> int:
        """How many rows of the file it is."""
        return self.records.height + len(self.errors)


def blocks_of(rows: Iterable[UsageRow | RowError]) -> Iterator[Block]:
    """Rows that are values already, as columns."""
    left = iter(rows)
    while part := list(islice(left, _ROWS)):
        yield _block(part)


def read_blocks(stream: IO[bytes]) -> Iterator[Block]:
    """The records of a file; `Refused` (`unreadable_file`) when it is none, as `read_usage` says.

    As soon as a quote is seen, the rest is read row by row: a cell may then hold a whole line.
    """
    first, number = stream.readline(MAX_LINE), 2
    text = first.decode("utf-8-sig", errors="surrogateescape")
    header = header_of(text)
    size = min(_FIRST, BLOCK)
    while block := whole_lines(stream, size):
        size = min(4 * size, BLOCK)
        if header is None or b'"' in block:
            yield from _leniently(first, block, stream, number)
            return
        found = _strictly(block, header, likeliest_delimiter(text), number)
        if found is None:
            yield from _leniently(first, block, BytesIO(), number)
        else:
            yield found
        number += found.size if found else count_lines(block)
    if header is None or number == 2:
        yield from _leniently(first, b"", stream, number)


def _leniently(first: bytes, parts: bytes, rest: IO[bytes], number: int) -> Iterator[Block]:
    """Row by row: the header, then what follows it from physical line `number` on."""
    text = joined_text([first, parts], rest, BLOCK, errors="surrogateescape")
    skipped = number - 2
    for block in blocks_of(read_usage(line for _, line in numbered_lines(text))):
        yield _moved(block, skipped) if skipped else block


def _moved(block: Block, lines: int) -> Block:
    import polars as pl

    errors = [replace(error, line=error.line + lines) for error in block.errors]
    return Block(block.records.with_columns(pl.col("row") + lines), errors)


def _strictly(block: bytes, header: Sequence[str], delimiter: str, number: int) -> Block | None:
    """The rows of a block without quotes; None when its lines are not rows of the table.

    The library takes either end of a line off, and makes a row of an empty one as well.
    """
    import polars as pl

    if b"\0" in block or _LONE_RETURN.search(block):
        return None
    try:
        table = pl.read_csv(
            block,
            has_header=False,
            schema=dict.fromkeys(header, pl.String),
            separator=delimiter,
            quote_char=None,
            empty_string_is_null=False,
        )
    except pl.exceptions.PolarsError:
        return None
    if not _is_filled(table, block, delimiter):
        return None
    return _checked(table.with_row_index("row", number), header)


def _is_filled(table: pl.DataFrame, block: bytes, delimiter: str) -> bool:
    """Whether each row has all its cells, and is no longer than a line may be.

    The library refuses a row with too many cells and fills up one with too few, so the cells are
    counted where a last one is empty; nobody else goes on while bytes are looked through.
    """
    import polars as pl

    size = pl.sum_horizontal(pl.all().str.len_chars()).max() + table.width
    if table.select(size).item() >= MAX_LINE:
        return False
    is_short = (table.to_series(-1) == "").any()
    return not is_short or block.count(delimiter.encode()) == table.height * (table.width - 1)


def _checked(table: pl.DataFrame, header: Sequence[str]) -> Block:
    import polars as pl

    found = table.select(*_columns("cumulative" in header), is_strict=_is_strict(header))
    strict = pl.col("is_strict") & pl.col("started_at").is_not_null()
    odd = table.filter(found.select(~strict).to_series())
    rows = [read_row(row, dict(zip(header, cells, strict=True))) for row, *cells in odd.rows()]
    rest = _block(rows)
    records = found.filter(strict).drop("is_strict")
    if rest.records.height:
        records = pl.concat([records, rest.records]).sort("row")
    return Block(records, rest.errors)


def _columns(has_flag: bool) -> Iterator[pl.Expr]:
    import polars as pl

    yield pl.col("row").cast(pl.Int64)
    yield pl.col("event_id", "iccid")
    naive = pl.col("started_at").str.strip_suffix("Z").str.strip_suffix("+00:00")
    # A format without fractions is read many times as fast.
    second = naive.str.slice(0, _SECOND).str.to_datetime(
        "%Y-%m-%dT%H:%M:%S", time_unit="us", strict=False, cache=False
    )
    micros = naive.str.slice(_SECOND + 1).str.pad_end(6, "0").cast(pl.Int64, strict=False)
    yield second.cast(pl.Int64) + micros
    yield pl.col("bytes").cast(pl.Int64, strict=False)
    yield pl.col("country").str.to_uppercase()
    flag = pl.col("cumulative").is_in(_TRUE) if has_flag else pl.lit(value=False)
    yield flag.alias("cumulative")


def _is_strict(header: Sequence[str]) -> pl.Expr:
    import polars as pl

    checks = [pl.col(name).str.contains(pattern) for name, pattern in _STRICT.items()]
    checks.append(pl.col("country").is_in(_COUNTRIES))
    if "cumulative" in header:
        checks.append(pl.col("cumulative").is_in(list(FLAGS)))
    return pl.all_horizontal(checks)


def _block(rows: Sequence[UsageRow | RowError]) -> Block:
    import polars as pl

    found = [row for row in rows if isinstance(row, UsageRow)]
    records = pl.DataFrame(
        [_cells(row) for row in found],
        schema={
            "row": pl.Int64,
            "event_id": pl.String,
            "iccid": pl.String,
            "started_at": pl.Int64,
            "bytes": pl.Int64,
            "country": pl.String,
            "cumulative": pl.Boolean,
        },
        orient="row",
    )
    return Block(records, [row for row in rows if isinstance(row, RowError)])


def _cells(row: UsageRow) -> tuple[Any, ...]:
    at = to_micros(row.started_at)
    return row.line, row.event_id, row.iccid, at, row.bytes, row.country, row.cumulative
