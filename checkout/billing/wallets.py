"""Wallets as money: locked in one order, and what they can pay.

Whoever takes money from a wallet locks its row first and its ledger account after it. Lines are
locked before wallets; a line that is wanted after them is skipped when somebody else holds it.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlmodel import Session, col, select

from catalog.kernel.database import chunks
from checkout.billing.ledger import balance, lock, wallet
from checkout.billing.tables import WalletRow


def spendable(row: WalletRow, balance_minor: int) -> int:
    """What a wallet with this balance can pay: what is not held, down to its minimum."""
    return balance_minor - row.held_minor - row.minimum_minor if row.enabled else 0


def available_minor(session: Session, row: WalletRow) -> int:
    """What may be spent now: the balance without holds, down to the wallet's minimum."""
    return spendable(row, balance(session, wallet(row.id, row.currency)))


def lock_wallets(session: Session, wallet_ids: Iterable[str]) -> dict[str, int]:
    """Lock wallets in id order until the transaction ends; what each can pay, by id."""
    found: dict[str, int] = {}
    for part in chunks(sorted(set(wallet_ids))):
        statement = select(WalletRow).where(col(WalletRow.id).in_(part)).order_by(col(WalletRow.id))
        locked = statement.with_for_update().execution_options(populate_existing=True)
        rows = session.exec(locked).all()
        balances = lock(session, [wallet(row.id, row.currency) for row in rows])
        found |= {row.id: spendable(row, balances[row.id]) for row in rows}
    return found
