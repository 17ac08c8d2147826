"""What fell under its threshold: an episode is opened in the transaction in which it fell.

Nothing outside is asked here: whoever carries refills out finds the episode after the commit.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, exists, or_, select
from sqlmodel import Session

from catalog.kernel.database import chunks
from catalog.kernel.ids import new_id
from catalog.kernel.inserts import insert_new
from checkout.billing.refill_tables import AutoRefillRow, RefillEpisodeRow
from checkout.billing.tables import LedgerAccountRow, LineRow
from checkout.billing.usage_tables import UsagePostingRow

RULES: Table = AutoRefillRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it
EPISODES: Table = RefillEpisodeRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it
_LINES: Table = LineRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it
_ACCOUNTS: Table = LedgerAccountRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it
_STEPS: Table = UsagePostingRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it

OPEN = ("waiting", "trying", "paused")
"""States of an episode that is under way; there is one at most."""
_ANY_WALLET = select(exists().where(RULES.c.kind == "wallet", RULES.c.enabled))
_ANY_LINE = select(exists().where(RULES.c.kind == "esim", RULES.c.enabled))


def watch_wallets(session: Session, wallet_ids: Iterable[str], now: datetime) -> None:
    """Open an episode for each of the wallets, just debited, that is under its threshold."""
    wanted = sorted(set(wallet_ids))
    if len(wanted) > 1 and not session.execute(_ANY_WALLET).scalar_one():
        return
    for part in chunks(wanted):
        _open(session, _wallets().where(RULES.c.subject_id.in_(part)), now)


def watch_step(session: Session, step: int, now: datetime) -> None:
    """Open an episode for each line that a step of usage took under its threshold."""
    if not session.execute(_ANY_LINE).scalar_one():
        return
    touched = _lines(now).join(_STEPS, _STEPS.c.line == _LINES.c.number)
    _open(session, touched.where(_STEPS.c.step == step), now)


def watch_all(session: Session, now: datetime) -> None:
    """Open an episode for everything that is under its threshold, whatever took it there."""
    _open(session, _wallets(), now)
    _open(session, _lines(now), now)


def watch_one(session: Session, rule_id: str, now: datetime) -> None:
    """The same for one of them: at once when it is set."""
    for statement in (_wallets(), _lines(now)):
        _open(session, statement.where(RULES.c.id == rule_id), now)


def is_needed(session: Session, rule_id: str, now: datetime) -> bool:
    """Whether it is under its threshold now, and still to be refilled."""
    found = (one.where(RULES.c.id == rule_id) for one in (_wallets(), _lines(now)))
    return any(session.execute(one).first() is not None for one in found)


def _wallets() -> Select[Any]:
    """A wallet without any movement holds nothing, and is refilled when money is first wanted."""
    return (
        select(RULES.c.id)
        .join(_ACCOUNTS, _ACCOUNTS.c.id == RULES.c.subject_id)
        .where(RULES.c.kind == "wallet", RULES.c.enabled)
        .where(_ACCOUNTS.c.balance < RULES.c.threshold)
    )


def _lines(now: datetime) -> Select[Any]:
    """Of a line that has expired or ended nothing falls any more: only a person refills it.

    Nor is data bought for one on whose service the store has said its own word.
    """
    return (
        select(RULES.c.id)
        .join(_LINES, _LINES.c.id == RULES.c.subject_id)
        .where(RULES.c.kind == "esim", RULES.c.enabled, _runs(now))
        .where(_LINES.c.left_bytes < RULES.c.threshold)
    )


def _runs(now: datetime) -> ColumnElement[bool]:
    is_current = or_(_LINES.c.expires_at.is_(None), _LINES.c.expires_at > now)
    return _LINES.c.ended_at.is_(None) & is_current & ~_LINES.c.is_held


def _open(session: Session, under: Select[Any], now: datetime) -> None:
    mine = (EPISODES.c.auto_refill_id == RULES.c.id) & EPISODES.c.state.in_(OPEN)
    ids = session.execute(under.where(~exists().where(mine))).scalars().all()
    rows = [
        {
            "id": new_id(),
            "auto_refill_id": rule_id,
            "state": "waiting",
            "opened_at": now,
            "due_at": now,
            "tries": 0,
            "reason": "",
        }
        for rule_id in sorted(ids)
    ]
    insert_new(session, EPISODES, rows, "id")
