"""Profiles: keys that fit what they are the keys of, batches that hold what they say."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, case, exists, func, literal, or_, select
from sqlmodel import Session

from catalog.esim.identifiers import iccid_key
from catalog.esim.tables import EsimRow
from catalog.stock.lots import LOTS, taken, withdrawn
from catalog.stock.tables import StockBatchRow
from checkout.billing.tables import LineRow
from store_app.invariants.rule import Rule, named, rows_of, table_of

ESIMS = table_of(EsimRow)
LINES = table_of(LineRow)
BATCHES = table_of(StockBatchRow)


def _keys(session: Session, now: datetime) -> Iterator[str]:
    """Profiles that nobody would find by their number or their code."""
    del now
    columns = ("id", "iccid", "iccid_key", "smdp_address", "smdp_key")
    for row in rows_of(session, select(*(ESIMS.c[name] for name in columns))):
        number = iccid_key(row.iccid) if row.iccid else None
        if row.iccid_key != number or row.smdp_key != row.smdp_address.lower():
            yield f"eSIM {row.iccid or row.id}"


def _lines() -> Select[Any]:
    """Lines whose usage would be looked for under another number than their eSIM's."""
    return (
        select(literal("eSIM"), ESIMS.c.id)
        .join(LINES, LINES.c.id == ESIMS.c.id)
        .where(LINES.c.iccid_key.is_distinct_from(ESIMS.c.iccid_key))
    )


def _counts() -> Select[Any]:
    """Batches whose lots do not come to what was accepted and not removed since."""
    loaded = select(func.coalesce(func.sum(LOTS.c.loaded), 0)).where(
        LOTS.c.batch_id == BATCHES.c.id
    )
    left = BATCHES.c.accepted - BATCHES.c.removed
    return select(literal("batch"), BATCHES.c.reference).where(
        or_(left != loaded.scalar_subquery(), BATCHES.c.duplicates > BATCHES.c.rejected)
    )


def _lots(session: Session, now: datetime) -> Iterator[str]:
    """Lots whose counts are not those of their profiles, and profiles without a lot."""
    del now
    states = (func.count(), _count(_left_shelf()), _count(ESIMS.c.stock_state == "withdrawn"))
    by_lot = select(ESIMS.c.lot, *states).where(ESIMS.c.lot.is_not(None)).group_by(ESIMS.c.lot)
    found = {row[0]: tuple(row[1:]) for row in rows_of(session, by_lot)}
    counted = select(LOTS.c.number, LOTS.c.loaded, taken(), withdrawn())
    told = {row[0]: tuple(row[1:]) for row in rows_of(session, counted)}
    for lot in sorted(found.keys() | told.keys()):
        if found.get(lot, (0, 0, 0)) != told.get(lot):
            yield f"lot {lot}"


def _count(state: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((state, 1), else_=0))


def _left_shelf() -> ColumnElement[bool]:
    """Whether a profile has left the shelf."""
    return ESIMS.c.stock_state != "available"


def _states() -> Select[Any]:
    """Batches with profiles for sale before their approval, or after they were taken back."""
    mine = LOTS.c.batch_id == BATCHES.c.id
    approved = BATCHES.c.state == "approved"
    shut = exists().where(mine, LOTS.c.is_open != approved)
    waits = BATCHES.c.state.in_(("loading", "pending"))
    sold_early = exists().where(mine, waits, taken() > withdrawn())
    return select(literal("batch"), BATCHES.c.reference).where(or_(shut, sold_early))


RULES = (
    Rule("each profile is found by its number and its code", _keys),
    Rule("each line is found by the number of its eSIM", named(_lines)),
    Rule("each batch has the profiles that it counts", named(_counts)),
    Rule("each lot has the profiles that it counts", _lots),
    Rule("each profile waits or is for sale as its batch was decided", named(_states)),
)
