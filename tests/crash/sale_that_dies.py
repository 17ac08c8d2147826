"""One sale that kills its process at a chosen commit."""

from __future__ import annotations

from store_app.desk.sales import sell
from tests.crash.moments import Moments, at_commit, dying_desk


def main(store: str, key: str, commit: int, moment: str) -> None:
    """Sell for cash, dying with the n-th commit: just before it, or just after."""
    desk = dying_desk(store, Moments(at_commit(commit, moment)))
    sell(desk, sku="ES-5GB-30D", pay="cash", key=key, tendered="20.00")
