"""Wallets: balance, limits and history of a company or an end user."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, or_, select

from catalog.kernel.clock import iso
from catalog.kernel.database import snapshot, transact
from catalog.kernel.money import parse_amount
from catalog.kernel.settings import load_settings
from checkout.accounts.owners import Owner, owner_named
from checkout.accounts.tables import CompanyRow, EndUserRow
from checkout.billing.ledger import balance, wallet
from checkout.billing.paygo_months import bring_up_to_date
from checkout.billing.tables import PostingRow, WalletRow
from checkout.payments.wallet import wallet_of, wallet_or_new
from store_app.desk.context import Desk

_HISTORY = 500


@dataclass(frozen=True, slots=True)
class WalletView:
    """A wallet; `history` holds its latest movements, the newest first."""

    owner: str
    balance_minor: int
    minimum_minor: int
    held_minor: int
    currency: str
    enabled: bool
    history: list[dict[str, Any]]


def show_wallet(desk: Desk, owner: str) -> WalletView:
    """The wallet of a company (by name) or an end user (by e-mail address)."""
    with snapshot(desk.engine) as session:
        named = owner_named(session, owner)
        row = wallet_of(session, named)
        return _view(session, row, named.name, wallet_history(session, row))


def list_wallets(desk: Desk) -> list[WalletView]:
    """Every wallet without its history, by owner."""
    with snapshot(desk.engine) as session:
        rows = session.exec(select(WalletRow)).all()
        views = [_view(session, row, _owner_name(session, row), []) for row in rows]
    return sorted(views, key=lambda view: view.owner)


def configure_wallet(
    desk: Desk, owner: str, *, minimum: str | None = None, enable: bool | None = None
) -> WalletView:
    """Set the minimum balance (negative is a credit line) or switch the wallet on and off.

    MRC that fell due before is paid as the wallet was then, and after it what it can pay from
    now on.
    """

    def work(session: Session) -> None:
        named = owner_named(session, owner)
        currency = _currency(session, named)
        row = wallet_or_new(session, named, currency=currency, now=desk.clock())
        bring_up_to_date(session, [row.id], desk.clock(), desk.actor)
        if minimum is not None:
            row.minimum_minor = parse_amount(minimum, row.currency, field="minimum")
        if enable is not None:
            row.enabled = enable
        session.add(row)
        session.flush()
        bring_up_to_date(session, [row.id], desk.clock(), desk.actor)

    transact(desk.engine, work)
    return show_wallet(desk, owner)


def _currency(session: Session, owner: Owner) -> str:
    if owner.kind == "company":
        return session.get_one(CompanyRow, owner.id).currency
    return load_settings(session).currency


def _view(
    session: Session, row: WalletRow, owner: str, history: list[dict[str, Any]]
) -> WalletView:
    return WalletView(
        owner=owner,
        balance_minor=balance(session, wallet(row.id, row.currency)),
        minimum_minor=row.minimum_minor,
        held_minor=row.held_minor,
        currency=row.currency,
        enabled=row.enabled,
        history=history,
    )


def _owner_name(session: Session, row: WalletRow) -> str:
    if row.owner_kind == "company":
        return session.get_one(CompanyRow, row.owner_id).name
    return session.get_one(EndUserRow, row.owner_id).email


def wallet_history(session: Session, row: WalletRow) -> list[dict[str, Any]]:
    """Movements with the balance after each, counted back from the balance now."""
    statement = (
        select(PostingRow)
        .where(or_(PostingRow.debit_id == row.id, PostingRow.credit_id == row.id))
        .order_by(col(PostingRow.recorded_at).desc(), col(PostingRow.id).desc())
        .limit(_HISTORY)
    )
    after = balance(session, wallet(row.id, row.currency))
    entries = []
    for posting in session.exec(statement).all():
        amount = posting.amount if posting.credit_id == row.id else -posting.amount
        entries.append(
            {
                "at": iso(posting.at),
                "description": posting.reason,
                "amount_minor": amount,
                "balance_minor": after,
            }
        )
        after -= amount
    return entries
