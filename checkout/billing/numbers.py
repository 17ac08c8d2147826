"""By which card usage knows a line: told later, or another card from some instant on."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Table, insert, select, update
from sqlmodel import Session

from catalog.esim.identifiers import iccid_key
from checkout.billing.line_rows import LINES
from checkout.billing.number_tables import FormerNumberRow

FORMER: Table = FormerNumberRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it


def identify_line(session: Session, line_id: str, iccid: str) -> None:
    """Tell the ICCID of a line that was opened without: its usage is matched from now on."""
    line = update(LINES).where(LINES.c.id == line_id)
    session.execute(line.values(iccid_key=iccid_key(iccid)))


def renumber_line(session: Session, line_id: str, iccid: str, now: datetime) -> None:
    """Give a locked line another card; usage of the old one before `now` stays the line's.

    Nothing else of the line changes: its balance, its clock, its money and its history go on.
    """
    mine = LINES.c.id == line_id
    old = session.execute(select(LINES.c.iccid_key).where(mine)).scalar_one()
    if old is not None:
        row = {"iccid_key": old, "line_id": line_id, "until": now}
        session.execute(insert(FORMER), [row])
    key = iccid_key(iccid) if iccid else None
    session.execute(update(LINES).where(mine).values(iccid_key=key))
