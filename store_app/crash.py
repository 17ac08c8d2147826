"""What nobody foresaw: one sentence for the person, the place in the program for the log."""

from __future__ import annotations

import traceback
from datetime import UTC, datetime

from catalog.kernel.errors import StoreError
from store_app.words import _


def record_crash(error: BaseException) -> StoreError:
    """Keep where the program broke in the log file, and say so in a sentence."""
    from store_app.settings import log_file

    path = log_file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as log:
            log.write(f"{datetime.now(UTC).isoformat()} {crash_places(error)}\n")
    except OSError:
        return StoreError(_("The store met an error it did not expect."), code="internal")
    sentence = _("The store met an error it did not expect. What happened is in {path}.")
    return StoreError(sentence.format(path=path), code="internal")


def crash_places(error: BaseException) -> str:
    """The kinds of the errors and the places they came through.

    Neither messages nor locals: those of a database error hold the values it was given, which
    may be activation codes.
    """
    chain: list[BaseException] = []
    while error and error not in chain:
        chain.append(error)
        error = error.__cause__ or error.__context__  # type: ignore[assignment]  # None ends it
    return "".join(
        f"{type(link).__module__}.{type(link).__name__}\n"
        + "".join(traceback.format_tb(link.__traceback__))
        for link in chain
    )
