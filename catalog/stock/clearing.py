"""Taking back what is unsold of batches that no longer stand, in slices that delay no sale.

Whatever stops it half way, the next call goes on: what is left to do shows in the counts.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Engine, Select, Table, delete, exists, or_, select, update
from sqlmodel import Session

from catalog.esim.tables import AVAILABLE, EsimRow
from catalog.kernel.database import snapshot, transact
from catalog.stock.lots import BATCHES, COUNTS, ESIMS, LOTS, count, on_shelf
from catalog.stock.tables import StockErrorRow

SLICE = 5_000
"""Most rows that one transaction removes."""

_ERRORS: Table = StockErrorRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it
_FALLEN = BATCHES.c.state.in_(("rejected", "rolled_back", "discarded"))


def clear(engine: Engine, batch_id: str | None = None) -> None:
    """Remove what is unsold of a batch, or of all, that was rejected, rolled back or given up.

    Profiles that are reserved, sold, or named by an order are kept. A batch that was given up
    goes as a whole, with its refused rows.
    """
    with snapshot(engine) as session:  # mostly there is nothing to do, and no till should wait
        given_up = session.execute(_given_up(batch_id)).first()
        if given_up is None and is_clear(session, batch_id):
            return
    while transact(engine, lambda session: _clear_slice(session, batch_id)):
        pass
    while transact(engine, lambda session: _forget_slice(session, batch_id)):
        pass


def is_clear(session: Session, batch_id: str | None) -> bool:
    """Whether nothing is left to remove of a batch that no longer stands."""
    return session.execute(_left(batch_id)).first() is None


def _left(batch_id: str | None) -> Select[Any]:
    """The first lot, with its batch, of which something is to be removed."""
    lots = select(LOTS.c.number, LOTS.c.batch_id).join(BATCHES, BATCHES.c.id == LOTS.c.batch_id)
    left = _of(lots.where(_FALLEN, on_shelf() > 0), batch_id)
    return left.order_by(LOTS.c.number).limit(1)


def _clear_slice(session: Session, batch_id: str | None) -> int:
    """Remove a slice of one lot; how many profiles it had."""
    found = session.execute(_left(batch_id)).first()
    if found is None:
        return 0
    lot, batch_id = found
    shelf = select(ESIMS.c.id).where(ESIMS.c.lot == lot, AVAILABLE)
    some, named = ESIMS.c.id.in_(shelf.order_by(ESIMS.c.id).limit(SLICE)), or_(*_named_elsewhere())
    closed = update(ESIMS).where(some, named).values(stock_state="withdrawn")
    withdrawn = len(session.execute(closed.returning(ESIMS.c.id)).all())
    gone = len(session.execute(delete(ESIMS).where(some, ~named).returning(ESIMS.c.id)).all())
    count(session, {lot: withdrawn}, withdrawn=True)
    fewer = update(LOTS).where(LOTS.c.number == lot).values(loaded=LOTS.c.loaded - gone)
    session.execute(fewer)
    removed = update(BATCHES).where(BATCHES.c.id == batch_id)
    session.execute(removed.values(removed=BATCHES.c.removed + gone))
    return withdrawn + gone


def _forget_slice(session: Session, batch_id: str | None) -> int:
    """Remove a slice of the refused rows of a batch that was given up, and then the batch."""
    batch = session.execute(_given_up(batch_id)).scalar()
    if batch is None:
        return 0
    mine = _ERRORS.c.batch_id == batch
    some = select(_ERRORS.c.line).where(mine).order_by(_ERRORS.c.line).limit(SLICE)
    gone = session.execute(
        delete(_ERRORS).where(mine, _ERRORS.c.line.in_(some)).returning(_ERRORS.c.line)
    )
    if not gone.all():
        lots = select(LOTS.c.number).where(LOTS.c.batch_id == batch)
        session.execute(delete(COUNTS).where(COUNTS.c.lot.in_(lots)))
        session.execute(delete(LOTS).where(LOTS.c.batch_id == batch))
        session.execute(delete(BATCHES).where(BATCHES.c.id == batch))
    return 1


def _given_up(batch_id: str | None) -> Select[Any]:
    return _of(select(BATCHES.c.id).where(BATCHES.c.state == "discarded"), batch_id).limit(1)


def _of(statement: Select[Any], batch_id: str | None) -> Select[Any]:
    return statement.where(BATCHES.c.id == batch_id) if batch_id else statement


def _named_elsewhere() -> list[ColumnElement[bool]]:
    """Whether a row of any other table points at the profile: those rooms are above this one."""
    return [
        exists().where(column == ESIMS.c.id)
        for table in EsimRow.metadata.sorted_tables
        for column in table.columns
        if column.references(ESIMS.c.id)
    ]
