"""Lots: parts of a batch that are alike to a seller, opened together and counted as they go."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    ScalarSelect,
    Select,
    Table,
    and_,
    func,
    or_,
    select,
)
from sqlmodel import Session

from catalog.esim.tables import EsimRow
from catalog.kernel.database import is_server_session
from catalog.kernel.inserts import adding
from catalog.kernel.numbering import insert_numbered
from catalog.kernel.prepared import run
from catalog.stock.tables import OPEN, StockBatchRow, StockCountRow, StockLotRow

ESIMS: Table = EsimRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it
BATCHES: Table = StockBatchRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it
LOTS: Table = StockLotRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it
COUNTS: Table = StockCountRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it

_SLOTS = 16


@dataclass(frozen=True, slots=True)
class Lot:
    """What the profiles of a lot have in common."""

    plan_id: str | None
    operator: str
    install_by: str | None
    line_kind: str = "esim"


def new_lot(session: Session, batch_id: str, lot: Lot) -> int:
    """Add an empty, closed lot to a batch; its number."""
    row = {
        "batch_id": batch_id,
        "plan_id": lot.plan_id,
        "operator": lot.operator,
        "install_by": date.fromisoformat(lot.install_by) if lot.install_by else None,
        "line_kind": lot.line_kind,
        "is_open": False,
        "loaded": 0,
    }
    return insert_numbered(session, LOTS, row)


def count(session: Session, lots: Mapping[int | None, int], *, withdrawn: bool = False) -> None:
    """Count profiles that left the shelf of their lots (below zero: came back).

    None stands for profiles that were ordered for their buyers: they never lay on a shelf.
    """
    slot = os.getpid() % _SLOTS if is_server_session(session) else 0
    rows = [
        {"lot": lot, "slot": slot, "taken": taken, "withdrawn": taken if withdrawn else 0}
        for lot, taken in sorted((lot, taken) for lot, taken in lots.items() if lot is not None)
        if taken
    ]
    if rows:
        run(session, adding(session, COUNTS, "taken", "withdrawn"), *rows)


def count_withdrawn(session: Session, lot: int | None) -> None:
    """Count a profile that had left the shelf already and will never be sold again."""
    slot = os.getpid() % _SLOTS if is_server_session(session) else 0
    row = {"lot": lot, "slot": slot, "taken": 0, "withdrawn": 1}
    if lot is not None:
        run(session, adding(session, COUNTS, "taken", "withdrawn"), row)


def taken() -> ScalarSelect[int]:
    """How many profiles of a lot have left its shelf; for use beside `LOTS`."""
    return _sum(COUNTS.c.taken)


def withdrawn() -> ScalarSelect[int]:
    """How many profiles of a lot will never be sold; for use beside `LOTS`."""
    return _sum(COUNTS.c.withdrawn)


def _sum(column: ColumnElement[int]) -> ScalarSelect[int]:
    total = func.coalesce(func.sum(column), 0)
    return select(total).where(COUNTS.c.lot == LOTS.c.number).scalar_subquery()


def on_shelf() -> ColumnElement[int]:
    """How many profiles of a lot nobody has taken; for use beside `LOTS`."""
    return LOTS.c.loaded - taken()


def is_generic() -> ColumnElement[bool]:
    """Whether a lot serves any plan: cards and terminals are handed out by hand, eSIMs alone."""
    return and_(LOTS.c.plan_id.is_(None), LOTS.c.line_kind == "esim")


def installable(day: date | BindParameter[date]) -> ColumnElement[bool]:
    """Whether the profiles of a lot can still be installed on a day; its last one counts."""
    return or_(LOTS.c.install_by.is_(None), LOTS.c.install_by >= day)


def sellable_lots(day: date | BindParameter[date], *columns: ColumnElement[Any]) -> Select[Any]:
    """Columns of the lots from which profiles are sold on a day."""
    return select(*columns).where(OPEN, installable(day))


def lot_is_open() -> ScalarSelect[bool]:
    """Whether the lot of a profile is open, so that it is for sale; for use beside `ESIMS`."""
    return select(LOTS.c.is_open).where(LOTS.c.number == ESIMS.c.lot).scalar_subquery()


def batch_state() -> ScalarSelect[str]:
    """The state of a lot's batch; for use beside `LOTS`."""
    return select(BATCHES.c.state).where(BATCHES.c.id == LOTS.c.batch_id).scalar_subquery()
