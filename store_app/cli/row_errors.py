"""Rows of a file that were refused or remarked on, as lines: where, what, why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from store_app.cli.layout import table
from store_app.words import _

if TYPE_CHECKING:
    from catalog.kernel.row_errors import RowError

_SHOWN_RANGES: Final = 4
_SHOWN_ERRORS: Final = 100


def error_table(errors: Sequence[RowError]) -> str:
    """The first errors under their titles and how many more there are; empty without any."""
    rows = [(error.line, error.field, error.reason) for error in errors[:_SHOWN_ERRORS]]
    if not rows:
        return ""
    shown = table((_("Line"), _("Field"), _("Reason")), rows, right=(0,))
    more = len(errors) - len(rows)
    if not more:
        return shown
    words = _("… and {count} more; --json tells them all.")
    return shown + "\n" + words.format(count=f"{more:,}")


def remark_table(remarks: Iterable[RowError]) -> str:
    """The remarks, each said once with its rows; empty when there are none."""
    lines = defaultdict(list)
    for remark in remarks:
        lines[remark.field, remark.reason].append(remark.line)
    rows = [(len(at), line_ranges(at), *said) for said, at in lines.items()]
    titles = (_("Rows"), _("Lines"), _("Field"), _("Remark"))
    return table(titles, rows, right=(0,)) if rows else ""


def line_ranges(lines: Sequence[int]) -> str:
    """Line numbers with their runs drawn together; the first few where there are many runs.

    >>> line_ranges([5, 2, 3, 4, 9]), line_ranges([2, 4, 6, 8, 10, 12])
    ('2-5, 9', '2, 4, 6, 8, …')
    """
    runs: list[tuple[int, int]] = []
    for line in sorted({*lines}):
        if runs and line == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], line)
        else:
            runs.append((line, line))
    words = [str(first) if first == last else f"{first}-{last}" for first, last in runs]
    return ", ".join(words[:_SHOWN_RANGES] + ["…"] * (len(words) > _SHOWN_RANGES))
