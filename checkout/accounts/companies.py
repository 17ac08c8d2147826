"""Companies: business clients, and the virtual one that walk-in customers belong to."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Table, bindparam
from sqlmodel import Session

from catalog.kernel.errors import NotFound, Refused
from catalog.kernel.ids import new_id
from catalog.kernel.new_rows import read_row
from catalog.kernel.quoting import quoted
from checkout.accounts.tables import CompanyRow

WALK_IN = "Walk-in"
"""The virtual company that every new store has; consumers without a company belong to it."""

_MAX_NAME = 200
_COMPANIES: Table = CompanyRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it
_BY_NAME = _COMPANIES.select().where(_COMPANIES.c.name_key == bindparam("named"))


def name_key(name: str) -> str:
    """The form in which company names are compared: folded case, single blanks."""
    return " ".join(name.split()).casefold()


def add_company(
    session: Session,
    name: str,
    *,
    currency: str,
    now: datetime,
    vat_rate: int | None = None,
    credit_limit_minor: int = 0,
    virtual: bool = False,
) -> CompanyRow:
    """A new company; its name is taken once, whatever its capitals."""
    clean = _clean(session, name)
    check_credit_limit(credit_limit_minor)
    row = CompanyRow(
        id=new_id(),
        name=clean,
        name_key=name_key(clean),
        currency=currency,
        vat_rate=vat_rate,
        credit_limit_minor=credit_limit_minor,
        virtual=virtual,
        created_at=now,
    )
    session.add(row)
    session.flush()
    return row


def rename(session: Session, row: CompanyRow, name: str) -> None:
    """Give a company another name, which nobody else has."""
    clean = _clean(session, name, own=row)
    if row.virtual and clean != row.name:
        raise Refused(
            f"{row.name} is whom walk-in customers belong to and keeps its name; nothing has "
            "changed.",
            code="no_rename",
            field="name",
        )
    row.name, row.name_key = clean, name_key(clean)


def _clean(session: Session, name: str, own: CompanyRow | None = None) -> str:
    """A name without spare blanks, or `Refused` when it is none or another company's."""
    clean = " ".join(name.split())
    if not clean or len(clean) > _MAX_NAME:
        raise Refused("A company needs a name of at most 200 characters.", field="name")
    if "@" in clean:
        raise Refused("A company's name holds no @: customers are known by theirs.", field="name")
    found = find_company(session, clean)
    if found is not None and (own is None or found.id != own.id):
        raise Refused(
            f"There is a company {quoted(clean)} already; it is unchanged.",
            code="exists",
            field="name",
        )
    return clean


def set_credit_limit(row: CompanyRow, limit_minor: int) -> None:
    """Change what a company may owe on invoices; what it owes already stays."""
    check_credit_limit(limit_minor)
    if row.virtual and limit_minor:
        raise Refused(
            f"{row.name} is nobody in particular, so it gets no credit; nothing has changed.",
            code="no_credit",
            field="credit_limit",
        )
    row.credit_limit_minor = limit_minor


def check_credit_limit(limit_minor: int) -> None:
    """Refuse a credit limit below zero."""
    if limit_minor < 0:
        raise Refused(
            "A credit limit is zero or more; nothing has changed.",
            code="bad_amount",
            field="credit_limit",
        )


def own_rate(row: CompanyRow) -> int | None:
    """The VAT rate of a company's own, None where the organization's applies.

    One that accounts for the VAT itself (reverse charge) is charged none.
    """
    return 0 if row.reverse_charge else row.vat_rate


def find_company(session: Session, name: str) -> CompanyRow | None:
    """The company of this name, in any capitals."""
    return read_row(session, CompanyRow, _BY_NAME, {"named": name_key(name)})


def company_named(session: Session, name: str) -> CompanyRow:
    """The company of this name, or `NotFound`."""
    row = find_company(session, name)
    if row is None:
        raise NotFound(
            f"There is no company {quoted(name)}. "
            "See `company list`, or add it with `company add`.",
            code="unknown_company",
            field="company",
        )
    return row


def walk_in(session: Session, *, currency: str, now: datetime) -> CompanyRow:
    """The walk-in company, made when it is first needed."""
    found = find_company(session, WALK_IN)
    return found or add_company(session, WALK_IN, currency=currency, now=now, virtual=True)
