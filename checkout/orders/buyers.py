"""Who buys, who pays, and at which VAT rate."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from catalog.kernel.errors import Refused
from catalog.kernel.settings import StoreSettings
from catalog.plans import Plan
from checkout.accounts.companies import company_named, name_key, walk_in
from checkout.accounts.end_users import add_user, check_email, find_user
from checkout.accounts.owners import Owner, owner_of_company, owner_of_user
from checkout.accounts.tables import CompanyRow, EndUserRow
from checkout.billing.tables import WalletRow
from checkout.payments.wallet import wallet_of

WALLET_METHODS = ("wallet", "company-wallet")
COMPANY_PAYS = ("company-wallet", "invoice")
"""Ways to pay by which the company pays, whoever of it buys."""


@dataclass(frozen=True, slots=True)
class Buyer:
    """The company and end user of an order, and who of them pays."""

    company: CompanyRow
    end_user: EndUserRow | None
    payer: Owner | None

    def tax_rate(self, settings: StoreSettings) -> int:
        """The payer's own VAT rate, or the organization's; never the company's for a user."""
        own = self.payer.vat_rate if self.payer else None
        return settings.vat_rate if own is None else own


def find_buyer(
    session: Session,
    *,
    pay: str,
    customer: str | None,
    company: str | None,
    settings: StoreSettings,
    now: datetime,
) -> Buyer:
    """The buyer of a sale; a new e-mail address becomes a new end user.

    A named company pays when there is no end user, and always with its own wallet or on invoice.
    """
    user = _user(session, customer, company, settings, now) if customer else None
    if company:
        firm = company_named(session, company)
    elif user:
        firm = session.get_one(CompanyRow, user.company_id)
    else:
        firm = walk_in(session, currency=settings.currency, now=now)
    if pay == "wallet" and user is None:
        raise Refused(
            "Paying by wallet needs the customer whose wallet it is; nothing was charged.",
            code="customer_needed",
            field="customer",
        )
    if user and pay not in COMPANY_PAYS:
        return Buyer(firm, user, owner_of_user(user))
    return Buyer(firm, user, None if firm.virtual else owner_of_company(firm))


def _user(
    session: Session, email: str, company: str | None, settings: StoreSettings, now: datetime
) -> EndUserRow:
    found = find_user(session, check_email(email))
    if found is None:
        firm = (
            company_named(session, company)
            if company
            else walk_in(session, currency=settings.currency, now=now)
        )
        return add_user(session, email, company_id=firm.id, now=now)
    if company and session.get_one(CompanyRow, found.company_id).name_key != name_key(company):
        raise Refused(
            f"{found.email} does not belong to {company}; nothing was sold.",
            code="other_company",
            field="company",
        )
    return found


def buyer_of(session: Session, owner: Owner) -> Buyer:
    """The owner of a wallet as the buyer of its top-ups."""
    company = session.get_one(CompanyRow, owner.company_id)
    user = session.get_one(EndUserRow, owner.id) if owner.kind == "end_user" else None
    return Buyer(company, user, owner)


def paying_wallet(session: Session, buyer: Buyer, pay: str) -> WalletRow | None:
    """The wallet that pays, locked; None for other methods."""
    if pay not in WALLET_METHODS:
        return None
    if buyer.payer is None:
        raise Refused(
            "Paying by company wallet needs a company that has one; nothing was charged.",
            code="company_needed",
            field="company",
        )
    return wallet_of(session, buyer.payer, lock=True)


def may_buy(buyer: Buyer, plan: Plan) -> bool:
    """Whether the plan is offered to this buyer (company designated plans)."""
    return not plan.companies or buyer.company.name_key in map(name_key, plan.companies)
