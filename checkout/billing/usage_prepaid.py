"""Usage of prepaid lines: most are a sum, the rest goes through the fold record by record."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import Engine, bindparam, select, update
from sqlmodel import Session

from catalog.kernel.ahead import ahead
from catalog.kernel.database import snapshot, to_micros
from catalog.kernel.many import execute_many
from checkout.billing.line_rows import LINES, Change, lock_lines, read_lines, write
from checkout.billing.prepaid import status
from checkout.billing.usage_files import UsageRow
from checkout.billing.usage_frames import raw, read_frame
from checkout.billing.usage_history import RECORDS
from checkout.billing.usage_identity import hour_of_instant
from checkout.billing.usage_rating import Rated, rate
from checkout.billing.usage_steps import (
    Moved,
    Outcome,
    Pace,
    Steps,
    change_rows,
    insert_steps,
    lock_rows,
    usage_rows,
)
from checkout.billing.usage_sums import after_plain, is_plain_prepaid, totals
from checkout.billing.usage_verdicts import Run

if TYPE_CHECKING:
    import polars as pl


def prepaid_steps(engine: Engine, records: pl.DataFrame, run: Run, pace: Pace) -> Steps:
    """Apply records of prepaid lines: first what is only a sum, then the rest, line by line.

    All is computed from what is read before the store is locked, and computed again when a line
    has changed meanwhile.
    """
    import polars as pl

    if records.is_empty():
        return
    sums, left = totals(records).sort("number"), list[int]()
    read = (_plain(engine, some, run) for some in sums.iter_slices(_READ))
    for lines, odd in ahead(read):
        left += odd
        for some in lines.iter_slices(pace.lines):
            part = some
            while (yield partial(_add_sums, part=part, run=run)) is None:
                part, more = _plain(engine, part.select(sums.columns), run)
                left += more
    rest = records.filter(pl.col("number").is_in(left)).sort("number")
    for one in _by_line(rest, pace.each):
        rated = _rate_each(engine, one, run)
        while (yield partial(_write_each, records=one, rated=rated, run=run)) is None:
            rated = _rate_each(engine, one, run)


def _by_line(records: pl.DataFrame, size: int) -> Iterator[pl.DataFrame]:
    """Whole lines, about so many records together."""
    import polars as pl

    if records.is_empty():
        return
    sizes = records.group_by("number", maintain_order=True).len()
    parts = sizes.select("number", part=(pl.col("len").cum_sum() - 1) // size)
    yield from records.join(parts, on="number").partition_by("part", maintain_order=True)


_READ = 12_000
"""Lines that are read at once, while those before them are written."""

_STATE = (
    "served_bytes",
    "left_bytes",
    "used_bytes",
    "activated_at",
    "expires_at",
    "ended_at",
    "rated_until",
    "last_step",
)


def _plain(engine: Engine, sums: pl.DataFrame, run: Run) -> tuple[pl.DataFrame, list[int]]:
    """The lines that a sum is enough for, with their state, and the numbers of the others."""
    import polars as pl

    names = ("number", *_STATE)
    state = select(*(raw(LINES.c[name]) for name in names))
    with snapshot(engine) as session:
        schema = dict.fromkeys(names, pl.Int64)
        found = read_frame(session, state, schema, LINES.c.number, sums["number"])
    lines = sums.join(found, on="number").with_columns(is_plain=is_plain_prepaid(run.now))
    odd = lines.filter(~pl.col("is_plain"))["number"].to_list()
    return lines.filter("is_plain").drop("is_plain").sort("number"), odd


def _add_sums(session: Session, step: int, *, part: pl.DataFrame, run: Run) -> Outcome:
    """Take the sum of each line from what is left on it."""
    import polars as pl

    lock_rows(session, LINES, "number", part["number"])
    knows_expiry = pl.col("expires_at").is_not_null()
    told = {"source": run.source, "last_step": step}
    for some, more in (
        (part.filter(knows_expiry), told),
        (part.filter(~knows_expiry), told | {"expiry_import_id": run.id}),
    ):
        columns = after_plain(some).to_dict()
        change_rows(session, LINES, "number", columns | more, some.select(_STATE))
    amounts = {"at": part["last"], "served_bytes": part["bytes"]}
    insert_steps(session, step, part, amounts | {"from_line": True})
    return Outcome(steps=1)


def _rate_each(engine: Engine, records: pl.DataFrame, run: Run) -> list[Rated]:
    """Take the records of each line through the fold, in their order or by replay."""
    fresh: dict[int, list[UsageRow]] = defaultdict(list)
    for number, row in usage_rows(records):
        fresh[number].append(row)
    with snapshot(engine) as session:
        return rate(session, read_lines(session, "number", fresh), fresh, run)


def _write_each(
    session: Session, step: int, *, records: pl.DataFrame, rated: Sequence[Rated], run: Run
) -> Outcome:
    """Store what the records of each line led to; `Moved` when a line is not as it was read."""
    seen = {one.line.number: one.line for one in rated}
    if lock_lines(session, "number", seen) != seen:
        raise Moved
    _tell_arrivals(session, rated, run)
    sums = totals(records).join(_last_steps(rated), on="number").sort("number")
    at = {one.line.number: max(record.rated_at for record in one.records) for one in rated}
    moments = [to_micros(at[number]) for number in sums["number"]]
    insert_steps(session, step, sums, {"at": moments})
    write(session, [_change(one, step, run) for one in rated])
    return Outcome(
        overrun_bytes=sum(one.state.overrun - one.line.state.overrun for one in rated),
        suspended=sum(_is_suspended_by(one, run.now) for one in rated),
        steps=1,
    )


def _last_steps(rated: Iterable[Rated]) -> pl.DataFrame:
    import polars as pl

    return pl.DataFrame(
        [(one.line.number, one.line.last_step) for one in rated],
        schema={"number": pl.Int64, "last_step": pl.Int64},
        orient="row",
    )


_KEY = ("hour", "line", "source", "event_id")
_ARRIVED = update(RECORDS).where(*(RECORDS.c[name] == bindparam(f"of_{name}") for name in _KEY))


def _tell_arrivals(session: Session, rated: Sequence[Rated], run: Run) -> None:
    """Note on each record that counts otherwise than at its start when it does."""
    late = [
        {
            "of_hour": hour_of_instant(record.started_at),
            "of_line": one.line.number,
            "of_source": run.source_number,
            "of_event_id": record.event_id,
            "at": record.rated_at,
        }
        for one in rated
        for record in one.records
        if record.rated_at != record.started_at
    ]
    execute_many(session, _ARRIVED.values(rated_at=bindparam("at")), late)


def _change(one: Rated, step: int, run: Run) -> Change:
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
        step=step,
    )


def _is_suspended_by(one: Rated, now: datetime) -> bool:
    before, after = status(one.line.state, now)[0], status(one.state, now)[0]
    return before != "suspended" and after == "suspended"
