"""Reports of suppliers put to the profiles of the store: forward only, whoever tells it when."""

from __future__ import annotations

from typing import Final

from sqlmodel import Session, select

from catalog.esim.identifiers import iccid_key
from catalog.esim.profile import ProfileState, advance
from catalog.esim.tables import EsimRow
from catalog.stock.lots import count
from catalog.suppliers.reports import Report

_UNTOUCHED: Final = (ProfileState.AVAILABLE, ProfileState.RELEASED, ProfileState.UNKNOWN)


def apply_report(session: Session, report: Report) -> bool:
    """Take a report; says whether it changed the profile. Late, double and unknown ones do not.

    A profile that is loaded before it was sold leaves the shelf: its code is worth nothing.
    """
    if report.state is None or not report.iccid:
        return False
    statement = select(EsimRow).where(EsimRow.iccid_key == iccid_key(report.iccid))
    row = session.exec(statement.with_for_update()).first()
    if row is None:
        return False
    before = ProfileState(row.profile_state)
    after = advance(before, report.state)
    if after is before:
        return False
    row.profile_state = after.value
    if row.stock_state == "available" and after not in _UNTOUCHED:
        row.stock_state, row.note = "withdrawn", "reported as loaded before it was sold"
        count(session, {row.lot: 1}, withdrawn=True)
    session.add(row)
    session.flush()
    return True
