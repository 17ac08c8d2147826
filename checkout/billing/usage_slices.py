"""One slice of records into the store, in one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import func, insert, select, update
from sqlmodel import Session

from catalog.kernel.bulk import insert_new_rows
from catalog.kernel.errors import Unavailable
from catalog.kernel.inserts import insert_new
from checkout.billing.usage_history import RECORDS, SOURCES
from checkout.billing.usage_identity import SLICES, Landed, collided
from checkout.billing.usage_postings import BATCHES, IN_BATCH
from checkout.billing.usage_verdicts import Run

if TYPE_CHECKING:
    import polars as pl

AS_GIVEN = ("event_id", "started_at", "bytes", "country", "cumulative")
"""What a source says of a record."""

_TRIES = 20
_AS_LISTS = 50_000  # rows that are Python's values at one time
_NEW_BATCH = {"is_landed": False, "slices": 0, "steps": 0}


class Overtaken(Exception):
    """Another feed of the same source landed a slice meanwhile: look again at what is known."""


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


def store_slice(
    session: Session, rows: pl.DataFrame, hashes: bytes, run: Run, *, batch: int, seen: int
) -> tuple[int, Landed, pl.DataFrame | None]:
    """Store rows as slice `seen + 1` of their source, in `batch` or, when it is closed, a new one.

    Returns the batch, what the slice spans, and what had stood in the place of some rows.
    `Overtaken` when it is not the next slice.
    """
    source = run.source_number
    mine = SOURCES.c.number == source
    slices = session.execute(select(SOURCES.c.slices).where(mine).with_for_update()).scalar_one()
    if slices != seen:
        raise Overtaken
    batch = _open_batch(session, batch, run)
    went_in = sum(
        insert_new_rows(session, RECORDS, _columns(some, source, batch))
        for some in rows.iter_slices(_AS_LISTS)
    )
    landed = _landed(rows, slices + 1)
    _note(session, landed, {"source": source, "batch": batch, "hashes": hashes})
    is_new = went_in == rows.height
    known = None if is_new else collided(session, source, rows, batch * IN_BATCH)
    return batch, landed, known


def _note(session: Session, landed: Landed, more: dict[str, Any]) -> None:
    about = {"number": landed.number, "records": landed.records}
    hours = {"first_hour": landed.first_hour, "last_hour": landed.last_hour}
    session.execute(insert(SLICES), [more | about | hours])
    source = update(SOURCES).where(SOURCES.c.number == more["source"])
    session.execute(source.values(slices=landed.number))
    batch = update(BATCHES).where(BATCHES.c.number == more["batch"])
    session.execute(batch.values(slices=BATCHES.c.slices + 1))


def _landed(rows: pl.DataFrame, number: int) -> Landed:
    hours = rows["hour"]
    first, last = cast("int", hours.min()), cast("int", hours.max())
    return Landed(number, rows.height, first, last, rows["hash"])


def _columns(part: pl.DataFrame, source: int, batch: int) -> dict[str, Any]:
    return {
        "hour": part["hour"],
        "line": part["number"],
        "source": source,
        **{name: part[name] for name in AS_GIVEN},
        "arrival": part["place"] + batch * IN_BATCH,
    }


def _open_batch(session: Session, batch: int, run: Run) -> int:
    """This batch, or a new one when another run has closed it."""
    mine = select(BATCHES.c.number).where(BATCHES.c.number == batch, ~BATCHES.c.is_landed)
    if session.execute(mine.with_for_update()).first():
        return batch
    highest = select(func.coalesce(func.max(BATCHES.c.number), 0))
    for _ in range(_TRIES):
        row = {
            "number": session.execute(highest).scalar_one() + 1,
            "source": run.source_number,
            "import_id": run.id,
            "received_at": run.now,
        }
        if made := insert_new(session, BATCHES, [_NEW_BATCH | row], "number"):
            return int(made.pop())
    raise Unavailable("Too many imports began at this moment; run this one again.")
