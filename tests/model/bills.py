"""The office of the companies: who is on which plan, what is used, and what is billed and paid."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from tests.model.offers import Offer
from tests.model.prepaid import GRACE
from tests.model.records import Record
from tests.model.subscriptions import Account, Bill, Life, Stay, Use

if TYPE_CHECKING:
    from tests.model.cards import Card


@dataclass
class Office:
    """The accounts of all companies and their bills; `percent` is each company's VAT."""

    zone: ZoneInfo
    percent: dict[str, int]
    accounts: list[Account] = field(default_factory=list)
    bills: list[Bill] = field(default_factory=list)
    waiting: list[tuple[Card, Record]] = field(default_factory=list)
    issued: Counter[str] = field(default_factory=Counter)

    def pool(self, name: str) -> Account:
        """The pool of a name."""
        return next(one for one in self.accounts if one.pool == name)

    def open(
        self, company: str, offer: Offer, now: datetime, zone: ZoneInfo, pool: str = ""
    ) -> Account:
        """A new account."""
        self.accounts.append(Account(company, offer, now, zone, pool))
        return self.accounts[-1]

    def place(self, card: Card, offer: Offer | None, pool: str, now: datetime) -> None:
        """A card goes to a plan or a pool; nothing happens when it is there."""
        old = card.stay if card.stay and card.stay.ends is None else None
        account = self.pool(pool) if pool else None
        if account and account.offer.kind == "static_pool":
            offer = None
        if account is None and old and not old.account.pool and offer:
            before = old.account.offer
            if (before.billing, before.cycle) == (offer.billing, offer.cycle):
                account = old.account
        if old and old.account is account and old.offer == offer:
            return
        if old:
            self._leave(old, now, is_over=account is not old.account)
        life = card.stay.life if card.stay and card.stay.ends == now else Life()
        if account is None:
            assert offer is not None
            account = self.open(card.company, offer, now, self.zone)
        card.stay = Stay(card.card, offer, account, now, life)
        account.stays.append(card.stay)
        card.stays.append(card.stay)
        account.tell(account.period_at(now))

    def end(self, card: Card, now: datetime) -> None:
        """A card leaves its plan or pool."""
        assert card.stay is not None
        self._leave(card.stay, now, is_over=True)

    def _leave(self, stay: Stay, now: datetime, *, is_over: bool) -> None:
        stay.ends = now
        if is_over and not stay.account.pool:
            stay.account.ends = now
        stay.account.tell(stay.account.period_at(now))

    def end_pool(self, name: str, now: datetime) -> None:
        """A pool ends, and with it the stays in it."""
        pool = self.pool(name)
        if pool.ends is None:
            for stay in pool.stays:
                stay.ends = stay.ends or now
            pool.ends = now
            pool.tell(pool.period_at(now))

    # Usage.

    def book(self, now: datetime) -> None:
        """What one file told: each record counts where the card was when it started."""
        closed: dict[tuple[int, int], tuple[Account, int, list[datetime]]] = {}
        known = {id(one): one.first for one in self.accounts}
        for card, record in sorted(
            self.waiting, key=lambda one: (one[1].row.start, one[1].row.event)
        ):
            at, size = record.row.start, card.counters.bytes_of(record)
            stay = next((one for one in card.stays if one.holds(at)), None)
            period = stay.account.period_at(at) if stay else 0
            if stay is None or stay.account.is_unpaid(period):
                card.overrun += size
                continue
            account = stay.account
            account.uses.append(Use(stay, period, account.day(at), size))
            card.first = min(card.first or at, at)
            _first_use(stay, at)
            if _is_first(known[id(account)], account, at):
                account.first = min(account.first or at, at)
            if account.is_closed(period):
                late = closed.setdefault((id(account), period), (account, period, []))
                late[2].append(at)
        self.waiting.clear()
        for account, period, starts in closed.values():
            bill = self._open_bill(account, period)
            if bill and any(now - at <= GRACE for at in starts):
                self._again(account, period, bill)
            else:
                account.tell(period)

    def _open_bill(self, account: Account, period: int) -> Bill | None:
        """The bill on which a period was closed, when it is not issued."""
        mine = [
            bill
            for bill in account.bills
            for owner, _period, step, *_rest in bill.items
            if owner is account and step == period + 1
        ]
        return mine[0] if mine and mine[0].number is None else None

    def _again(self, account: Account, period: int, bill: Bill) -> None:
        """A period is closed once more, on its bill; if that changes, it is to be approved."""
        before = bill.net
        step = period + 1
        bill.items = [one for one in bill.items if one[:3] != (account, period, step)]
        for what, sku, minor in account.rest(period, account.costs(period)):
            if minor:
                bill.items.append((account, period, step, what, sku, minor))
        if bill.net != before:
            bill.state = "pre_bill"

    # Bills.

    def run(self, now: datetime) -> tuple[int, list[Bill]]:
        """Every step that is due is taken; how many were, and the bills they are on."""
        count, touched = 0, list[Bill]()
        while True:
            due = [(one.due, n) for n, one in enumerate(self.accounts) if one.due is not None]
            begun = [(at, n) for at, n in due if at is not None and at <= now]
            if not begun:
                return count, touched
            account = self.accounts[min(begun)[1]]
            bill = self._step(account, now)
            touched += [bill] if bill and bill not in touched else []
            count += 1

    def _step(self, account: Account, now: datetime) -> Bill | None:
        step, begins = account.steps, account.begin(account.steps)
        first = step - 1 if account.told is None else min(account.told, step - 1)
        found = []
        for period in range(max(first, 0), step):
            rest = account.rest(period, account.costs(period))
            found += [(account, period, step, *one) for one in rest if one[-1]]
        if account.offer.billing != "post" and (account.ends is None or account.ends > begins):
            fees = account.fees(step, begins)
            found += [(account, step, step, what, *one) for what, one in fees.items() if one[-1]]
        account.steps, account.told = step + 1, None
        account.is_over = account.ends is not None and account.ends <= begins
        if not found:
            return None
        bill = self._bill(account.company, account.day(begins), now)
        bill.items += found
        if bill not in account.bills:
            account.bills.append(bill)
        return bill

    def _bill(self, company: str, day: date, now: datetime) -> Bill:
        mine = [one for one in self.bills if (one.company, one.day) == (company, day)]
        if not mine or mine[-1].state != "pre_bill":
            self.bills.append(Bill(company, day, now, self.percent[company]))
            return self.bills[-1]
        return mine[-1]

    def issue(self, bill: Bill, now: datetime, terms: timedelta) -> None:
        """An approved bill gets its number; what the company has to its credit pays first."""
        mine = [one for one in self.bills if one.company == bill.company and one.number]
        series = "INV" if bill.total >= 0 else "CRN"
        self.issued[series] += 1
        bill.number, bill.state = f"{series}-{self.issued[series]:06d}", "open"
        bill.due = now + terms if bill.total >= 0 else None
        if bill.total <= 0:
            bill.state = "paid"
            return
        for one in sorted(mine, key=lambda one: one.number or ""):
            part = min(one.paid - one.total, bill.total - bill.paid)
            if part > 0:
                one.paid -= part
                self.pay(bill, part)

    def pay(self, bill: Bill, minor: int) -> None:
        """Money came for it."""
        bill.paid += minor
        bill.state = "paid" if bill.paid == bill.total else "part_paid"


def _is_first(known: datetime | None, account: Account, at: datetime) -> bool:
    """Whether it is a first usage; one that a closed month holds stays where it is."""
    return known is None or (at < known and not account.is_closed(account.period_at(known)))


def _first_use(stay: Stay, at: datetime) -> None:
    """The first usage of a card: an earlier one takes its place until it is billed."""
    life = stay.life
    if life.first is None or life.stay is None:
        life.first, life.stay = at, stay
    elif at < life.first:
        account = life.stay.account
        if not account.is_closed(account.period_at(life.first)):
            life.first, life.stay = at, stay
