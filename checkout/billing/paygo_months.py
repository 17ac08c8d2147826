"""MRC of PAYGO lines: each month's falls due at its anniversary and is the first to be paid."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from heapq import heapify, heappop, heappush

from sqlalchemy import select
from sqlmodel import Session

from catalog.kernel.database import chunks
from checkout.billing.ledger import Posting, post, revenue, tax, wallet
from checkout.billing.line_rows import LINES
from checkout.billing.paygo_rows import PAYGO, Paygo, read_paygo, select_paygo, store_paygo
from checkout.billing.wallets import lock_funds

SWEEP = 200
"""Most wallets that one transaction of the sweep brings up to date."""


def anchored(paygo: Paygo, at: datetime) -> Paygo:
    """The line with its months counted from `at`, unless they are counted or cost nothing."""
    if paygo.mrc_anchor_at is not None or not paygo.tariff.mrc_minor:
        return paygo
    return replace(paygo, mrc_anchor_at=at, mrc_due_at=at)


def pay_months(
    lines: Iterable[Paygo], funds: dict[str, int], now: datetime, actor: str
) -> tuple[list[Paygo], list[Posting]]:
    """Pay what is due out of `funds`, which is what is left of them afterwards.

    The oldest month comes first; a line whose month cannot be paid takes no more of it.
    Returns the lines as they are then, and the postings.
    """
    known = {one.line_id: one for one in lines}
    queue = [(one.mrc_due_at, one.line_id) for one in known.values() if one.mrc_due_at]
    heapify(queue)
    postings: list[Posting] = []
    while queue and queue[0][0] <= now:
        one = known[heappop(queue)[1]]
        if funds[one.wallet_id] < one.tariff.mrc_minor:
            continue
        funds[one.wallet_id] -= one.tariff.mrc_minor
        postings += _postings(one, now, actor)
        paid = replace(one, mrc_months=one.mrc_months + 1)
        known[one.line_id] = paid = replace(paid, mrc_due_at=paid.next_due())
        if paid.mrc_due_at:
            heappush(queue, (paid.mrc_due_at, paid.line_id))
    return list(known.values()), postings


def bring_up_to_date(
    session: Session, wallet_ids: Iterable[str], now: datetime, actor: str
) -> tuple[dict[str, int], int]:
    """Lock wallets and debit the MRC that is due on their lines, before any other use of them.

    A line that another transaction holds is skipped: that one does the same when it comes to
    the wallet. Returns what each wallet can pay now, and how many months were debited.
    """
    funds = lock_funds(session, wallet_ids, now)
    due = list(_due_lines(session, list(funds), now))
    lines, postings = pay_months(due, funds, now, actor)
    store_paygo(session, lines)
    post(session, postings)
    before = sum(one.mrc_months for one in due)
    return funds, sum(one.mrc_months for one in lines) - before


def once_paid(
    session: Session, payable: Mapping[str, int], now: datetime
) -> tuple[dict[str, Paygo], dict[str, int]]:
    """The lines with MRC due on these wallets as they are once it is debited; writes nothing.

    `payable` is what each wallet can pay; also gives what is left of it. So a line is shown as
    it is whether the sweep has been there or not, also when its wallet pays for others.
    """
    funds = dict(payable)
    due = list(_due_lines(session, list(funds), now, lock=False))
    lines, _unposted = pay_months(due, funds, now, "")
    return {one.line_id: one for one in lines}, funds


def charge_months(
    session: Session, now: datetime, actor: str, after: str = "", limit: int = SWEEP
) -> tuple[int, str | None]:
    """Debit the MRC that is due on the lines of the next wallets by id.

    Returns how many months were debited, and the wallet after which to go on; None at the end.
    """
    due = select(PAYGO.c.wallet_id).distinct().where(PAYGO.c.mrc_due_at <= now)
    further = due.where(PAYGO.c.wallet_id > after) if after else due
    ids = list(session.execute(further.order_by(PAYGO.c.wallet_id).limit(limit)).scalars())
    _funds, charged = bring_up_to_date(session, ids, now, actor)
    return charged, ids[-1] if len(ids) == limit else None


def _due_lines(
    session: Session, wallet_ids: list[str], now: datetime, *, lock: bool = True
) -> Iterator[Paygo]:
    for part in chunks(wallet_ids):
        due = PAYGO.c.wallet_id.in_(part) & (PAYGO.c.mrc_due_at <= now)
        statement = (
            select_paygo()
            .join(LINES, LINES.c.id == PAYGO.c.line_id)
            .where(due, LINES.c.ended_at.is_(None))
        )
        if lock:
            statement = statement.with_for_update(skip_locked=True, of=LINES)
        for row in session.execute(statement).mappings():
            yield read_paygo(dict(row))


def _postings(paygo: Paygo, now: datetime, actor: str) -> Iterator[Posting]:
    terms, begins = paygo.tariff, paygo.mrc_due_at
    net = terms.mrc_minor - terms.mrc_tax_minor
    for account, amount, words in (
        (revenue(terms.currency), net, "MRC"),
        (tax(terms.currency), terms.mrc_tax_minor, "VAT on the MRC"),
    ):
        yield Posting(
            debit=wallet(paygo.wallet_id, terms.currency),
            credit=account,
            amount=amount,
            kind="mrc",
            reason=f"{words} of the month from {begins:%Y-%m-%d}",
            source="mrc",
            subject_id=paygo.line_id,
            actor=actor,
            at=now,
            recorded_at=now,
        )
