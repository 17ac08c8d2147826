"""Automatic refills in plain words, the same on the command line and on every screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store_app.present import instant, money, size
from store_app.words import _

if TYPE_CHECKING:
    from store_app.desk.auto_refill_views import AutoRefillView

WAYS = {
    "card": _("the kept card"),
    "company-card": _("the company's kept card"),
    "wallet": _("the customer's wallet"),
    "company-wallet": _("the company's wallet"),
}


def rule_words(view: AutoRefillView) -> str:
    """What was set: "under 100 MB: 1GB from the kept card"."""
    if view.kind == "esim":
        words = _("under {threshold}: {refill} from {way}")
        return words.format(threshold=size(view.threshold), refill=view.refill, way=WAYS[view.pay])
    words = _("under {threshold}: {amount} from {way}")
    threshold = money(view.threshold, view.currency)
    amount = money(view.amount_minor, view.currency)
    return words.format(threshold=threshold, amount=amount, way=WAYS[view.pay])


def state_words(view: AutoRefillView, zone: str = "UTC") -> str:
    """How far it is, and what has to be done if anything has."""
    if view.state == "on":
        return _("on")
    if view.state == "off":
        return _("off: {why}").format(why=view.reason) if view.reason else _("off")
    if view.state == "paused":
        words = _("paused: the owner of the card has to approve the payment")
        return f"{words}{letter_words(view, zone)}"
    if view.state == "checking":
        return _("a payment is being checked")
    words = _("next try {at}. {why}")
    return words.format(at=instant(view.next_try_at, zone), why=view.reason).strip()


def letter_words(view: AutoRefillView, zone: str = "UTC") -> str:
    """Whether he was told, as the end of a sentence."""
    if view.letter == "sent":
        words = _("; the page was sent to {to} {at}")
        return words.format(to=view.letter_to, at=instant(view.letter_at, zone))
    if view.letter_reason:
        return _("; the page was not sent: {why}").format(why=view.letter_reason)
    return ""


def cap_words(view: AutoRefillView) -> str:
    """How many there were of how many that may be."""
    words = _("{today} of {daily} in 24 hours, {month} of {monthly} in 30 days")
    return words.format(
        today=view.begun_today,
        daily=view.daily_cap,
        month=view.begun_this_month,
        monthly=view.monthly_cap,
    )


def whole_words(view: AutoRefillView | None, zone: str = "UTC") -> str:
    """One line about it; None is what was never set."""
    if view is None:
        return _("off")
    if view.state == "off":
        return state_words(view, zone)
    return f"{rule_words(view)}; {state_words(view, zone)}"
