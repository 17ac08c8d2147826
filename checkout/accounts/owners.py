"""Wallet owners: a company by its name, or an end user by the e-mail address."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session

from checkout.accounts.companies import company_named, own_rate
from checkout.accounts.end_users import user_with_email
from checkout.accounts.tables import CompanyRow, EndUserRow


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
    return Owner("company", row.id, row.name, row.id, own_rate(row))
