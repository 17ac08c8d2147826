"""What is behind a bill: its charges eSIM by eSIM, and under them the usage that they close."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, tuple_
from sqlmodel import Session, col

from catalog.esim.tables import EsimRow
from catalog.kernel.database import chunks, snapshot
from checkout.billing.subscriptions.cycle import Cycle
from checkout.billing.subscriptions.invoices import invoice_named
from checkout.billing.subscriptions.items import item_words
from checkout.billing.subscriptions.rows import (
    ASSIGNMENTS,
    INVOICE_LINES,
    MANY,
    USED,
    Subscription,
    read_terms,
    subscriptions_by_id,
)
from store_app.desk.context import Desk

_Key = tuple[str, int]
"""A subscription and one of its periods."""


@dataclass(frozen=True, slots=True)
class Behind:
    """A charge of a bill, or usage behind one.

    Attributes:
        what: the charge in the words of the bill; empty for usage.
        iccid: None for what is a pool's and no eSIM's, and where it is not known.
        pool: empty outside pools.
        country: of usage.
        bytes: used; None for a charge that is not for usage.
        days: that are billed, or for which the eSIM was there, out of `of_days`.
        amount_minor: of a charge; usage itself has no price.

    """

    what: str
    iccid: str | None
    pool: str
    begins: datetime
    ends: datetime
    country: str = ""
    bytes: int | None = None
    days: int = 0
    of_days: int = 0
    amount_minor: int | None = None


def explain_bill(desk: Desk, ref: str) -> list[Behind]:
    """The charges of a bill by eSIM or pool and period, each period followed by its usage."""
    with snapshot(desk.engine) as session:
        invoice = invoice_named(session, ref)
        mine = INVOICE_LINES.c.invoice_id == invoice.id
        lines = session.execute(select(INVOICE_LINES).where(mine)).all()
        accounts = subscriptions_by_id(session, {row.subscription_id for row in lines})
        closed = {(r.subscription_id, r.period) for r in lines if r.step > r.period}
        used = _used(session, sorted(closed))
        terms = read_terms(session, {row.terms_id for row in lines})
        numbers = _iccids(session, _line_ids(lines, used))
    groups: dict[_Key, list[Any]] = defaultdict(list)
    for row in lines:
        groups[row.subscription_id, row.period].append(row)
    found = []
    for key, rows in groups.items():
        account = accounts[key[0]]
        worded = ((item_words(row, terms[row.terms_id]), row) for row in rows)
        charges = sorted(worded, key=lambda one: (one[0], numbers.get(one[1].line_id, "")))
        found.append(
            [
                *(_charge(words, row, account, numbers) for words, row in charges),
                *_usage(used.get(key, ()), account, key[1], numbers),
            ]
        )
    found.sort(key=lambda part: (part[0].pool, part[0].iccid or "", part[0].begins))
    return [one for part in found for one in part]


def _used(session: Session, closed: Sequence[_Key]) -> dict[_Key, list[Any]]:
    columns = (USED, ASSIGNMENTS.c.line_id, ASSIGNMENTS.c.begins_at, ASSIGNMENTS.c.ends_at)
    key = tuple_(USED.c.subscription_id, USED.c.period)
    found: dict[_Key, list[Any]] = defaultdict(list)
    for part in chunks(closed, MANY):
        statement = select(*columns).join(ASSIGNMENTS, ASSIGNMENTS.c.id == USED.c.assignment_id)
        for row in session.execute(statement.where(key.in_(part))):
            found[row.subscription_id, row.period].append(row)
    return found


def _line_ids(lines: Iterable[Any], used: Mapping[_Key, Iterable[Any]]) -> set[str]:
    behind = {row.line_id for rows in used.values() for row in rows}
    return behind | {row.line_id for row in lines if row.line_id}


def _iccids(session: Session, line_ids: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in chunks(sorted(line_ids)):
        named = select(col(EsimRow.id), col(EsimRow.iccid)).where(col(EsimRow.id).in_(part))
        found.update({line_id: iccid for line_id, iccid in session.execute(named)})  # noqa: C416 - rows, not pairs
    return found


def _charge(words: str, row: Any, account: Subscription, numbers: Mapping[str, str]) -> Behind:
    cycle: Cycle = account.account.cycle
    return Behind(
        what=words,
        iccid=numbers.get(row.line_id) or None,
        pool=account.name,
        begins=cycle.begins(row.period),
        ends=cycle.begins(row.period + 1),
        bytes=row.bytes or None,
        days=row.days,
        of_days=row.of_days,
        amount_minor=row.quantity * row.unit_minor,
    )


def _usage(
    rows: Iterable[Any], account: Subscription, period: int, numbers: Mapping[str, str]
) -> Iterator[Behind]:
    whole = account.account.cycle.period(period)
    for row in sorted(rows, key=lambda row: (numbers.get(row.line_id, ""), row.country)):
        until = whole.ends if row.ends_at is None else min(row.ends_at, whole.ends)
        last = whole.days if until == whole.ends else whole.day_of(until)
        yield Behind(
            what="",
            iccid=numbers.get(row.line_id) or None,
            pool=account.name,
            begins=whole.begins,
            ends=whole.ends,
            country=row.country,
            bytes=row.bytes,
            days=last - whole.day_of(max(row.begins_at, whole.begins)),
            of_days=whole.days,
        )
