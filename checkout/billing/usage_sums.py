"""Usage of many lines at once: sums, and which lines a sum is the whole truth for.

For all other lines each record is taken by itself, by the same rules (`prepaid`, `tariff`); that
both ways agree is tested.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from catalog.kernel.database import to_micros
from checkout.billing.tariff import Tariff

if TYPE_CHECKING:
    import polars as pl

_DAY = timedelta(days=1) // timedelta(microseconds=1)


def totals(records: pl.DataFrame) -> pl.DataFrame:
    """One row for each line: what its records come to, and from when to when they are."""
    import polars as pl

    return records.group_by("number").agg(
        pl.len().cast(pl.Int64).alias("records"),
        pl.col("bytes").sum(),
        pl.col("started_at").min().alias("first"),
        pl.col("started_at").max().alias("last"),
        pl.col("hour").min().alias("first_hour"),
        pl.col("hour").max().alias("last_hour"),
        pl.col("place").max().cast(pl.Int64).alias("last_place"),
        pl.col("cumulative").any(),
        pl.col("kind").first(),
        pl.col("validity_days").first(),
    )


def expiry() -> pl.Expr:
    """The expiry of a prepaid line after its records: its own, or the first usage's."""
    import polars as pl

    started = pl.col("first") + pl.col("validity_days") * _DAY
    return pl.coalesce("expires_at", started)


def is_plain_prepaid(now: datetime) -> pl.Expr:
    """Whether the records of a line only take their sum from what is left on it.

    They come after everything in its balance, before an expiry that is still to come, and leave
    something. First usage is no exception: it sets the clock and takes like any other.
    """
    import polars as pl

    return (
        ~pl.col("cumulative")
        & pl.col("ended_at").is_null()
        & (pl.col("rated_until").is_null() | (pl.col("first") > pl.col("rated_until")))
        & (pl.col("last") < expiry())
        & (expiry() > to_micros(now))
        & (pl.col("bytes") < pl.col("left_bytes"))
    )


def after_plain(lines: pl.DataFrame) -> pl.DataFrame:
    """The columns of plain prepaid lines as they are after their records."""
    import polars as pl

    return lines.select(
        "number",
        pl.col("served_bytes") + pl.col("bytes"),
        pl.col("left_bytes") - pl.col("bytes"),
        pl.col("used_bytes") + pl.col("bytes"),
        pl.coalesce("activated_at", "first").alias("activated_at"),
        expiry().alias("expires_at"),
        pl.col("last").alias("rated_until"),
        pl.col("last").alias("as_of"),
    )


def parts(records: pl.DataFrame, tariffs: Mapping[str, Tariff]) -> pl.DataFrame:
    """What the records of each PAYGO line cost, in the parts of its tariff, and for how much.

    `records` have the `tariff_id` of their line. `covered_bytes` is what is charged for,
    `barred_sum` what is not, and `clock` the first start that is not barred.
    """
    import polars as pl

    pairs = records.select("tariff_id", "country").unique()
    prices = [
        (tariff_id, country, tariffs[tariff_id].parts_per_byte(country), is_barred)
        for tariff_id, country in pairs.rows()
        for is_barred in [tariffs[tariff_id].is_barred(country)]
    ]
    schema = {
        "tariff_id": pl.String,
        "country": pl.String,
        "price": pl.Int128,
        "barred": pl.Boolean,
    }
    priced = records.join(
        pl.DataFrame(prices, schema=schema, orient="row"), on=["tariff_id", "country"]
    )
    free = ~pl.col("barred")
    return priced.group_by("number").agg(
        (pl.col("bytes").cast(pl.Int128) * pl.col("price")).filter(free).sum().alias("parts"),
        pl.col("bytes").filter(free).sum().alias("covered_bytes"),
        pl.col("bytes").filter(~free).sum().alias("barred_sum"),
        pl.col("started_at").filter(free).min().alias("clock"),
    )
