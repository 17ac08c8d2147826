"""Wallets of owners, and paying from one: hold, then capture or void, each at most once."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, select

from catalog.kernel.errors import NotFound, Refused
from catalog.kernel.ids import new_id
from catalog.kernel.money import money_words
from checkout.accounts.owners import Owner
from checkout.billing.tables import WalletRow
from checkout.billing.wallets import available_minor


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
