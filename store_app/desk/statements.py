"""Statements of wallets at the desk: a period in sums and entries, and as a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session

from catalog.kernel.clock import parse_moment
from catalog.kernel.database import snapshot
from catalog.kernel.errors import Refused
from catalog.kernel.settings import load_settings
from checkout.accounts.owners import owner_named
from checkout.billing.statements import Entry, Period, Sums, entries_of, page_of, sums_of
from checkout.payments.wallet import wallet_of
from store_app.desk.context import Desk
from store_app.desk.wallets import WalletView, entry_view, look_at


@dataclass(frozen=True, slots=True)
class StatementView:
    """A wallet over a period [from, to): starting + refilled - spent = ending; newest last.

    `since` and `until` are None where the period is open.
    """

    owner: str
    currency: str
    since: datetime | None
    until: datetime | None
    starting_minor: int
    refilled_minor: int
    spent_minor: int
    ending_minor: int
    time_zone: str
    entries: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class StatementPage:
    """A part of the movements, the newest first.

    Attributes:
        month: the first day of the month they are of; None: the latest of all months.
        sums: those of the whole month; None on later pages, and where there is no month.

    """

    view: WalletView
    time_zone: str
    month: date | None
    sums: Sums | None
    entries: Sequence[Entry]


def wallet_statement(
    desk: Desk, owner: str, *, since: str | None = None, until: str | None = None
) -> StatementView:
    """The whole statement; days are midnights in the store's time zone (`parse_moment`)."""
    with snapshot(desk.engine) as session:
        return _statement(session, owner, period_of(session, since, until))


def month_statement(desk: Desk, owner: str, months_ago: int | None) -> StatementView:
    """The whole statement of a month of the store's time zone; None: of all of them."""
    with snapshot(desk.engine) as session:
        zone = ZoneInfo(load_settings(session).time_zone)
        month = _month(desk.clock().astimezone(zone), months_ago)
        return _statement(session, owner, Period() if month is None else _of_month(month, zone))


def _statement(session: Session, owner: str, period: Period) -> StatementView:
    named = owner_named(session, owner)
    row = wallet_of(session, named)
    sums = sums_of(session, row, period)
    entries = [entry_view(entry) for entry in entries_of(session, row, period)]
    return StatementView(
        owner=named.name,
        currency=row.currency,
        since=period.since if period.since > Period().since else None,
        until=period.until if period.until < Period().until else None,
        starting_minor=sums.starting_minor,
        refilled_minor=sums.refilled_minor,
        spent_minor=sums.spent_minor,
        ending_minor=sums.ending_minor,
        time_zone=load_settings(session).time_zone,
        entries=entries[::-1],
    )


def statement_page(
    desk: Desk,
    owner: str,
    *,
    months_ago: int | None = None,
    before: Entry | None = None,
    limit: int = 100,
) -> StatementPage:
    """The newest movements, of all or of one month of the store's time zone; or the next ones.

    Reads no more movements than are shown.
    """
    with snapshot(desk.engine) as session:
        row = wallet_of(session, owner_named(session, owner))
        zone = ZoneInfo(load_settings(session).time_zone)
        month = _month(desk.clock().astimezone(zone), months_ago)
        period = Period() if month is None else _of_month(month, zone)
        is_first = before is None and month is not None
        return StatementPage(
            view=look_at(session, desk, owner),
            time_zone=zone.key,
            month=month,
            sums=sums_of(session, row, period) if is_first else None,
            entries=page_of(session, row, period, before=before, limit=limit),
        )


def _month(today: date, months_ago: int | None) -> date | None:
    return None if months_ago is None else first_of_month(today, -months_ago)


def first_of_month(day: date, later: int) -> date:
    """The first day of a month, counted from that of a day."""
    year, month = divmod(day.year * 12 + day.month - 1 + later, 12)
    return date(year, month + 1, 1)


def _of_month(first: date, zone: ZoneInfo) -> Period:
    since, until = (
        datetime.combine(day, time(), zone) for day in (first, first_of_month(first, 1))
    )
    return Period(since.astimezone(UTC), until.astimezone(UTC))


def period_of(session: Session, since: str | None, until: str | None) -> Period:
    """A period as it is typed: days, instants, or nothing for an open end."""
    zone = ZoneInfo(load_settings(session).time_zone)
    typed = {"since": ("from", since), "until": ("to", until)}
    given = {
        name: parse_moment(text, zone, field=field) for name, (field, text) in typed.items() if text
    }
    period = Period(**given)
    if period.until < period.since:
        raise Refused("A period ends after it begins; name an earlier --from.", field="from")
    return period
