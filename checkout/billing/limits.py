"""How far down a wallet may go, and whether it may be used: changed with a record of each change.

A minimum above zero must stay in the wallet; one below zero is a credit line. Whether a PAYGO line
has service follows from it whenever somebody looks, so nothing else changes with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from checkout.billing.ledger import balance, wallet
from checkout.billing.paygo_months import bring_up_to_date
from checkout.billing.tables import WalletRow
from checkout.billing.wallet_tables import WalletChangeRow
from checkout.billing.wallets import held_of


@dataclass(frozen=True, slots=True)
class Limit:
    """What a wallet must keep, or may owe when it is below zero, and whether it is in use."""

    minimum_minor: int = 0
    enabled: bool = True


def set_limit(session: Session, wallet_id: str, limit: Limit, actor: str, now: datetime) -> bool:
    """Change a wallet's limit and keep who did it, when, and both values; False: it was so.

    MRC that fell due before is paid as the wallet was then, and after it what it can pay from
    then on.
    """
    bring_up_to_date(session, [wallet_id], now, actor)
    row = session.get_one(WalletRow, wallet_id)
    before = limit_of(row)
    if before == limit:
        return False
    held_minor = held_of(session, [wallet_id], now).get(wallet_id, 0)
    change = WalletChangeRow(
        wallet_id=wallet_id,
        number=len(changes_of(session, wallet_id)) + 1,
        at=now,
        actor=actor,
        old_minimum_minor=before.minimum_minor,
        new_minimum_minor=limit.minimum_minor,
        was_enabled=before.enabled,
        is_enabled=limit.enabled,
        free_minor=balance(session, wallet(row.id, row.currency)) - held_minor,
    )
    row.minimum_minor, row.enabled = limit.minimum_minor, limit.enabled
    session.add_all([row, change])
    session.flush()
    bring_up_to_date(session, [wallet_id], now, actor)
    return True


def limit_of(row: WalletRow) -> Limit:
    """The limit that a wallet has now."""
    return Limit(row.minimum_minor, row.enabled)


def changes_of(session: Session, wallet_id: str) -> list[WalletChangeRow]:
    """What was changed about a wallet, the oldest first."""
    mine = select(WalletChangeRow).where(WalletChangeRow.wallet_id == wallet_id)
    return list(session.exec(mine.order_by(col(WalletChangeRow.number))).all())


def limit_then(session: Session, row: WalletRow, at: datetime) -> Limit:
    """The limit that a wallet had at the end of a past instant."""
    changes = changes_of(session, row.id)
    done = [change for change in changes if change.at <= at]
    if done:
        return Limit(done[-1].new_minimum_minor, done[-1].is_enabled)
    return Limit(changes[0].old_minimum_minor, changes[0].was_enabled) if changes else limit_of(row)
