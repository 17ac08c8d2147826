"""A row as its file gives it: the line it begins on and the texts under the columns we read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from catalog.kernel.row_errors import RowError

MAX_FIELD = 1_024
"""Characters in one field: a percent-encoded link of the longest code fits."""

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class RawRow:
    """The texts of one row by column; missing and blank ones are left out.

    `has_header` is False where no header named the columns and their contents had to.
    """

    line: int
    texts: Mapping[str, str] = field(repr=False)
    has_header: bool = True


def checked_row(
    line: int, texts: Iterable[tuple[str | None, str]], *, has_header: bool = True
) -> RawRow | RowError:
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
    return RawRow(line, kept, has_header)


def _formula(text: str) -> str:
    """The text inside `="…"`, which keeps a spreadsheet from rounding a long number."""
    bare = text.strip()
    return bare[2:-1] if bare.startswith('="') and bare.endswith('"') else text
