"""Companies and end users."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session, select

from catalog.kernel.database import snapshot, transact
from catalog.kernel.money import check_currency, parse_amount
from catalog.kernel.settings import check_setting, load_settings, read_setting
from checkout.accounts import companies, end_users
from checkout.accounts.tables import CompanyRow, EndUserRow
from store_app.desk.context import Desk


@dataclass(frozen=True, slots=True)
class CompanyView:
    """A company; its VAT rate is None where the organization's applies."""

    uuid: str
    name: str
    currency: str
    vat_rate: int | None
    credit_limit_minor: int


@dataclass(frozen=True, slots=True)
class UserView:
    """An end user with the company he belongs to; no VAT rate where the organization's applies."""

    uuid: str
    email: str
    name: str
    company: str
    vat_rate: int | None


def add_company(
    desk: Desk,
    name: str,
    *,
    currency: str | None = None,
    vat_rate: str | None = None,
    credit_limit: str | None = None,
) -> CompanyView:
    """Add a company; amounts are decimal strings, the rate is in percent."""

    def work(session: Session) -> CompanyView:
        if currency:
            check_setting("currency", currency)
        unit = check_currency(currency) if currency else load_settings(session).currency
        limit = parse_amount(credit_limit, unit, field="credit_limit") if credit_limit else 0
        row = companies.add_company(
            session,
            name,
            currency=unit,
            now=desk.clock(),
            vat_rate=_rate(vat_rate),
            credit_limit_minor=limit,
        )
        return _company(row)

    return transact(desk.engine, work)


def _rate(text: str | None) -> int | None:
    return None if text is None else int(str(read_setting("vat_rate", text)))


def list_companies(desk: Desk) -> list[CompanyView]:
    """Every company, by name."""
    with snapshot(desk.engine) as session:
        rows = session.exec(select(CompanyRow).order_by(CompanyRow.name_key)).all()
        return [_company(row) for row in rows]


def show_company(desk: Desk, name: str) -> CompanyView:
    """One company by its name."""
    with snapshot(desk.engine) as session:
        return _company(companies.company_named(session, name))


def add_user(
    desk: Desk,
    email: str,
    *,
    name: str = "",
    company: str | None = None,
    vat_rate: str | None = None,
) -> UserView:
    """Add an end user to a company, the walk-in one when none is named; the rate is in percent."""

    def work(session: Session) -> UserView:
        now = desk.clock()
        if company:
            firm = companies.company_named(session, company)
        else:
            currency = load_settings(session).currency
            firm = companies.walk_in(session, currency=currency, now=now)
        row = end_users.add_user(
            session, email, company_id=firm.id, now=now, name=name, vat_rate=_rate(vat_rate)
        )
        return _user(row, firm)

    return transact(desk.engine, work)


def list_users(desk: Desk) -> list[UserView]:
    """Every end user, by e-mail address."""
    statement = (
        select(EndUserRow, CompanyRow)
        .join(CompanyRow, CompanyRow.id == EndUserRow.company_id)  # type: ignore[arg-type]  # a column expression
        .order_by(EndUserRow.email)
    )
    with snapshot(desk.engine) as session:
        return [_user(row, firm) for row, firm in session.exec(statement).all()]


def show_user(desk: Desk, email: str) -> UserView:
    """One end user by the e-mail address."""
    with snapshot(desk.engine) as session:
        row = end_users.user_with_email(session, email)
        return _user(row, session.get_one(CompanyRow, row.company_id))


def _company(row: CompanyRow) -> CompanyView:
    return CompanyView(row.id, row.name, row.currency, row.vat_rate, row.credit_limit_minor)


def _user(row: EndUserRow, firm: CompanyRow) -> UserView:
    return UserView(row.id, row.email, row.name, firm.name, row.vat_rate)
