"""A kept card in plain words, the same on the command line and on every screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store_app.words import _

if TYPE_CHECKING:
    from store_app.desk.saved_cards import CardView


def card_words(view: CardView) -> str:
    """A card as people may see it: "visa ending in 4242, until 12/2030"."""
    if view.state == "none":
        return _("none is kept")
    if view.state != "saved":
        return _("waits for its owner to type it")
    words = _("{brand} ending in {last4}, until {month:02d}/{year}")
    return words.format(
        brand=view.brand, last4=view.last4, month=view.exp_month or 0, year=view.exp_year
    )
