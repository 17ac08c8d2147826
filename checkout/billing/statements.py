"""Statements: what a wallet held, took in and gave out in a period, and each movement of it.

A period is half open: its start belongs to it, its end to the next. Movements are read in pages by
key (instant, turn, id), so that showing twenty of a hundred thousand reads twenty. At one instant
usage has the last turn: MRC comes before it, whatever was written first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, union_all
from sqlalchemy import case as when
from sqlmodel import Session, col

from checkout.billing.ledger import balance, wallet
from checkout.billing.tables import PostingRow, WalletRow

PAGE = 500
_Found = Select[*tuple[Any, ...]]
_ALWAYS = datetime(1900, 1, 1, tzinfo=UTC)
_NEVER = datetime(9999, 1, 1, tzinfo=UTC)
_turn = when((col(PostingRow.kind) == "usage", 1), else_=0)


@dataclass(frozen=True, slots=True)
class Period:
    """From an instant, to one that no longer belongs to it; open ends reach as far as there is."""

    since: datetime = _ALWAYS
    until: datetime = _NEVER


@dataclass(frozen=True, slots=True)
class Entry:
    """One movement, signed as the owner sees it, and the balance after it in minor units."""

    id: str
    at: datetime
    turn: int
    description: str
    amount_minor: int
    balance_minor: int


@dataclass(frozen=True, slots=True)
class Sums:
    """A period in four numbers: starting + refilled - spent = ending.

    Refilled is all that came in, refunds too; spent is all that went out.
    """

    starting_minor: int
    refilled_minor: int
    spent_minor: int
    ending_minor: int
    movements: int


def sums_of(session: Session, row: WalletRow, period: Period) -> Sums:
    """The sums of a wallet over a period; what came after it is counted back from now."""
    came, went, movements = _turnover(session, row.id, period)
    ending = _balance_after(session, row, period)
    return Sums(ending - came + went, came, went, ending, movements)


def page_of(
    session: Session,
    row: WalletRow,
    period: Period,
    *,
    before: Entry | None = None,
    limit: int = PAGE,
) -> list[Entry]:
    """The newest movements of a period, or those that come before an entry, newest first."""
    after = _balance_after(session, row, period) if before is None else before.balance_minor
    if before is not None:
        after -= before.amount_minor
    entries = []
    for found in session.execute(_newest(row.id, period, before, limit)):
        signed = int(found.signed)
        entries.append(Entry(found.id, found.at, found.turn, found.reason, signed, after))
        after -= signed
    return entries


def entries_of(session: Session, row: WalletRow, period: Period) -> Iterator[Entry]:
    """Every movement of a period, the newest first, read in pages."""
    before = None
    while page := page_of(session, row, period, before=before):
        yield from page
        before = page[-1]


def _balance_after(session: Session, row: WalletRow, period: Period) -> int:
    """The balance at the end of the period."""
    came, went, _count = _turnover(session, row.id, Period(since=period.until))
    return balance(session, wallet(row.id, row.currency)) - came + went


def _turnover(session: Session, wallet_id: str, period: Period) -> tuple[int, int, int]:
    """What came in, what went out, and in how many movements."""
    if period.since >= _NEVER:
        return 0, 0, 0
    moved = union_all(*(side.where(_within(period)) for side in _sides(wallet_id))).subquery()
    signed = moved.c.signed
    sums = [func.sum(when((side, signed), else_=0)) for side in (signed > 0, signed < 0)]
    came, went, count = session.execute(select(*sums, func.count()).select_from(moved)).one()
    return int(came or 0), -int(went or 0), count


def _newest(wallet_id: str, period: Period, before: Entry | None, limit: int) -> _Found:
    """Each side is read along its own index and cut before the two are put together."""
    wanted = and_(_within(period), _older(before)) if before else _within(period)
    newest_first = (col(PostingRow.at).desc(), _turn.desc(), col(PostingRow.id).desc())
    sides = [
        side.where(wanted).order_by(*newest_first).limit(limit).subquery()
        for side in _sides(wallet_id)
    ]
    both = union_all(*(select(side) for side in sides)).subquery()
    order = (both.c.at.desc(), both.c.turn.desc(), both.c.id.desc())
    return select(both).order_by(*order).limit(limit)


def _sides(wallet_id: str) -> tuple[_Found, _Found]:
    """What came in and what went out, each with its sign."""
    told = (col(PostingRow.id), col(PostingRow.at), _turn.label("turn"), col(PostingRow.reason))
    amount = col(PostingRow.amount)
    came: _Found = select(*told, amount.label("signed"))
    went: _Found = select(*told, (-amount).label("signed"))
    into, out_of = col(PostingRow.credit_id) == wallet_id, col(PostingRow.debit_id) == wallet_id
    return came.where(into), went.where(out_of)


def _within(period: Period) -> ColumnElement[bool]:
    return and_(col(PostingRow.at) >= period.since, col(PostingRow.at) < period.until)


def _older(entry: Entry) -> ColumnElement[bool]:
    at, same_at = col(PostingRow.at) < entry.at, col(PostingRow.at) == entry.at
    earlier = or_(_turn < entry.turn, and_(_turn == entry.turn, col(PostingRow.id) < entry.id))
    return and_(col(PostingRow.at) <= entry.at, or_(at, and_(same_at, earlier)))
