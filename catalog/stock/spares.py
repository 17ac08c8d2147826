"""Free profiles that are set aside for a change of a sold eSIM, and come back when it fails."""

from __future__ import annotations

from sqlmodel import Session

from catalog.esim.tables import EsimRow
from catalog.kernel.errors import Refused
from catalog.stock.lots import count
from catalog.stock.tables import StockLotRow


def take_spare(session: Session, esim: EsimRow) -> None:
    """Take a locked profile off its shelf; `Refused` when it is not free."""
    lot = session.get(StockLotRow, esim.lot) if esim.lot is not None else None
    if esim.stock_state != "available" or lot is None or not lot.is_open:
        raise Refused(
            "The other card is not free in stock; nothing has changed. Choose another one.",
            code="not_free",
            field="to",
        )
    _put(session, esim, "withdrawn")
    count(session, {esim.lot: 1}, withdrawn=True)


def give_back_spare(session: Session, esim: EsimRow) -> None:
    """Put a locked profile back on its shelf, unless its batch was taken back meanwhile."""
    lot = session.get_one(StockLotRow, esim.lot, populate_existing=True)
    if lot.is_open:
        _put(session, esim, "available")
        count(session, {esim.lot: -1}, withdrawn=True)


def use_spare(session: Session, lot: int | None) -> None:
    """The profile of a lot that was set aside is somebody's now."""
    count(session, {lot: -1}, withdrawn=True)
    count(session, {lot: 1})


def _put(session: Session, esim: EsimRow, state: str) -> None:
    esim.stock_state = state
    session.add(esim)
    session.flush()
