"""Cards on file on screen: agreed to, typed on a phone, shown, removed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from store_app.card_words import card_words
from store_app.screens.base import StoreScreen
from store_app.screens.money import ask
from store_app.screens.picker import Choice, Picker
from store_app.widgets.confirm import Confirm
from store_app.widgets.lazy_list import Column
from store_app.words import _

if TYPE_CHECKING:
    from store_app.desk.context import Desk

_COLUMNS: Final = (Column("", 44, flex=1),)
_BEHAVIOURS: Final = (
    ("approves", _("approves every payment")),
    ("declines", _("declines when nobody is there")),
    ("asks", _("asks for its owner's approval when nobody is there")),
    ("times-out", _("does not answer at first, and has paid when asked again")),
)


async def keep_or_remove(screen: StoreScreen, owner: str) -> None:
    """Remove the card that is kept, or keep one once its owner has agreed."""
    from store_app.desk.saved_cards import remove_card, show_card

    view = await screen.run_desk(show_card, owner)
    if view.state != "saved":
        await _keep(screen, owner)
        return
    question = _("Remove the card of {owner}?").format(owner=owner)
    detail = _("{card}. Automatic refills that it pays are switched off when they are due.")
    detail = detail.format(card=card_words(view))
    if await ask(screen, Confirm(question, detail, _("Remove it"))):
        await screen.run_desk(remove_card, owner)
        screen.say(_("The card of {owner} is removed.").format(owner=owner), "success")


async def asked_to_keep(screen: StoreScreen, owner: str | None) -> bool:
    """Whether the card that is about to pay is kept: its owner agrees, or pays without that."""
    if owner is None or not await screen.run_desk(_has_none, owner):
        return False
    return bool(await ask(screen, await consent_question(screen, owner)))


async def _keep(screen: StoreScreen, owner: str) -> None:
    from store_app.collecting_card import collect_card
    from store_app.desk.saved_cards import save_card

    if not await ask(screen, await consent_question(screen, owner, _("No, keep none"))):
        return
    choice = ""
    if screen.heading is not None and screen.heading.has_offline_card:
        rows = [Choice(name, (words,)) for name, words in _BEHAVIOURS]
        title = _("OFFLINE DEMO CARD: how does it behave?")
        choice = await ask(screen, Picker(title, _COLUMNS, rows, empty_text="")) or ""
        if not choice:
            return
    view = await screen.run_desk(save_card, owner, agreed=True, choice=choice)
    if view.state == "asked" and view.page_url:
        view = await collect_card(screen.app, screen.desk, view)
    if view.state == "saved":
        words = _("Kept for {owner}: {card}.")
        screen.say(words.format(owner=owner, card=card_words(view)), "success")
    else:
        screen.say(_("No card is kept for {owner}.").format(owner=owner), "warning")


async def consent_question(
    screen: StoreScreen, owner: str, no_label: str = _("No, only pay")
) -> Confirm:
    """The words to agree to before a card of the owner is kept; no has the focus."""
    from store_app.desk.saved_cards import consent_text

    words = await screen.run_desk(consent_text, owner)
    question = _("Read to {owner}: is it agreed?").format(owner=owner)
    return Confirm(question, words, _("Yes, agreed"), no_label)


def _has_none(desk: Desk, owner: str) -> bool:
    from checkout.accounts.companies import WALK_IN
    from store_app.desk.saved_cards import show_card

    return owner != WALK_IN and show_card(desk, owner).state != "saved"
