"""Usage of subscription lines into the sums of their periods: whole slices, a few statements."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from sqlalchemy import Table, bindparam, update
from sqlmodel import Session

from catalog.kernel.inserts import adding
from checkout.billing.line_rows import Change, Line, store
from checkout.billing.subscriptions.adjusting import may_rerate, rerate
from checkout.billing.subscriptions.cycle import local
from checkout.billing.subscriptions.paid import Prepaid, prepaid_service
from checkout.billing.subscriptions.rows import (
    ASSIGNMENTS,
    DAYS,
    SUBSCRIPTIONS,
    USED,
    Assignment,
    Subscription,
    read_assignments,
    subscriptions_by_id,
)
from checkout.billing.subscriptions.used_up import stopped_lines, that_can_stop
from checkout.billing.usage_verdicts import Run

Row = tuple[Line, datetime, int, str]
"""A locked line, the start of its record, bytes (a reading has become bytes), the country."""

_Key = tuple[str, int, str, str]


@dataclass(frozen=True, slots=True)
class Booked:
    """What rows came to, by line: bytes that were served, and bytes that no period bills.

    `suspended` are the lines that stopped, as nothing of their data is left and there is no price
    for more; with or without a row of their own. An unpaid invoice suspends too, but never by
    usage: what is told late changes only bills that are not issued, and these are unpaid anyway.
    """

    served: Mapping[str, int]
    overrun: Mapping[str, int]
    suspended: int


@dataclass(slots=True)
class _Slice:
    """Everything that the rows of a slice add up to."""

    sums: Counter[_Key] = field(default_factory=Counter)
    unserved: Counter[_Key] = field(default_factory=Counter)
    days: Counter[tuple[str, date]] = field(default_factory=Counter)
    served: Counter[str] = field(default_factory=Counter)
    overrun: Counter[str] = field(default_factory=Counter)
    first: dict[str, datetime] = field(default_factory=dict)
    newest: dict[str, datetime] = field(default_factory=dict)
    earliest: dict[str, datetime] = field(default_factory=dict)
    started: dict[tuple[str, int], datetime] = field(default_factory=dict)


def book_usage(session: Session, rows: Sequence[Row], run: Run, step: int) -> Booked:
    """Book new records of locked subscription lines; their order makes no difference.

    The caller writes the postings of the `step`.

    A record counts in the period in which it started, and to the plan that the line had then. One
    that started when the line had none, or in a period that had to be paid first and is not, is
    overrun. What is told of a closed period changes its bill until that is issued, within the
    grace; later it is adjusted on the next one (decision 7).
    """
    lines = {line.id: line for line, *_rest in rows}
    found = read_assignments(session, "line_id", lines)
    accounts = subscriptions_by_id(session, {one.subscription_id for one in found}, lock=True)
    prepaid = prepaid_service(session, accounts.values())
    slice_ = _add_rows(rows, _by_line(found), accounts, prepaid)
    can_end = that_can_stop(found, accounts, prepaid, run.now)
    stood = stopped_lines(session, can_end, run.now)
    _store_sums(session, slice_)
    known = {one.stretch.id: one for one in found}
    _activate(session, slice_.first, _by_line(found).values(), accounts)
    _activate_accounts(session, slice_.first, known, accounts)
    _tell_closed_periods(session, slice_.started, accounts, run)
    store(session, [_change(lines[one], slice_, run, step) for one in lines])
    stopped = stopped_lines(session, can_end, run.now) - stood
    return Booked(slice_.served, slice_.overrun, len(stopped))


def _by_line(found: Iterable[Assignment]) -> dict[str, list[Assignment]]:
    lines: dict[str, list[Assignment]] = defaultdict(list)
    for one in found:
        lines[one.stretch.line_id].append(one)
    return lines


def _add_rows(
    rows: Sequence[Row],
    places: Mapping[str, Sequence[Assignment]],
    accounts: Mapping[str, Subscription],
    prepaid: Mapping[str, Prepaid],
) -> _Slice:
    slice_ = _Slice()
    for line, at, count, country in rows:
        slice_.newest[line.id] = max(slice_.newest.get(line.id, at), at)
        place = _place_at(places.get(line.id, ()), at)
        if place is None:
            slice_.overrun[line.id] += count
            continue
        account, stretch = accounts[place.subscription_id], place.stretch
        period = account.account.cycle.number_at(at)
        key = (account.id, period, stretch.id, country)
        if account.id in prepaid and prepaid[account.id].is_unpaid(period):
            slice_.unserved[key] += count
            slice_.overrun[line.id] += count
            continue
        slice_.sums[key] += count
        slice_.served[line.id] += count
        for firsts, name in ((slice_.first, stretch.id), (slice_.earliest, line.id)):
            firsts[name] = min(firsts.get(name, at), at)
        slice_.started[key[:2]] = max(slice_.started.get(key[:2], at), at)
        if stretch.terms is not None and stretch.terms.per == "day":
            slice_.days[line.id, local(at, account.zone).date()] += count
    return slice_


def _place_at(places: Sequence[Assignment], at: datetime) -> Assignment | None:
    """The assignment that held an instant."""
    for one in places:
        ends = one.stretch.ends
        if one.stretch.begins <= at and (ends is None or at < ends):
            return one
    return None


def _store_sums(session: Session, slice_: _Slice) -> None:
    names = ("subscription_id", "period", "assignment_id", "country")
    rows = [
        dict(zip(names, key, strict=True))
        | {"bytes": slice_.sums[key], "overrun_bytes": slice_.unserved[key]}
        for key in sorted({*slice_.sums, *slice_.unserved})
    ]
    _add(session, USED, rows, "bytes", "overrun_bytes")
    by_day = [
        {"line_id": line_id, "day": day, "bytes": count}
        for (line_id, day), count in sorted(slice_.days.items())
    ]
    _add(session, DAYS, by_day, "bytes")


def _add(session: Session, table: Table, rows: list[dict[str, object]], *sums: str) -> None:
    if rows:
        session.execute(adding(session, table, *sums), rows)


def _activate(
    session: Session,
    first: Mapping[str, datetime],
    lines: Iterable[Sequence[Assignment]],
    accounts: Mapping[str, Subscription],
) -> None:
    """Note the first usage of each line, once for assignments that follow each other."""
    rows: list[dict[str, object]] = []
    for life in (life for line in lines for life in _lives(line)):
        at = min((first[one.stretch.id] for one in life if one.stretch.id in first), default=None)
        known = min((t for one in life if (t := one.stretch.activated_at)), default=None)
        place = _place_at(life, known) if known else None
        account = accounts[(place or life[0]).subscription_id]
        if at is not None and _is_first(known, at, account):
            rows += [{"of_id": one.stretch.id, "at": at} for one in life]
    _note(session, ASSIGNMENTS, rows)


def _lives(line: Sequence[Assignment]) -> list[list[Assignment]]:
    """The assignments of a line that follow each other without a gap."""
    lives: list[list[Assignment]] = []
    for one in line:
        if lives and lives[-1][-1].stretch.ends == one.stretch.begins:
            lives[-1].append(one)
        else:
            lives.append([one])
    return lives


def _activate_accounts(
    session: Session,
    first: Mapping[str, datetime],
    known: Mapping[str, Assignment],
    accounts: Mapping[str, Subscription],
) -> None:
    """Note the first usage of any line in an account."""
    earliest: dict[str, datetime] = {}
    for stretch_id, at in first.items():
        owner = known[stretch_id].subscription_id
        earliest[owner] = min(earliest.get(owner, at), at)
    rows: list[dict[str, object]] = [
        {"of_id": owner, "at": at}
        for owner, at in earliest.items()
        if _is_first(accounts[owner].account.activated_at, at, accounts[owner])
    ]
    _note(session, SUBSCRIPTIONS, rows)


def _note(session: Session, table: Table, rows: list[dict[str, object]]) -> None:
    if rows:
        mine = update(table).where(table.c.id == bindparam("of_id"))
        session.connection().execute(mine.values(activated_at=bindparam("at")), rows)


def _is_first(known: datetime | None, at: datetime, account: Subscription) -> bool:
    """Whether it is the first usage; one whose period is closed already stays where it is."""
    if known is None:
        return True
    return at < known and not account.is_closed(account.account.cycle.number_at(known))


def _tell_closed_periods(
    session: Session,
    started: Mapping[tuple[str, int], datetime],
    accounts: Mapping[str, Subscription],
    run: Run,
) -> None:
    """Bill again what is not issued yet and came within the grace; the rest is adjusted later.

    `started` is the newest of each period: one record in time is enough to bill it again.
    """
    closed = {key: at for key, at in started.items() if accounts[key[0]].is_closed(key[1])}
    if not closed:
        return
    in_time = [key for key, at in closed.items() if run.now - at <= run.grace]
    open_bills = may_rerate(session, in_time)
    late: dict[str, int] = {}
    for owner, period in closed.keys() - open_bills.keys():
        late[owner] = min(late.get(owner, period), period)
    for owner, period in sorted(late.items()):
        account = accounts[owner]
        known = account.dirty_from
        due_at = account.due_at or account.account.cycle.begins(account.next_step)
        mine = update(SUBSCRIPTIONS).where(SUBSCRIPTIONS.c.id == owner)
        first = period if known is None else min(known, period)
        session.execute(mine.values(dirty_from=first, due_at=due_at))
    rerate(session, open_bills)


def _change(line: Line, slice_: _Slice, run: Run, step: int) -> Change:
    state, newest = line.state, slice_.newest[line.id]
    served, overrun = slice_.served[line.id], slice_.overrun[line.id]
    news = state.activated_at is None or newest >= line.as_of
    state = replace(
        state,
        granted=state.granted + served,
        served=state.served + served,
        used=state.used + served,
        overrun=state.overrun + overrun,
        activated_at=_earlier(state.activated_at, slice_.earliest.get(line.id)),
    )
    return Change(
        line=line,
        state=state,
        at=run.now,
        source=run.source,
        actor=run.actor,
        recorded_at=run.now,
        as_of=newest if news else line.as_of,
        as_of_source=run.source if news else line.source,
        rated_until=None,
        step=step,
    )


def _earlier(known: datetime | None, at: datetime | None) -> datetime | None:
    return min((one for one in (known, at) if one is not None), default=None)
