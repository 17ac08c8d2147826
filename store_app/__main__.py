"""The program `esim-store`: the screens without a command, otherwise the command line."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from store_app.cli.arguments import read_arguments
from store_app.cli.output import carry_out

if TYPE_CHECKING:
    from store_app.cli.output import Answer


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program on these words, or on those of the process; gives its exit code."""
    words = sys.argv[1:] if argv is None else argv
    return carry_out(lambda: _run(words), as_json="--json" in words)


def _run(words: Sequence[str]) -> Answer | int:
    invocation = read_arguments(words)
    # A shell that asks for completions calls the program without words.
    if invocation.wants_screens and "_ESIM_STORE_COMPLETE" not in os.environ:
        from store_app.cli.screens import open_screens

        return open_screens(invocation.store, demo="--demo" in invocation.words)
    from store_app.cli.program import run_command

    return run_command(invocation)


if __name__ == "__main__":
    sys.exit(main())
