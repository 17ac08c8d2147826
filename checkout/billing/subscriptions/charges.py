"""What a period costs: one function for what is quoted, billed, adjusted and proved.

A bill is the difference between what a period costs by all that is known and what was billed for
it before. So the fee in advance, the credit and debit of a plan change and late usage need no rules
of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from checkout.billing.subscriptions.cycle import Cycle
from checkout.billing.subscriptions.terms import POOLS, STATIC, WITH_DATA, Share, Terms


@dataclass(frozen=True, slots=True)
class Stretch:
    """One line on one plan, or in one pool, from `begins` to before `ends`.

    Attributes:
        terms: None in a static pool, whose price and data are the pool's own.
        activated_at: the first usage of the line in this subscription.

    """

    id: str
    line_id: str
    terms: Terms | None
    begins: datetime
    ends: datetime | None = None
    activated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """What is billed: the subscription of one line, or a pool.

    Attributes:
        terms: those of a pool; a line's are in its stretches, this is the first of them.
        activated_at: the first usage of any line in it.

    """

    id: str
    terms: Terms
    cycle: Cycle
    ends: datetime | None = None
    activated_at: datetime | None = None

    @property
    def is_pool(self) -> bool:
        """Whether lines share what it includes."""
        return self.terms.kind in POOLS


@dataclass(frozen=True, slots=True)
class Charge:
    """One thing that a period costs; its amount is quantity times unit price.

    Attributes:
        subject_id: the stretch that it is for, or the account of a pool.
        kind: `fee`, `mrc`, `activation`, `overage` or `usage`.
        days: of a fee, out of `of_days`.
        bytes: behind overage and usage.

    """

    subject_id: str
    line_id: str | None
    kind: str
    terms: Terms
    quantity: int
    unit_minor: int
    days: int = 0
    of_days: int = 0
    bytes: int = 0

    @property
    def key(self) -> tuple[str, str]:
        """What makes it the same thing in two bills of one period."""
        return self.subject_id, self.kind

    @property
    def amount_minor(self) -> int:
        """In minor units of the currency of the terms; negative for a credit."""
        return self.quantity * self.unit_minor


_Share = tuple[Stretch | None, Terms, Share]

Used = Mapping[str, int]
"""Bytes in one period by stretch, all countries together."""


def charges(
    account: Account, number: int, stretches: Sequence[Stretch], used: Used
) -> list[Charge]:
    """Everything that belongs to one period of an account."""
    shares = list(_shares(account, number, stretches))
    return [
        *_fees(account, number, shares),
        *_activations(account, number, stretches),
        *_overage(account, number, stretches, used, _included(shares)),
        *_metered(stretches, used),
    ]


def fees(account: Account, number: int, stretches: Sequence[Stretch]) -> list[Charge]:
    """The fees and MRC of one period, each for its share of it."""
    return _fees(account, number, _shares(account, number, stretches))


def _fees(account: Account, number: int, shares: Iterable[_Share]) -> list[Charge]:
    found = []
    for stretch, terms, share in shares:
        amount = share.part(terms.fee_minor)
        if amount and _owes_mrc(account, number, stretch, terms):
            kind = "mrc" if terms.is_per_mb else "fee"
            subject_id, line_id = (stretch.id, stretch.line_id) if stretch else (account.id, None)
            days = share.days, share.of_days
            found.append(Charge(subject_id, line_id, kind, terms, 1, amount, *days))
    return found


def included_bytes(account: Account, number: int, stretches: Sequence[Stretch]) -> int:
    """The data of one period: that of the bundle, of the pool, or of its members together."""
    return _included(_shares(account, number, stretches))


def _included(shares: Iterable[_Share]) -> int:
    return sum(share.part(terms.data_bytes) for _s, terms, share in shares if terms.data_bytes)


def high_speed_bytes(account: Account, number: int, stretches: Sequence[Stretch]) -> int:
    """What unlimited plans that follow each other give at full speed in one period."""
    shares = _shares(account, number, stretches)
    return sum(
        share.part(terms.high_speed_bytes) for _s, terms, share in shares if terms.per == "month"
    )


def known_at(stretches: Iterable[Stretch], at: datetime) -> list[Stretch]:
    """The stretches as they were known at an instant, whenever somebody asks."""
    return [
        replace(
            one,
            ends=one.ends if one.ends and one.ends <= at else None,
            activated_at=one.activated_at if one.activated_at and one.activated_at <= at else None,
        )
        for one in stretches
        if one.begins <= at
    ]


def difference(due: Iterable[Charge], billed: Iterable[Charge]) -> list[Charge]:
    """What is still to be billed of what is due; credits are negative.

    Days and bytes of each are those of its own amount: by how many due and billed ones differ.
    """
    before = _together(billed)
    open_ = {one.key: one for one in due}
    found = [_rest(one, before.get(key)) for key, one in open_.items()]
    gone = [
        replace(one, unit_minor=-one.unit_minor, days=abs(one.days), bytes=abs(one.bytes))
        for key, one in before.items()
        if key not in open_
    ]
    return [one for one in (*found, *gone) if one.amount_minor]


def _together(billed: Iterable[Charge]) -> dict[tuple[str, str], Charge]:
    """What was billed of each thing: amounts, days and bytes added up, those of credits less."""
    sums: dict[tuple[str, str], Charge] = {}
    for one in billed:
        sign = 1 if one.amount_minor > 0 else -1
        amount, days, count = one.amount_minor, sign * one.days, sign * one.bytes
        if before := sums.get(one.key):
            amount, days = before.unit_minor + amount, before.days + days
            count += before.bytes
        sums[one.key] = replace(one, quantity=1, unit_minor=amount, days=days, bytes=count)
    return sums


def _rest(due: Charge, billed: Charge | None) -> Charge:
    """The part of a charge that was not billed: whole units of it where it has any."""
    if billed is None or not billed.unit_minor:
        return due
    rest, count = due.amount_minor - billed.unit_minor, abs(due.bytes - billed.bytes)
    due = replace(due, days=abs(due.days - billed.days), bytes=count)
    quantity, odd = divmod(rest, due.unit_minor) if due.unit_minor else (0, 1)
    if odd or due.quantity == 1:
        return replace(due, quantity=1, unit_minor=rest)
    return replace(due, quantity=quantity)


def _shares(account: Account, number: int, stretches: Sequence[Stretch]) -> Iterator[_Share]:
    """What brings a fee and data into a period, and for how much of it."""
    period = account.cycle.period(number)
    begins, ends, of_days = period.begins, period.ends, period.days
    if account.terms.kind == STATIC:
        if account.ends is None or account.ends > begins:
            yield None, account.terms, Share(0, of_days, of_days, prorated=False)
        return
    whole: set[tuple[str, str]] = set()
    for one in stretches:
        terms = one.terms or account.terms
        until = ends if one.ends is None else min(one.ends, ends)
        if max(one.begins, begins) >= until:
            continue
        prorated = account.terms.prorate if account.is_pool else terms.prorate
        if not prorated and (one.line_id, terms.sku) in whole:
            continue  # a plan that comes back within its begun period was charged and granted whole
        whole.add((one.line_id, terms.sku))
        before = period.day_of(one.begins) if prorated else 0
        days = (period.day_of(until) if prorated and until < ends else of_days) - before
        yield one, terms, Share(before, days, of_days, prorated)


def _owes_mrc(account: Account, number: int, stretch: Stretch | None, terms: Terms) -> bool:
    """Whether the MRC is due: on `active` eSIMs that were so at any instant (decision 11)."""
    if stretch is None or not terms.is_per_mb or terms.mrc_on == "all":
        return True
    ends = account.cycle.period(number).ends
    until = ends if stretch.ends is None else min(stretch.ends, ends)
    return stretch.activated_at is not None and stretch.activated_at < until


def _activations(account: Account, number: int, stretches: Sequence[Stretch]) -> Iterator[Charge]:
    """The activation fees of what was used first in this period; once each (decision 9)."""
    if account.is_pool and _is_within(account, number, account.activated_at):
        yield from _activation(account.id, None, account.terms)
    for one in stretches:
        at = one.activated_at
        begun = at is not None and one.begins <= at and (one.ends is None or at < one.ends)
        if one.terms is not None and begun and _is_within(account, number, at):
            yield from _activation(one.id, one.line_id, one.terms)


def _is_within(account: Account, number: int, at: datetime | None) -> bool:
    return at is not None and account.cycle.number_at(at) == number


def _activation(subject_id: str, line_id: str | None, terms: Terms) -> Iterator[Charge]:
    if terms.activation_fee_minor:
        yield Charge(subject_id, line_id, "activation", terms, 1, terms.activation_fee_minor)


def _overage(
    account: Account, number: int, stretches: Sequence[Stretch], used: Used, included: int
) -> Iterator[Charge]:
    """Begun blocks beyond the data of the period; the latest plan of it says their price."""
    bundled = [one for one in stretches if (one.terms or account.terms).kind in WITH_DATA]
    total = sum(used.get(one.id, 0) for one in bundled)
    if not total:
        return
    begun = [one for one in bundled if one.begins < account.cycle.period(number).ends]
    last = account.terms if account.is_pool else begun[-1].terms or account.terms
    over = total - included
    if over > 0 and last.overage_size_bytes:
        blocks = -(-over // last.overage_size_bytes)
        line_id = None if account.is_pool else begun[-1].line_id
        price = last.overage_price_minor
        yield Charge(account.id, line_id, "overage", last, blocks, price, bytes=over)


def _metered(stretches: Sequence[Stretch], used: Used) -> Iterator[Charge]:
    """Usage at a rate per MB: the exact sum of a line and period, in whole minor units."""
    parts, count, last = 0, 0, None
    for one in stretches:
        if one.terms is not None and one.terms.is_per_mb and used.get(one.id):
            parts += used[one.id] * one.terms.rate_per_mb_micro
            count, last = count + used[one.id], one
    if last is not None and last.terms is not None:
        amount = parts // last.terms.parts_per_minor
        if amount:
            yield Charge(last.id, last.line_id, "usage", last.terms, 1, amount, bytes=count)
