"""Wallets: limits that were kept, and holds that are what their orders and the ledger say."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import BigInteger, ScalarSelect, Select, cast, exists, func, literal, select
from sqlmodel import Session

from checkout.billing.tables import LedgerAccountRow, PostingRow, WalletRow
from checkout.billing.wallet_tables import HoldRow, WalletChangeRow
from checkout.billing.wallets import held_beside
from checkout.orders.buyers import WALLET_METHODS
from checkout.orders.tables import OrderRow
from checkout.payments.tables import PaymentAttemptRow
from store_app.invariants.rule import Rule, named, rows_of, table_of

ACCOUNTS = table_of(LedgerAccountRow)
CHANGES = table_of(WalletChangeRow)
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
    """Wallets whose balance without holds has sunk below the limit.

    One that was below it when the limit was set may be there still, and not lower.
    """
    free = func.coalesce(ACCOUNTS.c.balance, 0) - held_beside(WALLETS.c.id, now)
    statement = (
        select(WALLETS.c.id, WALLETS.c.minimum_minor, free, _last_change("free_minor"))
        .join(ACCOUNTS, ACCOUNTS.c.id == WALLETS.c.id, isouter=True)
        .where(free < WALLETS.c.minimum_minor)
    )
    for wallet_id, minimum, free_minor, then in rows_of(session, statement):
        if free_minor < min(minimum, minimum if then is None else then):
            yield f"wallet {wallet_id}"


def _last_change(column: str) -> ScalarSelect[Any]:
    mine = CHANGES.c.wallet_id == WALLETS.c.id
    newest = select(CHANGES.c[column]).where(mine).order_by(CHANGES.c.number.desc()).limit(1)
    return newest.scalar_subquery()


def _changes(session: Session, now: datetime) -> Iterator[str]:
    """Wallets whose limit is not where their changes, one after the other, lead to."""
    del now
    wallets = select(WALLETS.c.id, WALLETS.c.minimum_minor, WALLETS.c.enabled, CHANGES)
    told = wallets.join(CHANGES, CHANGES.c.wallet_id == WALLETS.c.id, isouter=True)
    rows = rows_of(session, told.order_by(WALLETS.c.id, CHANGES.c.number))
    for wallet_id, found in groupby(rows, key=lambda row: row.id):
        limit, steps = (0, True), list(found)
        changes = [row for row in steps if row.number is not None]
        fits = [row.number for row in changes] == list(range(1, len(changes) + 1))
        for row in changes:
            fits &= (row.old_minimum_minor, row.was_enabled) == limit
            limit = (row.new_minimum_minor, row.is_enabled)
        if not fits or (steps[0].minimum_minor, steps[0].enabled) != limit:
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
    Rule("no wallet has sunk below its limit", _limits),
    Rule("each wallet's limit is what its changes came to", _changes),
    Rule("each order paid from a wallet has its hold", _orders),
    Rule("no wallet holds money back for nothing", _open_holds),
    Rule("each captured hold is in the ledger, and nothing else is", named(_captures)),
)
