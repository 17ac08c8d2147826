"""Refunds of what is no sale: refills are off their lines, money is out of where it went."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, exists, func, literal, or_, select
from sqlmodel import Session
from sqlmodel import select as select_rows

from checkout.billing.ledger import owed_to_customers
from checkout.billing.tables import GrantRow, LineRow, PostingRow
from checkout.orders.on_invoice import METHOD
from checkout.orders.set_aside import SET_ASIDE, came_in_minor
from checkout.orders.tables import OrderRow
from checkout.payments.tables import RefundRow
from store_app.invariants.rule import Rule, named, rows_of, table_of

ORDERS = table_of(OrderRow)
REFUNDS = table_of(RefundRow)
GRANTS = table_of(GrantRow)
LINES = table_of(LineRow)
POSTINGS = table_of(PostingRow)

_IS_REFILL = ORDERS.c.kind == "esim_refill"
_UNDER_WAY = ("pending", "checking")


def _refills() -> Select[Any]:
    """Refills without what they gave, given back with it, or taken back without their money."""
    grant = GRANTS.c.id == ORDERS.c.id
    given = exists().where(grant, GRANTS.c.line_id == ORDERS.c.esim_id)
    gone = exists().where(grant, GRANTS.c.taken_back_at.is_not(None))
    ended = exists().where(LINES.c.id == ORDERS.c.esim_id, LINES.c.ended_at.is_not(None))
    is_back = ORDERS.c.state == "refunded"
    return select(literal("order"), ORDERS.c.reference).where(
        _IS_REFILL,
        or_(
            and_(ORDERS.c.delivered_at.is_not(None), ~given),
            and_(is_back, given, ~gone, ~ended),
            and_(~is_back, gone),
        ),
    )


def _sums(session: Session, *states: str) -> Counter[str]:
    """What was set aside for the refunds in these states, by order."""
    total = func.sum(REFUNDS.c.set_aside_minor)
    mine = select(REFUNDS.c.order_id, total).where(REFUNDS.c.state.in_(states))
    rows = rows_of(session, mine.group_by(REFUNDS.c.order_id))
    return Counter({order_id: int(amount) for order_id, amount in rows})


def _on_their_way(session: Session, now: datetime) -> Iterator[str]:
    """Orders for which other money is owed than their refunds under way have set aside."""
    del now
    waiting = _sums(session, *_UNDER_WAY)
    owed: Counter[str] = Counter()
    for side, sign in (("credit_id", 1), ("debit_id", -1)):
        statement = (
            select(ORDERS.c.id, POSTINGS.c[side], POSTINGS.c.unit, func.sum(POSTINGS.c.amount))
            .join(POSTINGS, POSTINGS.c.source == ORDERS.c.reference)
            .where(ORDERS.c.kind.in_(SET_ASIDE), ORDERS.c.method != METHOD)
            .group_by(ORDERS.c.id, POSTINGS.c[side], POSTINGS.c.unit)
        )
        for order_id, account, unit, amount in rows_of(session, statement):
            if account == owed_to_customers(unit).id:
                owed[order_id] += sign * int(amount)
    names = select(ORDERS.c.id, ORDERS.c.reference).where(ORDERS.c.kind.in_(SET_ASIDE))
    for order_id, reference in rows_of(session, names):
        if owed[order_id] != waiting[order_id]:
            yield f"order {reference}"


def _shares(session: Session, now: datetime) -> Iterator[str]:
    """Top-ups and payments of which another part left than belongs to what went back.

    Each refund that failed may leave the others a minor unit apart.
    """
    del now
    given = _sums(session, *_UNDER_WAY, "succeeded")
    failed = Counter(
        order_id
        for (order_id,) in rows_of(
            session, select(REFUNDS.c.order_id).where(REFUNDS.c.state == "failed")
        )
    )
    touched = select_rows(OrderRow).where(ORDERS.c.kind.in_(SET_ASIDE), ORDERS.c.refunded_minor > 0)
    for order in session.exec(touched):
        expected = came_in_minor(order, order.refunded_minor)
        if abs(given[order.id] - expected) > failed[order.id]:
            yield f"order {order.reference}"


def _payments() -> Select[Any]:
    """Payments at a provider of which more went back than they brought."""
    counts = and_(REFUNDS.c.payment_ref != "", REFUNDS.c.state != "failed")
    return (
        select(literal("payment"), REFUNDS.c.payment_ref)
        .where(counts)
        .group_by(REFUNDS.c.payment_ref)
        .having(func.sum(REFUNDS.c.amount_minor) > func.min(REFUNDS.c.payment_minor))
    )


RULES = (
    Rule("each refill has its data, and none once it is given back", named(_refills)),
    Rule("what is on its way back is owed until it is there", _on_their_way),
    Rule("of each payment no more goes back than it brought", named(_payments)),
    Rule("what left a wallet or a credit is the share of what went back", _shares),
)
