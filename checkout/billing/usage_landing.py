"""The first phase of a feed: new records are stored, slice by slice, and no balance moves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, func, insert, select, update
from sqlmodel import Session

from catalog.esim.identifiers import iccid_key
from catalog.kernel.bulk import insert_new_rows
from catalog.kernel.database import insert_new, snapshot, transact
from catalog.kernel.errors import Unavailable
from catalog.kernel.row_errors import RowError
from checkout.billing.line_rows import LINES
from checkout.billing.usage_frames import raw, read_frame
from checkout.billing.usage_history import RECORDS, SOURCES
from checkout.billing.usage_identity import (
    SLICES,
    Landed,
    Window,
    collided,
    hashes_of,
    hour_of,
    known_records,
    look_back,
    to_bytes,
)
from checkout.billing.usage_postings import BATCHES, IN_BATCH
from checkout.billing.usage_verdicts import CONTENT, REASONS, Run, judge, recalled, refusals

if TYPE_CHECKING:
    import polars as pl

_WHOLE = r"^[0-9]{19}$"
_TRIES = 20
_AS_GIVEN = ("event_id", "started_at", "bytes", "country", "cumulative")
_AS_LISTS = 50_000  # rows that are Python's values at one time
_TO_APPLY = ("number", "kind", "validity_days", "place", "hour")
_NEW_BATCH = {"is_landed": False, "slices": 0, "steps": 0}


class Overtaken(Exception):
    """Another feed of the same source landed a slice meanwhile: look again at what is known."""


@dataclass(slots=True)
class Landing:
    """One batch of rows on its way into the store.

    Attributes:
        batch: the number under which it lands: of a batch whose run was killed while it landed,
            or 0 before its first slice.
        records: what has landed under each number; more than one when another run closed a batch.

    """

    run: Run
    window: Window
    batch: int = 0
    records: dict[int, list[pl.DataFrame]] = field(default_factory=lambda: defaultdict(list))
    applied: int = 0
    duplicates: int = 0
    unknown: int = 0
    rejected: int = 0
    errors: list[RowError] = field(default_factory=list)

    def tell(self, judged: pl.DataFrame, unsold: Collection[str]) -> None:
        """Count and list the judged rows that are not new."""
        import polars as pl

        errors = refusals(judged, unsold)
        unknown = sum(error.reason == REASONS["unknown"][1] for error in errors)
        self.errors += errors
        self.unknown += unknown
        self.rejected += len(errors) - unknown
        self.duplicates += judged.filter(pl.col("verdict") == "duplicate").height

    def add(self, part: pl.DataFrame, batch: int, slice_: int, known: pl.DataFrame | None) -> None:
        """Take note of a slice; rows whose place was `known` are not new after all."""
        import polars as pl

        hours = int(part["hour"].min()), int(part["hour"].max())  # type: ignore[arg-type]  # integers
        self.window.add(Landed(slice_, part.height, *hours, part["hash"]))
        self.batch = batch
        if known is not None:
            again = part.join(known.select("event_id"), on="event_id", how="semi")
            earlier = known.select("event_id", *CONTENT, place=pl.lit(-1, pl.Int64))
            self.tell(recalled(again, earlier), ())
            part = part.join(again, on="place", how="anti")
        self.applied += part.height
        self.records[batch].append(part.select(*_TO_APPLY, *_AS_GIVEN))


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


def with_lines(engine: Engine, rows: pl.DataFrame) -> pl.DataFrame:
    """Rows with what verdicts need: `key`, `hash`, `hour`, and columns of their line."""
    import polars as pl

    rows = _with_keys(rows).with_columns(hash=hashes_of(rows["event_id"]))
    with snapshot(engine) as session:
        lines = _lines(session, rows["key"].unique().to_list())
    joined = rows.join(lines, on="key", how="left", maintain_order="left")
    return joined.with_columns(hour=hour_of(pl.col("started_at")))


def _with_keys(rows: pl.DataFrame) -> pl.DataFrame:
    import polars as pl

    odd = rows.filter(~pl.col("iccid").str.contains(_WHOLE))["iccid"].unique().to_list()
    keys = {iccid: iccid_key(iccid) for iccid in odd}
    iccid = pl.col("iccid")
    return rows.with_columns(key=iccid.replace(keys) if keys else iccid)


def _lines(session: Session, keys: list[str]) -> pl.DataFrame:
    import polars as pl

    used = LINES.c.served_bytes + LINES.c.overrun_bytes
    names = ("iccid_key", "number", "kind", "validity_days", "assigned_at")
    columns = select(*(raw(LINES.c[name]) for name in names), used)
    numbers = ("number", "kind", "validity_days", "assigned_at", "used_bytes")
    schema = {"key": pl.String} | dict.fromkeys(numbers, pl.Int64) | {"kind": pl.String}
    return read_frame(session, columns, schema, LINES.c.iccid_key, keys)


def land(
    engine: Engine, rows: pl.DataFrame, landing: Landing, size: int, stop: Callable[[], bool]
) -> Iterator[int]:
    """Judge the rows and store the new ones, `size` in a transaction, until `stop` says so.

    Yields after each transaction how many more of the rows are done with.
    """
    left, done = rows, 0
    while not left.is_empty():
        new = _sorted_out(engine, left, landing)
        done += left.height - new.height
        left = new
        try:
            for part in new.iter_slices(size):
                if stop():
                    break
                _land(engine, part, landing)
                yield done + part.height
                done, left = 0, left[part.height :]
        except Overtaken:
            left = left.drop("verdict").sort("place")
            continue
        break
    if done:
        yield done


def _sorted_out(engine: Engine, rows: pl.DataFrame, landing: Landing) -> pl.DataFrame:
    """Count and tell what is not new; the new rows in the order in which they are stored."""
    import polars as pl

    run = landing.run
    with snapshot(engine) as session:
        look_back(session, landing.window)
        judged = judge(rows, known_records(session, landing.window, rows), run.now)
        strangers = judged.filter(pl.col("verdict") == "unknown")["key"].unique().to_list()
        unsold = run.unsold(session, strangers) if run.unsold and strangers else set()
    landing.tell(judged, unsold)
    return judged.filter(pl.col("verdict") == "new").sort("hour", "number")


def _land(engine: Engine, part: pl.DataFrame, landing: Landing) -> None:
    hashes = to_bytes(part["hash"])
    landing.add(part, *transact(engine, lambda session: _store(session, part, hashes, landing)))


def _store(
    session: Session, part: pl.DataFrame, hashes: bytes, landing: Landing
) -> tuple[int, int, pl.DataFrame | None]:
    """Store one slice: its batch, its number, and what had stood in the place of some records."""
    number = landing.run.source_number
    source = SOURCES.c.number == number
    slices = session.execute(select(SOURCES.c.slices).where(source).with_for_update()).scalar_one()
    if slices != landing.window.seen:
        raise Overtaken
    batch = _open_batch(session, landing)
    went_in = sum(
        insert_new_rows(session, RECORDS, _columns(some, number, batch))
        for some in part.iter_slices(_AS_LISTS)
    )
    about = {
        "source": number,
        "number": slices + 1,
        "batch": batch,
        "records": part.height,
        "first_hour": part["hour"].min(),
        "last_hour": part["hour"].max(),
        "hashes": hashes,
    }
    session.execute(insert(SLICES), [about])
    session.execute(update(SOURCES).where(source).values(slices=slices + 1))
    more = update(BATCHES).where(BATCHES.c.number == batch)
    session.execute(more.values(slices=BATCHES.c.slices + 1))
    if went_in == part.height:
        return batch, slices + 1, None
    return batch, slices + 1, collided(session, number, part, batch * IN_BATCH)


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
