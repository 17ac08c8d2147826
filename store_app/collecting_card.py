"""Waiting for a card to be typed on a phone: the page as a QR code, looked at again and again."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from textual.app import App

from catalog.kernel.clock import Clock
from catalog.kernel.errors import StoreError
from store_app import collecting
from store_app.screens.checkout import CheckoutScreen
from store_app.screens.paying import Paying
from store_app.workers import off_loop

if TYPE_CHECKING:
    from store_app.desk.context import Desk
    from store_app.desk.saved_cards import CardView


async def collect_card(app: App[Any], desk: Desk, view: CardView) -> CardView:
    """Show the page until the card is kept or given up; the card as it is then."""
    from store_app.desk.saved_cards import give_up_card

    screen = CheckoutScreen(_paying(view, desk.clock), desk)
    await app.push_screen(screen)
    try:
        found = await _watch(desk, view, screen)
    finally:
        while screen in app.screen_stack:
            await app.pop_screen()
    return await off_loop(give_up_card, desk, view.owner) if found is None else found


async def _watch(desk: Desk, view: CardView, screen: CheckoutScreen) -> CardView | None:
    """The card once its page is over; None when the clerk gave it up."""
    from store_app.desk.saved_cards import check_card

    stop = asyncio.ensure_future(screen.stopped.wait())
    try:
        while not stop.done():
            try:
                found = await off_loop(check_card, desk, view.owner)
            except StoreError as trouble:
                screen.checking(f"Checking … {trouble.message}")
            else:
                screen.checking("")
                if found.state != "asked":
                    return found
            await asyncio.wait((stop,), timeout=collecting.SOON_S)
    finally:
        stop.cancel()
    return None


def _paying(view: CardView, clock: Clock) -> Paying:
    return Paying(
        order=view.owner,
        item=f"Card of {view.owner}: it is kept, nothing is charged",
        amount_minor=0,
        currency="EUR",
        deadline_at=view.expires_at or clock(),
        mode="CARDS LIVE" if view.mode == "live" else "CARDS IN TEST MODE",
        page_url=view.page_url,
        is_order=False,
    )
