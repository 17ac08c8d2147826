"""Automatic refills and kept cards: one at a time, each charge one refill, consent first."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, exists, func, literal, or_, select
from sqlmodel import Session

from checkout.billing.refill_tables import RefillEpisodeRow, RefillTryRow
from checkout.billing.refill_watch import OPEN
from checkout.orders.tables import OrderRow
from checkout.outbox.letters import APPROVAL
from checkout.outbox.tables import LetterRow
from checkout.payments.card_tables import CardConsentRow, SavedCardRow
from checkout.payments.tables import PaymentAttemptRow
from store_app.invariants.rule import Rule, named, rows_of, table_of

EPISODES = table_of(RefillEpisodeRow)
TRIES = table_of(RefillTryRow)
LETTERS = table_of(LetterRow)
ORDERS = table_of(OrderRow)
ATTEMPTS = table_of(PaymentAttemptRow)
CARDS = table_of(SavedCardRow)
CONSENTS = table_of(CardConsentRow)


def _under_way(session: Session, now: datetime) -> Iterator[str]:
    """More than one episode of the same, or one whose order is not as its state says."""
    del now
    twice = (
        select(EPISODES.c.auto_refill_id)
        .where(EPISODES.c.state.in_(OPEN))
        .group_by(EPISODES.c.auto_refill_id)
        .having(func.count() > 1)
    )
    for (rule_id,) in rows_of(session, twice):
        yield f"automatic refill {rule_id}"
    placed = exists().where(ORDERS.c.id == EPISODES.c.order_id, ORDERS.c.state == "placed")
    has_order = EPISODES.c.order_id.is_not(None)
    wrong = or_(
        and_(EPISODES.c.state == "trying", ~placed),
        and_(EPISODES.c.state == "paused", has_order, ~placed),
        and_(EPISODES.c.state.in_(("waiting", "lapsed", "given_up")), has_order),
    )
    for (episode_id,) in rows_of(session, select(EPISODES.c.id).where(wrong)):
        yield f"episode {episode_id}"


def _charges() -> Select[Any]:
    """Charges of kept cards that are not the one refill of an episode."""
    ended = exists().where(
        TRIES.c.order_id == ATTEMPTS.c.order_id,
        EPISODES.c.id == TRIES.c.episode_id,
        EPISODES.c.state == "refilled",
        EPISODES.c.order_id == ATTEMPTS.c.order_id,
    )
    is_unattended = ATTEMPTS.c.parameters["off_session"].as_boolean()
    return select(literal("attempt"), ATTEMPTS.c.id).where(
        ATTEMPTS.c.state == "succeeded", is_unattended.is_(True), ~ended
    )


def _refilled() -> Select[Any]:
    """Refilled episodes without their one delivered order."""
    delivered = (
        select(func.count())
        .select_from(TRIES.join(ORDERS, ORDERS.c.id == TRIES.c.order_id))
        .where(TRIES.c.episode_id == EPISODES.c.id)
        .where(ORDERS.c.state.in_(("delivered", "refunded")))
        .scalar_subquery()
    )
    return select(literal("episode"), EPISODES.c.id).where(
        or_(
            and_(EPISODES.c.state == "refilled", delivered != 1),
            and_(EPISODES.c.state != "refilled", delivered != 0),
        )
    )


def _consents(session: Session, now: datetime) -> Iterator[str]:
    """Cards without their owner's consent from before, and payments that would leave one."""
    del now
    agreed = exists().where(
        CONSENTS.c.id == CARDS.c.consent_id,
        CONSENTS.c.owner_id == CARDS.c.owner_id,
        CONSENTS.c.at <= CARDS.c.created_at,
        CONSENTS.c.words != "",
    )
    for (card_id,) in rows_of(session, select(CARDS.c.id).where(~agreed)):
        yield f"card {card_id}"
    asked = ATTEMPTS.c.parameters["payment_intent_data"]["setup_future_usage"].as_string()
    known = exists().where(CARDS.c.attempt_id == ATTEMPTS.c.id)
    for (attempt_id,) in rows_of(
        session, select(ATTEMPTS.c.id).where(asked == "off_session", ~known)
    ):
        yield f"attempt {attempt_id}"


def _letters() -> Select[Any]:
    """Pauses of which nobody was to be told."""
    mine = LETTERS.c.kind.in_(APPROVAL) & (LETTERS.c.subject_id == EPISODES.c.id)
    written = exists().where(mine)
    return select(literal("episode"), EPISODES.c.id).where(EPISODES.c.state == "paused", ~written)


RULES = (
    Rule("one automatic refill at a time, and its order is as far as it is", _under_way),
    Rule("each charge of a kept card is the refill of one episode", named(_charges)),
    Rule("each automatic refill that ended well delivered one order", named(_refilled)),
    Rule("each paused refill has its letter to who approves it", named(_letters)),
    Rule("each kept card was agreed to before it was asked for", _consents),
)
