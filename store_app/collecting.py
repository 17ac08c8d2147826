"""Waiting for a card on a phone or at a reader: looked at again and again, never blocking, once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from textual.app import App

from catalog.kernel.errors import Refused, Unavailable
from store_app.screens.base import StoreScreen
from store_app.screens.checkout import CheckoutScreen
from store_app.screens.paying import PayingScreen, read_paying
from store_app.screens.reader_pay import ReaderScreen
from store_app.workers import off_loop

if TYPE_CHECKING:
    from store_app.desk.context import Desk
    from store_app.desk.order_views import OrderView

SOON_S: Final = 2.0
LATER_S: Final = 5.0
_SOON_LOOKS: Final = 30
"""A minute of looking every two seconds; most people have paid by then."""


async def collect(app: App[Any], desk: Desk, order: str) -> OrderView:
    """Show where a placed order is paid until it is paid or given up; the order as it is then.

    Giving up leaves the screen at once; the provider is told behind it.

    Raises:
        Refused: declined, or paid and undeliverable.
        Unavailable: given up, and the provider does not say what became of it.

    """
    paying = await off_loop(read_paying, desk, order)
    screen = (ReaderScreen if paying.reader else CheckoutScreen)(paying, desk)
    await app.push_screen(screen)
    try:
        found = await _watch(desk, order, screen)
    finally:
        await _close(app, screen)
    if found is not None:
        return found
    _tell(app)
    return await off_loop(_give_up, desk, order)


async def _watch(desk: Desk, order: str, screen: PayingScreen) -> OrderView | None:
    """The order once it is not placed any more; None when the clerk gave it up."""
    from store_app.desk.orders import check_order

    stop = asyncio.ensure_future(screen.stopped.wait())
    looks = 0
    try:
        while not stop.done():
            # A thread can't be stopped: a look that hangs is left alone, and so is what it says.
            look = asyncio.ensure_future(off_loop(check_order, desk, order))
            look.add_done_callback(_heard)
            await asyncio.wait((look, stop), return_when=asyncio.FIRST_COMPLETED)
            if look.done() and (found := _seen(look, screen)) is not None:
                return found
            looks += 1
            await asyncio.wait((stop,), timeout=SOON_S if looks < _SOON_LOOKS else LATER_S)
    finally:
        stop.cancel()
    return None


def _heard(look: asyncio.Future[OrderView]) -> None:
    if not look.cancelled():
        look.exception()


def _seen(look: asyncio.Future[OrderView], screen: PayingScreen) -> OrderView | None:
    try:
        found = look.result()
    except Unavailable as trouble:
        screen.checking(f"Checking … {trouble.message}")
        return None
    screen.checking("")
    return found if found.state != "placed" else None


def _tell(app: App[Any]) -> None:
    """Say what is going on while the provider is asked: it may take a while."""
    if isinstance(app.screen, StoreScreen):
        app.screen.say("Giving it up: the provider is asked to take no more money …", "warning")


def _give_up(desk: Desk, order: str) -> OrderView:
    from store_app.desk.order_views import show_order
    from store_app.desk.orders import cancel_order

    try:
        return cancel_order(desk, order)
    except Refused as refusal:
        if refusal.code != "not_cancellable":
            raise
    return show_order(desk, order)  # the customer was quicker


async def _close(app: App[Any], screen: PayingScreen) -> None:
    """Take the screen away, with what lies over it."""
    while screen in app.screen_stack:
        await app.pop_screen()
