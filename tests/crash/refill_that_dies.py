"""A debit, and the automatic refill that follows from it, that kill their process.

A sale takes from the wallet; with a file of usage records, they take from an eSIM.
Every commit and every call of the provider has a moment before it and one after.
"""

from __future__ import annotations

from pathlib import Path

from store_app.desk.sales import sell
from store_app.desk.usage import import_usage
from tests.crash.moments import Moments, card_at, dying_desk
from tests.refills import ANA, SKU


def main(store: str, address: str, fatal: int, usage: Path | None = None) -> None:
    """Sell out of Ana's wallet, or import usage of her eSIM, dying at the fatal moment."""
    moments, card = Moments(fatal), card_at(address)
    moments.around_all(card.keeper.unattended, "start", "look_up")
    desk = dying_desk(store, moments, card)
    if usage is not None:
        import_usage(desk, usage, source="mno")
    else:
        sell(desk, sku=SKU, pay="wallet", key="w1", customer=ANA)
