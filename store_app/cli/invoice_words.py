"""What became of an invoice, as commands tell it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from store_app.cli.layout import pairs
from store_app.words import _

if TYPE_CHECKING:
    from store_app.desk.invoice_cards import Collected

_WORDS: Final = {
    "paid_minor": _("Paid"),
    "credited_minor": _("Credited"),
    "open_minor": _("Open"),
    "credit_minor": _("Company's credit"),
    "change_minor": _("Change"),
}


def collected_words(done: Collected) -> str:
    """The invoice after its order has collected it."""
    said = {
        "number": done.number,
        "state": done.invoice_state,
        "paid_minor": done.paid_minor,
        "open_minor": done.open_minor,
        "currency": done.currency,
    }
    return done_words(said)


def done_words(done: dict[str, Any]) -> str:
    """What became of an invoice: its state, its amounts, and its orders."""
    from store_app.present import money

    amounts = [
        (words, money(done[name], done["currency"]))
        for name, words in _WORDS.items()
        if done.get(name) is not None and (done[name] or name != "change_minor")
    ]
    orders = done.get("orders") or ()
    return pairs(
        [
            (_("Number"), ", ".join(done.get("numbers") or [done["number"]])),
            (_("For invoice"), done.get("invoice")),
            (_("State"), done.get("state")),
            *amounts,
            (_("Order"), " ".join(one["order"] for one in orders)),
            (_("Order is"), " ".join(dict.fromkeys(one["state"] for one in orders))),
        ]
    )
