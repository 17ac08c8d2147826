"""Episodes of automatic refills: claimed once, tried within limits, ended for one reason.

An episode is claimed in the transaction that writes the order of its try, where the caps are
checked; what becomes of the order is noted in the transaction in which that becomes known.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select, update
from sqlmodel import Session
from sqlmodel import select as rows_of

from catalog.kernel.errors import Refused
from checkout.billing.refill_tables import AutoRefillRow, RefillEpisodeRow, RefillTryRow
from checkout.billing.refill_watch import EPISODES, OPEN, RULES, is_needed

BACK_OFF: Final = (timedelta(hours=1), timedelta(hours=24), timedelta(hours=72))
"""How long is waited after each decline; after one more it is switched off."""
DAY: Final = timedelta(hours=24)
MONTH: Final = timedelta(days=30)


class Capped(Refused):
    """As many refills as allowed were begun; `until` is when the next one may be."""

    code = "capped"
    until: datetime


@dataclass(frozen=True, slots=True)
class Try:
    """One try of an episode: which it is, and whether the owner of the card is there."""

    episode_id: str
    number: int
    with_owner: bool = False


def claim(session: Session, one: Try, order_id: str, now: datetime) -> None:
    """Take the episode for this order, or `Refused`, so that no order is written.

    Raises:
        Capped: as many as allowed were begun.
        Refused: somebody else took it, or it is not needed any more.

    """
    rule, episode = _locked(session, one.episode_id)
    wanted = "paused" if one.with_owner else "waiting"
    is_free = episode.state == wanted and episode.order_id is None
    if not is_free or episode.tries + 1 != one.number or not rule.enabled:
        raise Refused("This refill is under way already; nothing was charged.", code="not_due")
    if not is_needed(session, rule.id, now):
        raise Refused("This refill is not needed any more; nothing was charged.", code="not_needed")
    if episode.claimed_at is None:
        _check_caps(session, rule, now)
        episode.claimed_at = now
    episode.tries, episode.order_id = one.number, order_id
    episode.state = "paused" if one.with_owner else "trying"
    tried = RefillTryRow(
        episode_id=episode.id,
        number=one.number,
        order_id=order_id,
        with_owner=one.with_owner,
        at=now,
    )
    session.add_all([episode, tried])
    session.flush()


def _check_caps(session: Session, rule: AutoRefillRow, now: datetime) -> None:
    for span, cap, words in ((DAY, rule.daily_cap, "a day"), (MONTH, rule.monthly_cap, "a month")):
        mine = (EPISODES.c.auto_refill_id == rule.id) & (EPISODES.c.claimed_at > now - span)
        begun = session.execute(
            select(EPISODES.c.claimed_at).where(mine).order_by(EPISODES.c.claimed_at)
        ).scalars()
        claims = list(begun)
        if len(claims) >= cap:
            refusal = Capped(f"{cap} automatic refills {words} are allowed; it waits.")
            refusal.until = claims[len(claims) - cap] + span
            raise refusal


def delivered(session: Session, episode_id: str, now: datetime) -> None:
    """End the episode whose order was delivered."""
    _rule, episode = _locked(session, episode_id)
    _close(episode, "refilled", "", now)
    session.add(episode)
    session.flush()


def failed(
    session: Session, episode_id: str, order_id: str, *, why: str, needs_payer: bool, now: datetime
) -> bool:
    """Note that the order of a try came to nothing: wait, pause, or switch off.

    A page that the owner of the card did not pay leaves it paused. True when he has to be told.
    """
    rule, episode = _locked(session, episode_id)
    if episode.order_id != order_id or episode.state not in OPEN:
        return False
    is_news = needs_payer and episode.state != "paused"
    episode.order_id, episode.reason = None, why
    if needs_payer or episode.state == "paused":
        episode.state = "paused"
    else:
        _wait_or_give_up(rule, episode, now)
    session.add_all([rule, episode])
    session.flush()
    return is_news


def refused(
    session: Session, episode_id: str, tries: int, *, why: str, is_final: bool, now: datetime
) -> None:
    """Note that a try could not even be ordered, unless the episode has gone on meanwhile."""
    rule, episode = _locked(session, episode_id)
    if episode.state != "waiting" or episode.tries != tries:
        return
    episode.tries, episode.reason = tries + 1, why
    episode.claimed_at = episode.claimed_at or now
    if is_final:
        _give_up(rule, episode, now)
    else:
        _wait_or_give_up(rule, episode, now)
    session.add_all([rule, episode])
    session.flush()


def put_off(session: Session, episode_id: str, until: datetime, why: str) -> None:
    """Let an episode that may not be begun yet wait."""
    _rule, episode = _locked(session, episode_id)
    if episode.state == "waiting":
        episode.due_at, episode.reason = until, why
        session.add(episode)
        session.flush()


def lapse(session: Session, episode_id: str, now: datetime) -> None:
    """End an episode that is not needed any more and has no order under way."""
    _rule, episode = _locked(session, episode_id)
    if episode.state in ("waiting", "paused") and episode.order_id is None:
        _close(episode, "lapsed", episode.reason, now)
        session.add(episode)
        session.flush()


def switch_off(session: Session, rule_id: str, why: str, now: datetime) -> None:
    """Refill it no more; what is under way at a provider comes to its own end."""
    session.execute(
        update(RULES).where(RULES.c.id == rule_id).values(enabled=False, off_reason=why)
    )
    for episode in _open_of(session, rule_id):
        lapse(session, episode.id, now)


def due_episodes(session: Session, now: datetime, limit: int) -> list[RefillEpisodeRow]:
    """Episodes that may be tried now, the longest waiting first."""
    due = (EPISODES.c.state == "waiting") & (EPISODES.c.due_at <= now)
    statement = rows_of(RefillEpisodeRow).where(due).order_by(EPISODES.c.due_at).limit(limit)
    return list(session.exec(statement).all())


def episodes_in(session: Session, *states: str) -> list[RefillEpisodeRow]:
    """Episodes in one of these states, the oldest first."""
    mine = EPISODES.c.state.in_(states)
    statement = rows_of(RefillEpisodeRow).where(mine).order_by(EPISODES.c.opened_at)
    return list(session.exec(statement).all())


def open_episode(session: Session, rule_id: str) -> RefillEpisodeRow | None:
    """The episode that is under way."""
    return next(iter(_open_of(session, rule_id)), None)


def rule_of(session: Session, subject_id: str) -> AutoRefillRow | None:
    """How a line or a wallet is refilled by itself."""
    mine = rows_of(AutoRefillRow).where(AutoRefillRow.subject_id == subject_id)
    return session.exec(mine).first()


def begun_within(session: Session, rule_id: str, span: timedelta, now: datetime) -> int:
    """How many refills were begun within a span of time."""
    mine = (EPISODES.c.auto_refill_id == rule_id) & (EPISODES.c.claimed_at > now - span)
    return int(session.execute(select(func.count()).where(mine)).scalar_one())


def _open_of(session: Session, rule_id: str) -> list[RefillEpisodeRow]:
    mine = (EPISODES.c.auto_refill_id == rule_id) & EPISODES.c.state.in_(OPEN)
    return list(session.exec(rows_of(RefillEpisodeRow).where(mine)).all())


def _locked(session: Session, episode_id: str) -> tuple[AutoRefillRow, RefillEpisodeRow]:
    """The rule, locked so that new episodes may still refer to it, and then its episode."""
    rule_id = session.execute(
        select(EPISODES.c.auto_refill_id).where(EPISODES.c.id == episode_id)
    ).scalar_one()
    mine = rows_of(AutoRefillRow).where(AutoRefillRow.id == str(rule_id))
    fresh = {"populate_existing": True}
    rule = session.exec(mine.with_for_update(key_share=True), execution_options=fresh).one()
    episode = session.get_one(RefillEpisodeRow, episode_id, populate_existing=True)
    return rule, episode


def _wait_or_give_up(rule: AutoRefillRow, episode: RefillEpisodeRow, now: datetime) -> None:
    if episode.tries > len(BACK_OFF):
        _give_up(rule, episode, now)
        return
    episode.state, episode.due_at = "waiting", now + BACK_OFF[episode.tries - 1]


def _give_up(rule: AutoRefillRow, episode: RefillEpisodeRow, now: datetime) -> None:
    rule.enabled, rule.off_reason = False, episode.reason
    _close(episode, "given_up", episode.reason, now)


def _close(episode: RefillEpisodeRow, state: str, why: str, now: datetime) -> None:
    episode.state, episode.reason, episode.closed_at = state, why, now
