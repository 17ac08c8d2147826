"""What a wallet owes for its PAYGO lines, and how much money makes all of them run."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session

from checkout.billing.line_rows import LINES
from checkout.billing.paygo_rows import PAYGO, read_paygo
from checkout.billing.tables import WalletRow
from checkout.billing.wallets import available_minor


def owed_minor(session: Session, wallet_id: str, now: datetime) -> int:
    """The MRC of every begun month that is not paid, of every line that the wallet pays for."""
    due = (PAYGO.c.wallet_id == wallet_id) & (PAYGO.c.mrc_due_at <= now)
    statement = select(PAYGO).join(LINES, LINES.c.id == PAYGO.c.line_id)
    rows = session.execute(statement.where(due, LINES.c.ended_at.is_(None))).mappings()
    return sum(read_paygo(dict(row)).owed_minor(now) for row in rows)


def missing_minor(session: Session, row: WalletRow, now: datetime) -> int | None:
    """The least credit after which every line runs: all MRC is paid and something is left.

    0 when nothing is missing; None when the wallet is off, because no money helps then.
    """
    if not row.enabled:
        return None
    wanted = owed_minor(session, row.id, now) + 1
    return max(wanted - available_minor(session, row, now), 0)
