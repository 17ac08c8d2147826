"""Blocks of a file made ready for the store: placed in their batch, with hashes and lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Engine, literal, select
from sqlmodel import Session

from catalog.esim.identifiers import iccid_key
from catalog.kernel.database import snapshot
from catalog.kernel.row_errors import RowError
from checkout.billing.line_rows import LINES
from checkout.billing.numbers import FORMER
from checkout.billing.usage_columns import Block
from checkout.billing.usage_frames import raw, read_frame
from checkout.billing.usage_identity import Window, hashes_of, hour_of, nothing_known
from checkout.billing.usage_verdicts import fullest, judge, own_verdict, parted

if TYPE_CHECKING:
    import polars as pl

_WHOLE = r"^[0-9]{19}$"
_LINE = ("number", "kind", "validity_days", "assigned_at", "used_bytes")


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows of a file, in the order in which they are stored.

    Attributes:
        batch: the one that they belong to, counted from 0 in each run over a file.
        rows: with their `place` in the batch, the `key` of their card, the `hash` of their event
            id, their `hour`, the columns of their line, what they are by themselves, and whether
            the id comes twice among them.
        errors: what is wrong with the rows that are no records.
        fullest: the bytes that the line which uses most would come to, without what has landed
            since it was looked up.
        known: the hashes that the window held when it had come to slice `seen`.
        alone: the new ones of the rows and the others, when the window holds none of their hashes
            and the part before this one neither.

    """

    batch: int
    rows: pl.DataFrame
    errors: list[RowError]
    fullest: float
    known: pl.Series
    seen: int
    alone: tuple[pl.DataFrame, pl.DataFrame] | None


@dataclass(slots=True)
class Preparation:
    """Makes rows ready that arrive `now`; the lines of a batch are looked up once."""

    engine: Engine
    window: Window
    now: datetime
    size: int
    cumulative: bool = False

    def parts_of(self, blocks: Iterable[Block]) -> Iterator[Part]:
        """The parts of batches of at most `size` records, one for each block."""
        import polars as pl

        batch, place, lines = 0, 0, _Lines(self.engine)
        before = pl.Series("hash", [], pl.UInt64)
        for block in blocks:
            if place and place + block.records.height > self.size:
                batch, place, lines = batch + 1, 0, _Lines(self.engine)
            rows = self._rows(block, place, lines)
            yield self._part(batch, rows, block.errors, before)
            place, before = place + rows.height, rows["hash"]

    def _part(
        self, batch: int, rows: pl.DataFrame, errors: list[RowError], before: pl.Series
    ) -> Part:
        seen = self.window.seen
        known = self.window.matches(rows["hash"])
        is_alone = known.is_empty() and not rows["hash"].is_in(before.implode()).any()
        alone = parted(judge(rows, nothing_known())) if is_alone else None
        return Part(batch, rows, errors, fullest(rows), known, seen, alone)

    def _rows(self, block: Block, place: int, lines: _Lines) -> pl.DataFrame:
        import polars as pl

        rows = _with_keys(block.records).with_columns(
            place=pl.int_range(place, place + pl.len(), dtype=pl.Int64),
            hour=hour_of(pl.col("started_at")),
            hash=hashes_of(block.records["event_id"]),
        )
        if self.cumulative:
            rows = rows.with_columns(cumulative=pl.lit(value=True))
        rows = rows.join(lines.of(rows["key"]), on="key", how="left")
        about = {"verdict": own_verdict(self.now), "is_twice": pl.col("hash").is_duplicated()}
        return rows.with_columns(**about).sort("hour", "number")


class _Lines:
    """Lines by the keys of their cards, as they are when they are asked for first.

    A card that was replaced leads to its line `until` then.
    """

    def __init__(self, engine: Engine) -> None:
        import polars as pl

        schema = dict.fromkeys(_LINE, pl.Int64) | {"kind": pl.String}
        self._schema: dict[str, Any] = {"key": pl.String} | schema
        self._engine = engine
        self._asked = pl.Series("key", [], pl.String)
        self._found = pl.DataFrame(schema=self._schema | {"until": pl.Int64})

    def of(self, keys: pl.Series) -> pl.DataFrame:
        """The lines of these keys, among others."""
        import polars as pl

        new = keys.filter(~keys.is_in(self._asked.implode())).unique()
        if new.len():
            with snapshot(self._engine) as session:
                found = self._read(session, new)
            self._found = pl.concat([self._found, found], rechunk=True)
            self._asked = pl.concat([self._asked, new], rechunk=True)
        return self._found

    def _read(self, session: Session, keys: pl.Series) -> pl.DataFrame:
        import polars as pl

        used = (LINES.c.served_bytes + LINES.c.overrun_bytes).label("used_bytes")
        line = (*(raw(LINES.c[name]) for name in _LINE[:-1]), used)
        schema = self._schema | {"until": pl.Int64}
        now = select(raw(LINES.c.iccid_key), *line, literal(None, BigInteger))
        found = read_frame(session, now, schema, LINES.c.iccid_key, keys)
        strange = keys.filter(~keys.is_in(found["key"].implode()))
        if strange.is_empty():
            return found
        before = select(FORMER.c.iccid_key, *line, raw(FORMER.c.until))
        before = before.join(LINES, LINES.c.id == FORMER.c.line_id)
        return pl.concat([found, read_frame(session, before, schema, FORMER.c.iccid_key, strange)])


def _with_keys(rows: pl.DataFrame) -> pl.DataFrame:
    import polars as pl

    odd = rows.filter(~pl.col("iccid").str.contains(_WHOLE))["iccid"].unique().to_list()
    keys = {iccid: iccid_key(iccid) for iccid in odd}
    iccid = pl.col("iccid")
    return rows.with_columns(key=iccid.replace(keys) if keys else iccid)
