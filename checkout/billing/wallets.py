"""Wallets as money: locked in one order, and what they can pay at an instant.

Whoever takes money from a wallet locks its row first and its ledger account after it. Lines are
locked before wallets; a line that is wanted after them is skipped when somebody else holds it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, SQLColumnExpression, func
from sqlmodel import Session, col, or_, select

from catalog.kernel.database import chunks
from checkout.billing.ledger import balance, lock, wallet
from checkout.billing.tables import WalletRow
from checkout.billing.wallet_tables import HoldRow


def spendable(row: WalletRow, balance_minor: int, held_minor: int) -> int:
    """What a wallet with this balance can pay: what is not held, down to its minimum."""
    return balance_minor - held_minor - row.minimum_minor if row.enabled else 0


def available_minor(session: Session, row: WalletRow, now: datetime) -> int:
    """What may be spent now: the balance without holds, down to the wallet's minimum."""
    held_minor = held_of(session, [row.id], now).get(row.id, 0)
    return spendable(row, balance(session, wallet(row.id, row.currency)), held_minor)


def lock_wallets(session: Session, wallet_ids: Iterable[str]) -> None:
    """Lock wallets and then their accounts, in id order, until the transaction ends."""
    _locked(session, wallet_ids)


def lock_funds(session: Session, wallet_ids: Iterable[str], now: datetime) -> dict[str, int]:
    """Lock wallets as `lock_wallets` does; what each can pay at `now`, by id."""
    locked = _locked(session, wallet_ids)
    held = held_of(session, [row.id for row, _balance in locked], now)
    return {row.id: spendable(row, money, held.get(row.id, 0)) for row, money in locked}


def held_of(session: Session, wallet_ids: Iterable[str], now: datetime) -> dict[str, int]:
    """The sum of the open holds of each wallet that has any."""
    found: dict[str, int] = {}
    for part in chunks(sorted(set(wallet_ids))):
        total = func.sum(HoldRow.amount_minor)
        sums = select(HoldRow.wallet_id, total).where(col(HoldRow.wallet_id).in_(part))
        statement = sums.where(_counts(now)).group_by(col(HoldRow.wallet_id))
        found |= {wallet_id: int(amount) for wallet_id, amount in session.exec(statement)}
    return found


def held_beside(wallet_id: SQLColumnExpression[Any], now: datetime) -> ScalarSelect[int]:
    """The sum of the open holds as a column of a query that has the wallet's id."""
    total = func.coalesce(func.sum(HoldRow.amount_minor), 0)
    return select(total).where(HoldRow.wallet_id == wallet_id, _counts(now)).scalar_subquery()


def held_then(session: Session, wallet_id: str, at: datetime) -> int:
    """What was held of a wallet at a past instant."""
    begun = col(HoldRow.created_at) <= at, col(HoldRow.deadline_at) > at
    unresolved = or_(col(HoldRow.resolved_at).is_(None), col(HoldRow.resolved_at) > at)
    total = select(func.coalesce(func.sum(HoldRow.amount_minor), 0))
    return int(session.exec(total.where(HoldRow.wallet_id == wallet_id, *begun, unresolved)).one())


def _locked(session: Session, wallet_ids: Iterable[str]) -> list[tuple[WalletRow, int]]:
    found = []
    for part in chunks(sorted(set(wallet_ids))):
        statement = select(WalletRow).where(col(WalletRow.id).in_(part)).order_by(col(WalletRow.id))
        locked = statement.with_for_update().execution_options(populate_existing=True)
        rows = session.exec(locked).all()
        balances = lock(session, [wallet(row.id, row.currency) for row in rows])
        found += [(row, balances[row.id]) for row in rows]
    return found


def _counts(now: datetime) -> ColumnElement[bool]:
    """A hold past its deadline no longer counts, whether the sweep was there or not."""
    return (col(HoldRow.state) == "held") & (col(HoldRow.deadline_at) > now)
