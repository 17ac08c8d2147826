"""New records of many lines into their next balances: one step each in order, else a replay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session

from checkout.billing.line_rows import LATE, Line
from checkout.billing.prepaid import State, Usage, apply, expire, replay
from checkout.billing.readings import Record
from checkout.billing.usage_files import UsageRow
from checkout.billing.usage_history import History, read_histories
from checkout.billing.usage_verdicts import Run

_ON_ARRIVAL = "usage reported too late, taken from what was there on arrival"


@dataclass(frozen=True, slots=True)
class Rated:
    """The new records of one line, and the balance that they lead to."""

    line: Line
    rows: Sequence[UsageRow]
    records: Sequence[Record]
    state: State
    reason: str = ""


def rate(
    session: Session, lines: Mapping[int, Line], fresh: Mapping[int, Sequence[UsageRow]], run: Run
) -> list[Rated]:
    """Rate the new rows of each line, by its number.

    In order: one step per record from the stored balance. Otherwise, and where readings are to
    be compared with earlier ones: the whole history.
    """
    behind = [lines[one] for one, rows in fresh.items() if _is_behind(lines[one], rows, run)]
    histories = read_histories(session, behind)
    return [
        _rate_again(lines[one], rows, histories[lines[one].id], run)
        if lines[one].id in histories
        else _rate_on(lines[one], rows, run)
        for one, rows in fresh.items()
    ]


def _settled_expiry(line: Line, run: Run) -> datetime | None:
    """The line's expiry when it has passed and was known before this import."""
    at = line.state.expires_at
    settled = at is not None and at <= run.now and line.expiry_import_id != run.id
    return at if settled else None


def _is_behind(line: Line, rows: Sequence[UsageRow], run: Run) -> bool:
    """Whether a record is a reading, or before something that the balance holds or has settled."""
    if any(row.cumulative for row in rows):
        return True
    first = min(row.started_at for row in rows)
    settled = _settled_expiry(line, run)
    behind_events = line.rated_until is not None and first <= line.rated_until
    return behind_events or (settled is not None and first < settled)


def _rate_on(line: Line, rows: Sequence[UsageRow], run: Run) -> Rated:
    state = line.state
    ordered = sorted(rows, key=lambda row: (row.started_at, row.event_id))
    for row in ordered:
        usage = Usage(row.started_at, row.event_id, row.bytes, run.source)
        state = apply(line.terms, state, usage)
    records = [_record(row, row.started_at, run.source) for row in ordered]
    return Rated(line, ordered, records, state)


def _rate_again(line: Line, rows: Sequence[UsageRow], history: History, run: Run) -> Rated:
    passed = _settled_expiry(line, run)
    settled_until = _settled_until(line, history, passed)
    records = [_rated_record(row, settled_until, run) for row in rows]
    full = replace(history.pinned(passed), records=(*history.records, *records))
    state = replay(line.terms, full.events(line.state.ended_at))
    if passed is not None:
        state = expire(state, run.now)  # its loss may be posted; what is left of it stays so
    return Rated(line, rows, records, state, _reason(records, settled_until))


def _settled_until(line: Line, history: History, passed: datetime | None) -> datetime | None:
    """The last instant at which something was settled: a refill, its refund, an expiry, the end."""
    refills = [grant.at for grant in history.grants if grant.is_refill]
    refunds = [event.at for event in history.taken_back]
    settled = (*refills, *refunds, passed, line.state.ended_at)
    marks = [mark for mark in settled if mark is not None]
    return max(marks, default=None)


def _rated_record(row: UsageRow, settled_until: datetime | None, run: Run) -> Record:
    """A late record counts at its start within the grace, after it on arrival (decision 7)."""
    is_late = settled_until is not None and row.started_at < settled_until
    is_old = is_late and run.now - row.started_at > run.grace
    return _record(row, run.now if is_old else row.started_at, run.source)


def _record(row: UsageRow, rated_at: datetime, source: str) -> Record:
    return Record(source, row.event_id, row.started_at, row.bytes, row.cumulative, rated_at)


def _reason(records: Sequence[Record], settled_until: datetime | None) -> str:
    """Why the balance changes otherwise than by usage in order; empty when it does not."""
    if any(record.rated_at != record.started_at for record in records):
        return _ON_ARRIVAL
    late = settled_until is not None and any(one.started_at < settled_until for one in records)
    return LATE if late else ""
