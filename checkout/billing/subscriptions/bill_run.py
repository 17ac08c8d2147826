"""The bill run: each subscription takes its steps, one by one, onto the pre-bills of its company.

Step k of a subscription closes period k - 1 and, when it is billed in advance, begins period k. The
step is taken in the same transaction in which its lines are written, and these have a key of their
own: whoever runs it, how often and how many at once, each period is billed once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

from sqlalchemy import Engine, bindparam, insert, select, update
from sqlmodel import Session

from catalog.kernel.database import transact
from catalog.kernel.ids import new_id, new_reference
from catalog.kernel.inserts import insert_new
from catalog.kernel.log_copying import log_copied_apart
from catalog.kernel.many import execute_many, uncollected
from checkout.billing.subscriptions.bill_lines import (
    Billed,
    Step,
    add_to_totals,
    line_rows,
    read_billed,
)
from checkout.billing.subscriptions.charges import (
    Charge,
    Stretch,
    charges,
    difference,
    fees,
    known_at,
)
from checkout.billing.subscriptions.cycle import local
from checkout.billing.subscriptions.rows import (
    INVOICE_LINES,
    INVOICES,
    SUBSCRIPTION,
    SUBSCRIPTIONS,
    Periods,
    Subscription,
    read_assignments,
    read_subscriptions,
    read_usage,
)

BATCH = 5_000
"""Most subscriptions that one transaction takes a step with."""


@dataclass(frozen=True, slots=True)
class Taxation:
    """How a company's bills are taxed: the rate, and whether prices hold the VAT already."""

    rate: int
    inclusive: bool


Taxes = Callable[[Session, Collection[str]], Mapping[str, Taxation]]
"""The taxation of companies by their id; the billing core does not know companies."""

_Bill = tuple[str, str, date]
"""A company, a currency and the operator's day: what stands together on one pre-bill."""


def bill_all(
    engine: Engine, as_of: datetime, taxes: Taxes, limit: int = BATCH
) -> Iterator[tuple[int, set[str]]]:
    """Bill every period that has ended by `as_of`: what `bill_due` did, transaction by transaction.

    Left half way, or killed, it goes on where it was when somebody calls it again.
    """
    work = partial(bill_due, as_of=as_of, taxes=taxes, limit=limit)
    with log_copied_apart(engine) as logged:
        while (done := transact(logged, work))[0]:
            yield done


@uncollected()
def bill_due(
    session: Session, as_of: datetime, taxes: Taxes, limit: int = BATCH
) -> tuple[int, set[str]]:
    """Take the next step with the subscriptions that are due, the earliest first.

    Returns how many there were, none when all is done, and the pre-bills that they are on.
    """
    due = select(*SUBSCRIPTION).where(SUBSCRIPTIONS.c.due_at <= as_of)
    order = (SUBSCRIPTIONS.c.due_at, SUBSCRIPTIONS.c.company_id, SUBSCRIPTIONS.c.id)
    locked = due.order_by(*order).limit(limit).with_for_update(skip_locked=True)
    found = read_subscriptions(session, locked)
    if not found:
        return 0, set()
    facts = _facts(session, found)
    bills: dict[_Bill, list[tuple[str, Step, list[Charge]]]] = defaultdict(list)
    for one in found:
        made = [(step, lines) for step, lines in _step(one, facts) if lines]
        for step, lines in made:
            bills[_bill_of(one)].append((one.id, step, lines))
    invoices = _write(session, bills, taxes, as_of)
    _advance(session, found)
    return len(found), invoices


@dataclass(frozen=True, slots=True)
class _Facts:
    stretches: Mapping[str, Sequence[Stretch]]
    usage: Periods
    billed: Billed


def _facts(session: Session, found: Sequence[Subscription]) -> _Facts:
    """What the steps look at, in a few statements for all of them."""
    told = [(one, period) for one in found for period in _told(one)]
    closing = [(one.id, period) for one, period in told]
    before = [
        (one.id, period)
        for one, period in told
        if one.account.terms.billing != "post" or one.dirty_from is not None
    ]
    since = min(one.account.cycle.begins(max(one.next_step - 1, 0)) for one in found)
    since = min([since, *(one.account.cycle.begins(p) for one, p in told if one.dirty_from == p)])
    stretches: dict[str, list[Stretch]] = defaultdict(list)
    ids = [one.id for one in found]
    for assignment in read_assignments(session, "subscription_id", ids, since=since):
        stretches[assignment.subscription_id].append(assignment.stretch)
    return _Facts(stretches, read_usage(session, closing), read_billed(session, before))


def _told(one: Subscription) -> range:
    """The periods of which a step bills the rest: the one that it closes, and those told late."""
    closes = one.next_step - 1
    first = closes if one.dirty_from is None else min(one.dirty_from, closes)
    return range(max(first, 0), closes + 1)


def _step(one: Subscription, facts: _Facts) -> Iterator[tuple[Step, list[Charge]]]:
    """What one step bills, period by period."""
    account, number = one.account, one.next_step
    lines = facts.stretches.get(one.id, ())
    for period in _told(one):
        due = charges(account, period, lines, facts.usage.get((one.id, period), {}))
        before = facts.billed.get((one.id, period), ())
        yield (period, number), difference(due, [charge for _step, charge in before])
    begins = account.cycle.begins(number)
    if account.terms.billing != "post" and (account.ends is None or account.ends > begins):
        yield (number, number), fees(account, number, known_at(lines, begins))


def _bill_of(one: Subscription) -> _Bill:
    at = one.account.cycle.begins(one.next_step)
    return one.company_id, one.account.terms.currency, local(at, one.zone).date()


def _write(
    session: Session,
    bills: Mapping[_Bill, Sequence[tuple[str, Step, list[Charge]]]],
    taxes: Taxes,
    as_of: datetime,
) -> set[str]:
    taxation = taxes(session, {company for company, _currency, _day in bills}) if bills else {}
    written = set()
    for bill in sorted(bills):
        invoice = _open_bill(session, bill, taxation[bill[0]], as_of)
        rows: list[dict[str, Any]] = []
        for owner, step, lines in bills[bill]:
            rows += line_rows(invoice["id"], owner, step, lines)
        execute_many(session, insert(INVOICE_LINES), rows)
        add_to_totals(session, invoice, sum(row["quantity"] * row["unit_minor"] for row in rows))
        written.add(invoice["id"])
    return written


def _open_bill(
    session: Session, bill: _Bill, taxation: Taxation, as_of: datetime
) -> dict[str, Any]:
    """The company's pre-bill of that day, locked; a new one when the last is approved."""
    company_id, currency, day = bill
    mine = (
        (INVOICES.c.company_id == company_id)
        & (INVOICES.c.currency == currency)
        & (INVOICES.c.bill_on == day)
        & (INVOICES.c.kind == "bill")
    )
    newest = select(INVOICES).where(mine).order_by(INVOICES.c.sequence.desc()).limit(1)
    while True:
        last = session.execute(newest.with_for_update()).mappings().one_or_none()
        if last is not None and last["state"] == "pre_bill":
            return dict(last)
        row = {
            "id": new_id(),
            "ref": new_reference("B"),
            "company_id": company_id,
            "currency": currency,
            "bill_on": day,
            "sequence": last["sequence"] + 1 if last else 1,
            "tax_rate": taxation.rate,
            "prices_include_vat": taxation.inclusive,
            "created_at": as_of,
        }
        insert_new(session, INVOICES, [row], "id")


def _advance(session: Session, found: Sequence[Subscription]) -> None:
    """Each has taken its step; one that has ended takes no more."""
    rows = []
    for one in found:
        begins = one.account.cycle.begins(one.next_step)
        goes_on = one.account.ends is None or one.account.ends > begins
        due_at = one.account.cycle.begins(one.next_step + 1) if goes_on else None
        rows.append({"of_id": one.id, "step": one.next_step + 1, "at": due_at})
    statement = update(SUBSCRIPTIONS).where(SUBSCRIPTIONS.c.id == bindparam("of_id"))
    values: dict[str, Any] = {
        "next_step": bindparam("step"),
        "due_at": bindparam("at"),
        "dirty_from": None,
    }
    execute_many(session, statement.values(values), rows)
