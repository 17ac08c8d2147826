"""The PAYGO rules once more, slowly and plainly: fractions of a cent, loops, no shared code."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction


@dataclass
class ModelLine:
    """One eSIM; `owing` is what it has used and not yet paid, less than a cent."""

    name: str
    rate: Fraction
    rates: dict[str, Fraction]
    barred: set[str]
    mrc: int
    owing: Fraction = Fraction(0)
    charged: int = 0
    covered: int = 0
    overrun: int = 0
    barred_bytes: int = 0
    anchor: datetime | None = None
    months: int = 0

    def month(self) -> datetime | None:
        """When the first unpaid month begins."""
        if self.anchor is None or not self.mrc:
            return None
        year, month = self.anchor.year, self.anchor.month
        for _ in range(self.months):
            year, month = (year + 1, 1) if month == 12 else (year, month + 1)
        day = self.anchor.day
        while True:
            try:
                return self.anchor.replace(year=year, month=month, day=day)
            except ValueError:
                day -= 1


@dataclass
class ModelWallet:
    """One wallet that pays for its lines; money is whole cents above its limit."""

    money: int
    lines: dict[str, ModelLine] = field(default_factory=dict)

    def pass_time(self, now: datetime) -> int:
        """Months that have begun are paid, the oldest first; how many were."""
        paid, stuck = 0, set()
        while True:
            due = [(one.month(), one.name) for one in self.lines.values() if one.name not in stuck]
            begun = sorted((at, name) for at, name in due if at is not None and at <= now)
            if not begun:
                return paid
            one = self.lines[begun[0][1]]
            if one.mrc > self.money:
                stuck.add(one.name)
                continue
            self.money -= one.mrc
            one.months += 1
            paid += 1

    def use(self, name: str, at: datetime, country: str, size: int, now: datetime) -> None:
        """Usage arrives: MRC first, then as many bytes as the money pays for."""
        self.pass_time(now)
        one = self.lines[name]
        if country in one.barred:
            one.barred_bytes += size
            return
        if one.anchor is None:
            one.anchor = min(at, now)
            self.pass_time(now)
        month = one.month()
        unpaid = month is not None and month <= now
        self._pay(one, one.rates.get(country, one.rate), size, 0 if unpaid else self.money)

    def _pay(self, one: ModelLine, price: Fraction, size: int, money: int) -> None:
        reach = max(money - one.owing, Fraction(0))
        fits = size if not price else min(size, int(reach / price))
        one.covered += fits
        one.overrun += size - fits
        if fits == size:
            one.owing += size * price
            whole = int(one.owing)
            one.owing -= whole
        elif reach:
            whole, one.owing = money, Fraction(0)
        else:
            whole = 0
        one.charged += whole
        self.money -= whole
