"""The two options that count anywhere on the command line, and the request for the screens.

Read by hand before anything else is imported, so that the screens start without Typer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from catalog.kernel.errors import StoreError

if TYPE_CHECKING:
    from store_app.desk.context import Desk

MAX_WORD = 4_096
"""Characters of one word: longer than any path and any code."""


class WrongUsage(StoreError):
    """The command line itself is wrong; `hint` says how it is meant."""

    code = "usage"

    def __init__(self, message: str, *, field: str | None = None, hint: str = "") -> None:
        super().__init__(message, field=field)
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Invocation:
    """One command line: the store it names, whether it wants JSON, and the words that are left."""

    words: tuple[str, ...]
    store: str | None = None
    as_json: bool = False

    @property
    def wants_screens(self) -> bool:
        """Whether the terminal UI is asked for, with or without its demo."""
        return not self.as_json and self.words in ((), ("run",), ("run", "--demo"))

    def desk(self) -> Desk:
        """The desk of the store that is named; a missing store is refused, not created."""
        from store_app.bootstrap import open_desk

        return open_desk(self.store, create=False)


def read_arguments(argv: Sequence[str]) -> Invocation:
    """Take `--json` and `--store` out of a command line, wherever they stand before a `--`.

    >>> read_arguments(["plans", "list", "--json", "--store=shop.db"])
    Invocation(words=('plans', 'list'), store='shop.db', as_json=True)
    """
    for word in argv:
        _check_word(word)
    words: list[str] = []
    store, as_json = None, False
    rest = iter(argv)
    for word in rest:
        if word == "--":
            words += [word, *rest]
        elif word == "--json":
            as_json = True
        elif word == "--store" or word.startswith("--store="):
            store = word.removeprefix("--store=") if "=" in word else next(rest, "")
            if not store:
                raise WrongUsage("--store needs a path or a URL.", field="store")
        else:
            words.append(word)
    return Invocation(tuple(words), store, as_json)


def _check_word(word: str) -> None:
    if len(word) > MAX_WORD:
        raise WrongUsage(f"A word of a command has at most {MAX_WORD} characters.")
    try:
        word.encode()
    except UnicodeEncodeError as error:
        raise WrongUsage("A word of the command is not written in UTF-8.") from error
