"""JSON lines -> rows: one object per line, named as the columns are."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from catalog.kernel.records import Line, too_long
from catalog.kernel.row_errors import RowError
from catalog.stock.columns import column_of
from catalog.stock.raw_rows import RawRow, named_row


def json_rows(lines: Iterable[Line]) -> Iterator[RawRow | RowError]:
    """A row per line; a line that is not an object of plain values is a refusal."""
    for line in lines:
        yield too_long(line) or _row(*line)


def _row(number: int, text: str) -> RawRow | RowError:
    try:
        fields = json.loads(text, object_pairs_hook=tuple)  # a name may stand in it twice
    except (ValueError, RecursionError):
        return RowError(number, "", "The line is not JSON: one object per line is needed.")
    if not isinstance(fields, tuple):
        return RowError(number, "", "The line is JSON, but not an object.")
    names, texts = [], []
    for name, value in fields:
        column = column_of(name)
        if column is None or value is None:
            continue
        if isinstance(value, (list, tuple)):
            return RowError(number, column, "The value is not a text.")
        if isinstance(value, float):
            return RowError(number, column, "A number with decimals is not exact: write a text.")
        names.append(name)
        texts.append(value if isinstance(value, str) else str(value).lower())
    return named_row(number, names, texts)
