"""Profiles: keys that fit what they are the keys of, batches that hold what they say."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, literal, or_, select
from sqlmodel import Session

from catalog.esim.identifiers import iccid_key
from catalog.esim.tables import EsimRow
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
    """Standing batches that took in more or fewer profiles than there are."""
    count = select(func.count()).where(ESIMS.c.batch_id == BATCHES.c.id).scalar_subquery()
    standing = BATCHES.c.state.in_(("loading", "pending", "approved"))
    return select(literal("batch"), BATCHES.c.reference).where(
        or_(
            and_(standing, BATCHES.c.accepted != count),
            BATCHES.c.accepted < count,
            BATCHES.c.duplicates > BATCHES.c.rejected,
        )
    )


def _states() -> Select[Any]:
    """Batches with a profile that is sellable before, or waits after, their decision."""
    return select(literal("batch"), BATCHES.c.reference).where(
        or_(
            and_(
                BATCHES.c.state.in_(("loading", "pending")), _has(ESIMS.c.stock_state != "pending")
            ),
            and_(BATCHES.c.state == "approved", _has(ESIMS.c.stock_state == "pending")),
            and_(
                BATCHES.c.state.in_(("rejected", "rolled_back")),
                _has(ESIMS.c.stock_state.in_(("pending", "available"))),
            ),
        )
    )


def _has(state: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(ESIMS.c.batch_id == BATCHES.c.id, state)


RULES = (
    Rule("each profile is found by its number and its code", _keys),
    Rule("each line is found by the number of its eSIM", named(_lines)),
    Rule("each batch has the profiles that it counts", named(_counts)),
    Rule("each profile waits or is for sale as its batch was decided", named(_states)),
)
