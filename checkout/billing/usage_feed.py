"""Usage records into balances: slices of one transaction each, resumable after any crash."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import chain, islice
from typing import Any

from sqlalchemy import Engine, Table, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from catalog.esim.identifiers import iccid_key
from catalog.kernel.database import insert_new, transact
from catalog.kernel.errors import Refused, Unavailable
from catalog.kernel.ids import new_id
from catalog.kernel.row_errors import RowError
from catalog.kernel.settings import load_settings
from checkout.billing.line_rows import RECORDS, Change, Line, lock_lines, write
from checkout.billing.prepaid import status
from checkout.billing.subscriptions.usage import book_usage
from checkout.billing.tables import UsageImportRow
from checkout.billing.usage_charging import charge_usage, counted
from checkout.billing.usage_files import MAX_ID, UsageRow
from checkout.billing.usage_rating import Rated, rate
from checkout.billing.usage_verdicts import Run, Unsold, judge

SLICE = 5_000
"""Rows in one transaction: a clerk's sale waits no longer than for one of these."""

Progress = Callable[[int, int | None], None]
"""Called with the rows done and, when it is known, how many there are."""

_IMPORTS: Table = UsageImportRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it


@dataclass(frozen=True, slots=True)
class UsageImport:
    """What an import came to: `events = applied + duplicates + unknown + rejected`.

    Attributes:
        charged_minor: debited from wallets for usage, without MRC (decision 14).
        overrun_bytes: overrun that this import added.
        suspended: lines that became suspended by it, with or without usage of their own.
        errors: each refused or unknown row with its line.

    """

    events: int = 0
    applied: int = 0
    duplicates: int = 0
    unknown: int = 0
    rejected: int = 0
    charged_minor: int = 0
    overrun_bytes: int = 0
    suspended: int = 0
    errors: list[RowError] = field(default_factory=list)


def feed(
    engine: Engine,
    rows: Iterable[UsageRow | RowError],
    *,
    source: str,
    now: datetime,
    cumulative: bool | None = None,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    actor: str = "usage feed",
    unsold: Unsold | None = None,
) -> UsageImport:
    """Take in usage records of one source, as many as come.

    Killed anywhere and run again with the same rows, the end state is the same: what is stored
    counts as duplicates. `cumulative=True` reads every row as a counter. `cancelled` is asked
    between slices. `unsold` tells eSIMs in stock from unknown ones.
    """
    _check_source(source)
    left = iter(rows)
    first = list(islice(left, SLICE))  # an unreadable file fails here, before anything is begun
    run = transact(engine, lambda session: _begin(session, source, now, actor, unsold))
    left, total = chain(first, left), UsageImport()
    while part := list(islice(left, SLICE)):
        if cancelled and cancelled():
            return total
        part = [_as_counter(row) for row in part] if cumulative else part
        total = _sum(total, _take(engine, part, run))
        if progress:
            progress(total.events, None)
    transact(engine, lambda session: _finish(session, run))
    return total


def _check_source(source: str) -> None:
    if not source.strip() or len(source) > MAX_ID or not source.isprintable():
        raise Refused(
            f"A source is named with 1 to {MAX_ID} characters; nothing was imported.",
            code="bad_source",
            field="source",
        )


def _begin(session: Session, source: str, now: datetime, actor: str, unsold: Unsold | None) -> Run:
    """Begin an import, or take up the one of this source that was not finished."""
    open_run = partial(_open_run, session, source, now)
    run_id = open_run() or open_run()  # another import may finish the open one just now
    if run_id is None:
        raise Unavailable("Another import of this source is under way; try again in a moment.")
    grace = timedelta(hours=load_settings(session).usage_grace_h)
    return Run(run_id, source, now, grace, actor, unsold)


def _open_run(session: Session, source: str, now: datetime) -> str | None:
    insert_new(session, _IMPORTS, [{"id": new_id(), "source": source, "began_at": now}], "id")
    mine = (_IMPORTS.c.source == source) & _IMPORTS.c.finished_at.is_(None)
    return session.execute(select(_IMPORTS.c.id).where(mine)).scalar_one_or_none()


def _finish(session: Session, run: Run) -> None:
    mine = update(_IMPORTS).where(_IMPORTS.c.id == run.id)
    session.execute(mine.values(finished_at=run.now))


def _as_counter(row: UsageRow | RowError) -> UsageRow | RowError:
    return replace(row, cumulative=True) if isinstance(row, UsageRow) else row


def _take(engine: Engine, rows: Sequence[UsageRow | RowError], run: Run) -> UsageImport:
    """One slice; again when another import stored one of its records at the same moment."""
    try:
        return transact(engine, lambda session: take_slice(session, rows, run))
    except IntegrityError:
        return transact(engine, lambda session: take_slice(session, rows, run))


def take_slice(session: Session, rows: Sequence[UsageRow | RowError], run: Run) -> UsageImport:
    """Store and rate the rows that are new, count and tell the rest."""
    found = [row for row in rows if isinstance(row, UsageRow)]
    broken = [row for row in rows if isinstance(row, RowError)]
    keys = {iccid: iccid_key(iccid) for iccid in {row.iccid for row in found}}
    lines = lock_lines(session, "iccid_key", keys.values())
    verdicts = judge(session, found, keys, lines, run)
    rated = rate(session, {line.id: line for line in lines.values()}, verdicts.fresh, run)
    charged = charge_usage(session, verdicts.metered, run)
    booked = book_usage(session, counted(session, verdicts.subscribed, run), run)
    _store(session, rated, [*verdicts.metered, *verdicts.subscribed], run)
    write(session, [_change(one, run) for one in rated])
    errors = [*broken, *verdicts.unknown, *verdicts.rejected]
    return UsageImport(
        events=len(rows),
        applied=verdicts.applied,
        duplicates=verdicts.duplicates,
        unknown=len(verdicts.unknown),
        rejected=len(broken) + len(verdicts.rejected),
        charged_minor=charged.charged_minor,
        overrun_bytes=charged.overrun_bytes
        + booked.overrun_bytes
        + sum(one.state.overrun - one.line.state.overrun for one in rated),
        suspended=charged.suspended
        + booked.suspended
        + sum(_is_suspended_by(one, run.now) for one in rated),
        errors=sorted(errors, key=lambda error: error.line),
    )


def _store(
    session: Session, rated: Sequence[Rated], others: Sequence[tuple[Line, UsageRow]], run: Run
) -> None:
    rows = [
        _stored(one.line, row, record.rated_at, run)
        for one in rated
        for row, record in zip(one.rows, one.records, strict=True)
    ]
    rows += [_stored(line, row, run.now, run) for line, row in others]
    if rows:
        session.execute(insert(RECORDS), rows)


def _stored(line: Line, row: UsageRow, rated_at: datetime, run: Run) -> dict[str, Any]:
    return {
        "source": run.source,
        "event_id": row.event_id,
        "line_id": line.id,
        "started_at": row.started_at,
        "bytes": row.bytes,
        "country": row.country,
        "cumulative": row.cumulative,
        "received_at": run.now,
        "rated_at": rated_at,
    }


def _change(one: Rated, run: Run) -> Change:
    line, state = one.line, one.state
    newest = max(record.started_at for record in one.records)
    rated = max(record.rated_at for record in one.records)
    is_news = line.state.activated_at is None or newest >= line.as_of
    moved = state.expires_at != line.state.expires_at
    lost = state.expires_at is not None and state.expires_at <= run.now
    return Change(
        line=line,
        state=state,
        at=rated,
        source=run.source,
        actor=run.actor,
        recorded_at=run.now,
        as_of=newest if is_news else line.as_of,
        as_of_source=run.source if is_news else line.source,
        rated_until=max(line.rated_until or rated, rated),
        expiry_import_id=run.id if moved else line.expiry_import_id,
        lost_at=state.expires_at if lost else None,
        reason=one.reason,
    )


def _is_suspended_by(one: Rated, now: datetime) -> bool:
    before, after = status(one.line.state, now)[0], status(one.state, now)[0]
    return before != "suspended" and after == "suspended"


def _sum(total: UsageImport, part: UsageImport) -> UsageImport:
    return UsageImport(
        events=total.events + part.events,
        applied=total.applied + part.applied,
        duplicates=total.duplicates + part.duplicates,
        unknown=total.unknown + part.unknown,
        rejected=total.rejected + part.rejected,
        charged_minor=total.charged_minor + part.charged_minor,
        overrun_bytes=total.overrun_bytes + part.overrun_bytes,
        suspended=total.suspended + part.suspended,
        errors=total.errors + part.errors,
    )
