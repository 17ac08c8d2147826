"""What an order costs: one function for what is quoted, charged, printed and posted."""

from __future__ import annotations

from dataclasses import dataclass

from catalog.kernel.settings import StoreSettings
from checkout.billing.tax import Taxed, tax_of
from checkout.orders.buyers import WALLET_METHODS


@dataclass(frozen=True, slots=True)
class Price:
    """Net, tax and total in minor units, and the rate behind them."""

    net_minor: int
    tax_minor: int
    total_minor: int
    tax_rate: int
    currency: str


def price_of(
    price_minor: int, currency: str, *, rate: int, pay: str, settings: StoreSettings
) -> Price:
    """A plan's or refill's price for one way to pay.

    Wallet money that was taxed when it was deposited is not taxed again.
    """
    taxed = tax_of(price_minor, rate, inclusive=settings.prices_include_vat)
    if pay in WALLET_METHODS and settings.wallet_tax == "on_deposit":
        return Price(taxed.net_minor, 0, taxed.net_minor, 0, currency)
    return _price(taxed, rate, currency)


def deposit_price(amount_minor: int, currency: str, *, rate: int, settings: StoreSettings) -> Price:
    """A wallet deposit: its net is what the wallet gets."""
    if settings.wallet_tax == "on_consumption":
        return Price(amount_minor, 0, amount_minor, 0, currency)
    taxed = tax_of(amount_minor, rate, inclusive=settings.prices_include_vat)
    return _price(taxed, rate, currency)


def _price(taxed: Taxed, rate: int, currency: str) -> Price:
    return Price(taxed.net_minor, taxed.tax_minor, taxed.total_minor, rate, currency)
