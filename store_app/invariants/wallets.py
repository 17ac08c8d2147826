"""Wallets: limits that were kept, and holds that are what their orders and the ledger say."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Select, case, cast, exists, func, literal, select
from sqlmodel import Session

from checkout.billing.tables import HoldRow, LedgerAccountRow, PostingRow, WalletRow
from checkout.billing.wallets import held_beside
from checkout.orders.buyers import WALLET_METHODS
from checkout.orders.tables import OrderRow
from checkout.payments.tables import PaymentAttemptRow
from store_app.invariants.rule import Rule, named, rows_of, table_of

ACCOUNTS = table_of(LedgerAccountRow)
ATTEMPTS = table_of(PaymentAttemptRow)
HOLDS = table_of(HoldRow)
ORDERS = table_of(OrderRow)
POSTINGS = table_of(PostingRow)
WALLETS = table_of(WalletRow)


_TOLD = ("wallet_id", "amount_minor", "captured_minor", "state")
_PAID = ("paid", "delivered", "refunded")
_UNPAID = {"placed": ("held", "timed_out"), "cancelled": ("held", "voided", "timed_out")}
"""The states of a hold by that of its order: without a sweep it stays open past its deadline."""


def _limits(session: Session, now: datetime) -> Iterator[str]:
    """Wallets whose balance without holds is below the limit."""
    floor = case((WALLETS.c.minimum_minor < 0, WALLETS.c.minimum_minor), else_=0)
    free = func.coalesce(ACCOUNTS.c.balance, 0) - held_beside(WALLETS.c.id, now)
    statement = (
        select(WALLETS.c.id)
        .join(ACCOUNTS, ACCOUNTS.c.id == WALLETS.c.id, isouter=True)
        .where(free < floor)
    )
    for (wallet_id,) in rows_of(session, statement):
        yield f"wallet {wallet_id}"


def _orders(session: Session, now: datetime) -> Iterator[str]:
    """Orders paid from a wallet that do not have the hold that their state asks for."""
    del now
    statement = (
        select(
            ORDERS, ATTEMPTS.c.parameters, *(HOLDS.c[name].label(f"hold_{name}") for name in _TOLD)
        )
        .join(ATTEMPTS, ATTEMPTS.c.order_id == ORDERS.c.id)
        .join(HOLDS, HOLDS.c.id == ORDERS.c.id, isouter=True)
        .where(ORDERS.c.method.in_(WALLET_METHODS))
    )
    for row in rows_of(session, statement):
        its_own = (row.parameters.get("wallet_id"), row.total_minor)
        is_captured = (row.hold_state, row.hold_captured_minor) == ("captured", row.total_minor)
        fits = is_captured if row.state in _PAID else row.hold_state in _UNPAID[row.state]
        if (row.hold_wallet_id, row.hold_amount_minor) != its_own or not fits:
            yield f"order {row.reference}"


def _open_holds(session: Session, now: datetime) -> Iterator[str]:
    """Holds that hold money back for nothing under way."""
    its_order = exists().where(ORDERS.c.id == HOLDS.c.id, ORDERS.c.state == "placed")
    is_open = (HOLDS.c.state == "held") & (HOLDS.c.deadline_at > now)
    for (hold_id,) in rows_of(session, select(HOLDS.c.id).where(is_open, ~its_order)):
        yield f"hold {hold_id}"


def _captures() -> Select[Any]:
    """Captured holds whose amount did not leave their wallet."""
    posted = select(func.coalesce(func.sum(POSTINGS.c.amount), 0)).where(
        POSTINGS.c.subject_id == HOLDS.c.id, POSTINGS.c.debit_id == HOLDS.c.wallet_id
    )
    taken = cast(posted.scalar_subquery(), BigInteger)
    return select(literal("hold"), HOLDS.c.id).where(HOLDS.c.captured_minor != taken)


RULES = (
    Rule("no wallet is below its limit", _limits),
    Rule("each order paid from a wallet has its hold", _orders),
    Rule("no wallet holds money back for nothing", _open_holds),
    Rule("each captured hold is in the ledger, and nothing else is", named(_captures)),
)
