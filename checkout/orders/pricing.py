"""What an order costs: one function for what is quoted, charged, printed and posted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from catalog.kernel.settings import StoreSettings
from catalog.plans import Plan, PlanKind
from checkout.billing.subscriptions.terms import Terms
from checkout.billing.tariff import Tariff
from checkout.billing.tax import FULL_RATE, Taxed, split_tax, tax_of
from checkout.orders.buyers import WALLET_METHODS, Buyer


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


def price_for(
    buyer: Buyer, price_minor: int, currency: str, pay: str, settings: StoreSettings
) -> Price:
    """The same for a buyer, at the VAT rate of whoever pays."""
    rate = buyer.tax_rate(settings)
    return price_of(price_minor, currency, rate=rate, pay=pay, settings=settings)


def billed_together(prices: Sequence[Price], settings: StoreSettings) -> list[Price]:
    """Prices of one rate on one invoice: its tax is rounded once, and shared so that it adds up."""
    inclusive = settings.prices_include_vat
    amounts = [price.total_minor if inclusive else price.net_minor for price in prices]
    whole = tax_of(sum(amounts), prices[0].tax_rate, inclusive=inclusive)
    shared, passed, cut = [], 0, 0
    for price, amount in zip(prices, amounts, strict=True):
        passed += amount
        upto = split_tax(sum(amounts), whole.tax_minor, passed)
        tax_minor, cut = upto - cut, upto
        net_minor = amount - tax_minor if inclusive else amount
        total_minor = net_minor + tax_minor
        shared.append(
            replace(price, net_minor=net_minor, tax_minor=tax_minor, total_minor=total_minor)
        )
    return shared


def price_of_all(prices: Sequence[Price]) -> Price:
    """What prices of one rate and currency come to together."""
    first = prices[0]
    net_minor, tax_minor = (
        sum(price.net_minor for price in prices),
        sum(price.tax_minor for price in prices),
    )
    return Price(net_minor, tax_minor, net_minor + tax_minor, first.tax_rate, first.currency)


def deposit_price(amount_minor: int, currency: str, *, rate: int, settings: StoreSettings) -> Price:
    """A wallet deposit: its net is what the wallet gets."""
    if settings.wallet_tax == "on_consumption":
        return Price(amount_minor, 0, amount_minor, 0, currency)
    taxed = tax_of(amount_minor, rate, inclusive=settings.prices_include_vat)
    return _price(taxed, rate, currency)


def tariff_of(plan: Plan, *, rate: int, settings: StoreSettings) -> Tariff:
    """The terms of a PAYGO plan for a payer with this VAT rate, frozen when it is sold.

    A rate per MB is net or gross as all prices are. The wallet pays it net when its money was
    taxed on deposit, otherwise gross; both are exact fractions, and nothing is rounded before
    a whole minor unit is complete.
    """
    on_deposit = settings.wallet_tax == "on_deposit"
    mrc = price_of(plan.mrc_minor, plan.currency, rate=rate, pay="wallet", settings=settings)
    gross = FULL_RATE + rate
    factor = (FULL_RATE, gross) if settings.prices_include_vat else (1, 1)
    if not on_deposit:
        factor = (1, 1) if settings.prices_include_vat else (gross, FULL_RATE)
    return Tariff(
        currency=plan.currency,
        megabyte=settings.megabyte,
        rate_per_mb_micro=plan.rate_per_mb_micro or 0,
        country_rates_micro=dict(plan.country_rates_micro),
        barred=plan.barred,
        mrc_minor=mrc.total_minor,
        mrc_tax_minor=mrc.tax_minor,
        mrc_anchor=plan.mrc_anchor,
        factor=factor,
        tax_rate=0 if on_deposit else rate,
    )


def terms_of(plan: Plan, *, settings: StoreSettings) -> Terms:
    """The terms of a subscription plan as they are now, frozen when it is assigned.

    Its prices are net or gross as all prices are; VAT is added once per bill.
    """
    return Terms(
        sku=plan.sku,
        name=plan.name,
        kind=plan.kind.value,
        currency=plan.currency,
        fee_minor=plan.mrc_minor if plan.kind is PlanKind.PAY_PER_MB else plan.price_minor,
        data_bytes=plan.data_bytes or 0,
        overage_size_bytes=plan.overage_size_bytes,
        overage_price_minor=plan.overage_price_minor or 0,
        rate_per_mb_micro=plan.rate_per_mb_micro or 0,
        megabyte=settings.megabyte,
        mrc_on=plan.mrc_on,
        activation_fee_minor=plan.activation_fee_minor,
        prorate=plan.prorate,
        billing=plan.billing,
        cycle=plan.bill_cycle,
        high_speed_bytes=plan.high_speed_bytes or 0,
        per=plan.per,
        throttled_kbps=plan.throttled_kbps or 0,
    )


def _price(taxed: Taxed, rate: int, currency: str) -> Price:
    return Price(taxed.net_minor, taxed.tax_minor, taxed.total_minor, rate, currency)
