"""Profiles ordered live: every paid one is on its way, handed over, or given back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, cast, exists, func, literal, or_, select
from sqlmodel import Session

from catalog.esim.identifiers import iccid_key
from catalog.esim.tables import EsimRow
from catalog.suppliers.tables import DownloadOrderRow
from checkout.orders.replacement_tables import LiveReplacementRow, ReplacementRow
from checkout.orders.tables import OrderRow
from checkout.payments.tables import RefundRow
from store_app.invariants.rule import Rule, named, rows_of, table_of

DOWNLOADS = table_of(DownloadOrderRow)
ORDERS = table_of(OrderRow)
ESIMS = table_of(EsimRow)
REFUNDS = table_of(RefundRow)
REPLACEMENTS = table_of(ReplacementRow)
LIVE = table_of(LiveReplacementRow)

_NAME: ColumnElement[Any] = func.coalesce(func.nullif(ESIMS.c.iccid, ""), cast(ESIMS.c.id, String))


def _paid() -> Select[Any]:
    """Paid orders without a profile on its way; refunded or unpaid ones that still wait for one.

    What was on invoice may be paid before there is a profile of any kind.
    """
    on_its_way = exists().where(DOWNLOADS.c.order_id == ORDERS.c.id)
    going_back = exists().where(REFUNDS.c.order_id == ORDERS.c.id, REFUNDS.c.state != "failed")
    handed_over = exists().where(
        DOWNLOADS.c.order_id == ORDERS.c.id, DOWNLOADS.c.state == "delivered"
    )
    kept = exists().where(DOWNLOADS.c.order_id == ORDERS.c.id, ~DOWNLOADS.c.given_up)
    return select(literal("order"), ORDERS.c.reference).where(
        or_(
            and_(ORDERS.c.state == "paid", ORDERS.c.method != "invoice", ~on_its_way),
            and_(ORDERS.c.state == "paid", handed_over),
            and_(ORDERS.c.state == "paid", going_back, kept),
            and_(ORDERS.c.state == "refunded", ~handed_over, on_its_way, kept),
            and_(ORDERS.c.state.in_(("placed", "cancelled")), on_its_way),
        )
    )


def _handed_over() -> Select[Any]:
    """Profiles said to be handed over without an eSIM of that number and code for that order."""
    replaced = exists().where(REPLACEMENTS.c.former_id == ESIMS.c.id)
    replacing = exists().where(
        REPLACEMENTS.c.id == DOWNLOADS.c.order_id, REPLACEMENTS.c.esim_id == ESIMS.c.id
    )
    its_esim = exists().where(
        or_(ESIMS.c.order_id == DOWNLOADS.c.order_id, replaced, replacing),
        ESIMS.c.iccid == DOWNLOADS.c.iccid,
        ESIMS.c.matching_id == DOWNLOADS.c.matching_id,
        ESIMS.c.lot.is_(None),
    )
    delivered = exists().where(
        ORDERS.c.id == DOWNLOADS.c.order_id, ORDERS.c.state.in_(("delivered", "refunded"))
    )
    exchanged = exists().where(LIVE.c.id == DOWNLOADS.c.order_id, LIVE.c.state == "done")
    return select(literal("download"), DOWNLOADS.c.reference).where(
        DOWNLOADS.c.state == "delivered", or_(~its_esim, and_(~delivered, ~exchanged))
    )


def _for_nobody() -> Select[Any]:
    """Profiles ordered neither for an order nor for a replacement, or for both."""
    ordered = exists().where(ORDERS.c.id == DOWNLOADS.c.order_id)
    replacing = exists().where(LIVE.c.id == DOWNLOADS.c.order_id)
    return select(literal("download"), DOWNLOADS.c.reference).where(
        or_(and_(~ordered, ~replacing), and_(ordered, replacing))
    )


def _replacements() -> Select[Any]:
    """Replacements that say something else than what was ordered and exchanged for them."""
    mine = DOWNLOADS.c.order_id == LIVE.c.id
    exchanged = exists().where(
        REPLACEMENTS.c.id == LIVE.c.id, REPLACEMENTS.c.esim_id == LIVE.c.esim_id
    )
    given_up = exists().where(mine, DOWNLOADS.c.given_up, DOWNLOADS.c.state != "delivered")
    delivered = exists().where(mine, ~DOWNLOADS.c.given_up, DOWNLOADS.c.state == "delivered")
    under_way = exists().where(mine, ~DOWNLOADS.c.given_up, DOWNLOADS.c.state != "delivered")
    fits = (
        and_(LIVE.c.state == "ordered", under_way, ~exchanged),
        and_(LIVE.c.state == "done", delivered, exchanged),
        and_(LIVE.c.state == "given_up", given_up, ~exchanged),
    )
    return select(literal("replacement"), LIVE.c.id).where(~or_(*fits))


def _from_nowhere() -> Select[Any]:
    """ESIMs that were neither uploaded nor ordered."""
    ordered = exists().where(DOWNLOADS.c.iccid == ESIMS.c.iccid, DOWNLOADS.c.state == "delivered")
    return select(literal("eSIM"), _NAME).where(ESIMS.c.lot.is_(None), ~ordered)


def _calls(session: Session, now: datetime) -> Iterator[str]:
    """Profiles ordered twice, or whose number or call is not among the calls that were made."""
    del now
    columns = ("reference", "state", "iccid", "iccid_key", "call_id", "calls")
    used: set[str] = set()
    for row in rows_of(session, select(*(DOWNLOADS.c[name] for name in columns))):
        made = [str(call.get("call")) for call in row.calls]
        number = iccid_key(row.iccid) if row.iccid else None
        if (
            (row.call_id or None) != (made[-1] if made else None)
            or row.iccid_key not in (None, number)
            or (row.iccid_key is None and row.iccid and row.state != "unknown")
            or len(set(made)) != len(made)
            or not used.isdisjoint(made)
        ):
            yield f"download {row.reference}"
        used.update(made)


RULES = (
    Rule("each paid order has its profile on its way", named(_paid)),
    Rule("each profile that was ordered and handed over is its buyer's", named(_handed_over)),
    Rule("each profile was ordered for a sale or a replacement", named(_for_nobody)),
    Rule("each replacement ordered live is done, on its way or given up", named(_replacements)),
    Rule("each eSIM was uploaded or ordered", named(_from_nowhere)),
    Rule("each call to a supplier was written down before it was made", _calls),
)
