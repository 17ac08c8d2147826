"""Companies and end users."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from sqlmodel import Session, select

from catalog.kernel.database import snapshot, transact
from catalog.kernel.errors import Refused
from catalog.kernel.money import check_currency, parse_amount
from catalog.kernel.settings import check_setting, load_settings, read_setting
from catalog.repository import all_plans, plan_value
from checkout.accounts import companies, end_users
from checkout.accounts.changes import changing
from checkout.accounts.owners import owner_of_company, owner_of_user
from checkout.accounts.parties import DETAILS, set_details
from checkout.accounts.tables import CompanyRow, EndUserRow
from checkout.billing.ledger import balance, receivable
from store_app.desk.context import Desk
from store_app.desk.wallets import set_wallet

_NOTHING: Final[Mapping[str, str | None]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class CompanyView:
    """A company; its VAT rate is None where the organization's applies.

    With `reverse_charge` it accounts for the VAT itself and is charged none.
    """

    uuid: str
    name: str
    currency: str
    vat_rate: int | None
    credit_limit_minor: int
    vat_number: str = ""
    registration: str = ""
    email: str = ""
    street: str = ""
    postcode: str = ""
    city: str = ""
    country: str = ""
    reverse_charge: bool = False


@dataclass(frozen=True, slots=True)
class Account:
    """What a company may spend on invoice, in minor units of its currency.

    Attributes:
        owed_minor: open invoices less its credit.
        left_minor: what it may still buy on invoice; never below zero.

    """

    company: str
    currency: str
    limit_minor: int
    owed_minor: int
    left_minor: int


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
    details: Mapping[str, str | None] = _NOTHING,
    reverse_charge: bool | None = None,
) -> CompanyView:
    """Add a company; amounts are decimal strings, the rate is in percent.

    `details` are its address, numbers and e-mail address by the names of `CompanyView`.
    """

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
        set_details(session, row, details, reverse_charge=reverse_charge)
        return _company(row)

    return transact(desk.engine, work)


def set_company(
    desk: Desk,
    name: str,
    *,
    new_name: str | None = None,
    vat_rate: str | None = None,
    credit_limit: str | None = None,
    minimum: str | None = None,
    details: Mapping[str, str | None] = _NOTHING,
    reverse_charge: bool | None = None,
) -> CompanyView:
    """Change what is said of a company; None leaves it, and an empty VAT rate is the store's.

    `minimum` is that of its wallet. Each change is kept. Invoices that are issued already stay as
    they were.
    """

    def work(session: Session) -> CompanyView:
        named = companies.company_named(session, name)
        with changing(session, named, desk.actor, desk.clock()) as row:
            if new_name is not None:
                _check_plans(session, row, new_name)
                companies.rename(session, row, new_name)
            if vat_rate is not None:
                row.vat_rate = _rate(vat_rate.strip() or None)
            if credit_limit is not None:
                limit = parse_amount(credit_limit, row.currency, field="credit_limit")
                companies.set_credit_limit(row, limit)
            set_details(session, row, details, reverse_charge=reverse_charge)
        if minimum is not None:
            set_wallet(session, desk, owner_of_company(row), minimum=minimum)
        return _company(row)

    return transact(desk.engine, work)


def _check_plans(session: Session, row: CompanyRow, new_name: str) -> None:
    """Refuse to rename a company that plans are designated to: they name it."""
    if companies.name_key(new_name) == row.name_key:
        return
    plans = (plan_value(each) for each in all_plans(session))
    skus = [plan.sku for plan in plans if row.name_key in map(companies.name_key, plan.companies)]
    if skus:
        raise Refused(
            f"Plans are for {row.name} only and name it so: {', '.join(skus[:5])}; nothing has "
            "changed. Import them with the new name as well first.",
            code="designated",
            field="name",
        )


def credit_account(desk: Desk, name: str) -> Account:
    """What a company owes and may still buy on invoice; changes nothing."""
    with snapshot(desk.engine) as session:
        row = companies.company_named(session, name)
        owed = balance(session, receivable(row.id, row.currency))
    left = max(row.credit_limit_minor - owed, 0)
    return Account(row.name, row.currency, row.credit_limit_minor, owed, left)


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
        firm, now = _firm(session, desk, company), desk.clock()
        row = end_users.add_user(
            session, email, company_id=firm.id, now=now, name=name, vat_rate=_rate(vat_rate)
        )
        return _user(row, firm)

    return transact(desk.engine, work)


def set_user(
    desk: Desk,
    email: str,
    *,
    new_email: str | None = None,
    name: str | None = None,
    company: str | None = None,
    vat_rate: str | None = None,
    minimum: str | None = None,
) -> UserView:
    """Change what is said of an end user; None leaves it, and an empty VAT rate is the store's.

    An empty `company` is the walk-in one; eSIMs stay with the company that they were sold to.
    `minimum` is that of his wallet. Each change is kept.
    """

    def work(session: Session) -> UserView:
        user = end_users.user_with_email(session, email)
        with changing(session, user, desk.actor, desk.clock()) as row:
            if new_email is not None:
                end_users.set_email(session, row, new_email)
            if name is not None:
                end_users.set_name(row, name)
            if company is not None:
                row.company_id = _firm(session, desk, company).id
            if vat_rate is not None:
                row.vat_rate = _rate(vat_rate.strip() or None)
        if minimum is not None:
            set_wallet(session, desk, owner_of_user(row), minimum=minimum)
        return _user(row, session.get_one(CompanyRow, row.company_id))

    return transact(desk.engine, work)


def _firm(session: Session, desk: Desk, company: str | None) -> CompanyRow:
    """The company of this name; the walk-in one when none is named."""
    if company:
        return companies.company_named(session, company)
    currency = load_settings(session).currency
    return companies.walk_in(session, currency=currency, now=desk.clock())


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
    return CompanyView(
        uuid=row.id,
        name=row.name,
        currency=row.currency,
        vat_rate=row.vat_rate,
        credit_limit_minor=row.credit_limit_minor,
        reverse_charge=row.reverse_charge,
        **{detail: str(getattr(row, detail)) for detail in DETAILS},
    )


def _user(row: EndUserRow, firm: CompanyRow) -> UserView:
    return UserView(row.id, row.email, row.name, firm.name, row.vat_rate)
