"""What the shop of the machines sells, to whom, and what it costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

from store_app.desk import people, shifts, upkeep
from store_app.desk.context import Desk
from tests.paygo import paygo
from tests.shop import add_plans, add_stock, iccid, plan

MB = 10**6
DAY = timedelta(days=1)
STOCK = 6
REFILLS = {"S": (1, 100), "L": (3, 250)}
_REFILLS = [
    {"id": name, "data_mb": size, "price": f"{price / 100:.2f}"}
    for name, (size, price) in REFILLS.items()
]
PREPAID: dict[str, dict[str, Any]] = {
    "DAY": {"data_mb": 1, "validity_days": 1},
    "MONTH": {"data_mb": 2, "validity_days": 30},
    "BOUGHT": {"data_mb": 1, "validity_days": 2, "start": "purchase"},
    "FIXED": {"data_mb": 1, "validity_days": 4, "start": "fixed_date"},
}
PAYGO: dict[str, dict[str, Any]] = {
    "SLOW": {"rate_per_mb": "0.0045"},
    "MRC": {"rate_per_mb": "0.37", "mrc": "0.37"},
    "ANCHORED": {"rate_per_mb": "1.00", "mrc": "1.10", "mrc_anchor": "assignment"},
}
COUNTRY_RATES = {"CH": "2.00", "AD": "0"}
OWNERS = ("ana@example.com", "Acme")
BEGINNINGS = (
    datetime(2024, 1, 31, 9, 59, 59, tzinfo=UTC),  # a leap day comes, then Madrid's clocks change
    datetime(2026, 10, 24, 23, 30, tzinfo=UTC),  # ... and change back
    datetime(2022, 12, 31, 23, 59, 59, tzinfo=UTC),
)
SKUS = (*PREPAID, *PAYGO)


@dataclass(frozen=True)
class Tax:
    """The VAT of a store, in whole percent, and when wallet money is taxed."""

    percent: int = 0
    wallet_tax: str = "on_deposit"

    def gross(self, net: int) -> int:
        """A net price with its tax, halves away from zero."""
        return net + int(Fraction(net * self.percent, 100) + Fraction(1, 2))

    def price(self, net: int, pay: str) -> int:
        """What an order costs: wallet money may have been taxed before."""
        untaxed = pay != "cash" and self.wallet_tax == "on_deposit"
        return net if untaxed else self.gross(net)

    def deposit(self, net: int) -> int:
        """What is paid for so much wallet money."""
        return self.gross(net) if self.wallet_tax == "on_deposit" else net

    def byte(self, rate_per_mb: str) -> Fraction:
        """What a byte costs the wallet, in minor units."""
        net = Fraction(rate_per_mb) * 100 / MB
        return net if self.wallet_tax == "on_deposit" else net * (100 + self.percent) / 100


TAXES = (Tax(), Tax(21), Tax(21, "on_consumption"))


def fixed_date(begin: datetime) -> datetime:
    """From when the days of the plan `FIXED` count, in a shop that opened at `begin`."""
    return (begin + 3 * DAY).replace(hour=0, minute=0, second=0)


def cards_of(sku: str) -> list[str]:
    """The stock of a plan, in the order in which it is sold."""
    first = SKUS.index(sku) * STOCK + 1
    return [iccid(number) for number in range(first, first + STOCK)]


def furnish(desk: Desk, tax: Tax, zone: str) -> None:
    """Settings, plans, stock, an open drawer, and two owners of wallets."""
    values = {"vat_rate": str(tax.percent), "wallet_tax": tax.wallet_tax, "time_zone": zone}
    for name, value in values.items():
        upkeep.write_setting(desk, name, value)
    begins: Mapping[str, str] = {"FIXED": fixed_date(desk.clock()).date().isoformat()}
    for sku, terms in PREPAID.items():
        dated = {"start_date": begins[sku]} if sku in begins else {}
        add_plans(desk, plan(sku=sku, price="1.00", refill=_REFILLS, **terms, **dated))
    for sku, terms in PAYGO.items():
        add_plans(desk, paygo(sku=sku, country_rates=COUNTRY_RATES, **terms))
    for number, sku in enumerate(SKUS):
        add_stock(desk, sku, STOCK, first=number * STOCK + 1)
    shifts.open_shift(desk, float_amount="1000.00")
    people.add_company(desk, "Acme")
    people.add_user(desk, OWNERS[0])
