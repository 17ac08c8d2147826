"""PAYGO once more, slowly and plainly: fractions of a minor unit, loops, MRC on its very day."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction

from tests.model.months import months_after
from tests.model.records import Counters, Record, Seen


@dataclass
class Wallet:
    """Money in whole minor units that pays for lines.

    Attributes:
        balance: as it is with every month debited on its day.
        unposted: months that are debited here and that the store will debit when it next looks
            at the wallet: by upkeep, or before any use of the money.

    """

    balance: int = 0
    minimum: int = 0
    enabled: bool = True
    lines: list[Paygo] = field(default_factory=list)
    unposted: list[int] = field(default_factory=list)

    @property
    def payable(self) -> int:
        """What it can pay, down to its minimum."""
        return max(self.balance - self.minimum, 0) if self.enabled else 0

    def refusal(self, total: int) -> str:
        """Why it does not pay so much; empty when it does."""
        if not self.enabled:
            return "wallet_disabled"
        return "wallet_too_low" if self.balance - self.minimum < total else ""

    def pass_time(self, now: datetime) -> int:
        """Months that have begun are paid, the oldest first; how many were."""
        paid, stuck = 0, set()
        while True:
            due = [(one.due(), one.card, one) for one in self.lines if one.card not in stuck]
            begun = [one for one in due if one[0] is not None and one[0] <= now]
            if not begun:
                return paid
            one = min(begun, key=lambda each: each[:2])[2]
            if one.mrc > self.payable:
                stuck.add(one.card)
                continue
            self.balance -= one.mrc
            self.unposted.append(one.mrc)
            one.months += 1
            paid += 1

    def receive(self, amount: int, now: datetime) -> None:
        """Money arrives, and the months that waited for it are paid first."""
        self.pass_time(now)
        self.balance += amount
        self.pass_time(now)


@dataclass
class Paygo:
    """One line with its prices, in minor units for each byte.

    Attributes:
        owing: what it has used and not yet paid, less than a minor unit.
        anchor: from when its months count.

    """

    card: str
    sold_at: datetime
    wallet: Wallet
    price: Fraction
    prices: dict[str, Fraction] = field(default_factory=dict)
    barred_in: frozenset[str] = frozenset()
    mrc: int = 0
    anchor: datetime | None = None
    months: int = 0
    owing: Fraction = Fraction(0)
    charged: int = 0
    covered: int = 0
    overrun: int = 0
    barred: int = 0
    first: datetime | None = None
    ended_at: datetime | None = None
    counters: Counters = field(default_factory=Counters)

    def __post_init__(self) -> None:
        """The wallet pays for the line from its sale on, a first month at once."""
        self.wallet.pass_time(self.sold_at)
        self.wallet.lines.append(self)
        self.wallet.pass_time(self.sold_at)

    def due(self) -> datetime | None:
        """When the first month that is not paid begins; None when none ever will."""
        if self.anchor is None or not self.mrc or self.ended_at is not None:
            return None
        return months_after(self.anchor, self.months)

    def owes_month(self, now: datetime) -> bool:
        """Whether a month has begun and is not paid."""
        due = self.due()
        return due is not None and due <= now

    def settle(self, now: datetime) -> None:
        """The months are paid on their days."""
        self.wallet.pass_time(now)

    def use(self, record: Record) -> None:
        """Usage is charged as it arrives: MRC first, then as many bytes as the money pays for."""
        now, row = record.arrived, record.row
        self.wallet.pass_time(now)
        size = self.counters.bytes_of(record)
        if row.country in self.barred_in:
            self.barred += size
            return
        self.first = min(self.first or row.start, row.start)
        if self.anchor is None:
            self.anchor = min(row.start, now)
            self.wallet.pass_time(now)
        if self.ended_at is not None or self.owes_month(now) or not self.wallet.payable:
            self.overrun += size
        else:
            self._pay(self.prices.get(row.country, self.price), size)

    def _pay(self, price: Fraction, size: int) -> None:
        money = self.wallet.payable
        fits = size if not price else min(size, int((money - self.owing) / price))
        self.covered += fits
        self.overrun += size - fits
        if fits == size:
            self.owing += size * price
            whole = int(self.owing)
            self.owing -= whole
        else:
            whole, self.owing = money, Fraction(0)
        self.charged += whole
        self.wallet.balance -= whole

    def end(self, now: datetime) -> None:
        """The sale was refunded: no month begins any more."""
        self.wallet.pass_time(now)
        self.ended_at = now

    def dates(self, now: datetime) -> list[datetime]:
        """Instants about which something changes."""
        return [mark for mark in (self._month_end(now), self.due()) if mark is not None]

    def sizes(self, now: datetime) -> list[int]:
        """Numbers of bytes about which something changes."""
        reach = (self.wallet.payable - self.owing) / self.price if self.price else 0
        return [int(reach), self.seen(now).used]

    def seen(self, now: datetime) -> Seen:
        """The line at an instant, the months of its wallet being paid."""
        self.wallet.pass_time(now)
        status, reason = self._status(now)
        return Seen(
            status=status,
            reason=reason,
            activated_at=self.first,
            expires_at=self._month_end(now),
            used=self.covered,
            overrun=self.overrun,
            charged=self.charged,
            barred=self.barred,
            mrc_minor=self.months * self.mrc,
            payable=self.wallet.payable,
        )

    def _status(self, now: datetime) -> tuple[str, str]:
        if self.ended_at is not None:
            return "archived", "refunded"
        if not self.wallet.enabled:
            return "suspended", "wallet disabled"
        if self.owes_month(now):
            return "suspended", "mrc unpaid"
        if not self.wallet.payable:
            return "suspended", "wallet at its limit"
        return ("active" if self.first else "activation_ready"), ""

    def _month_end(self, now: datetime) -> datetime | None:
        if self.first is None:
            return None
        number = 1
        while months_after(self.first, number) <= now:
            number += 1
        return months_after(self.first, number)
