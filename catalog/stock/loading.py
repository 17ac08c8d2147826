"""Where the rows of an upload go, chunk by chunk: into a batch, or nowhere (a dry run)."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, Self

from sqlalchemy import Column, Engine, Integer, MetaData, String, Table, insert, select, update
from sqlmodel import Session

from catalog.kernel.bulk import insert_new_rows
from catalog.kernel.bulk_reads import among
from catalog.kernel.database import open_engine, snapshot, transact, unit_of_work
from catalog.kernel.ids import new_ids
from catalog.kernel.row_errors import RowError
from catalog.stock.batches import locked_loading
from catalog.stock.duplicates import (
    IN_THIS_FILE,
    card_is_taken,
    code_is_taken,
    own_codes,
    rows_in_store,
    taken_in_store,
)
from catalog.stock.frames import COLUMNS, profiles_of
from catalog.stock.lots import ESIMS, LOTS, Lot, new_lot
from catalog.stock.tables import StockErrorRow

if TYPE_CHECKING:
    import polars as pl

_ERRORS: Table = StockErrorRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it
_OF_LOT = ("plan_id", "operator", "install_by", "line_kind")
AS_NEW: dict[str, Any] = {
    column.name: column.default.arg  # type: ignore[attr-defined]  # a plain value
    for column in ESIMS.columns
    if column.default is not None and column.name not in COLUMNS
}
"""What a new profile has in columns that no file brings."""


class Loader(Protocol):
    """Takes the acceptable rows of a file and finds the duplicates among them."""

    def take(self, profiles: pl.DataFrame, refused: Sequence[RowError]) -> list[RowError]:
        """Keep the profiles that are new; a refusal for each of the others."""


class BatchLoader:
    """Writes each chunk into a batch in a transaction of its own; nothing is sellable yet."""

    def __init__(self, engine: Engine, batch_id: str, clock: Callable[[], datetime]) -> None:
        self.engine, self.batch_id, self.clock = engine, batch_id, clock
        self._lots: dict[Lot, int] = {}

    def take(self, profiles: pl.DataFrame, refused: Sequence[RowError]) -> list[RowError]:
        """Insert what is new; the unique keys of the store decide, whoever else is writing."""
        import polars as pl

        rows = profiles.with_columns(id=pl.Series(new_ids(profiles.height), dtype=pl.String))
        wanted = [Lot(*each) for each in rows.select(_OF_LOT).unique(maintain_order=True).rows()]

        def work(session: Session) -> tuple[list[RowError], dict[Lot, int]]:
            batch = locked_loading(session, self.batch_id)
            lots = dict(self._lots)
            for lot in wanted:
                if lot not in lots:
                    lots[lot] = new_lot(session, self.batch_id, lot)
            placed = _placed(rows, lots)
            left = _insert(session, placed)
            fresh = placed.join(left, on="id", how="anti") if left.height else placed
            _grow(session, fresh)
            duplicates = _refusals(session, left, batch.reference)
            _keep_errors(session, self.batch_id, [*refused, *duplicates])
            batch.accepted += fresh.height
            batch.rejected += len(refused) + left.height
            batch.duplicates += left.height
            batch.touched_at = max(self.clock(), batch.touched_at)
            return duplicates, lots

        duplicates, self._lots = transact(self.engine, work)
        return duplicates


def _placed(rows: pl.DataFrame, lots: Mapping[Lot, int]) -> pl.DataFrame:
    """The rows, each with the number of its lot."""
    import polars as pl

    kinds = dict.fromkeys(_OF_LOT, pl.String) | {"lot": pl.Int64}
    cells = [(*astuple(lot), number) for lot, number in lots.items()]
    known = pl.DataFrame(cells, schema=kinds, orient="row")
    return rows.join(known, on=_OF_LOT, how="left", nulls_equal=True, maintain_order="left")


def _insert(session: Session, rows: pl.DataFrame) -> pl.DataFrame:
    """Insert the rows that are new; the others."""
    columns = {name: rows[name] for name in ("id", "lot", *COLUMNS)}
    if not rows.height:
        return rows
    if insert_new_rows(session, ESIMS, columns | AS_NEW) == rows.height:
        return rows.clear()
    held = session.execute(select(ESIMS.c.id).where(among(session, ESIMS.c.id, columns["id"])))
    fresh = [each.replace("-", "") for each in held.scalars()]
    return rows.filter(~rows["id"].is_in(fresh))


def _grow(session: Session, fresh: pl.DataFrame) -> None:
    for lot, more in fresh.group_by("lot").len().rows():
        grown = update(LOTS).where(LOTS.c.number == lot)
        session.execute(grown.values(loaded=LOTS.c.loaded + more))


def _refusals(session: Session, left: pl.DataFrame, reference: str) -> list[RowError]:
    profiles = profiles_of(left)
    if not profiles:
        return []
    taken = taken_in_store(session, profiles, reference)
    gone = "The ICCID or code is there already."  # its other holder was taken back just now
    return [taken.refusal(each) or RowError(each.line, "iccid", gone) for each in profiles]


def _keep_errors(session: Session, batch_id: str, errors: Sequence[RowError]) -> None:
    rows = [
        {"batch_id": batch_id, "line": e.line, "field": e.field, "reason": e.reason} for e in errors
    ]
    if rows:
        session.execute(insert(_ERRORS), rows)


_SEEN = Table(
    "seen",
    MetaData(),
    Column("line", Integer, nullable=False),
    Column("card", String, unique=True),
    Column("code", String, unique=True),
)


class DryLoader:
    """Gives the verdicts of a real upload and writes nothing to the store.

    What it must remember of the file is on disk, so that a large file needs no large memory.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory(prefix="esim-store-")
        self._seen = open_engine(str(Path(self._folder.name) / "seen.db"))
        _SEEN.metadata.create_all(self._seen)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._seen.dispose()
        self._folder.cleanup()

    def take(self, profiles: pl.DataFrame, refused: Sequence[RowError]) -> list[RowError]:
        """Compare with the store and with the accepted rows of earlier chunks."""
        del refused
        with snapshot(self.engine) as session:
            known = rows_in_store(session, profiles)
            held = profiles_of(known)
            taken = taken_in_store(session, held)
        found = [refusal for each in held if (refusal := taken.refusal(each))]
        new = profiles.join(known, on="line", how="anti", maintain_order="left")
        with unit_of_work(self._seen) as session:
            found += _again(session, new.with_columns(code=own_codes()))
        return sorted(found, key=lambda error: error.line)


def _again(session: Session, rows: pl.DataFrame) -> list[RowError]:
    """Remember what is new in this file; a refusal for each row that is not."""
    if rows.is_empty():
        return []
    names = {"line": "line", "card": "iccid_key", "code": "code"}
    columns = {name: rows[column].to_list() for name, column in names.items()}
    if insert_new_rows(session, _SEEN, columns) == rows.height:
        return []
    fresh = session.execute(
        select(_SEEN.c.line).where(among(session, _SEEN.c.line, columns["line"]))
    )
    left = rows.filter(~rows["line"].is_in(list(fresh.scalars())))
    keys = left["iccid_key"].drop_nulls().to_list()
    cards = set(
        session.execute(select(_SEEN.c.card).where(among(session, _SEEN.c.card, keys))).scalars()
    )
    return [
        card_is_taken(line, IN_THIS_FILE) if card in cards else code_is_taken(line, IN_THIS_FILE)
        for line, card in left.select("line", "iccid_key").rows()
    ]


def _seen(session: Session, name: str, keys: list[Any]) -> list[Any]:
    held = select(_SEEN.c[name]).where(among(session, _SEEN.c[name], keys))
    return list(session.execute(held).scalars())
