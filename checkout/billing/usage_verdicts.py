"""What becomes of each row of a usage feed: new, known, unknown, or refused with its reason."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlmodel import Session

from catalog.kernel.database import to_micros
from catalog.kernel.row_errors import RowError

if TYPE_CHECKING:
    import polars as pl

FUTURE = timedelta(minutes=5)
"""How far a source's clock may run ahead of the store's (decision 17)."""

MAX_TOTAL = 9 * 10**18
"""Most bytes that a line may have used in all: what 64 bits hold."""

Unsold = Callable[[Session, Collection[str]], set[str]]
"""Which of these ICCID keys are in stock and not sold; the billing core does not know stock."""

CONTENT = ("number", "started_at", "bytes", "country", "cumulative")
"""What two rows with one event id must have in common to be the same record."""

REASONS = {
    "conflict": ("event_id", "This event id came before with other content; the first one stands."),
    "unknown": ("iccid", "No eSIM of this store has it."),
    "unsold": ("iccid", "This eSIM is not sold yet; it cannot have usage."),
    "replaced": ("iccid", "Its eSIM had another profile by then; nobody pays for what it used."),
    "future": ("started_at", "It is more than 5 minutes in the future."),
    "early": ("started_at", "It is before the eSIM was sold."),
    "beyond": ("bytes", f"The eSIM would have used more than {MAX_TOTAL} bytes."),
}
"""The field and the reason of every verdict but `new` and `duplicate`."""


@dataclass(frozen=True, slots=True)
class Run:
    """One import: whose records, when they arrive, how late is late (decision 7)."""

    id: str
    source: str
    source_number: int
    now: datetime
    grace: timedelta
    actor: str
    unsold: Unsold | None = None


def own_verdict(now: datetime) -> pl.Expr:
    """What a row is by itself: it has its line's `number` (null for none) and `assigned_at`.

    `until` is null but for a card that was replaced then.
    """
    import polars as pl

    latest = to_micros(now + FUTURE)
    return (
        pl.when(pl.col("number").is_null())
        .then(pl.lit("unknown"))
        .when(pl.col("started_at") >= pl.col("until"))
        .then(pl.lit("replaced"))
        .when(pl.col("started_at") > latest)
        .then(pl.lit("future"))
        .when(pl.col("started_at") < pl.col("assigned_at"))
        .then(pl.lit("early"))
        .otherwise(pl.lit("new"))
    )


def fullest(rows: pl.DataFrame) -> float:
    """The most that a line would have used with all its new rows; it has `used_bytes` now."""
    most = _sums(rows).select("sum").max().item()
    return float(most or 0)


def _sums(rows: pl.DataFrame) -> pl.DataFrame:
    import polars as pl

    with_these = pl.col("bytes").cast(pl.Float64).sum() + pl.col("used_bytes").first()
    new = rows.lazy().filter(pl.col("verdict") == "new")
    return new.group_by("number").agg(sum=with_these).collect()


def judge(rows: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Rows with their final `verdict`: the first of two with one id, in the file, stands.

    `rows` have their `own_verdict` and whether their id may come twice among them (`is_twice`);
    `known` is what is stored under any of their event ids. The rows that came twice are the last.
    """
    import polars as pl

    is_known = pl.col("event_id").is_in(known.get_column("event_id").implode())
    is_twice = pl.col("is_twice") if known.is_empty() else pl.col("is_twice") | is_known
    twice = rows.filter(is_twice).sort("place")
    if twice.is_empty():
        return rows
    stored = known.select("event_id", *CONTENT, place=pl.lit(-1, pl.Int64))
    arriving = twice.filter(pl.col("verdict") == "new").select("event_id", *CONTENT, "place")
    firsts = pl.concat([stored, arriving]).unique("event_id", keep="first", maintain_order=True)
    return pl.concat([rows.filter(~is_twice), recalled(twice, firsts)])


def recalled(rows: pl.DataFrame, firsts: pl.DataFrame) -> pl.DataFrame:
    """Rows judged against the first of their event id: what comes after it is not new."""
    import polars as pl

    seen = rows.join(firsts, on="event_id", how="left", suffix="_first")
    same = pl.all_horizontal(pl.col(name).eq_missing(pl.col(f"{name}_first")) for name in CONTENT)
    is_later = pl.col("place") > pl.col("place_first")
    verdict = (
        pl.when(is_later & same)
        .then(pl.lit("duplicate"))
        .when(is_later)
        .then(pl.lit("conflict"))
        .otherwise(pl.col("verdict"))
    )
    return seen.with_columns(verdict=verdict).select(rows.columns)


def parted(judged: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The new rows, and all the others."""
    is_new = judged["verdict"] == "new"
    return judged.filter(is_new), judged.filter(~is_new)


def within_totals(rows: pl.DataFrame, totals: dict[int, int]) -> pl.DataFrame:
    """Refuse, in the order of the file, each row that its line's total could not hold.

    `totals` are the bytes that the lines in question have used, and grow by those of the rows.
    """
    import polars as pl

    refused = []
    new = rows.filter(pl.col("verdict") == "new", pl.col("number").is_in(list(totals)))
    for number, place, count in new.sort("place").select("number", "place", "bytes").rows():
        if totals[number] + count > MAX_TOTAL:
            refused.append(place)
        else:
            totals[number] += count
    beyond = pl.col("place").is_in(refused)
    return rows.with_columns(
        verdict=pl.when(beyond).then(pl.lit("beyond")).otherwise(pl.col("verdict"))
    )


def refusals(rows: pl.DataFrame, unsold: Collection[str]) -> list[RowError]:
    """An error for each judged row that is neither new nor a duplicate."""
    import polars as pl

    wrong = rows.filter(~pl.col("verdict").is_in(["new", "duplicate"]))
    return [
        RowError(row, *REASONS["unsold" if verdict == "unknown" and key in unsold else verdict])
        for row, verdict, key in wrong.select("row", "verdict", "key").rows()
    ]
