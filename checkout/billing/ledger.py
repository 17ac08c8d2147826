"""The ledger: double entries that are never changed, and balances that move only with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import ColumnElement, Connection, Engine, Table, func, insert
from sqlmodel import Session, col, or_, select

from catalog.kernel.database import when_committed
from catalog.kernel.ids import fixed_id, new_id
from catalog.kernel.inserts import adding, insert_new
from catalog.kernel.prepared import run
from checkout.billing.refill_watch import watch_wallets
from checkout.billing.tables import LedgerAccountRow, LineRow, PostingRow
from checkout.billing.usage_postings import moved, served_from

BYTE = "byte"
"""The unit of data; every other unit is a currency."""

_named_id = lru_cache(maxsize=1024)(fixed_id)
_KINDS_WITH_OWN_ID = frozenset({"wallet", "line"})
_ACCOUNTS: Table = LedgerAccountRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it
_POSTINGS: Table = PostingRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it
_WRITE = insert(_POSTINGS)


@dataclass(frozen=True, slots=True)
class Account:
    """A place where value stands, in one unit.

    Attributes:
        kind: what it is for: `drawer`, `wallet`, `line`, `revenue`, …
        owner: the register, wallet or line it belongs to; empty when there is only one.
        unit: a currency in minor units, or `byte`.
        normal_side: the side that makes its balance grow, `debit` or `credit`.
        tracked: whether its balance is kept in a row; that of the others is their replay.

    """

    kind: str
    owner: str
    unit: str
    normal_side: str
    tracked: bool

    @property
    def id(self) -> str:
        """The id of the wallet or line that it is, or one that its words always give."""
        if self.kind in _KINDS_WITH_OWN_ID:
            return self.owner
        return _named_id(self.kind, self.owner, self.unit)


def drawer(register_id: str, currency: str) -> Account:
    """The cash in one register's drawer."""
    return Account("drawer", register_id, currency, "debit", tracked=True)


def bank(currency: str) -> Account:
    """Money that left for, or came by, the bank."""
    return Account("bank", "", currency, "debit", tracked=False)


def card_clearing(currency: str) -> Account:
    """Card money that the payment provider holds for the store."""
    return Account("card_clearing", "", currency, "debit", tracked=False)


def owed_to_customers(currency: str) -> Account:
    """Card money that came in and for which nothing was delivered: it goes back."""
    return Account("owed_to_customers", "", currency, "credit", tracked=False)


def receivable(company_id: str, currency: str) -> Account:
    """What a company owes for the invoices that were issued to it; below zero is its credit."""
    return Account("receivable", company_id, currency, "debit", tracked=True)


def revenue(currency: str) -> Account:
    """What the store has earned, net of tax."""
    return Account("revenue", "", currency, "credit", tracked=False)


def tax(currency: str) -> Account:
    """VAT that is owed to the state."""
    return Account("tax", "", currency, "credit", tracked=False)


def wallet(wallet_id: str, currency: str) -> Account:
    """What the store owes the owner of a wallet; the account has the wallet's id."""
    return Account("wallet", wallet_id, currency, "credit", tracked=True)


def line(line_id: str) -> Account:
    """The data left on a line; its row is the tracked balance and changes with the postings."""
    return Account("line", line_id, BYTE, "credit", tracked=True)


def data(place: str) -> Account:
    """Where the bytes of lines come from and go: issued, served, expired, revoked, absorbed."""
    side = "debit" if place in {"issued", "absorbed"} else "credit"
    return Account("data", place, BYTE, side, tracked=False)


@dataclass(frozen=True, slots=True)
class Posting:
    """An amount moved from the credited to the debited account: one double entry.

    Attributes:
        amount: in the accounts' unit, not negative; a posting of zero is left out.
        kind: the trade's word for the movement: `sale`, `top_up`, `served`, …
        reason: why, in words for people.
        subject_id: the order, line or wallet that it is about.
        at: when it counts; `recorded_at` is when it was written.

    """

    debit: Account
    credit: Account
    amount: int
    kind: str
    reason: str
    source: str
    subject_id: str
    actor: str
    at: datetime
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Movement:
    """One posting as one account sees it: signed by its normal side, with the balance after."""

    at: datetime
    kind: str
    amount: int
    balance: int
    reason: str
    source: str
    recorded_at: datetime


def post(session: Session, postings: Sequence[Posting]) -> None:
    """Write the postings and move the tracked balances, whose rows are locked in id order.

    Amounts of zero are left out. Line accounts have no row here: whoever posts to one changes
    the line's row in the same transaction.
    """
    real = [posting for posting in postings if posting.amount]
    if not real:
        return
    accounts, changes = {}, Counter[str]()
    for posting in real:
        for account, side in _sides(posting):
            accounts[account.id] = account
            grows = account.normal_side == side
            changes[account.id] += posting.amount if grows else -posting.amount
    kept = sorted(one for one in accounts if accounts[one].kind != "line")
    rows = [_account_row(accounts[one], changes[one]) for one in kept]
    _make(session, [row for row in rows if not row["tracked"]])
    if tracked := [row for row in rows if row["tracked"]]:
        run(session, adding(session, _ACCOUNTS, "balance"), *tracked)
    run(session, _WRITE, *(_posting_row(posting) for posting in real))
    if spent := {posting.debit.id for posting in real if posting.debit.kind == "wallet"}:
        watch_wallets(session, spent, max(posting.recorded_at for posting in real))


_made: WeakKeyDictionary[Engine | Connection, set[str]] = WeakKeyDictionary()
"""The accounts whose rows a store is known to have: nothing removes or changes them."""


def _make(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Make the rows of accounts that are not tracked, where they are missing."""
    made = _made.setdefault(session.get_bind(), set())
    if fresh := [row for row in rows if row["id"] not in made]:
        insert_new(session, _ACCOUNTS, fresh, "id")
        when_committed(session, lambda: made.update(row["id"] for row in fresh))


def lock(session: Session, accounts: Sequence[Account]) -> dict[str, int]:
    """Lock tracked accounts until the end of the transaction; their balances by id.

    For a check against a limit that must still hold when the posting is written.
    """
    rows = _locked(session, accounts)
    return {account_id: row.balance for account_id, row in rows.items()}


def balance(session: Session, account: Account, at: datetime | None = None) -> int:
    """The balance now, or at the end of a past instant, in the account's unit."""
    if at is None and account.kind == "line":
        left = select(LineRow.left_bytes).where(col(LineRow.id) == account.id)
        return session.exec(left).one_or_none() or 0
    if at is None and account.tracked:
        kept = session.get(LedgerAccountRow, account.id, populate_existing=True)
        return kept.balance if kept else 0
    debits = _sum(session, col(PostingRow.debit_id) == account.id, at)
    credits_ = _sum(session, col(PostingRow.credit_id) == account.id, at)
    net = debits - credits_ + _by_usage(session, account, at)
    return net if account.normal_side == "debit" else -net


def movements(session: Session, account: Account) -> list[Movement]:
    """Every posting of an account in the order it was written, with the balance after each."""
    touches = or_(col(PostingRow.debit_id) == account.id, col(PostingRow.credit_id) == account.id)
    order = (col(PostingRow.recorded_at), col(PostingRow.id))
    found, running = [], 0
    for row in session.exec(select(PostingRow).where(touches).order_by(*order)):
        side = row.debit_id if account.normal_side == "debit" else row.credit_id
        amount = row.amount if side == account.id else -row.amount
        running += amount
        found.append(
            Movement(row.at, row.kind, amount, running, row.reason, row.source, row.recorded_at)
        )
    return found


def _sides(posting: Posting) -> Iterable[tuple[Account, str]]:
    if posting.amount < 0 or posting.debit.unit != posting.credit.unit:
        raise ValueError("a posting moves a positive amount of one unit")
    return (posting.debit, "debit"), (posting.credit, "credit")


def _locked(session: Session, accounts: Sequence[Account]) -> dict[str, LedgerAccountRow]:
    """Rows of the tracked accounts, made when missing, locked in id order."""
    ordered = sorted(accounts, key=lambda account: account.id)
    insert_new(session, _ACCOUNTS, [_account_row(account) for account in ordered], "id")
    ids = [account.id for account in ordered if account.tracked]
    if not ids:
        return {}
    statement = select(LedgerAccountRow).where(col(LedgerAccountRow.id).in_(ids))
    statement = statement.order_by(col(LedgerAccountRow.id)).with_for_update()
    rows = session.exec(statement, execution_options={"populate_existing": True})
    return {row.id: row for row in rows}


def _sum(session: Session, side: ColumnElement[bool], at: datetime | None) -> int:
    statement = select(func.coalesce(func.sum(PostingRow.amount), 0)).where(side)
    if at is not None:
        statement = statement.where(col(PostingRow.at) <= at)
    return int(session.exec(statement).one())


def _by_usage(session: Session, account: Account, at: datetime | None) -> int:
    """Debits less credits of the postings that are kept by line and step."""
    if account.kind == "line":
        return served_from(session, account.owner, at)
    return moved(session, account.owner, at) if account.kind == "data" else 0


def _account_row(account: Account, change: int = 0) -> dict[str, Any]:
    return {
        "id": account.id,
        "kind": account.kind,
        "owner": account.owner,
        "unit": account.unit,
        "normal_side": account.normal_side,
        "tracked": account.tracked,
        "balance": change if account.tracked else 0,
    }


def _posting_row(posting: Posting) -> dict[str, Any]:
    return {
        "id": new_id(),
        "debit_id": posting.debit.id,
        "credit_id": posting.credit.id,
        "unit": posting.debit.unit,
        "amount": posting.amount,
        "kind": posting.kind,
        "reason": posting.reason,
        "source": posting.source,
        "subject_id": posting.subject_id,
        "actor": posting.actor,
        "at": posting.at,
        "recorded_at": posting.recorded_at,
    }
