"""Judged rows as columns: what a profile is made of, as the drivers of both engines take it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from catalog.stock.verdicts import Profile

if TYPE_CHECKING:
    import polars as pl

_TEXTS = (
    "iccid",
    "iccid_key",
    "operator",
    "plan_id",
    "smdp_address",
    "smdp_key",
    "matching_id",
    "oid",
    "confirmation_code",
    "eid",
    "msisdn",
    "imsi",
    "pin1",
    "puk1",
    "batch_ref",
    "purchase_order",
    "cost_currency",
    "install_by",
)
_FLAGS = ("confirmation_required", "reusable")

COLUMNS = (*_TEXTS, *_FLAGS, "cost_minor")
"""The columns of a profile that come from its row; ids are hex, days ISO text."""


def frame_of(profiles: Sequence[Profile]) -> pl.DataFrame:
    """Profiles as columns, with their `line`."""
    import polars as pl

    cells = [
        (each.line, *(stored(name, each.columns[name]) for name in COLUMNS)) for each in profiles
    ]
    return pl.DataFrame(cells, schema=schema(), orient="row")


def profiles_of(frame: pl.DataFrame) -> list[Profile]:
    """The rows of a frame as single profiles; for the few that need a word of their own."""
    names = frame.columns
    rows = (dict(zip(names, row, strict=True)) for row in frame.rows())
    return [Profile(row.pop("line"), row) for row in rows]


def schema() -> dict[str, Any]:
    """The types of `line` and of `COLUMNS`."""
    import polars as pl

    texts, flags = dict.fromkeys(_TEXTS, pl.String), dict.fromkeys(_FLAGS, pl.Boolean)
    return {"line": pl.Int64, **texts, **flags, "cost_minor": pl.Int64}


def stored(name: str, value: Any) -> Any:
    """A value of a column as a frame holds it."""
    if name == "plan_id" and value:
        return value.replace("-", "")
    return value.isoformat() if isinstance(value, date) else value
