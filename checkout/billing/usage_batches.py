"""Batches between landing and balances: found, closed, read again, moved on step by step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update
from sqlmodel import Session

from checkout.billing.line_rows import LINES
from checkout.billing.usage_frames import frame, raw, read_frame
from checkout.billing.usage_history import RECORDS
from checkout.billing.usage_identity import SLICES
from checkout.billing.usage_postings import BATCHES, IN_BATCH, STEPS

if TYPE_CHECKING:
    import polars as pl

_NAMES = {"number": "line", "place": "arrival"} | {
    name: name for name in ("event_id", "started_at", "bytes", "country", "cumulative", "hour")
}


class Taken(Exception):
    """Another run has applied a part of this batch: read again what is left of it."""


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch whose records are not all in the balances; more may land while not all have."""

    number: int
    source: int
    import_id: str
    is_landed: bool


def unapplied(session: Session, source: int | None = None) -> list[Batch]:
    """Batches, of one source or of all, whose records are not all in the balances."""
    waiting = select(BATCHES).where(BATCHES.c.applied_at.is_(None)).order_by(BATCHES.c.number)
    if source is not None:
        waiting = waiting.where(BATCHES.c.source == source)
    return [
        Batch(row.number, row.source, row.import_id, row.is_landed)
        for row in session.execute(waiting)
    ]


def close(session: Session, number: int, now: datetime) -> tuple[int, int]:
    """No more records land in this batch, and all arrive now; its slices, and its steps so far."""
    mine = update(BATCHES).where(BATCHES.c.number == number)
    closed = mine.values(is_landed=True, received_at=now)
    row = session.execute(closed.returning(BATCHES.c.slices, BATCHES.c.steps)).one()
    return row.slices, row.steps


def begin_step(session: Session, number: int, steps: int) -> int:
    """Begin the next step of a batch; `Taken` when it is no longer where the caller thinks.

    Returns the number that the postings of the step bear. The batch stays locked until the end.
    """
    waits = BATCHES.c.applied_at.is_(None)
    mine = (BATCHES.c.number == number) & (BATCHES.c.steps == steps) & waits
    taken = update(BATCHES).where(mine).values(steps=steps + 1).returning(BATCHES.c.steps)
    if session.execute(taken).scalar_one_or_none() is None:
        raise Taken
    return number * IN_BATCH + steps + 1


def finish(session: Session, number: int, now: datetime) -> None:
    """Every record of the batch is in the balances."""
    session.execute(update(BATCHES).where(BATCHES.c.number == number).values(applied_at=now))


def steps_done(session: Session, number: int) -> int:
    """How many steps of a batch there are now."""
    found = select(BATCHES.c.steps).where(BATCHES.c.number == number)
    return int(session.execute(found).scalar_one())


def left_over(session: Session, batch: int, source: int) -> pl.DataFrame:
    """The records of a batch that landed and are in no balance yet."""
    import polars as pl

    places = {"number": pl.Int64, "last": pl.Int64}
    last = frame(session.execute(_applied(batch)), places).group_by("number").agg(pl.max("last"))
    records = _landed(session, batch, source)
    numbers = records["number"].unique()
    columns = select(LINES.c.number, LINES.c.kind, LINES.c.validity_days)
    schema = {"number": pl.Int64, "kind": pl.String, "validity_days": pl.Int64}
    lines = read_frame(session, columns, schema, LINES.c.number, numbers)
    waiting = records.join(lines, on="number").join(last, on="number", how="left")
    return waiting.filter(pl.col("place") > pl.col("last").fill_null(-1)).drop("last")


def _landed(session: Session, batch: int, source: int) -> pl.DataFrame:
    import polars as pl

    schema = dict.fromkeys(_NAMES, pl.Int64) | {
        "event_id": pl.String,
        "country": pl.String,
        "cumulative": pl.Boolean,
    }
    in_batch = RECORDS.c.arrival.between(batch * IN_BATCH, (batch + 1) * IN_BATCH - 1)
    wanted = select(*(raw(RECORDS.c[name]) for name in _NAMES.values())).where(in_batch)
    found = [frame((), schema)]
    for first, last in _spans(session, batch, source):
        rows = session.execute(wanted.where(RECORDS.c.hour.between(first, last)))
        found += [frame(part, schema) for part in rows.partitions(50_000)]
    return pl.concat(found).with_columns(pl.col("place") % IN_BATCH)


def _spans(session: Session, batch: int, source: int) -> Iterator[tuple[int, int]]:
    """The hours of a batch, each once."""
    mine = (SLICES.c.source == source) & (SLICES.c.batch == batch)
    hours = select(SLICES.c.first_hour, SLICES.c.last_hour).where(mine)
    end = -(2**31)
    for first, last in sorted(map(tuple, session.execute(hours))):
        if last > end:
            yield max(first, end + 1), last
            end = last


def _applied(batch: int) -> Any:
    of_batch = STEPS.c.step.between(batch * IN_BATCH, (batch + 1) * IN_BATCH - 1)
    return select(STEPS.c.line, STEPS.c.last_place).where(of_batch)
