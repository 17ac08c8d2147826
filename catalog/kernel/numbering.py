"""Gap-free numbers: taken in the same transaction as the document that bears them."""

from __future__ import annotations

from sqlalchemy import Table
from sqlmodel import Session

from catalog.kernel.database import adding
from catalog.kernel.tables import NumberSeriesRow

_SERIES: Table = NumberSeriesRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it


def next_number(session: Session, series: str) -> int:
    """The next number of a series; a rolled-back transaction gives it back."""
    statement = adding(session, _SERIES, "last").returning(_SERIES.c.last)
    return int(session.execute(statement, {"name": series, "last": 1}).scalar_one())
