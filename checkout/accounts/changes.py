"""What was changed about companies and end users: each field with its old and its new words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

from sqlalchemy import func
from sqlmodel import Session, col, select

from catalog.kernel.money import decimal_string
from checkout.accounts.parties import DETAILS
from checkout.accounts.tables import AccountChangeRow, CompanyRow, EndUserRow

T = TypeVar("T", CompanyRow, EndUserRow)


@contextmanager
def changing(session: Session, row: T, actor: str, now: datetime) -> Iterator[T]:
    """Lock a company or an end user for a change, and keep what was changed when it is done."""
    fresh = session.get_one(type(row), row.id, with_for_update=True, populate_existing=True)
    before = _words(session, fresh)
    yield fresh
    session.add(fresh)
    session.flush()
    after = _words(session, fresh)
    kind = "company" if isinstance(fresh, CompanyRow) else "end_user"
    changed = [name for name in before if before[name] != after[name]]
    for number, name in enumerate(changed, start=_count(session, fresh.id) + 1):
        change = AccountChangeRow(
            subject_id=fresh.id,
            number=number,
            subject_kind=kind,
            at=now,
            actor=actor,
            field=name,
            old=before[name],
            new=after[name],
        )
        session.add(change)
    session.flush()


def changes_of(session: Session, subject_id: str) -> list[AccountChangeRow]:
    """What was changed about a company or an end user, the oldest first."""
    mine = select(AccountChangeRow).where(AccountChangeRow.subject_id == subject_id)
    return list(session.exec(mine.order_by(col(AccountChangeRow.number))).all())


def _count(session: Session, subject_id: str) -> int:
    mine = AccountChangeRow.subject_id == subject_id
    return int(session.exec(select(func.count()).select_from(AccountChangeRow).where(mine)).one())


def _words(session: Session, row: CompanyRow | EndUserRow) -> dict[str, str]:
    """Every field that can be changed, in the words in which it is typed."""
    if isinstance(row, EndUserRow):
        company = session.get_one(CompanyRow, row.company_id).name
        return {
            "email": row.email,
            "name": row.name,
            "company": company,
            "vat_rate": rate_words(row.vat_rate),
        }
    return {
        "name": row.name,
        "vat_rate": rate_words(row.vat_rate),
        "credit_limit": decimal_string(row.credit_limit_minor, row.currency),
        **{detail: str(getattr(row, detail)) for detail in DETAILS},
        "reverse_charge": "yes" if row.reverse_charge else "no",
    }


def rate_words(rate: int | None) -> str:
    """A VAT rate in percent as it is typed: 750 is "7.5"; empty where the store's applies."""
    if rate is None:
        return ""
    text = f"{Decimal(rate).scaleb(-2):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
