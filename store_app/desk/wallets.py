"""Wallets: balances, limits and history of a company or an end user."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlalchemy import select as columns_of
from sqlmodel import Session, col

from catalog.kernel.clock import iso
from catalog.kernel.database import snapshot, transact
from catalog.kernel.money import parse_amount
from catalog.kernel.settings import load_settings
from checkout.accounts.owners import Owner, owner_named
from checkout.accounts.tables import CompanyRow, EndUserRow
from checkout.billing.ledger import balance, wallet
from checkout.billing.limits import Limit, changes_of, limit_of, limit_then, set_limit
from checkout.billing.refill_episodes import rule_of
from checkout.billing.statements import Entry, Period, page_of
from checkout.billing.tables import LedgerAccountRow, WalletRow
from checkout.billing.usage_waiting import paid_by, waiting_records
from checkout.billing.wallet_tables import WalletChangeRow
from checkout.billing.wallets import held_beside, held_of, held_then
from checkout.payments.wallet import wallet_of, wallet_or_new
from store_app.desk.auto_refill_views import AutoRefillView, rule_view
from store_app.desk.context import Desk


@dataclass(frozen=True, slots=True)
class WalletView:
    """A wallet; `history` holds its latest movements, `changes` its limits, the newest first.

    `auto_refill` is how it is refilled by itself; None when that was never set.
    `waiting_records` of its eSIMs were received and are not charged yet; told of one wallet.
    """

    owner: str
    balance_minor: int
    minimum_minor: int
    held_minor: int
    currency: str
    enabled: bool
    history: list[dict[str, Any]]
    changes: list[dict[str, Any]]
    auto_refill: AutoRefillView | None = None
    waiting_records: int | None = None

    @property
    def spendable_minor(self) -> int:
        """What it could pay if it is enabled; below zero by what is missing."""
        return self.balance_minor - self.held_minor - self.minimum_minor


def show_wallet(desk: Desk, owner: str, *, as_of: datetime | None = None) -> WalletView:
    """The wallet of a company (by name) or an end user (by e-mail address).

    With `as_of` as it was at the end of that instant: balance, holds, limit, history.
    """
    with snapshot(desk.engine) as session:
        named = owner_named(session, owner)
        row = wallet_of(session, named)
        if as_of is not None:
            return _then(session, row, named, as_of)
        changes = [_change_view(change) for change in reversed(changes_of(session, row.id))]
        history = wallet_history(session, row)
        refill = rule_of(session, row.id)
        return replace(
            look_at(session, desk, owner),
            history=history,
            changes=changes,
            auto_refill=rule_view(session, refill, desk.clock()) if refill else None,
        )


def look_at(session: Session, desk: Desk, owner: str) -> WalletView:
    """A wallet as it is now, without its history."""
    named = owner_named(session, owner)
    row = wallet_of(session, named)
    held_minor = held_of(session, [row.id], desk.clock()).get(row.id, 0)
    money = balance(session, wallet(row.id, row.currency))
    waiting = waiting_records(session, paid_by(row.id))
    view = _view(row, named.name, limit_of(row), held_minor, money)
    return replace(view, waiting_records=waiting)


def list_wallets(desk: Desk) -> list[WalletView]:
    """Every wallet without its history, by owner: one query whatever their number."""
    name = func.coalesce(col(CompanyRow.name), col(EndUserRow.email))
    money = func.coalesce(col(LedgerAccountRow.balance), 0)
    statement = (
        columns_of(WalletRow, name, money, held_beside(col(WalletRow.id), desk.clock()))
        .outerjoin(CompanyRow, col(CompanyRow.id) == col(WalletRow.owner_id))
        .outerjoin(EndUserRow, col(EndUserRow.id) == col(WalletRow.owner_id))
        .outerjoin(LedgerAccountRow, col(LedgerAccountRow.id) == col(WalletRow.id))
        .order_by(name)
    )
    with snapshot(desk.engine) as session:
        rows = session.execute(statement).all()
    return [_view(row, owner, limit_of(row), held, money) for row, owner, money, held in rows]


def configure_wallet(
    desk: Desk, owner: str, *, minimum: str | None = None, enable: bool | None = None
) -> WalletView:
    """Set the minimum balance (negative is a credit line) or switch the wallet on and off.

    Who changed what is kept. MRC that fell due before is paid as the wallet was then, and after it
    what it can pay from now on.
    """

    def work(session: Session) -> None:
        set_wallet(session, desk, owner_named(session, owner), minimum=minimum, enable=enable)

    transact(desk.engine, work)
    return show_wallet(desk, owner)


def set_wallet(
    session: Session,
    desk: Desk,
    owner: Owner,
    *,
    minimum: str | None = None,
    enable: bool | None = None,
) -> None:
    """The same within somebody's transaction; a wallet is made where there is none."""
    row = wallet_or_new(session, owner, currency=currency_of(session, owner), now=desk.clock())
    limit = limit_of(row)
    if minimum is not None:
        minimum_minor = parse_amount(minimum, row.currency, field="minimum")
        limit = replace(limit, minimum_minor=minimum_minor)
    if enable is not None:
        limit = replace(limit, enabled=enable)
    set_limit(session, row.id, limit, desk.actor, desk.clock())


def wallet_history(session: Session, row: WalletRow) -> list[dict[str, Any]]:
    """The latest movements with the balance after each."""
    return [entry_view(entry) for entry in page_of(session, row, Period())]


def entry_view(entry: Entry) -> dict[str, Any]:
    """One movement as it is told."""
    return {
        "at": iso(entry.at),
        "description": entry.description,
        "amount_minor": entry.amount_minor,
        "balance_minor": entry.balance_minor,
    }


def _then(session: Session, row: WalletRow, owner: Owner, at: datetime) -> WalletView:
    held_minor, limit = held_then(session, row.id, at), limit_then(session, row, at)
    money = balance(session, wallet(row.id, row.currency), at)
    changes = [one for one in reversed(changes_of(session, row.id)) if one.at <= at]
    return replace(
        _view(row, owner.name, limit, held_minor, money),
        history=[entry_view(each) for each in page_of(session, row, Period(until=at + _TICK))],
        changes=[_change_view(change) for change in changes],
    )


_TICK = datetime.resolution


def _view(
    row: WalletRow, owner: str, limit: Limit, held_minor: int, balance_minor: int
) -> WalletView:
    return WalletView(
        owner=owner,
        balance_minor=int(balance_minor),
        minimum_minor=limit.minimum_minor,
        held_minor=int(held_minor),
        currency=row.currency,
        enabled=limit.enabled,
        history=[],
        changes=[],
    )


def _change_view(change: WalletChangeRow) -> dict[str, Any]:
    return {
        "at": iso(change.at),
        "actor": change.actor,
        "old": {"minimum_minor": change.old_minimum_minor, "enabled": change.was_enabled},
        "new": {"minimum_minor": change.new_minimum_minor, "enabled": change.is_enabled},
    }


def currency_of(session: Session, owner: Owner) -> str:
    """The currency of a wallet that is made now: the company's, or the store's."""
    if owner.kind == "company":
        return session.get_one(CompanyRow, owner.id).currency
    return load_settings(session).currency
