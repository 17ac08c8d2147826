"""Importing a price list from the screen: ask for the file, say what became of its plans."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from catalog.kernel.errors import Refused
from store_app.widgets.form import Field, Form, Values

if TYPE_CHECKING:
    from store_app.desk.catalogue import PlanImport

_SHOWN_ERRORS: Final = 20


def import_form() -> Form:
    """The question for the path of a plan file."""
    path = Field("path", "Plan file (.toml, .csv or .jsonl)", placeholder="~/plans.toml")
    return Form("Import plans", [path], yes_label="Import", check=path_of)


def path_of(values: Values) -> Path:
    """The file that was named; `Refused` when there is none."""
    typed = values["path"].strip()
    try:
        path = Path(typed).expanduser()
        if path.is_file():
            return path
    except (OSError, RuntimeError, ValueError):
        pass
    raise Refused(
        f"There is no file “{typed}”; nothing was imported. Check the path.",
        code="unreadable_file",
        field="path",
    )


def import_words(done: PlanImport) -> str:
    """One sentence about the outcome."""
    return f"{done.created} created, {done.updated} updated, {done.rejected} rejected."


def error_lines(done: PlanImport) -> str:
    """The first reasons for which plans were rejected, one line each."""
    lines = [f"Line {each.line}, {each.field}: {each.reason}" for each in done.errors]
    more = len(lines) - _SHOWN_ERRORS
    rest = [f"and {more} more; esim-store plans import FILE lists all."] if more > 0 else []
    return "\n".join([import_words(done), "", *lines[:_SHOWN_ERRORS], *rest])
