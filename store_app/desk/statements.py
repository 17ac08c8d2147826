"""Statements of wallets at the desk: a period in sums and entries, and as a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
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
from store_app.desk.wallets import entry_view


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
    """A part of a period's movements, the newest first, with the sums of all of it."""

    owner: str
    currency: str
    sums: Sums
    entries: Sequence[Entry]


def wallet_statement(
    desk: Desk, owner: str, *, since: str | None = None, until: str | None = None
) -> StatementView:
    """The whole statement; days are midnights in the store's time zone (`parse_moment`)."""
    with snapshot(desk.engine) as session:
        named = owner_named(session, owner)
        row = wallet_of(session, named)
        period = period_of(session, since, until)
        sums = sums_of(session, row, period)
        entries = [entry_view(entry) for entry in entries_of(session, row, period)]
        zone = load_settings(session).time_zone
    return StatementView(
        owner=named.name,
        currency=row.currency,
        since=period.since if since else None,
        until=period.until if until else None,
        starting_minor=sums.starting_minor,
        refilled_minor=sums.refilled_minor,
        spent_minor=sums.spent_minor,
        ending_minor=sums.ending_minor,
        time_zone=zone,
        entries=entries[::-1],
    )


def statement_page(
    desk: Desk, owner: str, period: Period, *, before: Entry | None = None, limit: int = 100
) -> StatementPage:
    """The newest movements of a period, or those before an entry; as little as is shown."""
    with snapshot(desk.engine) as session:
        named = owner_named(session, owner)
        row = wallet_of(session, named)
        entries = page_of(session, row, period, before=before, limit=limit)
        return StatementPage(named.name, row.currency, sums_of(session, row, period), entries)


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
