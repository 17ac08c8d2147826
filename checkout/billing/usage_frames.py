"""Rows of the database as columns: integers and text, with instants as microseconds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, ColumnElement, Select, String, Uuid, cast, type_coerce
from sqlmodel import Session

from catalog.kernel.bulk_reads import among, csv_of
from catalog.kernel.database import Instant

if TYPE_CHECKING:
    import polars as pl

Schema = Mapping[str, Any]
"""Names of columns with their polars types."""

_KEYS = 50_000  # that one question names


def raw(column: Any) -> ColumnElement[Any]:
    """A column as the database holds it: an instant is a number, an id is text of its own."""
    if isinstance(column.type, Instant):
        return type_coerce(column, BigInteger)
    return cast(column, String) if isinstance(column.type, Uuid) else column


def frame(rows: Iterable[Sequence[Any]], schema: Schema) -> pl.DataFrame:
    """Rows as columns."""
    import polars as pl

    return pl.DataFrame(list(rows), schema=schema, orient="row")


def read_frame(
    session: Session,
    statement: Select[Any],
    schema: Schema,
    key: ColumnElement[Any],
    keys: pl.Series,
) -> pl.DataFrame:
    """The rows of a statement whose key is one of these, in any order."""
    import polars as pl

    some = keys.sort().to_frame().iter_slices(_KEYS)
    parts = [statement.where(among(session, key, part.to_series())) for part in some]
    text = b"\n".join(filter(None, (csv_of(session, part).rstrip(b"\n") for part in parts)))
    if not text:
        return frame((), schema)
    return pl.read_csv(text, has_header=False, schema=schema)
