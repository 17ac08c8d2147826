"""Gap-free numbers: taken in the same transaction as the document that bears them."""

from __future__ import annotations

from sqlmodel import Session

from catalog.kernel.database import insert_new
from catalog.kernel.tables import NumberSeriesRow


def next_number(session: Session, series: str) -> int:
    """The next number of a series; a rolled-back transaction gives it back."""
    table = NumberSeriesRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it
    insert_new(session, table, [{"name": series, "last": 0}], "name")
    row = session.get_one(NumberSeriesRow, series, with_for_update=True, populate_existing=True)
    row.last += 1
    session.add(row)
    session.flush()
    return row.last
