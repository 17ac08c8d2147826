"""Lines on plans and in pools: assigned, changed and ended, each at its instant (decision 2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlmodel import Session

from catalog.esim.identifiers import iccid_key
from catalog.kernel.errors import NotFound, Refused
from catalog.kernel.ids import new_id
from catalog.kernel.inserts import insert_new
from catalog.kernel.numbering import insert_numbered
from catalog.kernel.quoting import quoted
from checkout.billing.line_rows import LINES, lock_lines
from checkout.billing.subscriptions.cycle import Cycle
from checkout.billing.subscriptions.rows import (
    ASSIGNMENTS,
    SUBSCRIPTIONS,
    Assignment,
    Subscription,
    keep_terms,
    latest_assignment,
    open_assignment,
    read_subscriptions,
    subscriptions_by_id,
)
from checkout.billing.subscriptions.terms import STATIC, Terms

KIND = "subscription"
"""The kind of a line that is billed by the month, whatever its plan."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a line is to be: on its own plan, or in a pool (with the member's plan, if dynamic)."""

    company_id: str
    terms: Terms | None
    pool: Subscription | None
    zone: str


def open_pool(
    session: Session, *, name: str, company_id: str, terms: Terms, zone: str, now: datetime
) -> Subscription:
    """A pool; its periods are anchored at its creation (decision 3)."""
    pool_id, clean = new_id(), " ".join(name.split())
    named = {"id": pool_id, "name": clean, "name_key": clean.casefold(), "kind": terms.kind}
    row = _row(session, named, company_id, terms, Cycle(terms.cycle, now, zone))
    if not insert_new(session, SUBSCRIPTIONS, [row], "id"):
        raise Refused(
            f"There is a pool {quoted(clean)} already; it is unchanged.",
            code="exists",
            field="name",
        )
    return subscriptions_by_id(session, [pool_id])[pool_id]


def pool_named(session: Session, name: str, *, lock: bool = False) -> Subscription:
    """The pool of this name in any capitals, or `NotFound`."""
    key = " ".join(name.split()).casefold()
    statement = select(SUBSCRIPTIONS).where(SUBSCRIPTIONS.c.name_key == key)
    found = read_subscriptions(session, statement.with_for_update() if lock else statement)
    if not found:
        raise NotFound(
            f"There is no pool {quoted(name)}; nothing has changed. “pool list” shows them.",
            code="unknown_pool",
            field="pool",
        )
    return found[0]


def end_pool(session: Session, name: str, now: datetime) -> Subscription:
    """End a pool and the assignments of all its members; one that has ended stays as it is."""
    pool = pool_named(session, name)
    members = (ASSIGNMENTS.c.subscription_id == pool.id) & ASSIGNMENTS.c.ends_at.is_(None)
    lines = session.execute(select(ASSIGNMENTS.c.line_id).where(members)).scalars()
    lock_lines(session, "id", lines)
    pool = pool_named(session, name, lock=True)
    if pool.account.ends is None:
        ended = select(ASSIGNMENTS.c.line_id).where(members).scalar_subquery()
        session.execute(update(LINES).where(LINES.c.id.in_(ended)).values(ended_at=now))
        session.execute(update(ASSIGNMENTS).where(members).values(ends_at=now))
        _end_account(session, pool, now)
    return pool


def open_subscription_line(session: Session, line_id: str, iccid: str, now: datetime) -> None:
    """The line of an eSIM that is assigned for the first time; or again, after its end."""
    row = {
        "id": line_id,
        "iccid_key": iccid_key(iccid) if iccid else None,
        "kind": KIND,
        "validity_days": 0,
        "start": "first_usage",
        "assigned_at": now,
        "as_of": now,
        "source": "assignment",
    }
    mine = LINES.c.id == line_id
    if session.execute(select(LINES.c.id).where(mine)).first() is None:
        insert_numbered(session, LINES, row)
    else:
        session.execute(update(LINES).where(mine).values(kind=KIND, ended_at=None))


def place_line(session: Session, line_id: str, place: Place, now: datetime) -> bool:
    """Put a locked line where it is to be from now on; False when it is there already.

    A change of plan goes on in the same account, with its periods, unless the new plan is billed
    in another way or by another cycle: then the old account ends and a new one begins.
    """
    latest = latest_assignment(session, line_id)
    current = latest if latest and latest.stretch.ends is None else None
    touched = [current.subscription_id] if current else []
    touched += [place.pool.id] if place.pool else []
    accounts = subscriptions_by_id(session, touched, lock=True)
    if place.pool and accounts[place.pool.id].account.ends is not None:
        raise Refused("The pool has just ended; nothing has changed.", code="ended", field="pool")
    before = accounts[current.subscription_id] if current else None
    terms_id = _terms_id(session, place)
    stays = before is not None and _stays(before, place)
    if stays and current and current.terms_id == terms_id:
        return False
    if current and before:
        _end_assignment(session, current, before, now, is_leaving=not stays)
    account_id = place.pool.id if place.pool else before.id if before and stays else None
    goes_on = latest is not None and latest.stretch.ends in (None, now)
    row = {
        "id": new_id(),
        "subscription_id": account_id or _open_account(session, place, now),
        "line_id": line_id,
        "terms_id": terms_id,
        "begins_at": now,
        "activated_at": latest.stretch.activated_at if latest and goes_on else None,
    }
    session.execute(insert(ASSIGNMENTS), [row])
    if account_id:
        mark_told(session, accounts[account_id], now)
    return True


def end_line(session: Session, line_id: str, now: datetime) -> bool:
    """End the assignment of a locked line; False when it has none."""
    current = open_assignment(session, line_id)
    if current is None:
        return False
    account = subscriptions_by_id(session, [current.subscription_id], lock=True)
    _end_assignment(session, current, account[current.subscription_id], now, is_leaving=True)
    session.execute(update(LINES).where(LINES.c.id == line_id).values(ended_at=now))
    return True


def mark_told(session: Session, account: Subscription, at: datetime) -> None:
    """Note that something was told of a closed period, so that the next bill adjusts it."""
    period = account.account.cycle.number_at(at)
    if not account.is_closed(period):
        return
    first = period if account.dirty_from is None else min(period, account.dirty_from)
    due_at = account.due_at or account.account.cycle.begins(account.next_step)
    change = update(SUBSCRIPTIONS).where(SUBSCRIPTIONS.c.id == account.id)
    session.execute(change.values(dirty_from=first, due_at=due_at))


def _terms_id(session: Session, place: Place) -> str | None:
    if place.pool is not None and place.pool.kind == STATIC:
        return None
    return keep_terms(session, place.terms) if place.terms else None


def _stays(account: Subscription, place: Place) -> bool:
    """Whether a line goes on in the account in which it is."""
    if place.pool is not None or place.terms is None:
        return place.pool is not None and place.pool.id == account.id
    if account.account.is_pool or account.company_id != place.company_id:
        return False
    old = account.account.terms
    return (old.billing, old.cycle) == (place.terms.billing, place.terms.cycle)


def _end_assignment(
    session: Session, current: Assignment, account: Subscription, now: datetime, *, is_leaving: bool
) -> None:
    mine = update(ASSIGNMENTS).where(ASSIGNMENTS.c.id == current.stretch.id)
    session.execute(mine.values(ends_at=max(now, current.stretch.begins)))
    if is_leaving and not account.account.is_pool:
        _end_account(session, account, now)
    else:
        mark_told(session, account, now)


def _end_account(session: Session, account: Subscription, now: datetime) -> None:
    mine = update(SUBSCRIPTIONS).where(SUBSCRIPTIONS.c.id == account.id)
    session.execute(mine.values(ends_at=now))
    mark_told(session, account, now)


def _open_account(session: Session, place: Place, now: datetime) -> str:
    if place.terms is None:
        raise ValueError("a line outside a pool has terms")
    named = {"id": new_id(), "name": "", "name_key": None, "kind": "line"}
    cycle = Cycle(place.terms.cycle, now, place.zone)
    row = _row(session, named, place.company_id, place.terms, cycle)
    session.execute(insert(SUBSCRIPTIONS), [row])
    return str(row["id"])


def _row(
    session: Session,
    named: dict[str, Any],
    company_id: str,
    terms: Terms,
    began: Cycle,
) -> dict[str, Any]:
    """A new account: in advance its first step is due at once, else when its period ends."""
    first = 1 if terms.billing == "post" else 0
    return named | {
        "company_id": company_id,
        "terms_id": keep_terms(session, terms),
        "zone": began.zone,
        "anchor_at": began.anchor,
        "next_step": first,
        "due_at": began.begins(first),
    }
