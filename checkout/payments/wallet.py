"""Wallets of owners: found by whose they are, made when they are first needed."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, select

from catalog.kernel.errors import NotFound
from catalog.kernel.ids import new_id
from checkout.accounts.owners import Owner
from checkout.billing.tables import WalletRow


def find_wallet(session: Session, owner: Owner, *, lock: bool = False) -> WalletRow | None:
    """The owner's wallet, locked for change when asked."""
    statement = select(WalletRow).where(WalletRow.owner_id == owner.id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return session.exec(statement).first()


def wallet_of(session: Session, owner: Owner, *, lock: bool = False) -> WalletRow:
    """The owner's wallet, or `NotFound`."""
    row = find_wallet(session, owner, lock=lock)
    if row is None:
        raise NotFound(
            f"{owner.name} has no wallet yet; the first top-up creates it.",
            code="no_wallet",
            field="owner",
        )
    return row


def wallet_or_new(session: Session, owner: Owner, *, currency: str, now: datetime) -> WalletRow:
    """The owner's wallet, created and enabled when there is none."""
    found = find_wallet(session, owner, lock=True)
    if found is not None:
        return found
    row = WalletRow(
        id=new_id(), owner_kind=owner.kind, owner_id=owner.id, currency=currency, created_at=now
    )
    session.add(row)
    session.flush()
    return row
