"""Prepaid once more, slowly and plainly: everything is told again from the sale at every look."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.model.records import Counters, Record, Seen

GRACE = timedelta(hours=72)


@dataclass
class Balance:
    """The story of one balance while it is told."""

    validity: timedelta
    left: int = 0
    used: int = 0
    served: int = 0
    overrun: int = 0
    lost: int = 0
    revoked: int = 0
    first: datetime | None = None
    expires: datetime | None = None
    promised: datetime | None = None

    def pass_time(self, now: datetime) -> None:
        """At its expiry the line loses what is left."""
        if self.expires is not None and now >= self.expires:
            self.lost += self.left
            self.left = 0

    def give(self, at: datetime, size: int, promised: datetime | None) -> None:
        """Data is added; when the clock runs the days begin again, for all of it."""
        self.pass_time(at)
        self.promised = promised
        if self.expires is not None:
            if self.left == 0:
                self.used = 0
                self.expires = at + self.validity
            else:
                self.expires = max(self.expires, at + self.validity)
            self._keep_promise()
        self.left += size

    def start(self, clock: datetime) -> None:
        """The clock is set."""
        self.expires = clock + self.validity
        self._keep_promise()

    def use(self, at: datetime, size: int) -> None:
        """What fits is served until the data or the days are at zero, the rest is overrun."""
        self.first = self.first or at
        if self.expires is None:
            self.start(at)
        over = self.expires is not None and at >= self.expires
        fits = 0 if over else min(size, self.left)
        self.left -= fits
        self.used += fits
        self.served += fits
        self.overrun += size - fits

    def end(self, at: datetime) -> None:
        """What is left is taken back."""
        self.pass_time(at)
        self.revoked += self.left
        self.left = 0

    def be_without(self, other: Balance, at: datetime, promised: datetime | None) -> None:
        """A refill is taken back: as in a story that never had it, but what was used was used."""
        self.pass_time(at)
        other.pass_time(at)
        left = min(self.left, other.left)
        self.revoked += self.left - left
        self.left = left
        self.used = self.served - (other.served - other.used)
        self.expires, self.promised = other.expires, promised or other.promised
        self._keep_promise()

    def _keep_promise(self) -> None:
        if self.promised is not None and self.expires is not None:
            self.expires = max(self.expires, self.promised)


@dataclass
class Prepaid:
    """One line: what was given, what was used and when that counts.

    Attributes:
        clock: from when its days count, when that is known at the sale.
        promised: the expiry that was granted or has passed after each grant, the sale being 0:
            no report that comes later takes it back (decision 7).
        taken: when refills were taken back, by their number, and the expiry that this came to.

    """

    card: str
    sold_at: datetime
    size: int
    validity: timedelta
    clock: datetime | None = None
    refills: list[tuple[datetime, int]] = field(default_factory=list)
    records: list[tuple[datetime, Record]] = field(default_factory=list)
    promised: dict[int, datetime] = field(default_factory=dict)
    taken: dict[int, tuple[datetime, datetime | None]] = field(default_factory=dict)
    ended_at: datetime | None = None
    settled_until: datetime | None = None

    def refill(self, at: datetime, size: int) -> None:
        """Data is bought and an expiry is granted."""
        self.settle(at)
        self.refills.append((at, size))
        granted = self.seen(at).expires_at
        if granted is not None:
            self.promised[len(self.refills)] = granted

    def take_back(self, number: int, at: datetime) -> None:
        """The refund of a refill; after the end of the line it is money alone."""
        if self.ended_at is not None:
            return
        self.settle(at)
        self.taken[number] = (at, None)
        self.taken[number] = (at, self.seen(at).expires_at)
        self.settled_until = max(self.settled_until or at, at)

    def settle(self, now: datetime) -> None:
        """An expiry that has passed stays, and whatever came before it comes late."""
        expires = self.seen(now).expires_at
        passed = expires if expires is not None and expires <= now else None
        if passed is not None:
            self.promised[self._newest()] = passed
        refunds = [at for at, _promised in self.taken.values()]
        marks = [passed, self.ended_at, *(at for at, _size in self.refills), *refunds]
        self.settled_until = max((mark for mark in marks if mark is not None), default=None)

    def use(self, record: Record) -> None:
        """Late usage counts at its start within the grace and on arrival after it."""
        start = record.row.start
        late = self.settled_until is not None and start < self.settled_until
        old = late and record.arrived - start > GRACE
        self.records.append((record.arrived if old else start, record))

    def end(self, now: datetime) -> None:
        """The sale was refunded."""
        self.ended_at = now

    def dates(self, now: datetime) -> list[datetime]:
        """Instants about which something changes."""
        refills = [at for at, _size in self.refills[-2:]]
        marks = [self.seen(now).expires_at, self.settled_until, *refills]
        return [mark for mark in marks if mark is not None]

    def sizes(self, now: datetime) -> list[int]:
        """Numbers of bytes about which something changes."""
        seen = self.seen(now)
        return [seen.left or 0, seen.used]

    def told(self, now: datetime) -> Balance:
        """The balance at an instant; usage from clocks that run ahead is gone already."""
        happened: list[tuple[datetime, int, str, str, int | Record]] = [
            (at, 0, f"{number:06}", "", size) for number, (at, size) in enumerate(self.refills, 1)
        ]
        happened += [(at, 3, f"{number:06}", "", 0) for number, (at, _) in self.taken.items()]
        if self.ended_at is not None:
            happened.append((self.ended_at, 1, "", "", 0))
        for at, record in self.records:
            happened.append((at, 2, record.row.event, record.source, record))
        return self._story(sorted(happened, key=lambda one: one[:4]), now)

    def _story(
        self, happened: list[tuple[datetime, int, str, str, int | Record]], now: datetime
    ) -> Balance:
        balance, gone = Balance(self.validity, self.size, promised=self.promised.get(0)), set()
        if self.clock is not None:
            balance.start(self.clock)
        counters = Counters()
        for place, (at, rank, name, _source, what) in enumerate(happened):
            balance.pass_time(min(at, now))
            if isinstance(what, Record):
                balance.use(at, counters.bytes_of(what))
            elif rank == 3:
                gone.add(name)
                others = [
                    one
                    for one in happened[:place]
                    if one[1] != 3 and not (one[1] == 0 and one[2] in gone)
                ]
                if self.ended_at is None or self.ended_at > at:
                    promised = self.taken[int(name)][1]
                    balance.be_without(self._story(others, min(at, now)), at, promised)
            elif rank == 1:
                balance.end(at)
            else:
                balance.give(at, what, self.promised.get(int(name)))
        balance.pass_time(now)
        return balance

    def _newest(self) -> int:
        """The number of the last refill that was not taken back, the sale being 0."""
        kept = [one for one in range(1, len(self.refills) + 1) if one not in self.taken]
        return max(kept, default=0)

    def seen(self, now: datetime) -> Seen:
        """The line at an instant."""
        balance = self.told(now)
        status, reason = self._status(balance, now)
        return Seen(
            status=status,
            reason=reason,
            activated_at=balance.first,
            expires_at=balance.expires,
            left=balance.left,
            used=balance.used,
            overrun=balance.overrun,
            lost=balance.lost,
            revoked=balance.revoked,
        )

    def _status(self, balance: Balance, now: datetime) -> tuple[str, str]:
        if self.ended_at is not None:
            return "archived", "refunded"
        if balance.expires is not None and now >= balance.expires:
            return "suspended", "expired"
        if balance.first is None:
            return "activation_ready", ""
        return ("active", "") if balance.left else ("suspended", "depleted")
