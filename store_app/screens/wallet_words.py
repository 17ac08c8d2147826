"""Wallets in words: balances, limits and movements as cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from catalog.kernel.clock import parse_instant
from store_app.present import instant, money
from store_app.widgets.lazy_list import Cell, Column, Toned
from store_app.words import _

if TYPE_CHECKING:
    from store_app.desk.wallets import WalletView

WALLET_COLUMNS: Final = (
    Column(_("Owner"), 20, flex=2),
    Column(_("Balance"), 14, align="right"),
    Column(_("Held"), 12, align="right", priority=2),
    Column(_("Minimum"), 12, align="right", priority=1),
    Column("", 9),
)
HISTORY_COLUMNS: Final = (
    Column(_("At"), 16),
    Column(_("What"), 8, flex=1),
    Column(_("Amount"), 14, align="right"),
    Column(_("Balance"), 14, align="right"),
)


def wallet_cells(view: WalletView) -> Sequence[Cell]:
    """One wallet, with a word when it cannot pay."""
    word: Cell = ""
    if not view.enabled:
        word = Toned(_("off"), "muted")
    elif view.balance_minor - view.held_minor <= view.minimum_minor:
        word = Toned(_("exhausted"), "error")
    amounts = (view.balance_minor, view.held_minor, view.minimum_minor)
    return (view.owner, *(money(amount, view.currency) for amount in amounts), word)


def history_cells(entry: Mapping[str, Any], currency: str, zone: str = "UTC") -> Sequence[Cell]:
    """One movement with the balance after it."""
    amount = int(entry["amount_minor"])
    sign = "+" if amount > 0 else ""
    change = f"{sign}{money(amount, currency)}"
    return (
        instant(parse_instant(entry["at"]), zone),
        entry["description"],
        Toned(change, "success") if sign else change,
        money(int(entry["balance_minor"]), currency),
    )


def wallet_title(view: WalletView) -> str:
    """Whose movements these are, and what may still be spent."""
    free = view.balance_minor - view.held_minor - view.minimum_minor
    words = _("{owner}: {free} to spend")
    return words.format(owner=view.owner, free=money(max(0, free), view.currency))
