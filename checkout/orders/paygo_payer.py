"""Who pays for the usage of a PAYGO eSIM: a wallet that holds more than its minimum."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlmodel import Session

from catalog.kernel.errors import Refused
from catalog.kernel.money import money_words
from catalog.plans import Plan
from checkout.accounts.owners import Owner, owner_of_company, owner_of_user
from checkout.billing.paygo_months import bring_up_to_date
from checkout.billing.tables import WalletRow
from checkout.billing.wallets import available_minor
from checkout.orders.buyers import Buyer
from checkout.payments.wallet import find_wallet


def paygo_payer(
    session: Session, buyer: Buyer, plan: Plan, *, now: datetime, actor: str
) -> tuple[Owner, WalletRow]:
    """The wallet that usage will be charged to, or `Refused` with what to do first.

    The buyer's own pays when it pays the price; otherwise the end user's, else the company's.
    What it holds is what MRC that is due leaves of it.
    """
    for owner in _candidates(buyer):
        row = find_wallet(session, owner, lock=True)
        if row is not None:
            bring_up_to_date(session, [row.id], now, actor)
            _check(session, owner, row, plan, now)
            return owner, row
    named = next(_candidates(buyer), None)
    first = (
        f"Top up first: wallet top-up {named.name} --amount AMOUNT."
        if named
        else "Name the customer or the company, and top up its wallet first."
    )
    raise Refused(
        f"{plan.name} is charged to a wallet as it is used, and there is none; nothing was sold. "
        f"{first}",
        code="no_wallet" if named else "customer_needed",
        field="customer",
    )


def _candidates(buyer: Buyer) -> Iterator[Owner]:
    if buyer.payer is not None:
        yield buyer.payer
    if buyer.end_user is not None:
        yield owner_of_user(buyer.end_user)
    if not buyer.company.virtual:
        yield owner_of_company(buyer.company)


def _check(session: Session, owner: Owner, row: WalletRow, plan: Plan, now: datetime) -> None:
    if row.currency != plan.currency:
        raise Refused(
            f"The wallet of {owner.name} holds {row.currency} and {plan.name} is charged in "
            f"{plan.currency}; nothing was sold and nothing is converted.",
            code="currency_mismatch",
        )
    if not row.enabled:
        raise Refused(
            f"The wallet of {owner.name} is not enabled; nothing was sold. Enable it: wallet "
            f"configure {owner.name} --enable.",
            code="wallet_disabled",
        )
    if available_minor(session, row, now) <= 0:
        minimum = money_words(row.minimum_minor, row.currency)
        raise Refused(
            f"The wallet of {owner.name} must hold more than its minimum of {minimum}; nothing "
            "was sold. Top it up first.",
            code="wallet_too_low",
        )
