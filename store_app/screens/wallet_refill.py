"""What a wallet's page says and does about refilling itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store_app.card_words import card_words
from store_app.refill_words import whole_words
from store_app.words import _

if TYPE_CHECKING:
    from store_app.desk.context import Desk
    from store_app.desk.wallets import WalletView
    from store_app.screens.owner_screen import OwnerScreen


def read_refill(desk: Desk, owner: str) -> str:
    """How a wallet is refilled by itself, and the card of its owner, with their keys."""
    from store_app.desk.auto_refill_views import find_auto_refill
    from store_app.desk.saved_cards import show_card

    refill, card = whole_words(find_auto_refill(desk, owner)), card_words(show_card(desk, owner))
    words = _("Auto refill (f): {refill}. Card (g): {card}.")
    return words.format(refill=refill.rstrip("."), card=card)


async def set_refill(screen: OwnerScreen, view: WalletView) -> None:
    """Set how it is refilled by itself, change that, or have a paused one approved."""
    from store_app.screens.auto_refill import wallet_auto_refill

    done = await wallet_auto_refill(screen, view.owner, view.currency)
    screen.read(view.owner)
    if done is not None:
        screen.say(_("Auto refill: {words}").format(words=whole_words(done)), "success")


async def set_card(screen: OwnerScreen, view: WalletView) -> None:
    """Keep a card of its owner, or remove it."""
    from store_app.screens.kept_card import keep_or_remove

    await keep_or_remove(screen, view.owner)
    screen.read(view.owner)
