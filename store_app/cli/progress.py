"""A line on stderr that shows how far a long import is, when a person is watching."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from store_app.words import _

Progress = Callable[[int, int | None], None]


@contextmanager
def progress_line(what: str) -> Iterator[Progress | None]:
    """Give a function to call with rows done and rows in all; None when nobody watches."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress as Bar
    from rich.progress import TextColumn

    rate = TextColumn("{task.fields[rate]}")
    with Bar(*Bar.get_default_columns(), rate, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None, rate="")

        def show(done: int, total: int | None) -> None:
            speed = bar.tasks[0].speed
            words = _("{rate} rows a second").format(rate=f"{speed:,.0f}") if speed else ""
            bar.update(task, completed=done, total=total, rate=words)

        yield show
