"""The one way from a screen to the store: off the event loop, errors as sentences."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial, wraps
from typing import Any, Concatenate, Literal, ParamSpec, Protocol, TypeVar, cast

from textual.screen import Screen
from textual.worker import Worker

from catalog.kernel.errors import StoreError

P = ParamSpec("P")
T = TypeVar("T")
S = TypeVar("S", bound=Screen[Any])
Work = Callable[Concatenate[S, P], Coroutine[Any, Any, None]]
Start = Callable[Concatenate[S, P], Worker[None]]


class Speaker(Protocol):
    """A screen with a line for what became of its work."""

    def say(self, sentence: str, tone: Literal["error"]) -> None:
        """Show a sentence."""


async def off_loop(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a blocking function in a thread.

    Raises:
        StoreError: what the store refused; an error that nobody foresaw becomes one too, and
            its place (never its values) goes into the log file.

    """
    try:
        return await asyncio.to_thread(function, *args, **kwargs)
    except StoreError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, the person gets a sentence
        raise crash_sentence(error) from None


def crash_sentence(error: BaseException) -> StoreError:
    """Log where the program broke and give the sentence for the person."""
    from store_app.crash import record_crash

    return record_crash(error)


def desk_work(group: str, *, exclusive: bool = False) -> Callable[[Work[S, P]], Start[S, P]]:
    """Make an async method of a screen start as a worker that says its errors and never dies.

    With `exclusive` a newer call of the same group drops the result of an older one; use it for
    reading only.
    """

    def decorate(method: Work[S, P]) -> Start[S, P]:
        @wraps(method)
        def start(self: S, /, *args: P.args, **kwargs: P.kwargs) -> Worker[None]:
            return self.run_worker(
                # Not a coroutine yet: a worker that is dropped before it starts would leave it.
                partial(_said, cast("Speaker", self), partial(method, self, *args, **kwargs)),
                name=method.__name__,
                group=group,
                exclusive=exclusive,
                exit_on_error=False,
            )

        return cast("Start[S, P]", start)

    return decorate


async def _said(speaker: Speaker, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    try:
        await work()
    except StoreError as refusal:
        speaker.say(refusal.message, "error")
    except Exception as error:  # noqa: BLE001 - the last line before the person
        speaker.say(crash_sentence(error).message, "error")
