"""Money and bytes: balances are their replay, both sides of a posting exist, limits hold."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Select,
    String,
    case,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    union_all,
)

from checkout.billing.ledger import BYTE
from checkout.billing.tables import LedgerAccountRow, LineRow, PostingRow
from checkout.billing.usage_postings import STEPS
from checkout.orders.tables import OrderRow
from checkout.payments.tables import PaymentAttemptRow
from store_app.invariants.rule import Rule, named, table_of

ORDERS = table_of(OrderRow)
ATTEMPTS = table_of(PaymentAttemptRow)
LINES = table_of(LineRow)
ACCOUNTS = table_of(LedgerAccountRow)
POSTINGS = table_of(PostingRow)


def _replayed() -> CTE:
    """Debits less credits of every account, from the postings alone."""
    served = case((STEPS.c.from_line, STEPS.c.served_bytes), else_=0)
    sides = union_all(
        select(POSTINGS.c.debit_id.label("id"), POSTINGS.c.amount.label("amount")),
        select(POSTINGS.c.credit_id.label("id"), (-POSTINGS.c.amount).label("amount")),
        select(LINES.c.id, served).join(STEPS, STEPS.c.line == LINES.c.number),
    ).subquery()
    return select(sides.c.id, func.sum(sides.c.amount).label("net")).group_by(sides.c.id).cte()


def _accounts() -> Select[Any]:
    replay = _replayed()
    net = func.coalesce(replay.c.net, 0)
    balance = case((ACCOUNTS.c.normal_side == "debit", net), else_=-net)
    return (
        select(ACCOUNTS.c.kind, ACCOUNTS.c.owner, ACCOUNTS.c.unit)
        .join(replay, replay.c.id == ACCOUNTS.c.id, isouter=True)
        .where(ACCOUNTS.c.tracked, ACCOUNTS.c.balance != balance)
    )


def _lines() -> Select[Any]:
    replay = _replayed()
    name: ColumnElement[Any] = func.coalesce(LINES.c.iccid_key, cast(LINES.c.id, String))
    return (
        select(literal("line"), name)
        .join(replay, replay.c.id == LINES.c.id, isouter=True)
        .where(LINES.c.left_bytes != -func.coalesce(replay.c.net, 0))
    )


def _sides() -> Select[Any]:
    return select(literal("posting"), POSTINGS.c.id).where(
        or_(
            POSTINGS.c.amount <= 0,
            POSTINGS.c.debit_id == POSTINGS.c.credit_id,
            ~_is_account(POSTINGS.c.debit_id),
            ~_is_account(POSTINGS.c.credit_id),
        )
    )


def _is_account(side: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether that side of the posting is an account, or a line, of the posting's unit."""
    account = exists().where(ACCOUNTS.c.id == side, ACCOUNTS.c.unit == POSTINGS.c.unit)
    is_line = exists().where(LINES.c.id == side, POSTINGS.c.unit == BYTE)
    return or_(account, is_line)


def _drawers() -> Select[Any]:
    return select(ACCOUNTS.c.kind, ACCOUNTS.c.owner).where(
        ACCOUNTS.c.kind == "drawer", ACCOUNTS.c.balance < 0
    )


def _orders() -> Select[Any]:
    """Delivered orders whose sale is not in the ledger with exactly the order's total."""
    posted = (
        select(func.coalesce(func.sum(POSTINGS.c.amount), 0))
        .where(POSTINGS.c.subject_id == ORDERS.c.id, POSTINGS.c.kind == ORDERS.c.kind)
        .scalar_subquery()
    )
    return select(literal("order"), ORDERS.c.reference).where(
        ORDERS.c.state.in_(("paid", "delivered", "refunded")),
        ORDERS.c.method != "invoice",  # posted with its invoice
        ORDERS.c.total_minor != cast(posted, BigInteger),
    )


def _stranded() -> Select[Any]:
    """Card money without goods that the ledger does not owe, or owes after it went back."""
    sign = case((POSTINGS.c.kind == "payment_stranded", 1), else_=-1)
    owed = (
        select(func.coalesce(func.sum(sign * POSTINGS.c.amount), 0))
        .where(
            POSTINGS.c.subject_id == ATTEMPTS.c.id,
            POSTINGS.c.kind.in_(("payment_stranded", "payment_returned")),
        )
        .scalar_subquery()
    )
    due = case((ATTEMPTS.c.state == "stranded", ATTEMPTS.c.received_minor), else_=0)
    return (
        select(literal("order"), ORDERS.c.reference)
        .join(ATTEMPTS, ATTEMPTS.c.order_id == ORDERS.c.id)
        .where(due != cast(owed, BigInteger))
    )


RULES = (
    Rule("the balance of each account is the sum of its postings", named(_accounts)),
    Rule("the data left on each line is the sum of its postings", named(_lines)),
    Rule("each posting moves an amount between two accounts of its unit", named(_sides)),
    Rule("no drawer is below zero", named(_drawers)),
    Rule("each paid order is in the ledger with its total", named(_orders)),
    Rule("card money without goods is owed to its customer in the ledger", named(_stranded)),
)
