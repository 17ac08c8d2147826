"""Automatic refills as orders: what a person would ask for, with the claim of its episode."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session

from catalog.esim.tables import EsimRow
from checkout.accounts.owners import owner_of_company
from checkout.accounts.tables import CompanyRow
from checkout.billing.refill_episodes import Try, claim, delivered, failed
from checkout.orders.agreement import Agreement, Counter
from checkout.orders.buyers import Buyer
from checkout.orders.refill import EsimRefill
from checkout.orders.tables import OrderRow
from checkout.orders.top_up import WalletRefill
from checkout.outbox.letters import APPROVAL, write_letters
from checkout.payments.tables import PaymentAttemptRow

EPISODE = "auto_refill"
"""The word in an order's item that names the episode it belongs to."""
ACTOR = "auto refill"
"""Who makes them, as nobody asked."""


@dataclass(frozen=True, slots=True)
class AutoEsimRefill(EsimRefill):
    """More data for an eSIM that fell under its threshold.

    With `by_company` its company buys it, whoever uses the eSIM.
    """

    one: Try
    by_company: bool = False

    def buyer(self, session: Session, esim: EsimRow, pay: str) -> Buyer:
        """The owner of the eSIM, or its company."""
        if not self.by_company:
            return EsimRefill.buyer(self, session, esim, pay)
        company = session.get_one(CompanyRow, esim.company_id)
        return Buyer(company, None, owner_of_company(company))

    def agree(self, session: Session, counter: Counter, pay: str, now: datetime) -> Agreement:
        """The terms of a refill; the episode is claimed with the order."""
        return _claiming(session, EsimRefill.agree(self, session, counter, pay, now), self.one)


@dataclass(frozen=True, slots=True, kw_only=True)
class AutoTopUp(WalletRefill):
    """Money for a wallet that fell under its threshold."""

    one: Try

    def agree(self, session: Session, counter: Counter, pay: str, now: datetime) -> Agreement:
        """The terms of a top-up; the episode is claimed with the order."""
        return _claiming(session, WalletRefill.agree(self, session, counter, pay, now), self.one)


def _claiming(session: Session, agreed: Agreement, one: Try) -> Agreement:
    item = {**agreed.item, EPISODE: one.episode_id}

    def claims(order: OrderRow, at_once: bool) -> None:
        del at_once
        claim(session, one, order.id, order.created_at)

    return replace(agreed, item=item, set_aside=claims)


def end_try(session: Session, order: OrderRow, now: datetime) -> None:
    """Tell an order's episode, when it has one, that the order was delivered."""
    if EPISODE in order.item:
        delivered(session, order.item[EPISODE], now)


def fail_try(
    session: Session, order: OrderRow, attempt: PaymentAttemptRow | None, now: datetime
) -> None:
    """Tell an order's episode, when it has one, that the order came to nothing.

    A pause writes the letter to the owner of the card.
    """
    if EPISODE not in order.item:
        return
    episode_id = order.item[EPISODE]
    is_to_approve = failed(
        session,
        episode_id,
        order.id,
        why=(attempt.reason if attempt else "") or "It was not paid.",
        needs_payer=bool(attempt and attempt.needs_payer),
        now=now,
    )
    if is_to_approve:
        write_letters(session, APPROVAL, episode_id, now=now, actor=ACTOR)
