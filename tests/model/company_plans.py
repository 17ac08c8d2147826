"""What the companies of the machine are offered, as the shop has it and as the model has it."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from tests.model.offers import Offer
from tests.model.terms import MB
from tests.shop import iccid

OVERAGE: dict[str, Any] = {"overage_size_mb": 1, "overage_price": "0.50"}
CALENDAR = {"bill_cycle": "calendar"}
NEVER: dict[str, Any] = {"overage_size_mb": None, "overage_price": None}
PARTS = {"prorate": True}
BUNDLE = {"kind": "monthly_bundle", "price": "15.01", "data_mb": 3} | OVERAGE
PER_MB = {"kind": "pay_per_mb", "rate_per_mb": "0.37", "mrc": "2.00"}
FAST = {"kind": "unlimited", "price": "30.00", "high_speed_mb": 2, "per": "day"}
LINES: dict[str, dict[str, Any]] = {
    "WHOLE": BUNDLE | {"activation_fee": "5.00"},
    "PARTS": BUNDLE | {"price": "31.00", "data_mb": 2, "activation_fee": "7.00"} | PARTS,
    "STOPS": BUNDLE | {"price": "9.99", "data_mb": 1} | NEVER,
    "MONTHS": BUNDLE | PARTS | CALENDAR,
    "AHEAD": BUNDLE | PARTS | {"billing": "advance", "activation_fee": "1.00"},
    "FIRST": BUNDLE | {"billing": "pre"},
    "METERED": PER_MB | PARTS,
    "WHEN_USED": PER_MB | {"mrc_on": "active", "activation_fee": "3.00"} | CALENDAR,
    "WHEN_USED_AHEAD": PER_MB | {"mrc_on": "active", "billing": "advance"},
    "DAILY": FAST,
    "MONTHLY": FAST | {"per": "month"} | PARTS,
}
POOLS: dict[str, dict[str, Any]] = {
    "FLEET": {"kind": "static_pool", "price": "40.00", "data_mb": 5, "activation_fee": "4.00"}
    | OVERAGE,
    "FLEET_FIRST": {"kind": "static_pool", "price": "50.00", "data_mb": 2, "billing": "pre"}
    | OVERAGE,
    "FLEET_STOPS": {"kind": "static_pool", "price": "20.00", "data_mb": 2} | NEVER,
    "VANS": {"kind": "dynamic_pool", "activation_fee": "6.00"} | PARTS | OVERAGE,
    "VANS_AHEAD": {"kind": "dynamic_pool", "billing": "advance"} | CALENDAR | OVERAGE,
}
MEMBERS = ("WHOLE", "PARTS")
COMPANIES = ("Acme", "Bolt")
BOLT = 18
CARDS = [iccid(number) for number in range(501, 507)]


def offer(sku: str) -> Offer:
    """A plan as the model knows it."""
    terms = (LINES | POOLS)[sku]
    money = {
        name: int(Fraction(terms.get(name) or "0") * 100)
        for name in ("price", "mrc", "overage_price", "activation_fee")
    }
    return Offer(
        sku=sku,
        kind=terms["kind"],
        fee=money["price"] or money["mrc"],
        data=terms.get("data_mb", 0) * MB,
        block=(terms.get("overage_size_mb") or 0) * MB,
        block_price=money["overage_price"],
        rate=Fraction(terms.get("rate_per_mb", "0")) * 100 / MB,
        mrc_on=terms.get("mrc_on", "all"),
        activation=money["activation_fee"],
        prorate=terms.get("prorate", False),
        billing=terms.get("billing", "post"),
        cycle=terms.get("bill_cycle", "anniversary"),
        fast=terms.get("high_speed_mb", 0) * MB,
        per=terms.get("per", ""),
    )
