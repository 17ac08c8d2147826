"""The way to the terminal UI, kept free of everything that the commands import."""

from __future__ import annotations

import os
import sys

from catalog.kernel.errors import Refused
from store_app.words import _


def open_screens(store: str | None, *, demo: bool) -> int:
    """Open the terminal UI and give its exit code; a terminal that can't show it is refused."""
    if "TEXTUAL_DRIVER" not in os.environ:  # a browser brings its own driver, on pipes
        _need_a_terminal()
    os.environ.setdefault("ESCDELAY", "20")  # milliseconds; Textual reads it when imported
    from store_app.app import run_app

    return run_app(store, demo)


def _need_a_terminal() -> None:
    if os.environ.get("TERM", "") in ("", "dumb") or not sys.stdout.isatty():
        raise Refused(
            _(
                "The screens need a terminal that can move its cursor; this one can't. "
                "Nothing was started. Use a command instead: esim-store --help."
            ),
            code="no_terminal",
        )
