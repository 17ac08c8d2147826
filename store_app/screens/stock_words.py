"""Stock in words: levels, batches and row errors as cells, paths and error files."""

from __future__ import annotations

import csv
import shlex
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

from catalog.kernel.errors import Refused
from store_app.present import NOTHING, instant
from store_app.widgets.lazy_list import Cell, Column, Toned
from store_app.words import _

if TYPE_CHECKING:
    from catalog.kernel.row_errors import RowError
    from catalog.stock.history import BatchView
    from catalog.stock.summary import StockLevel

LOW: Final = 5
"""From here down a plan is called low."""

LEVEL_COLUMNS: Final = (
    Column(_("Plan"), 14, flex=2),
    Column(_("Operator"), 12, flex=1, priority=2),
    Column(_("Available"), 9, align="right"),
    Column(_("Reserved"), 8, align="right", priority=1),
    Column(_("Sold"), 6, align="right"),
    Column("", 12),
)
BATCH_COLUMNS: Final = (
    Column(_("Batch"), 8),
    Column(_("State"), 18),
    Column(_("File"), 12, flex=2),
    Column(_("Accepted"), 8, align="right"),
    Column(_("Rejected"), 8, align="right"),
    Column(_("Plan"), 10, flex=1, priority=2),
    Column(_("By"), 8, priority=3),
    Column(_("At"), 16, priority=4),
)
ERROR_COLUMNS: Final = (
    Column(_("Line"), 6, align="right"),
    Column(_("Field"), 12),
    Column(_("Reason"), 20, flex=1),
)
CHECK_COLUMNS: Final = (Column(_("Row is"), 8), *ERROR_COLUMNS)
LINE_KINDS: Final = {
    "esim": _("eSIMs, with a code"),
    "sim": _("physical SIMs"),
    "terminal": _("satellite terminals"),
}
_STATES: Final = {
    "loading": Toned(_("loading"), "muted"),
    "pending": Toned(_("waits for approval"), "warning"),
    "approved": Toned(_("approved"), "success"),
    "rejected": Toned(_("rejected"), "muted"),
    "rolled_back": Toned(_("rolled back"), "muted"),
}


def level_rows(levels: Sequence[StockLevel]) -> list[Sequence[Cell]]:
    """Every plan's profiles; generic ones of its operator count before it is called sold out."""
    generic = Counter({each.operator: each.available for each in levels if each.sku is None})
    return [level_cells(level, _generic_for(level, generic)) for level in levels]


def _generic_for(level: StockLevel, generic: Counter[str]) -> int:
    if level.sku is None:
        return 0
    return generic[level.operator] if level.operator else generic.total()


def level_cells(level: StockLevel, generic: int) -> Sequence[Cell]:
    """A plan's profiles, with a word when it runs out or lives on generic stock."""
    word: Cell = ""
    if level.available + generic == 0 and level.live:
        word = Toned(_("live"), "success")
    elif level.available + generic == 0:
        word = Toned(_("sold out"), "error")
    elif level.available + generic <= LOW:
        word = Toned(_("low"), "warning")
    elif level.available <= LOW and generic:
        word = Toned(_("+{count} generic").format(count=generic), "muted")
    name = level.sku or _("generic: any plan")
    counts = (str(level.available), str(level.reserved), str(level.sold))
    return (name, level.operator or NOTHING, *counts, word)


def state_cell(state: str) -> Toned:
    """The state of a batch in words."""
    return _STATES.get(state, Toned(state, "muted"))


def batch_cells(view: BatchView, zone: str = "UTC") -> Sequence[Cell]:
    """One upload."""
    return (
        view.batch,
        state_cell(view.state),
        view.file_name,
        str(view.accepted),
        Toned(str(view.rejected), "error") if view.rejected else "0",
        view.plan or NOTHING,
        view.uploaded_by,
        instant(view.uploaded_at, zone),
    )


def error_cells(error: RowError) -> Sequence[Cell]:
    """One refused row."""
    return (str(error.line), error.field or _("row"), error.reason)


def check_rows(errors: Sequence[RowError], warnings: Sequence[RowError]) -> list[Sequence[Cell]]:
    """Refused rows, then accepted ones with a remark, told apart by a word and its colour."""
    refused, accepted = Toned(_("refused"), "error"), Toned(_("accepted"), "success")
    return [
        *((refused, *error_cells(error)) for error in errors),
        *((accepted, *error_cells(remark)) for remark in warnings),
    ]


def typed_path(text: str) -> Path:
    """The file that was typed, pasted or dragged into the window.

    Terminals put quotes round a dragged path, or backslashes before blanks and brackets; file
    managers paste a `file://` address. What is a file as it stands is taken as it stands.

    >>> str(typed_path("'/tmp/my file.csv' ")), str(typed_path("file:///tmp/my%20file.csv"))
    ('/tmp/my file.csv', '/tmp/my file.csv')
    """
    bare = text.strip()
    if bare.startswith("file://"):
        return Path(unquote(urlsplit(bare).path))
    path = Path(bare).expanduser()
    if path.exists():
        return path
    try:
        words = shlex.split(bare)
    except ValueError:  # a quote that is not closed
        return path
    return Path(words[0] if len(words) == 1 else bare.replace("\\ ", " ")).expanduser()


def existing_file(text: str) -> Path:
    """The typed path when it is a file, or `Refused`."""
    if not text.strip():
        raise Refused(_("Which file? Type or paste its whole path."), field="path")
    path = typed_path(text)
    if not path.is_file():
        raise Refused(
            _("There is no file at “{path}”. Type or paste its whole path.").format(path=path),
            field="path",
        )
    return path


def write_errors(path: Path, errors: Sequence[RowError]) -> None:
    """Write the refused rows as CSV, to hand back to the supplier."""
    rows = [(error.line, error.field, error.reason) for error in errors]
    try:
        with path.open("x", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([("line", "field", "reason"), *rows])
    except FileExistsError as error:
        raise Refused(
            _("That file is there already; nothing was written."), field="path"
        ) from error
    except OSError as error:
        reason = error.strerror or _("the folder can't be used")
        raise Refused(
            _("Nothing was written: {reason}. Name another file.").format(reason=reason),
            field="path",
        ) from error
