"""Usage records into balances: they land in slices, then steps apply them; any crash is mended."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import chain, groupby, islice
from operator import attrgetter

from sqlalchemy import Engine, Table, select, update
from sqlmodel import Session

from catalog.kernel.ahead import ahead
from catalog.kernel.database import is_server, snapshot, transact
from catalog.kernel.errors import Refused, Unavailable
from catalog.kernel.ids import new_id
from catalog.kernel.inserts import insert_new
from catalog.kernel.log_copying import log_copied_apart
from catalog.kernel.many import uncollected
from catalog.kernel.row_errors import RowError
from catalog.kernel.settings import load_settings
from checkout.billing.usage_applying import apply_batch
from checkout.billing.usage_batches import unapplied
from checkout.billing.usage_columns import Block, blocks_of
from checkout.billing.usage_files import MAX_ID, UsageRow
from checkout.billing.usage_history import source_names
from checkout.billing.usage_identity import Window, hashes_in, look_back
from checkout.billing.usage_landing import Landing, Progress
from checkout.billing.usage_parts import Part, Preparation
from checkout.billing.usage_postings import IN_BATCH
from checkout.billing.usage_slices import source_number
from checkout.billing.usage_steps import Outcome, Pace
from checkout.billing.usage_tables import UsageImportRow
from checkout.billing.usage_verdicts import Run, Unsold

SLICE = 5_000
"""Rows that land in one transaction."""
LINES = 1_500
"""Lines whose sums are applied in one transaction."""
EACH = 1_000
"""Records that are taken one by one in one transaction."""
EACH_AT_ONCE = 20_000
"""The same when nobody waits; the history of their lines is in memory."""
REST_S = 0.002
"""For which a SQLite store is free between two transactions; who waits looks each millisecond."""
BATCH = IN_BATCH
"""Most records that are applied together; what their balances need of them is in memory."""

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
    """Take in records that are values already, as `feed_blocks` does."""
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


@uncollected()
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
    begun = _begun(blocks)
    with log_copied_apart(engine) as store:
        run = transact(store, lambda session: _begin(session, source, now, actor, unsold))
        pace = _pace(store, at_once=at_once)
        outcome, torn = _take_up(store, run, pace)
        window = _window(store, run)
        landing = Landing(store, run, window, pace, progress, cancelled)
        if torn:
            _resume(store, landing, torn)
        parts = Preparation(store, window, now, BATCH, cumulative=bool(cumulative)).parts_of(begun)
        outcome += _take(store, ahead(parts), landing, pace)
    return _told(landing, outcome)


def _take(engine: Engine, parts: Iterator[Part], landing: Landing, pace: Pace) -> Outcome:
    """Land the parts of each batch, then apply it; the import is done when all have come."""
    run, outcome = landing.run, Outcome()
    for _batch, some in groupby(parts, attrgetter("batch")):
        is_whole = all(landing.land(part) for part in some)
        for number, slices in landing.close().items():
            outcome += apply_batch(engine, number, run, pace, slices)
        if not is_whole:
            return outcome
    if landing.batch:
        outcome += apply_batch(engine, landing.batch, run, pace)
    transact(engine, lambda session: _finish(session, run))
    return outcome


def _resume(engine: Engine, landing: Landing, torn: int) -> None:
    """Rows of the batch that was left half landed go on landing in it."""
    with snapshot(engine) as session:
        landing.torn = hashes_in(session, landing.run.source_number, torn)
    landing.batch = torn


def _window(engine: Engine, run: Run) -> Window:
    """What has landed latest of this source."""
    window = Window(run.source_number)
    with snapshot(engine) as session:
        look_back(session, window)
    return window


def _begun(blocks: Iterable[Block]) -> Iterator[Block]:
    """The blocks, of which the first is read: a file that is none fails before all else."""
    left = iter(blocks)
    return chain(list(islice(left, 1)), left)


@uncollected()
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
        apply_batch(engine, one.number, run, _pace(engine))
    return len(waiting)


def check_source(source: str) -> None:
    """Refuse a name that no source can have."""
    if not source.strip() or len(source) > MAX_ID or not source.isprintable():
        raise Refused(
            f"A source is named with 1 to {MAX_ID} characters; nothing was imported.",
            code="bad_source",
            field="source",
        )


def _pace(engine: Engine, *, at_once: bool = False) -> Pace:
    if at_once:
        return Pace(BATCH, BATCH, EACH_AT_ONCE)
    return Pace(SLICE, LINES, EACH, 0 if is_server(engine) else REST_S)


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
    session.execute(update(_IMPORTS).where(_IMPORTS.c.id == run.id).values(finished_at=run.now))


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


def _told(landing: Landing, outcome: Outcome) -> UsageImport:
    return UsageImport(
        events=landing.events,
        applied=landing.applied,
        duplicates=landing.duplicates,
        unknown=landing.unknown,
        rejected=landing.rejected,
        charged_minor=outcome.charged_minor,
        overrun_bytes=outcome.overrun_bytes,
        suspended=outcome.suspended,
        errors=sorted(landing.errors, key=attrgetter("line")),
    )
