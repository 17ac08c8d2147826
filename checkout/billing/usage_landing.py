"""The first phase of a feed: new records are stored, slice by slice, and no balance moves."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

from sqlalchemy import Engine, select
from sqlmodel import Session

from catalog.kernel.bulk_reads import among
from catalog.kernel.database import snapshot
from catalog.kernel.row_errors import RowError
from checkout.billing.line_rows import LINES
from checkout.billing.usage_identity import (
    Window,
    known_records,
    look_back,
    to_bytes,
)
from checkout.billing.usage_parts import Part
from checkout.billing.usage_slices import AS_GIVEN, Overtaken, store_slice
from checkout.billing.usage_steps import Pace
from checkout.billing.usage_verdicts import (
    CONTENT,
    MAX_TOTAL,
    REASONS,
    Run,
    judge,
    parted,
    recalled,
    refusals,
    within_totals,
)

if TYPE_CHECKING:
    import polars as pl

_TO_APPLY = ("number", "kind", "validity_days", "place", "hour")
_NEAR = 0.99  # of the most that a line may have used: from there on it is counted exactly

Progress = Callable[[int, int | None], None]
"""Called with the rows done and, when it is known, how many there are."""


@dataclass(slots=True)
class Landing:
    """The rows of one import on their way into the store.

    Attributes:
        batch: the number under which they land: of a batch whose run was killed while it landed,
            or 0 before the first slice.
        torn: the hashes of what that run had landed in it; rows that have them belong there.
        progress: told the rows done after each transaction.
        cancelled: asked before each.
        events: how many rows are done with; each of them is `applied`, or one of the others.
        bytes: of all that landed.
        records: what has landed under each number; more than one when another run closed a batch.
        slices: the numbers of those of this part; `before` are those of the part before it.

    """

    engine: Engine
    run: Run
    window: Window
    pace: Pace
    progress: Progress | None = None
    cancelled: Callable[[], bool] | None = None
    batch: int = 0
    torn: pl.Series | None = None
    is_torn_met: bool = False
    events: int = 0
    applied: int = 0
    duplicates: int = 0
    unknown: int = 0
    rejected: int = 0
    bytes: int = 0
    errors: list[RowError] = field(default_factory=list)
    records: dict[int, list[pl.DataFrame]] = field(default_factory=lambda: defaultdict(list))
    slices: set[int] = field(default_factory=set)
    before: set[int] = field(default_factory=set)

    def land(self, part: Part) -> bool:
        """Judge the rows and store the new ones; whether all are done with."""
        self.before, self.slices = self.slices, set()
        self.errors += part.errors
        self.rejected += len(part.errors)
        self.events += len(part.errors)
        if self.torn is not None:
            self.is_torn_met |= part.rows["hash"].is_in(self.torn.implode()).any()
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
            except Overtaken:
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
        if self.is_torn_met:  # it may have been whole already
            landed.setdefault(self.batch, [])
        if landed:
            self.batch, self.torn, self.is_torn_met = 0, None, False
        return landed

    def _sorted_out(self, rows: pl.DataFrame, part: Part) -> pl.DataFrame:
        """Count and tell what is not new; the new rows."""
        new, others = self._judged(rows, part)
        if part.fullest + self.bytes > _NEAR * MAX_TOTAL:
            new, others = self._within_totals(new, others)
        self._tell(others)
        return new

    def _judged(self, rows: pl.DataFrame, part: Part) -> tuple[pl.DataFrame, pl.DataFrame]:
        """The new ones of the rows and the others.

        What was judged ahead holds while nothing has landed since but the part before this one;
        if another feed has landed something, the store says so when these rows are to land.
        """
        import polars as pl

        if rows is part.rows and part.alone and self.window.numbers(part.seen) <= self.before:
            return part.alone
        with snapshot(self.engine) as session:
            look_back(session, self.window)
            hashes = pl.concat([part.known, self.window.matches(rows["hash"], part.seen)])
            return parted(judge(rows, known_records(session, self.window, rows, hashes)))

    def _within_totals(
        self, new: pl.DataFrame, others: pl.DataFrame
    ) -> tuple[pl.DataFrame, pl.DataFrame]:
        import polars as pl

        with snapshot(self.engine) as session:
            totals = self._totals(session, new)
        return parted(within_totals(pl.concat([new, others]), totals))

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

    def _tell(self, judged: pl.DataFrame) -> None:
        """Count and list the judged rows that are not new."""
        duplicates = int((judged["verdict"] == "duplicate").sum())
        self.duplicates += duplicates
        if duplicates == judged.height:
            return
        errors = refusals(judged, self._unsold(judged))
        unknown = sum(error.reason == REASONS["unknown"][1] for error in errors)
        self.errors += errors
        self.unknown += unknown
        self.rejected += len(errors) - unknown

    def _unsold(self, judged: pl.DataFrame) -> Collection[str]:
        """The cards among the unknown ones that are in stock and not sold."""
        import polars as pl

        strangers = judged.filter(pl.col("verdict") == "unknown")["key"].unique().to_list()
        if not strangers or self.run.unsold is None:
            return ()
        with snapshot(self.engine) as session:
            return self.run.unsold(session, strangers)

    def _land(self, rows: pl.DataFrame) -> None:
        hashes = to_bytes(rows["hash"])
        store = partial(store_slice, rows=rows, hashes=hashes, run=self.run)
        place = partial(store, batch=self.batch, seen=self.window.seen)
        self.batch, landed, known = self.pace.take(self.engine, place)
        self.window.add(landed)
        self.slices.add(landed.number)
        if known is not None:
            rows = self._without(rows, known)
        self.applied += rows.height
        self.events += rows.height
        self.bytes += int(rows["bytes"].sum())
        self.records[self.batch].append(rows.select(*_TO_APPLY, *AS_GIVEN))

    def _without(self, rows: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
        """The rows but those whose place was `known`, which are not new after all."""
        import polars as pl

        again = rows.join(known.select("event_id"), on="event_id", how="semi")
        earlier = known.select("event_id", *CONTENT, place=pl.lit(-1, pl.Int64))
        self._tell(recalled(again, earlier))
        self.events += again.height
        return rows.join(again, on="place", how="anti")
