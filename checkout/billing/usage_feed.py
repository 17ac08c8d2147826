"""Usage records into balances: they land in slices, then steps apply them; any crash is mended."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import chain, islice

from sqlalchemy import Engine, Table, select, update
from sqlmodel import Session

from catalog.kernel.database import insert_new, snapshot, transact
from catalog.kernel.errors import Refused, Unavailable
from catalog.kernel.ids import new_id
from catalog.kernel.row_errors import RowError
from catalog.kernel.settings import load_settings
from checkout.billing.usage_applying import apply_batch
from checkout.billing.usage_batches import unapplied
from checkout.billing.usage_columns import Block, blocks_of
from checkout.billing.usage_files import MAX_ID, UsageRow
from checkout.billing.usage_frames import no_garbage_hunt
from checkout.billing.usage_history import source_names
from checkout.billing.usage_identity import Window
from checkout.billing.usage_landing import Landing, land, source_number, with_lines
from checkout.billing.usage_postings import IN_BATCH
from checkout.billing.usage_steps import Outcome, Pace
from checkout.billing.usage_tables import UsageImportRow
from checkout.billing.usage_verdicts import Run, Unsold

SLICE = 5_000
"""Rows that land in one transaction."""
LINES = 1_000
"""Lines whose sums are applied in one transaction."""
BATCH = IN_BATCH
"""Most rows that are in memory, and that are applied together."""

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
    at_once: bool = False,
) -> UsageImport:
    """Take in usage records of one source, as many as come, that are values already.

    See `feed_blocks`.
    """
    return feed_blocks(
        engine,
        blocks_of(rows),
        source=source,
        now=now,
        cumulative=cumulative,
        progress=progress,
        cancelled=cancelled,
        actor=actor,
        unsold=unsold,
        at_once=at_once,
    )


@no_garbage_hunt()
def feed_blocks(
    engine: Engine,
    blocks: Iterable[Block],
    *,
    source: str,
    now: datetime,
    cumulative: bool | None = None,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    actor: str = "usage feed",
    unsold: Unsold | None = None,
    at_once: bool = False,
) -> UsageImport:
    """Take in usage records of one source, as many as come.

    Killed anywhere and run again with the same rows, the end state is the same: what is stored
    counts as duplicates, and what had landed is applied first. `cumulative=True` reads every row
    as a counter. `cancelled` is asked between slices. `unsold` tells eSIMs in stock from unknown
    ones. `at_once` is faster, and makes sales wait: for a store with no clerks.
    """
    check_source(source)
    batches = _batches(_begun(blocks), cumulative=bool(cumulative))
    run = transact(engine, lambda session: _begin(session, source, now, actor, unsold))
    pace = Pace(BATCH, BATCH) if at_once else Pace(SLICE, LINES)
    outcome, torn = _take_up(engine, run, pace)
    total = _plus(UsageImport(), outcome)
    window, stop = Window(run.source_number), cancelled or (lambda: False)
    for batch in batches:
        landing = Landing(run, window, torn)
        count = len(batch.errors)
        rows = with_lines(engine, batch.records)
        for more in land(engine, rows, landing, pace.records, stop):
            count += more
            if progress:
                progress(total.events + count, None)
        total, is_whole = _sum(total, batch, landing, count), count == batch.size
        del batch, rows  # before the next is read: memory holds one
        for number, slices in landing.records.items():
            total = _plus(total, apply_batch(engine, number, run, pace, slices))
            torn = 0
        if not is_whole:
            return total
        del landing
    if torn:
        total = _plus(total, apply_batch(engine, torn, run, pace))
    transact(engine, lambda session: _finish(session, run))
    return total


def _begun(blocks: Iterable[Block]) -> Iterator[Block]:
    """The blocks, of which the first is read: a file that is none fails before all else."""
    left = iter(blocks)
    first = list(islice(left, 1))
    return chain(iter(first), left)


@no_garbage_hunt()
def apply_landed(
    engine: Engine, now: datetime, actor: str, only: Collection[int] | None = None
) -> int:
    """Move the balances by what had landed when its import was killed; how many batches.

    Of every batch that is not applied, or of those whose numbers are named.
    """
    with snapshot(engine) as session:
        waiting, names = unapplied(session), source_names(session)
        grace = timedelta(hours=load_settings(session).usage_grace_h)
    waiting = [one for one in waiting if only is None or one.number in only]
    for one in waiting:
        run = Run(one.import_id, names[one.source], one.source, now, grace, actor)
        apply_batch(engine, one.number, run, Pace(SLICE, LINES))
    return len(waiting)


def check_source(source: str) -> None:
    """Refuse a name that no source can have."""
    if not source.strip() or len(source) > MAX_ID or not source.isprintable():
        raise Refused(
            f"A source is named with 1 to {MAX_ID} characters; nothing was imported.",
            code="bad_source",
            field="source",
        )


def _batches(blocks: Iterable[Block], *, cumulative: bool) -> Iterator[Block]:
    """Blocks put together, up to so many rows."""
    held, size = list[Block](), 0
    for block in blocks:
        if held and size + block.size > BATCH:
            joined, held, size = _joined(held, cumulative=cumulative), [], 0
            yield joined
            del joined
        held.append(block)
        size += block.size
    if held:
        yield _joined(held, cumulative=cumulative)


def _joined(blocks: list[Block], *, cumulative: bool) -> Block:
    import polars as pl

    records = pl.concat([block.records for block in blocks])
    if cumulative:
        records = records.with_columns(cumulative=pl.lit(value=True))
    numbered = records.with_row_index("place").with_columns(pl.col("place").cast(pl.Int64))
    return Block(numbered, [error for block in blocks for error in block.errors])


def _begin(session: Session, source: str, now: datetime, actor: str, unsold: Unsold | None) -> Run:
    """Begin an import, or take up the one of this source that was not finished."""
    open_run = partial(_open_run, session, source, now)
    run_id = open_run() or open_run()  # another import may finish the open one just now
    if run_id is None:
        raise Unavailable("Another import of this source is under way; try again in a moment.")
    grace = timedelta(hours=load_settings(session).usage_grace_h)
    return Run(run_id, source, source_number(session, source), now, grace, actor, unsold)


def _open_run(session: Session, source: str, now: datetime) -> str | None:
    insert_new(session, _IMPORTS, [{"id": new_id(), "source": source, "began_at": now}], "id")
    mine = (_IMPORTS.c.source == source) & _IMPORTS.c.finished_at.is_(None)
    return session.execute(select(_IMPORTS.c.id).where(mine)).scalar_one_or_none()


def _finish(session: Session, run: Run) -> None:
    mine = update(_IMPORTS).where(_IMPORTS.c.id == run.id)
    session.execute(mine.values(finished_at=run.now))


def _take_up(engine: Engine, run: Run, pace: Pace) -> tuple[Outcome, int]:
    """Apply what had landed when an earlier run of this source was killed.

    A batch that it left half landed is given back by its number, or 0: what comes now lands in
    it, so that the same file once more has the order in which it would have been applied.
    """
    with snapshot(engine) as session:
        waiting = unapplied(session, run.source_number)
    torn = max((one.number for one in waiting if not one.is_landed), default=0)
    outcomes = (
        apply_batch(engine, one.number, replace(run, id=one.import_id), pace)
        for one in waiting
        if one.number != torn
    )
    return sum(outcomes, Outcome()), torn


def _sum(total: UsageImport, batch: Block, landing: Landing, count: int) -> UsageImport:
    """The import so far, with one more batch."""
    errors = sorted([*batch.errors, *landing.errors], key=lambda error: error.line)
    return replace(
        total,
        events=total.events + count,
        applied=total.applied + landing.applied,
        duplicates=total.duplicates + landing.duplicates,
        unknown=total.unknown + landing.unknown,
        rejected=total.rejected + landing.rejected + len(batch.errors),
        errors=total.errors + errors,
    )


def _plus(total: UsageImport, outcome: Outcome) -> UsageImport:
    return replace(
        total,
        charged_minor=total.charged_minor + outcome.charged_minor,
        overrun_bytes=total.overrun_bytes + outcome.overrun_bytes,
        suspended=total.suspended + outcome.suspended,
    )
