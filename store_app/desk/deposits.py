"""What a wallet deposit costs, before anything is written."""

from __future__ import annotations

from dataclasses import dataclass

from catalog.kernel.database import snapshot
from catalog.kernel.errors import Refused
from catalog.kernel.money import parse_amount
from catalog.kernel.settings import load_settings
from checkout.accounts.owners import owner_named
from checkout.accounts.tables import CompanyRow
from checkout.orders.pricing import deposit_price
from checkout.payments.wallet import find_wallet
from store_app.desk.context import Desk


@dataclass(frozen=True, slots=True)
class DepositQuote:
    """What the owner pays and what the wallet gets (`net_minor`)."""

    owner: str
    net_minor: int
    tax_minor: int
    total_minor: int
    tax_rate: int
    currency: str


def quote_deposit(desk: Desk, owner: str, *, amount: str) -> DepositQuote:
    """The price of a deposit as `top_up` would charge it; changes nothing."""
    with snapshot(desk.engine) as session:
        settings = load_settings(session)
        named = owner_named(session, owner)
        wallet = find_wallet(session, named)
        currency = settings.currency
        if wallet is not None:
            currency = wallet.currency
        elif named.kind == "company":
            currency = session.get_one(CompanyRow, named.id).currency
        amount_minor = parse_amount(amount, currency)
        if amount_minor <= 0:
            raise Refused(
                "A top-up is an amount above zero; nothing has changed.",
                code="bad_amount",
                field="amount",
            )
        rate = settings.vat_rate if named.vat_rate is None else named.vat_rate
        price = deposit_price(amount_minor, currency, rate=rate, settings=settings)
    return DepositQuote(
        owner=named.name,
        net_minor=price.net_minor,
        tax_minor=price.tax_minor,
        total_minor=price.total_minor,
        tax_rate=price.tax_rate,
        currency=currency,
    )
