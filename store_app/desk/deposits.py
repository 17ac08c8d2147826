"""What a wallet deposit costs, an amount or a pack, before anything is written."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session

from catalog.kernel.database import snapshot
from catalog.kernel.errors import Refused
from catalog.kernel.money import exponent, parse_amount
from catalog.kernel.settings import StoreSettings, load_settings
from checkout.accounts.owners import Owner, owner_named
from checkout.accounts.tables import CompanyRow
from checkout.orders.buyers import buyer_of
from checkout.orders.packs import pack_named, packs_for
from checkout.orders.pricing import deposit_price
from checkout.payments.wallet import find_wallet
from store_app.desk.context import Desk


@dataclass(frozen=True, slots=True)
class DepositQuote:
    """What the owner pays (`total_minor`) and what the wallet gets (`credit_minor`).

    `question_above_minor` is what a screen does not take without asking once more; 0 takes all.
    """

    owner: str
    credit_minor: int
    net_minor: int
    tax_minor: int
    total_minor: int
    tax_rate: int
    currency: str
    question_above_minor: int

    @property
    def is_large(self) -> bool:
        """Whether so much may be a slip of the finger."""
        return 0 < self.question_above_minor < self.credit_minor


@dataclass(frozen=True, slots=True)
class OfferedPack:
    """A pack such as 50.00 for 45.00, before VAT, and a plan that has it."""

    id: str
    plan: str
    plan_name: str
    credit_minor: int
    price_minor: int
    currency: str


def offered_packs(desk: Desk, owner: str) -> list[OfferedPack]:
    """The packs that an owner may buy, those of the plans in use first."""
    with snapshot(desk.engine) as session:
        named = owner_named(session, owner)
        currency = _currency(session, named, load_settings(session))
        packs = packs_for(session, buyer_of(session, named), currency)
        return [
            OfferedPack(
                id=pack.id,
                plan=plan.sku,
                plan_name=plan.name,
                credit_minor=pack.credit_minor,
                price_minor=pack.price_minor,
                currency=pack.currency,
            )
            for pack, plan in packs.items()
        ]


def quote_deposit(
    desk: Desk,
    owner: str,
    *,
    amount: str | None = None,
    pack: str | None = None,
    plan: str | None = None,
) -> DepositQuote:
    """The price of a deposit as `top_up` would charge it; changes nothing."""
    with snapshot(desk.engine) as session:
        settings = load_settings(session)
        named = owner_named(session, owner)
        currency = _currency(session, named, settings)
        if pack is None:
            credit = price_minor = _amount_minor(amount or "", currency)
        else:
            found = pack_named(session, pack, buyer_of(session, named), plan)
            credit, price_minor, currency = found.credit_minor, found.price_minor, found.currency
        rate = settings.vat_rate if named.vat_rate is None else named.vat_rate
        price = deposit_price(price_minor, currency, rate=rate, settings=settings)
    return DepositQuote(
        owner=named.name,
        credit_minor=price.net_minor if pack is None else credit,
        net_minor=price.net_minor,
        tax_minor=price.tax_minor,
        total_minor=price.total_minor,
        tax_rate=price.tax_rate,
        currency=currency,
        question_above_minor=settings.question_above * 10 ** exponent(currency),
    )


def _currency(session: Session, owner: Owner, settings: StoreSettings) -> str:
    """That of the wallet, or of the one that the first top-up makes."""
    wallet = find_wallet(session, owner)
    if wallet is not None:
        return wallet.currency
    if owner.kind == "company":
        return session.get_one(CompanyRow, owner.id).currency
    return settings.currency


def _amount_minor(amount: str, currency: str) -> int:
    amount_minor = parse_amount(amount, currency)
    if amount_minor <= 0:
        raise Refused(
            "A top-up is an amount above zero; nothing has changed.",
            code="bad_amount",
            field="amount",
        )
    return amount_minor
