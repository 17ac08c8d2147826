"""The first phase of a feed: new records are stored, slice by slice, and no balance moves."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, func, insert, select, update
from sqlmodel import Session

from catalog.kernel.bulk import among, insert_new_rows
from catalog.kernel.database import insert_new, snapshot
from catalog.kernel.errors import Unavailable
from catalog.kernel.row_errors import RowError
from checkout.billing.line_rows import LINES
from checkout.billing.usage_history import RECORDS, SOURCES
from checkout.billing.usage_identity import (
    SLICES,
    Landed,
    Window,
    collided,
    known_records,
    look_back,
    to_bytes,
)
from checkout.billing.usage_parts import Part
from checkout.billing.usage_postings import BATCHES, IN_BATCH
from checkout.billing.usage_steps import Pace
from checkout.billing.usage_verdicts import (
    CONTENT,
    MAX_TOTAL,
    REASONS,
    Run,
    judge,
    recalled,
    refusals,
    within_totals,
)

if TYPE_CHECKING:
    import polars as pl

_TRIES = 20
_AS_GIVEN = ("event_id", "started_at", "bytes", "country", "cumulative")
_AS_LISTS = 50_000  # rows that are Python's values at one time
_TO_APPLY = ("number", "kind", "validity_days", "place", "hour")
_NEAR = 0.99  # of the most that a line may have used: from there on it is counted exactly
_NEW_BATCH = {"is_landed": False, "slices": 0, "steps": 0}


Progress = Callable[[int, int | None], None]
"""Called with the rows done and, when it is known, how many there are."""


class _Overtaken(Exception):
    """Another feed of the same source landed a slice meanwhile: look again at what is known."""


@dataclass(slots=True)
class Landing:
    """The rows of one import on their way into the store.

    Attributes:
        batch: the number under which they land: of a batch whose run was killed while it landed,
            or 0 before the first slice.
        progress: told the rows done after each transaction.
        cancelled: asked before each.
        events: how many rows are done with; each of them is `applied`, or one of the others.
        bytes: of all that landed.
        records: what has landed under each number; more than one when another run closed a batch.

    """

    engine: Engine
    run: Run
    window: Window
    pace: Pace
    progress: Progress | None = None
    cancelled: Callable[[], bool] | None = None
    batch: int = 0
    events: int = 0
    applied: int = 0
    duplicates: int = 0
    unknown: int = 0
    rejected: int = 0
    bytes: int = 0
    errors: list[RowError] = field(default_factory=list)
    records: dict[int, list[pl.DataFrame]] = field(default_factory=lambda: defaultdict(list))

    def land(self, part: Part) -> bool:
        """Judge the rows and store the new ones; whether all are done with."""
        self.errors += part.errors
        self.rejected += len(part.errors)
        self.events += len(part.errors)
        left = part.rows
        while not left.is_empty():
            new = self._sorted_out(left, part)
            self.events += left.height - new.height
            try:
                for some in new.iter_slices(self.pace.records):
                    if self.cancelled and self.cancelled():
                        return False
                    self._land(some)
                    new = new[some.height :]
                    self._tell_progress()
            except _Overtaken:
                left = new
            else:
                break
        self._tell_progress()
        return True

    def _tell_progress(self) -> None:
        if self.progress:
            self.progress(self.events, None)

    def close(self) -> dict[int, list[pl.DataFrame]]:
        """No more rows belong to this batch: what has landed, by the number of the batch."""
        landed, self.records = self.records, defaultdict(list)
        if landed:
            self.batch = 0
        return landed

    def _sorted_out(self, rows: pl.DataFrame, part: Part) -> pl.DataFrame:
        """Count and tell what is not new; the new rows."""
        import polars as pl

        with snapshot(self.engine) as session:
            look_back(session, self.window)
            newer = self.window.matches(rows["hash"], part.seen)
            known = known_records(session, self.window, rows, pl.concat([part.known, newer]))
            judged = judge(rows, known)
            if part.fullest + self.bytes > _NEAR * MAX_TOTAL:
                judged = within_totals(judged, self._totals(session, rows))
            strangers = judged.filter(pl.col("verdict") == "unknown")["key"].unique().to_list()
            asks = self.run.unsold if strangers else None
            unsold = asks(session, strangers) if asks else set()
        self._tell(judged, unsold)
        return judged.filter(pl.col("verdict") == "new").sort("hour", "number")

    def _totals(self, session: Session, rows: pl.DataFrame) -> dict[int, int]:
        """What the lines of these rows have used, with what has landed and is not applied."""
        numbers = rows["number"].drop_nulls().unique().to_list()
        used = (LINES.c.served_bytes + LINES.c.overrun_bytes).label("used")
        stored = select(LINES.c.number, used).where(among(session, LINES.c.number, numbers))
        totals = Counter({row.number: row.used for row in session.execute(stored)})
        for landed in chain.from_iterable(self.records.values()):
            for number, count in landed.select("number", "bytes").rows():
                totals[number] += count
        return totals

    def _tell(self, judged: pl.DataFrame, unsold: Collection[str]) -> None:
        """Count and list the judged rows that are not new."""
        import polars as pl

        errors = refusals(judged, unsold)
        unknown = sum(error.reason == REASONS["unknown"][1] for error in errors)
        self.errors += errors
        self.unknown += unknown
        self.rejected += len(errors) - unknown
        self.duplicates += judged.filter(pl.col("verdict") == "duplicate").height

    def _land(self, rows: pl.DataFrame) -> None:
        hashes = to_bytes(rows["hash"])
        self.batch, landed, known = self.pace.take(
            self.engine, lambda session: _store(session, rows, hashes, self)
        )
        self.window.add(landed)
        if known is not None:
            rows = self._without(rows, known)
        self.applied += rows.height
        self.events += rows.height
        self.bytes += int(rows["bytes"].sum())
        self.records[self.batch].append(rows.select(*_TO_APPLY, *_AS_GIVEN))

    def _without(self, rows: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
        """The rows but those whose place was `known`, which are not new after all."""
        import polars as pl

        again = rows.join(known.select("event_id"), on="event_id", how="semi")
        earlier = known.select("event_id", *CONTENT, place=pl.lit(-1, pl.Int64))
        self._tell(recalled(again, earlier), ())
        self.events += again.height
        return rows.join(again, on="place", how="anti")


def source_number(session: Session, name: str) -> int:
    """The number of a source; it gets one when it is new."""
    mine = select(SOURCES.c.number).where(SOURCES.c.name == name)
    highest = select(func.coalesce(func.max(SOURCES.c.number), 0))
    for _ in range(_TRIES):
        if (number := session.execute(mine).scalar_one_or_none()) is not None:
            return int(number)
        row = {"number": session.execute(highest).scalar_one() + 1, "name": name, "slices": 0}
        insert_new(session, SOURCES, [row], "number")
    raise Unavailable("Too many sources were new at this moment; run this import again.")


def _store(
    session: Session, rows: pl.DataFrame, hashes: bytes, landing: Landing
) -> tuple[int, Landed, pl.DataFrame | None]:
    """Store one slice: its batch, what it spans, and what had stood in the place of some rows."""
    source = landing.run.source_number
    mine = SOURCES.c.number == source
    slices = session.execute(select(SOURCES.c.slices).where(mine).with_for_update()).scalar_one()
    if slices != landing.window.seen:
        raise _Overtaken
    batch = _open_batch(session, landing)
    went_in = sum(
        insert_new_rows(session, RECORDS, _columns(some, source, batch))
        for some in rows.iter_slices(_AS_LISTS)
    )
    landed = _landed(rows, slices + 1)
    about = {"number": landed.number, "records": landed.records}
    hours = {"first_hour": landed.first_hour, "last_hour": landed.last_hour}
    mine_too = {"source": source, "batch": batch, "hashes": hashes}
    session.execute(insert(SLICES), [mine_too | about | hours])
    session.execute(update(SOURCES).where(mine).values(slices=slices + 1))
    more = update(BATCHES).where(BATCHES.c.number == batch)
    session.execute(more.values(slices=BATCHES.c.slices + 1))
    is_new = went_in == rows.height
    known = None if is_new else collided(session, source, rows, batch * IN_BATCH)
    return batch, landed, known


def _landed(rows: pl.DataFrame, number: int) -> Landed:
    import polars as pl

    first, last = rows.select(pl.col("hour").min(), last=pl.col("hour").max()).row(0)
    return Landed(number, rows.height, first, last, rows["hash"])


def _columns(part: pl.DataFrame, source: int, batch: int) -> dict[str, Any]:
    return {
        "hour": part["hour"].to_list(),
        "line": part["number"].to_list(),
        "source": source,
        **{name: part[name].to_list() for name in _AS_GIVEN},
        "arrival": (part["place"] + batch * IN_BATCH).to_list(),
    }


def _open_batch(session: Session, landing: Landing) -> int:
    """The batch of this landing, or a new one when another run has closed it."""
    mine = select(BATCHES.c.number).where(BATCHES.c.number == landing.batch, ~BATCHES.c.is_landed)
    if session.execute(mine.with_for_update()).first():
        return landing.batch
    highest = select(func.coalesce(func.max(BATCHES.c.number), 0))
    for _ in range(_TRIES):
        row = {
            "number": session.execute(highest).scalar_one() + 1,
            "source": landing.run.source_number,
            "import_id": landing.run.id,
            "received_at": landing.run.now,
        }
        if made := insert_new(session, BATCHES, [_NEW_BATCH | row], "number"):
            return int(made.pop())
    raise Unavailable("Too many imports began at this moment; run this one again.")
