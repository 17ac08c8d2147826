"""Usage of subscription lines as steps of a feed: some lines with all their records at a time."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import Engine
from sqlmodel import Session

from checkout.billing.line_rows import Line, lock_lines
from checkout.billing.readings import Record, link
from checkout.billing.subscriptions.usage import Row, book_usage
from checkout.billing.usage_files import UsageRow
from checkout.billing.usage_history import readings_of
from checkout.billing.usage_steps import Outcome, Pace, Steps, insert_steps, usage_rows
from checkout.billing.usage_sums import totals
from checkout.billing.usage_verdicts import Run

if TYPE_CHECKING:
    import polars as pl


def subscription_steps(engine: Engine, records: pl.DataFrame, run: Run, pace: Pace) -> Steps:
    """Apply records of subscription lines; their order makes no difference."""
    del engine
    for some in _some_lines(records, pace):
        yield partial(_book, records=some, run=run)


def _some_lines(records: pl.DataFrame, pace: Pace) -> Iterator[pl.DataFrame]:
    """All records of as many lines as make up a transaction, of one line at least."""
    import polars as pl

    lines = records.group_by("number").len().sort("number")
    part = ((pl.col("len").cum_sum() - pl.col("len")) // pace.each).alias("part")
    parted = records.join(lines.select("number", part), on="number")
    for (_part,), some in parted.group_by("part", maintain_order=True):
        yield some.drop("part")


def _book(session: Session, step: int, *, records: pl.DataFrame, run: Run) -> Outcome:
    import polars as pl

    rows = usage_rows(records)
    lines = lock_lines(session, "number", {number for number, _row in rows})
    booked = book_usage(session, _counted(session, rows, lines, run), run, step)
    sums = totals(records).sort("number")
    ordered = [lines[number] for number in sums["number"]]
    previous = pl.Series("last_step", [line.last_step for line in ordered], dtype=pl.Int64)
    amounts = {
        "at": run.now,
        "served_bytes": [booked.served.get(line.id, 0) for line in ordered],
        "overrun_bytes": [booked.overrun.get(line.id, 0) for line in ordered],
    }
    insert_steps(session, step, sums.with_columns(previous), amounts)
    return Outcome(overrun_bytes=sum(booked.overrun.values()), suspended=booked.suspended, steps=1)


def _counted(
    session: Session, rows: list[tuple[int, UsageRow]], lines: dict[int, Line], run: Run
) -> list[Row]:
    """Rows with the bytes that they stand for: a reading counts what it adds to its chain.

    Those that arrive together count by their start, in whatever order a file has them.
    """
    counters = {number for number, row in rows if row.cumulative}
    chains, found = readings_of(session, counters, run.source), []
    for number, row in sorted(rows, key=lambda one: (one[1].started_at, one[1].event_id)):
        count = row.bytes
        if row.cumulative:
            at = row.started_at
            count = link(chains[number], Record(run.source, row.event_id, at, count, True, at))
        found.append((lines[number], row.started_at, count, row.country))
    return found
