"""Paying from a wallet: hold, then capture or void, each at most once."""

from __future__ import annotations

from sqlmodel import Session

from catalog.kernel.errors import Refused
from catalog.kernel.money import money_words
from checkout.accounts.tables import WalletRow
from checkout.billing.ledger import balance, wallet


def available_minor(session: Session, row: WalletRow) -> int:
    """What may be spent now: the balance without holds, down to the wallet's minimum."""
    return balance(session, wallet(row.id, row.currency)) - row.held_minor - row.minimum_minor


def hold(session: Session, row: WalletRow, amount_minor: int, currency: str) -> None:
    """Set an amount aside in a locked wallet, or `Refused`."""
    if not row.enabled:
        raise Refused("This wallet is not enabled; nothing was charged.", code="wallet_disabled")
    if row.currency != currency:
        raise Refused(
            f"The wallet holds {row.currency} and the price is in {currency}; nothing was charged "
            "and nothing is converted. Pay another way.",
            code="currency_mismatch",
        )
    free = available_minor(session, row)
    if free < amount_minor:
        raise Refused(
            f"The wallet can spend {money_words(max(free, 0), currency)} and "
            f"{money_words(amount_minor, currency)} are needed; nothing was charged. Top it up "
            "or pay another way.",
            code="wallet_too_low",
        )
    row.held_minor += amount_minor
    session.add(row)
    session.flush()


def end_hold(session: Session, wallet_id: str, amount_minor: int) -> None:
    """Void a hold, or make room for its capture in the same transaction."""
    row = session.get_one(WalletRow, wallet_id, with_for_update=True, populate_existing=True)
    row.held_minor -= amount_minor
    session.add(row)
    session.flush()
