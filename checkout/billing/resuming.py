"""What a wallet owes for its PAYGO lines, and how much money makes all of them run."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from checkout.billing.paygo_months import once_paid
from checkout.billing.tables import WalletRow
from checkout.billing.wallets import available_minor


def owed_and_missing(session: Session, row: WalletRow, now: datetime) -> tuple[int, int | None]:
    """The MRC of begun months that the wallet cannot pay, and the credit after which all runs.

    Everything is paid then and something is left. The credit is 0 when nothing is missing, and
    None when the wallet is off, because no money helps then.
    """
    lines, funds = once_paid(session, {row.id: available_minor(session, row, now)}, now)
    owed_minor = sum(one.owed_minor(now) for one in lines.values())
    return owed_minor, max(owed_minor + 1 - funds[row.id], 0) if row.enabled else None
