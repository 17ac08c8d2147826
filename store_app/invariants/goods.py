"""eSIMs, orders and lines: one profile, one owner; what is paid is delivered."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, cast, exists, func, literal, or_, select
from sqlmodel import Session

from catalog.esim.tables import EsimRow
from checkout.billing.line_rows import read_line
from checkout.billing.lines import describe
from checkout.billing.tables import LineRow
from checkout.orders.tables import OrderRow
from checkout.payments.tables import PaymentAttemptRow, RefundRow
from store_app.invariants.rule import Rule, named, rows_of, table_of

ORDERS = table_of(OrderRow)
ESIMS = table_of(EsimRow)
LINES = table_of(LineRow)
ATTEMPTS = table_of(PaymentAttemptRow)
REFUNDS = table_of(RefundRow)

_ESIM: ColumnElement[Any] = func.coalesce(func.nullif(ESIMS.c.iccid, ""), cast(ESIMS.c.id, String))
"""The name of an eSIM; one that is known by its code alone has only its id."""
_PURCHASE = ORDERS.c.kind == "esim_purchase"
_PAID = ORDERS.c.state.in_(("paid", "delivered", "refunded"))


def _sold_profiles() -> Select[Any]:
    its_order = exists().where(
        ORDERS.c.id == ESIMS.c.order_id,
        ORDERS.c.esim_id == ESIMS.c.id,
        _PURCHASE,
        ORDERS.c.state == "delivered",
    )
    any_order = exists().where(ORDERS.c.esim_id == ESIMS.c.id, _PURCHASE, _PAID)
    assigned = and_(ESIMS.c.order_id.is_(None), ~any_order)
    return select(literal("eSIM"), _ESIM).where(
        ESIMS.c.stock_state == "sold",
        or_(
            ~or_(its_order, assigned),
            ~exists().where(LINES.c.id == ESIMS.c.id),
            ESIMS.c.company_id.is_(None),
        ),
    )


def _owners() -> Select[Any]:
    return (
        select(literal("eSIM"), _ESIM)
        .join(ORDERS, ORDERS.c.esim_id == ESIMS.c.id)
        .where(_PURCHASE, _PAID)
        .group_by(ESIMS.c.id, ESIMS.c.iccid)
        .having(func.count() > 1)
    )


def _purchases() -> Select[Any]:
    its_profile = exists().where(
        ESIMS.c.id == ORDERS.c.esim_id,
        ESIMS.c.order_id == ORDERS.c.id,
        ESIMS.c.stock_state == "sold",
    )
    its_line = exists().where(LINES.c.id == ORDERS.c.esim_id)
    return select(literal("order"), ORDERS.c.reference).where(
        _PURCHASE, ORDERS.c.state == "delivered", or_(~its_profile, ~its_line)
    )


def _paid_orders() -> Select[Any]:
    """Money without goods that is not given back, or goods without their money."""
    paid = exists().where(
        ATTEMPTS.c.order_id == ORDERS.c.id,
        ATTEMPTS.c.state == "succeeded",
        ATTEMPTS.c.amount_minor == ORDERS.c.total_minor,
    )
    kept = exists().where(
        ATTEMPTS.c.order_id == ORDERS.c.id,
        ATTEMPTS.c.state == "succeeded",
        ATTEMPTS.c.refunded_minor < ATTEMPTS.c.amount_minor,
    )
    waits = ORDERS.c.state.in_(("placed", "cancelled"))
    return select(literal("order"), ORDERS.c.reference).where(
        or_(and_(waits, kept), and_(_PAID, ~paid))
    )


def _reservations() -> Select[Any]:
    its_order = exists().where(ORDERS.c.id == ESIMS.c.order_id, ORDERS.c.state == "placed")
    return select(literal("eSIM"), _ESIM).where(
        ESIMS.c.stock_state == "reserved",
        or_(ESIMS.c.reserved_until.is_(None), ~its_order),
    )


def _refunds() -> Select[Any]:
    given = (
        select(func.coalesce(func.sum(REFUNDS.c.amount_minor), 0))
        .where(REFUNDS.c.order_id == ORDERS.c.id, REFUNDS.c.state != "failed")
        .scalar_subquery()
    )
    return select(literal("order"), ORDERS.c.reference).where(
        or_(given > ORDERS.c.total_minor, given != ORDERS.c.refunded_minor)
    )


def _over(session: Session, now: datetime) -> Iterator[str]:
    """Lines that are over and would still give data away at `now`."""
    over = or_(LINES.c.expires_at <= now, LINES.c.ended_at.is_not(None))
    statement = select(LINES).where(over, LINES.c.left_bytes > 0)
    for row in rows_of(session, statement):
        line = read_line(row._mapping)  # noqa: SLF001 - SQLAlchemy's documented accessor
        if describe(line, now).left_bytes:
            yield f"line {row.iccid_key or row.id}"


RULES = (
    Rule(
        "each sold eSIM has its order or was assigned, one owner and one line",
        named(_sold_profiles),
    ),
    Rule("no eSIM is sold twice", named(_owners)),
    Rule("each delivered purchase has its eSIM and its line", named(_purchases)),
    Rule("each paid order is delivered, queued or refunded", named(_paid_orders)),
    Rule("each reservation has a deadline and an open order", named(_reservations)),
    Rule("no refund is above what was paid", named(_refunds)),
    Rule("a line that is over has no data to spend", _over),
)
