"""Processes of their own for what kills itself: forked from one that has imported the program.

A new interpreter takes a second to import what is to be killed after a tenth of one.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from typing import Any, Final

from store_app.desk.context import Desk

_SERVER: Final = get_context("forkserver")
_SERVER.set_forkserver_preload(
    [
        "__main__",
        "tests.crash.bills_that_die",
        "tests.crash.card_that_dies",
        "tests.crash.live_that_dies",
        "tests.crash.mail_that_dies",
        "tests.crash.refill_that_dies",
        "tests.crash.sale_that_dies",
        "tests.crash.swap_that_dies",
        "tests.crash.upload_that_dies",
    ]
)


def started(call: Callable[..., object], desk: Desk, *words: Any) -> BaseProcess:
    """A process that makes this call with the desk's store, in the environment of now."""
    store = desk.engine.url.render_as_string(hide_password=False)
    process = _SERVER.Process(target=_within, args=(dict(os.environ), call, store, *words))
    process.start()
    return process


def ended(process: BaseProcess) -> int:
    """Wait for its end: its exit status, negative for the signal that killed it."""
    process.join()
    assert process.exitcode is not None
    return process.exitcode


def died(call: Callable[..., object], desk: Desk, *words: Any) -> int:
    """Make this call in a process of its own; its exit status."""
    return ended(started(call, desk, *words))


def _within(environment: Mapping[str, str], call: Callable[..., object], *words: Any) -> None:
    os.environ.clear()
    os.environ.update(environment)
    raise SystemExit(call(*words))
