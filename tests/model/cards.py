"""One card of a company, as everybody sees it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from tests.model.bills import Office
from tests.model.records import Counters, Record, Seen
from tests.model.subscriptions import Stay


@dataclass(eq=False)
class Card:
    """One card of a company; the office knows the rest."""

    card: str
    sold_at: datetime
    company: str
    office: Office
    stay: Stay | None = None
    stays: list[Stay] = field(default_factory=list)
    first: datetime | None = None
    overrun: int = 0
    counters: Counters = field(default_factory=Counters)

    def settle(self, now: datetime) -> None:
        """Nothing is lost with time."""

    def use(self, record: Record) -> None:
        """Usage waits for the rest of its file."""
        self.office.waiting.append((self, record))

    def end(self, now: datetime) -> None:
        """The assignment ends."""
        self.office.end(self, now)

    def dates(self, now: datetime) -> list[datetime]:
        """Where periods meet, and where its stays do."""
        stay = self._stay()
        account, number = stay.account, stay.account.period_at(now)
        meets = [account.begin(n) for n in range(max(number - 1, 0), number + 2)]
        return [*meets, *(one.begins for one in self.stays)]

    def sizes(self, now: datetime) -> list[int]:
        """What is left, and one more block."""
        account = self._stay().account
        number = account.period_at(now)
        left = account.included(number) - account.used(number, data=True)
        return [max(left, 0), max(left + account.offer.block, 0)]

    def _stay(self) -> Stay:
        assert self.stay is not None
        return self.stay

    def seen(self, now: datetime) -> Seen:
        """The line as everybody sees it."""
        self.office.book(now)
        stay = self._stay()
        account = stay.account
        number = account.period_at(min(account.ends or now, now))
        offer = account.offer if account.pool else stay.offer or account.offer
        included = account.included(number) if offer.shares_data else None
        shared = account.used(number, data=True)
        over = 0 if included is None else max(shared - included, 0)
        fast = self._fast(stay, number, now)
        has_service = included is None or bool(offer.block) or shared < included
        status, reason = self._status(stay, number, has_service=has_service)
        unpriced = 0 if offer.block else over
        return Seen(
            status=status,
            reason=reason,
            activated_at=self.first,
            expires_at=account.begin(number + 1),
            used=account.used(number, card=self.card),
            overrun=self.overrun + unpriced,
            left=None if included is None else max(included - shared, 0),
            beyond=unpriced,
            month={
                "pool": account.pool or None,
                "period_begins_at": account.begin(number),
                "period_ends_at": account.begin(number + 1),
                "overage_bytes": over,
                "overage_minor": account.overage(number),
                "usage_minor": account.metered(number)[0],
                "high_speed_left_bytes": fast,
                "throttled": fast == 0,
            },
        )

    def _status(self, stay: Stay, number: int, *, has_service: bool) -> tuple[str, str]:
        used = stay.life.first is not None
        if stay.ends is not None:
            return "archived", "assignment ended"
        if stay.account.is_unpaid(number):
            return "suspended", "invoice unpaid"
        if used and not has_service:
            return "suspended", "data of the period used up"
        return ("active" if used else "activation_ready"), ""

    def _fast(self, stay: Stay, number: int, now: datetime) -> int | None:
        """What is left at full speed today, or in this period."""
        offer, account = stay.offer, stay.account
        if offer is None or not offer.fast:
            return None
        if offer.per == "day":
            uses = [use for one in self.stays if one.offer for use in one.account.uses]
            today = account.day(now)
            mine = {
                id(use): use.size
                for use in uses
                if use.stay.card == self.card
                and use.day == today
                and use.stay.offer
                and use.stay.offer.per == "day"
            }
            return max(offer.fast - sum(mine.values()), 0)
        monthly = [one for one in account.stays if one.offer and one.offer.per == "month"]
        given = sum(account.share(one, number, one.offer.fast) for one in monthly if one.offer)
        return max(given - account.used(number, per="month"), 0)
