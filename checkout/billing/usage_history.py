"""What happened to a line: its grants, and the usage records behind the steps that moved it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Table, select
from sqlmodel import Session

from catalog.kernel.bulk_reads import listed
from catalog.kernel.database import chunks
from checkout.billing.line_rows import GRANTS, LINES, Line
from checkout.billing.prepaid import End, Event, Grant, State, TakenBack, Usage, replay
from checkout.billing.readings import Record, used_bytes
from checkout.billing.usage_postings import IN_BATCH, steps_of
from checkout.billing.usage_tables import UsageRecordRow, UsageSourceRow

RECORDS: Table = UsageRecordRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it
SOURCES: Table = UsageSourceRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it

_SPANS = 5_000  # that one question names


@dataclass(frozen=True, slots=True)
class History:
    """Everything that happened to a line."""

    grants: tuple[Grant, ...]
    records: tuple[Record, ...]
    taken_back: tuple[TakenBack, ...] = ()

    def pinned(self, passed: datetime | None) -> History:
        """The same with an expiry that has passed held by the last grant that was not taken back.

        No usage that is told later moves it earlier.
        """
        if passed is None:
            return self
        gone = {event.grant_id for event in self.taken_back}
        kept = [grant for grant in self.grants if grant.id not in gone]
        last = max(kept, key=lambda grant: grant.order)
        held = replace(last, expires_floor=max(last.expires_floor or passed, passed))
        return replace(self, grants=tuple(held if one is last else one for one in self.grants))

    def events(self, ended_at: datetime | None) -> Iterator[Event]:
        """The events of the fold; readings have become bytes."""
        yield from self.grants
        yield from self.taken_back
        if ended_at is not None:
            yield End(ended_at)
        for record, count in used_bytes(self.records):
            yield Usage(record.rated_at, record.event_id, count, record.source)


@dataclass(frozen=True, slots=True)
class AppliedRecord:
    """A record of a line as it is stored, with the batch that it arrived in."""

    record: Record
    country: str
    arrival: int


def source_names(session: Session) -> dict[int, str]:
    """The name of each source by its number."""
    return {row.number: row.name for row in session.execute(select(SOURCES))}


def records_of(
    session: Session, numbers: Collection[int], steps: Mapping[int, Sequence[Any]] | None = None
) -> dict[int, list[AppliedRecord]]:
    """The applied records of each line by its number; those that only landed are not yet there."""
    known = steps_of(session, numbers) if steps is None else steps
    names = source_names(session)
    on_arrival = _counted_on_arrival(session, numbers)
    step_of = _by_batch(known)
    found: dict[int, list[AppliedRecord]] = {number: [] for number in numbers}
    for row in _landed(session, known):
        step = step_of(row)
        if step is not None:
            counts_at = step.received_at if row.line in on_arrival else row.started_at
            rated_at = row.rated_at or counts_at
            found[row.line].append(_applied(row, names.get(row.source, ""), rated_at))
    return found


def readings_of(session: Session, numbers: Collection[int], source: str) -> dict[int, list[Record]]:
    """The applied counter readings of a source for each line, in the order of the counter."""
    return {
        number: sorted(
            (one.record for one in found if one.record.cumulative and one.record.source == source),
            key=lambda one: (one.started_at, one.event_id),
        )
        for number, found in records_of(session, numbers).items()
    }


def _counted_on_arrival(session: Session, numbers: Collection[int]) -> set[int]:
    found: set[int] = set()
    for part in chunks(sorted(numbers)):
        mine = LINES.c.number.in_(part) & (LINES.c.kind != "prepaid")
        found.update(session.execute(select(LINES.c.number).where(mine)).scalars())
    return found


def _landed(session: Session, steps: Mapping[int, Sequence[Any]]) -> Iterator[Any]:
    """What is stored of each line in the hours of its steps."""
    for part in chunks(list(_spans(steps)), _SPANS):
        columns = dict(zip(("line", "hour", "last"), zip(*part, strict=True), strict=True))
        given = listed(session, columns)
        place = select(given).cte("place", recursive=True)
        next_hour = select(place.c.line, place.c.hour + 1, place.c.last)
        place = place.union_all(next_hour.where(place.c.hour < place.c.last))
        here = (RECORDS.c.hour == place.c.hour) & (RECORDS.c.line == place.c.line)
        yield from session.execute(select(RECORDS).select_from(place.join(RECORDS, here)))


def _spans(steps: Mapping[int, Sequence[Any]]) -> Iterator[tuple[int, int, int]]:
    """The hours of each line's steps, each once: its number, the first and the last of them."""
    for number in sorted(steps):
        end = -(2**31)
        for first, last in sorted((row.first_hour, row.last_hour) for row in steps[number]):
            if last > end:
                yield number, max(first, end + 1), last
                end = last


def _by_batch(steps: Mapping[int, Sequence[Any]]) -> Callable[[Any], Any | None]:
    """Tells the step in which a stored record was applied; None for one that only landed."""
    known: dict[tuple[int, int], list[Any]] = defaultdict(list)
    for number, rows in steps.items():
        for row in rows:
            known[number, row.step // IN_BATCH].append(row)

    def step_of(record: Any) -> Any | None:
        batch, place = divmod(record.arrival, IN_BATCH)
        mine = known.get((record.line, batch), ())
        return next((step for step in mine if place <= step.last_place), None)

    return step_of


def _applied(row: Any, source: str, rated_at: datetime) -> AppliedRecord:
    record = Record(source, row.event_id, row.started_at, row.bytes, row.cumulative, rated_at)
    return AppliedRecord(record, row.country, row.arrival)


def read_histories(session: Session, lines: Sequence[Line]) -> dict[str, History]:
    """All grants and applied usage records of the lines, by the id of each."""
    grants: dict[str, list[Grant]] = {line.id: [] for line in lines}
    gone: dict[str, list[TakenBack]] = {line.id: [] for line in lines}
    for part in chunks(sorted(grants)):
        for row in session.execute(select(GRANTS).where(GRANTS.c.line_id.in_(part))):
            refill = row.kind != "sale"
            grant = Grant(row.at, row.id, row.data_bytes, refill, row.expires_floor)
            grants[row.line_id].append(grant)
            if row.taken_back_at is not None:
                event = TakenBack(row.taken_back_at, row.id, row.taken_back_floor)
                gone[row.line_id].append(event)
    records = records_of(session, [line.number for line in lines])
    return {
        line.id: History(
            tuple(grants[line.id]),
            tuple(one.record for one in records[line.number]),
            tuple(gone[line.id]),
        )
        for line in lines
    }


def replayed(session: Session, stored: Line, ended_at: datetime | None) -> State:
    """The balance of a line from everything that happened to it."""
    history = read_histories(session, [stored])[stored.id]
    return replay(stored.terms, history.events(ended_at))
