"""Who a usage record is: whether its event id has come before, at any start, for any line.

The key of a record catches one that comes again. The same id with another start or another line
is found by its hash among the slices that landed latest; each keeps the hashes of its ids.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Table, select
from sqlmodel import Session

from catalog.kernel.bulk_reads import rows_at
from catalog.kernel.database import chunks, to_micros
from checkout.billing.usage_frames import frame, raw
from checkout.billing.usage_history import RECORDS, SOURCES
from checkout.billing.usage_tables import UsageSliceRow

if TYPE_CHECKING:
    import polars as pl

WINDOW = 10_000_000
"""Records of a source whose hashes are looked through: 80 MB at most."""

SLICES: Table = UsageSliceRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it

_HOUR = 3_600_000_000
_KEYS = 5_000  # that one question names
_STORED = {"event_id": "event_id", "number": "line"} | {
    name: name for name in ("started_at", "bytes", "country", "cumulative")
}


@dataclass(frozen=True, slots=True)
class Landed:
    """One slice that landed: the hours that it spans and the hashes of its event ids."""

    number: int
    records: int
    first_hour: int
    last_hour: int
    hashes: pl.Series


@dataclass(slots=True)
class Window:
    """The latest slices of one source, newest last.

    Attributes:
        records: how many are in these slices.
        seen: how many slices of the source there were when they were looked at last.

    """

    source: int
    slices: list[Landed] = field(default_factory=list)
    records: int = 0
    seen: int = 0

    def add(self, landed: Landed) -> None:
        """Take in a slice, and let go of those that are further back than the window."""
        self.slices.append(landed)
        self.records += landed.records
        self.seen = landed.number
        while self.records - self.slices[0].records >= WINDOW:
            self.records -= self.slices.pop(0).records

    def numbers(self, since: int) -> set[int]:
        """The numbers of the slices after number `since`."""
        return {one.number for one in tuple(self.slices) if one.number > since}

    def matches(self, hashes: pl.Series, since: int = 0) -> pl.Series:
        """Those of the hashes that some slice holds, of the slices after number `since`."""
        import polars as pl

        slices = [one.hashes for one in tuple(self.slices) if one.number > since]
        if not slices:
            return hashes.clear()
        known = pl.concat(slices)
        return known.filter(known.is_in(hashes.unique().implode()))


def hour_of(micros: pl.Expr) -> pl.Expr:
    """The hour of an instant, counted from 1970."""
    return micros // _HOUR


def hour_of_instant(instant: datetime) -> int:
    """The same of a value."""
    return to_micros(instant) // _HOUR


def hashes_of(event_ids: pl.Series) -> pl.Series:
    """A 64-bit hash of each event id that is the same on every machine."""
    import polars as pl
    import polars_hash as plh

    hashed = plh.col("event_id").nchash.xxh3_64().alias("hash")
    return pl.select(event_id=event_ids).select(hashed).to_series()


def from_bytes(stored: bytes) -> pl.Series:
    """Hashes out of the column of a slice."""
    import sys
    from array import array

    import polars as pl

    numbers = array("Q", stored)
    if sys.byteorder == "big":
        numbers.byteswap()
    return pl.Series("hash", numbers, dtype=pl.UInt64)


def to_bytes(hashes: pl.Series) -> bytes:
    """Hashes as the column of a slice: sorted, eight bytes each, the lowest first."""
    import sys
    from array import array

    numbers = array("Q", hashes.sort(multithreaded=False).to_list())
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tobytes()


def look_back(session: Session, window: Window) -> None:
    """Take in the slices that landed since, back to the beginning of the window."""
    source = select(SOURCES.c.slices).where(SOURCES.c.number == window.source)
    newer = (SLICES.c.source == window.source) & (SLICES.c.number > window.seen)
    slices = session.execute(source).scalar_one()
    newer &= SLICES.c.number <= slices
    sizes = select(SLICES.c.number, SLICES.c.records).where(newer)
    wanted, records = list[int](), 0
    for number, size in session.execute(sizes.order_by(SLICES.c.number.desc())).all():
        if records >= WINDOW:
            break
        wanted.append(number)
        records += size
    for part in chunks(wanted[::-1], 50):
        mine = (SLICES.c.source == window.source) & SLICES.c.number.in_(part)
        for row in session.execute(select(SLICES).where(mine).order_by(SLICES.c.number)):
            hashes = from_bytes(row.hashes)
            window.add(Landed(row.number, row.records, row.first_hour, row.last_hour, hashes))
    window.seen = slices


def hashes_in(session: Session, source: int, batch: int) -> pl.Series:
    """The hashes of what has landed in a batch."""
    import polars as pl

    mine = (SLICES.c.source == source) & (SLICES.c.batch == batch)
    found = session.execute(select(SLICES.c.hashes).where(mine)).scalars()
    return pl.concat([pl.Series("hash", [], pl.UInt64), *map(from_bytes, found)])


def nothing_known() -> pl.DataFrame:
    """What `known_records` gives for ids that nobody has seen."""
    return _frame(())


def known_records(
    session: Session, window: Window, rows: pl.DataFrame, hashes: pl.Series
) -> pl.DataFrame:
    """What is stored under the event ids of the rows with these hashes: `CONTENT`, `event_id`."""
    import polars as pl

    suspects = rows.filter(pl.col("hash").is_in(hashes.implode()))
    own = _frame(_at_their_place(session, window.source, suspects))
    elsewhere = suspects.join(own, on="event_id", how="anti")
    if elsewhere.is_empty():
        return own
    return pl.concat([own, _frame(_anywhere(session, window, elsewhere))])


def _at_their_place(session: Session, source: int, rows: pl.DataFrame) -> Iterator[Any]:
    """Records with the id, the line and the hour of one of the rows, and their arrival."""
    import polars as pl

    known = rows.filter(pl.col("number").is_not_null())
    keys = known.select(
        hour=hour_of(pl.col("started_at")),
        line="number",
        source=pl.lit(source),
        event_id="event_id",
    ).unique()
    names = (*_STORED.values(), "arrival")
    for part in keys.unique().sort("hour", "line").iter_slices(_KEYS):
        yield from rows_at(session, RECORDS, names, part.to_dict(as_series=False))


def _anywhere(session: Session, window: Window, rows: pl.DataFrame) -> Iterator[Any]:
    """Records with the id of one of the rows, in the hours of the slice that holds its hash."""
    import polars as pl

    columns = [raw(RECORDS.c[name]) for name in _STORED.values()]
    for one in window.slices:
        here = rows.filter(pl.col("hash").is_in(one.hashes.implode()))
        span = RECORDS.c.hour.between(one.first_hour, one.last_hour)
        for part in chunks(here["event_id"].unique().to_list()):
            mine = (RECORDS.c.source == window.source) & RECORDS.c.event_id.in_(part)
            yield from session.execute(select(*columns).where(span, mine))


def collided(session: Session, source: int, rows: pl.DataFrame, since: int) -> pl.DataFrame:
    """What stood in the place of some rows before arrival `since`, older than the window."""
    found = _at_their_place(session, source, rows)
    return _frame(row for row in found if row[-1] < since)


def _frame(rows: Iterable[Sequence[Any]]) -> pl.DataFrame:
    import polars as pl

    schema = dict.fromkeys(_STORED, pl.Int64) | dict.fromkeys(("event_id", "country"), pl.String)
    found = frame((tuple(row)[: len(schema)] for row in rows), schema)
    return found.with_columns(pl.col("cumulative").cast(pl.Boolean)).unique()
