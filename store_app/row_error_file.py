"""The refused rows of a file as a file of their own, to hand back to whoever sent it."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.kernel.errors import Refused
from store_app.words import _

if TYPE_CHECKING:
    from catalog.kernel.row_errors import RowError


def check_new(path: Path) -> None:
    """`Refused` when no new file can be made there, as a word before long work."""
    if path.exists():
        raise _there_already()
    if not path.parent.is_dir():
        raise _not_written(_("there is no folder “{folder}”").format(folder=path.parent))


def write_errors(path: Path, errors: Sequence[RowError]) -> None:
    """Write them as CSV with line, field and reason; `Refused` when the file is there already."""
    rows = [(error.line, error.field, error.reason) for error in errors]
    try:
        with path.open("x", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([("line", "field", "reason"), *rows])
    except FileExistsError as error:
        raise _there_already() from error
    except OSError as error:
        raise _not_written(error.strerror or _("the folder can't be used")) from error


def _there_already() -> Refused:
    return Refused(_("That file is there already; nothing was written."), field="path")


def _not_written(reason: str) -> Refused:
    words = _("Nothing was written: {reason}. Name another file.")
    return Refused(words.format(reason=reason), field="path")
