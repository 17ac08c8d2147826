"""A refund into the customer's wallet, when he would rather have it there."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlmodel import Session

from catalog.kernel.errors import Refused
from catalog.kernel.settings import load_settings
from checkout.accounts.owners import Owner, owner_of_company, owner_of_user
from checkout.accounts.tables import CompanyRow, EndUserRow
from checkout.billing.line_rows import lock_lines
from checkout.orders.tables import OrderRow
from checkout.payments.wallet import wallet_or_new

_KINDS: Final = ("esim_purchase", "esim_refill")
_METHODS: Final = ("cash", "card")


def goes_into_wallet(session: Session, order: OrderRow) -> bool:
    """Whether the money of an order may go into a wallet of its customer instead."""
    fits = order.kind in _KINDS and order.method in _METHODS
    return fits and _owner(session, order) is not None


def wallet_for(session: Session, order: OrderRow, to: str, now: datetime) -> str:
    """The id of the wallet that the money of an order may go into; it is made when missing.

    Raises:
        Refused: it was not paid in cash or by card, nobody is known, or the wallet can't take it.

    """
    owner = _owner(session, order)
    if to != "wallet" or owner is None or not goes_into_wallet(session, order):
        raise Refused(
            "Only a sale or a refill of a known customer that was paid in cash or by card goes "
            "into a wallet; nothing was refunded. Give it back the way it was paid.",
            code="method_not_offered",
            field="to",
        )
    lock_lines(session, "id", [str(order.esim_id)])  # lines before wallets, as everywhere
    row = wallet_or_new(session, owner, currency=order.currency, now=now)
    if row.currency != order.currency or not row.enabled:
        raise Refused(
            f"The wallet of {owner.name} is off, or of another currency; nothing was refunded and "
            "nothing is converted. Give it back the way it was paid.",
            code="wallet_disabled",
            field="to",
        )
    return row.id


def keeps_vat(session: Session) -> bool:
    """Whether what goes into a wallet leaves its VAT with the state, as a taxed deposit does."""
    return load_settings(session).wallet_tax == "on_deposit"


def _owner(session: Session, order: OrderRow) -> Owner | None:
    if order.end_user_id is not None:
        return owner_of_user(session.get_one(EndUserRow, order.end_user_id))
    company = session.get_one(CompanyRow, order.company_id)
    return None if company.virtual else owner_of_company(company)
