"""Wallet owners: a company by its name, or an end user by the e-mail address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, select

from catalog.kernel.errors import NotFound
from catalog.kernel.ids import new_id
from checkout.accounts.companies import company_named
from checkout.accounts.end_users import user_with_email
from checkout.accounts.tables import CompanyRow, EndUserRow, WalletRow


@dataclass(frozen=True, slots=True)
class Owner:
    """Who a wallet belongs to; `vat_rate` is None when the organization's applies."""

    kind: str
    id: str
    name: str
    company_id: str
    vat_rate: int | None


def owner_named(session: Session, text: str) -> Owner:
    """An end user when the text holds an @, a company otherwise; or `NotFound`."""
    if "@" in text:
        return owner_of_user(user_with_email(session, text))
    return owner_of_company(company_named(session, text))


def owner_of_user(row: EndUserRow) -> Owner:
    """An end user as owner; the company's VAT rate is not inherited."""
    return Owner("end_user", row.id, row.email, row.company_id, row.vat_rate)


def owner_of_company(row: CompanyRow) -> Owner:
    """A company as owner."""
    return Owner("company", row.id, row.name, row.id, row.vat_rate)


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
