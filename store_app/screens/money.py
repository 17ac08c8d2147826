"""Whatever moves money from a screen: one at a time, and never dropped halfway."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Final, TypeVar

from textual.screen import Screen

from catalog.kernel.errors import IdempotencyConflict, NotFound, Refused, StoreError
from catalog.kernel.ids import new_id
from store_app.cart_sale import given_up
from store_app.screens.base import StoreScreen
from store_app.words import _
from store_app.workers import crash_sentence

T = TypeVar("T")
GROUP: Final = "money"
_KEYS: Final[dict[tuple[str, ...], str]] = {}
"""Keys of requests whose outcome nobody knows yet."""


async def once(
    screen: StoreScreen, function: Callable[..., T], *args: object, **kwargs: object
) -> T:
    """Call a desk function that takes a `key`, so that asking again cannot do it twice.

    The key is made before the call and kept while the outcome is unknown: the same request has
    the same key then. A definite answer, yes or no, ends it.
    """
    words = (*args, *sorted(kwargs.items()))
    request = (str(screen.desk.engine.url), function.__name__, *map(str, words))
    kwargs["key"] = _KEYS.setdefault(request, new_id())
    try:
        answer = await screen.run_desk(function, *args, **kwargs)
    except (Refused, NotFound, IdempotencyConflict):
        _KEYS.pop(request)
        raise
    _KEYS.pop(request)
    return answer


def start(screen: StoreScreen, work: Coroutine[Any, Any, None]) -> bool:
    """Run the work as the app's own worker, unless another one is under way.

    It goes on when the screen is left, so that its outcome is not lost.
    """
    app = screen.app
    if any(worker.group == GROUP and not worker.is_finished for worker in app.workers):
        work.close()
        screen.say(_("Another payment is under way; nothing was started."), "warning")
        return False
    app.run_worker(_told(screen, work), group=GROUP, exit_on_error=False)
    return True


def card_ways(screen: StoreScreen) -> list[str]:
    """How a card may be taken here: `card` on a phone, `reader` on the counter; or not at all."""
    heading = screen.heading
    offered = {"card": heading.card, "reader": heading.reader} if heading else {}
    return [way for way, label in offered.items() if label]


async def paid_on_a_phone(screen: StoreScreen, order: str) -> None:
    """Wait until a card order is paid or given up, and say which."""
    from store_app.collecting import collect

    found = await collect(screen.app, screen.desk, order)
    if found.state == "delivered":
        screen.say(_("Paid by card. Receipt {receipt}.").format(receipt=found.receipt), "success")
    else:
        screen.say(given_up(found).message, "warning")


async def ask(screen: StoreScreen, dialog: Screen[Any]) -> Any:
    """What a dialog over the screen answers; None when the screen was left meanwhile."""
    if screen.app.screen is not screen:
        return None
    return await screen.app.push_screen_wait(dialog)


async def _told(screen: StoreScreen, work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except StoreError as refusal:
        _tell(screen, refusal.message)
    except Exception as error:  # noqa: BLE001 - the last line before the person
        _tell(screen, crash_sentence(error).message)


def _tell(screen: StoreScreen, sentence: str) -> None:
    """In the screen while it is there, otherwise over whatever is open."""
    if screen.is_mounted and screen.is_attached:
        screen.say(sentence, "error")
    if not screen.is_current:
        screen.app.notify(sentence, severity="error", markup=False)
