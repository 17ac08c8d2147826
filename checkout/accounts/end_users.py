"""End users: the people who buy and use eSIMs, known by their e-mail address."""

from __future__ import annotations

import re
from datetime import datetime

from sqlmodel import Session, select

from catalog.kernel.errors import NotFound, Refused
from catalog.kernel.ids import new_id
from catalog.kernel.quoting import quoted
from checkout.accounts.tables import EndUserRow

_MAX_NAME = 200
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}\.[^@\s.]{2,63}")


def check_email(text: str) -> str:
    """An e-mail address in the form in which it is compared, or `Refused`."""
    email = text.strip().casefold()
    if not _EMAIL.fullmatch(email):
        raise Refused(f"{quoted(text)} is not an e-mail address.", code="bad_email", field="email")
    return email


def add_user(
    session: Session,
    email: str,
    *,
    company_id: str,
    now: datetime,
    name: str = "",
    vat_rate: int | None = None,
) -> EndUserRow:
    """A new end user; an e-mail address is taken once, the company's VAT rate never."""
    row = EndUserRow(
        id=new_id(),
        email=_free(session, email),
        name=name.strip()[:_MAX_NAME],
        company_id=company_id,
        vat_rate=vat_rate,
        created_at=now,
    )
    session.add(row)
    session.flush()
    return row


def set_email(session: Session, row: EndUserRow, email: str) -> None:
    """Know an end user by another address, which nobody else has."""
    row.email = _free(session, email, own=row)


def set_name(row: EndUserRow, name: str) -> None:
    """Change the name of an end user; it may be empty."""
    row.name = name.strip()[:_MAX_NAME]


def _free(session: Session, email: str, own: EndUserRow | None = None) -> str:
    """An address that is nobody else's, or `Refused`."""
    clean = check_email(email)
    found = find_user(session, clean)
    if found is not None and (own is None or found.id != own.id):
        raise Refused(
            f"There is a customer {quoted(clean)} already; it is unchanged.",
            code="exists",
            field="email",
        )
    return clean


def find_user(session: Session, email: str) -> EndUserRow | None:
    """The end user of this address."""
    return session.exec(select(EndUserRow).where(EndUserRow.email == email.casefold())).first()


def user_with_email(session: Session, email: str) -> EndUserRow:
    """The end user of this address, or `NotFound`."""
    row = find_user(session, check_email(email))
    if row is None:
        raise NotFound(
            f"There is no customer {quoted(email)}. See `user list`, or add it with `user add`.",
            code="unknown_customer",
            field="customer",
        )
    return row
