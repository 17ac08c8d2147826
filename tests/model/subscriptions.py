"""Subscriptions once more, slowly and plainly: lists of stays, of days and of bytes, and fractions.

What a month costs is told anew from all that is known, and a bill is what of that is not billed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from tests.model.offers import Months, Offer, rounded

Costs = dict[tuple[int, str], tuple[str, int]]
"""By what it is for and the kind of the charge: the plan's sku and minor units."""


@dataclass(eq=False)
class Life:
    """A card on plans without a gap: it is used for the first time only once."""

    first: datetime | None = None
    stay: Stay | None = None


@dataclass(eq=False)
class Stay:
    """A card on one plan, or in a static pool (then without an offer of its own)."""

    card: str
    offer: Offer | None
    account: Account
    begins: datetime
    life: Life
    ends: datetime | None = None

    def holds(self, at: datetime) -> bool:
        """Whether the card was here at an instant."""
        return self.begins <= at and (self.ends is None or at < self.ends)


@dataclass(frozen=True)
class Use:
    """Bytes that count: where, when, and in which period of the account."""

    stay: Stay
    period: int
    day: date
    size: int


@dataclass(eq=False)
class Bill:
    """What a company is billed on one day; `state` as people see it but for the date."""

    company: str
    day: date
    made: datetime
    percent: int
    items: list[tuple[Account, int, int, tuple[int, str], str, int]] = field(default_factory=list)
    state: str = "pre_bill"
    number: str | None = None
    due: datetime | None = None
    paid: int = 0

    @property
    def net(self) -> int:
        """What its items add up to."""
        return sum(item[-1] for item in self.items)

    @property
    def tax(self) -> int:
        """VAT, rounded once."""
        return rounded(Fraction(self.net * self.percent, 100))

    @property
    def total(self) -> int:
        """With VAT."""
        return self.net + self.tax


@dataclass(eq=False)
class Account(Months):
    """What is billed together: one card on its own plans, or a pool."""

    pool: str = ""
    stays: list[Stay] = field(default_factory=list)
    uses: list[Use] = field(default_factory=list)
    bills: list[Bill] = field(default_factory=list)
    ends: datetime | None = None
    first: datetime | None = None
    steps: int = 0
    told: int | None = None
    is_over: bool = False

    def __post_init__(self) -> None:
        """The first step of an account that is billed afterwards is the end of its first month."""
        self.steps = 1 if self.offer.billing == "post" else 0

    # What a period costs.

    def share(self, stay: Stay, number: int, whole: int, known: datetime | None = None) -> int:
        """What a stay brings of a fee or of data into a period, as far as it was known."""
        begins, ends = self.begin(number), self.begin(number + 1)
        until = min(_until(stay, known) or ends, ends)
        if max(stay.begins, begins) >= until:
            return 0
        offer = stay.offer or self.offer
        if self.offer.prorate if self.pool else offer.prorate:
            days = self.days(number)
            passed = [day for day in days if day < self.day(stay.begins)]
            over = [day for day in days if until == ends or day < self.day(until)]
            upto = [rounded(Fraction(whole * len(part), len(days))) for part in (passed, over)]
            return upto[1] - upto[0] if len(over) > len(passed) else 0
        for other in self.stays[: self.stays.index(stay)]:
            same = other.card == stay.card and (other.offer or self.offer).sku == offer.sku
            if same and max(other.begins, begins) < min(_until(other, known) or ends, ends):
                return 0
        return whole

    def fees(self, number: int, known: datetime | None = None) -> Costs:
        """Fees and MRC of one period, by what was known at an instant."""
        if self.offer.kind == "static_pool":
            runs = self.ends is None or self.ends > self.begin(number)
            return {(id(self), "fee"): (self.offer.sku, self.offer.fee)} if runs else {}
        found: Costs = {}
        for stay in self.stays:
            offer = stay.offer
            if offer is None or (known and stay.begins > known):
                continue
            amount = self.share(stay, number, offer.fee, known)
            if offer.kind != "pay_per_mb":
                found[id(stay), "fee"] = offer.sku, amount
            elif offer.mrc_on == "all" or self._active(stay, number, known):
                found[id(stay), "mrc"] = offer.sku, amount
        return found

    def _active(self, stay: Stay, number: int, known: datetime | None) -> bool:
        first, end = stay.life.first, self.begin(number + 1)
        until = min(_until(stay, known) or end, end)
        return first is not None and first < until and (known is None or first <= known)

    def included(self, number: int) -> int:
        """The data of a period."""
        if self.offer.kind == "static_pool":
            return self.offer.data if self.fees(number) else 0
        return sum(self.share(one, number, one.offer.data) for one in self.stays if one.offer)

    def used(self, number: int, **wanted: Any) -> int:
        """Bytes of one period: of a `card`, under plans that share `data`, or `per` month."""
        return sum(
            use.size
            for use in self.uses
            if use.period == number
            and wanted.get("card", use.stay.card) == use.stay.card
            and (not wanted.get("data") or (use.stay.offer or self.offer).shares_data)
            and (not wanted.get("per") or (use.stay.offer or self.offer).per == wanted["per"])
        )

    def overage(self, number: int) -> int:
        """What begun blocks beyond the data cost; the latest plan says how much."""
        last = self.last_with_data(number)
        over = self.used(number, data=True) - self.included(number)
        if last is None or not last.block or over <= 0 or not self.used(number, data=True):
            return 0
        return -(-over // last.block) * last.block_price

    def last_with_data(self, number: int) -> Offer | None:
        """The plan that says the price of a block."""
        if self.pool:
            return self.offer
        begun = [one.offer for one in self.stays if one.begins < self.begin(number + 1)]
        return next((one for one in reversed(begun) if one and one.shares_data), None)

    def metered(self, number: int) -> tuple[int, Stay | None]:
        """Usage per MB in whole minor units, and where the last of it was."""
        uses = [one for one in self.uses if one.period == number and one.size]
        mine = [one for one in uses if one.stay.offer and one.stay.offer.kind == "pay_per_mb"]
        exact = sum((one.size * one.stay.offer.rate for one in mine if one.stay.offer), Fraction(0))
        last = max((one.stay for one in mine), key=self.stays.index, default=None)
        return int(exact), last

    def costs(self, number: int) -> Costs:
        """Everything that a period costs."""
        found = self.fees(number)
        if self.pool and self._starts(self.first, number):
            found[id(self), "activation"] = self.offer.sku, self.offer.activation
        for stay in self.stays:
            first = stay.life.first
            if stay.offer and first and stay.holds(first) and self._starts(first, number):
                found[id(stay), "activation"] = stay.offer.sku, stay.offer.activation
        last = self.last_with_data(number)
        if last is not None:
            found[id(self), "overage"] = last.sku, self.overage(number)
        minor, place = self.metered(number)
        if place is not None and place.offer is not None:
            found[id(place), "usage"] = place.offer.sku, minor
        return found

    def _starts(self, first: datetime | None, number: int) -> bool:
        return first is not None and self.period_at(first) == number

    # Bills.

    @property
    def due(self) -> datetime | None:
        """When its next step is to be taken; an account that ended takes what is left to tell."""
        return None if self.is_over and self.told is None else self.begin(self.steps)

    def is_closed(self, number: int) -> bool:
        """Whether a bill has told the whole of a period."""
        return number < self.steps - 1

    def tell(self, number: int) -> None:
        """Something about a closed period is to be adjusted on the next bill."""
        if self.is_closed(number):
            self.told = number if self.told is None else min(self.told, number)

    def rest(self, number: int, costs: Costs) -> list[tuple[tuple[int, str], str, int]]:
        """What of these costs no bill holds."""
        billed: Costs = {}
        for bill in self.bills:
            for owner, period, _step, what, sku, minor in bill.items:
                if owner is self and period == number:
                    billed[what] = sku, billed.get(what, ("", 0))[1] + minor
        plans = billed | costs
        return [
            (what, sku, costs.get(what, ("", 0))[1] - billed.get(what, ("", 0))[1])
            for what, (sku, _minor) in plans.items()
        ]

    def is_unpaid(self, number: int) -> bool:
        """Whether a period that is to be paid first is not."""
        if self.offer.billing != "pre":
            return False
        fees = [
            bill
            for bill in self.bills
            for owner, period, step, *_rest in bill.items
            if owner is self and period == step == number
        ]
        return number >= self.steps or any(bill.state != "paid" for bill in fees)


def _until(stay: Stay, known: datetime | None) -> datetime | None:
    """The end of a stay, when it was known."""
    return stay.ends if known is None or (stay.ends and stay.ends <= known) else None
