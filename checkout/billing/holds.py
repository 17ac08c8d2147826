"""Holds: money of a wallet set aside for something under way.

A hold ends once: it is captured (in full or in part), voided, or times out at its deadline. From
that instant on it counts no more, whether `time_out_holds` has been there or not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col, select

from catalog.kernel.errors import IdempotencyConflict, Refused
from catalog.kernel.money import money_words
from checkout.billing.ledger import Posting, post
from checkout.billing.paygo_months import bring_up_to_date
from checkout.billing.tables import WalletRow
from checkout.billing.wallet_tables import HoldRow

SWEEP = 500
"""Most holds that one transaction of the sweep resolves."""


@dataclass(frozen=True, slots=True)
class Hold:
    """What somebody wants to set aside: the id is made by the asker and is the key of the hold."""

    id: str
    wallet_id: str
    amount_minor: int
    currency: str
    deadline_at: datetime
    reason: str


def place_hold(session: Session, hold: Hold, actor: str, now: datetime) -> HoldRow:
    """Set an amount aside, once per id; the same id again gives the hold as it is by then.

    MRC that is due on the wallet's lines comes first.

    Raises:
        Refused: the wallet is off, of another currency, or cannot spend that much.
        IdempotencyConflict: the id stands for a hold of another wallet or amount.

    """
    funds, _months = bring_up_to_date(session, [hold.wallet_id], now, actor)
    earlier = session.get(HoldRow, hold.id, populate_existing=True)
    if earlier is not None:
        return _same(earlier, hold)
    wallet = session.get_one(WalletRow, hold.wallet_id)
    _check(wallet, hold, funds[wallet.id])
    row = HoldRow(
        id=hold.id,
        wallet_id=wallet.id,
        amount_minor=hold.amount_minor,
        reason=hold.reason,
        actor=actor,
        created_at=now,
        deadline_at=hold.deadline_at,
    )
    session.add(row)
    session.flush()
    return row


def capture(session: Session, hold_id: str, postings: Sequence[Posting], now: datetime) -> None:
    """Take the postings' sum, at most what is held, out of the wallet; the rest is free again.

    Every posting debits the hold's wallet and is about the hold (`subject_id`). A hold that is
    over, or past its deadline, is `Refused`: its money may be spent by now.
    """
    amount_minor = sum(one.amount for one in postings)
    row = session.get(HoldRow, hold_id, populate_existing=True)
    sides = {(one.debit.id, one.subject_id) for one in postings}
    if row is None or amount_minor > row.amount_minor or sides != {(row.wallet_id, row.id)}:
        raise ValueError("a capture takes at most what is held, from the wallet of its hold")
    if not _end(session, hold_id, "captured", now, amount_minor):
        raise Refused(
            "The money in the wallet is no longer set aside for this; nothing was charged. "
            "Begin again.",
            code="hold_over",
        )
    post(session, postings)


def void(session: Session, hold_id: str, now: datetime) -> bool:
    """Let a hold go; whether this call did it, and no end or deadline before."""
    return _end(session, hold_id, "voided", now)


def time_out_holds(session: Session, now: datetime, limit: int = SWEEP) -> int:
    """Resolve holds that are past their deadlines, as of these; how many were."""
    due = (col(HoldRow.state) == "held") & (col(HoldRow.deadline_at) <= now)
    oldest = select(HoldRow.id).where(due).order_by(col(HoldRow.deadline_at)).limit(limit)
    ids = session.exec(oldest.with_for_update(skip_locked=True)).all()
    ended = update(HoldRow).where(col(HoldRow.id).in_(ids), due)
    values = {"state": "timed_out", "resolved_at": HoldRow.deadline_at}
    done = session.execute(ended.values(values).returning(col(HoldRow.id)))
    return len(done.all())


def _same(row: HoldRow, hold: Hold) -> HoldRow:
    if (row.wallet_id, row.amount_minor) != (hold.wallet_id, hold.amount_minor):
        raise IdempotencyConflict(
            "This hold's id stands for another one; that one is unchanged and nothing was set "
            "aside. Use a new id."
        )
    return row


def _check(wallet: WalletRow, hold: Hold, free_minor: int) -> None:
    if not wallet.enabled:
        raise Refused("This wallet is not enabled; nothing was charged.", code="wallet_disabled")
    if wallet.currency != hold.currency:
        raise Refused(
            f"The wallet holds {wallet.currency} and the price is in {hold.currency}; nothing was "
            "charged and nothing is converted. Pay another way.",
            code="currency_mismatch",
        )
    if free_minor < hold.amount_minor:
        raise Refused(
            f"The wallet can spend {money_words(max(free_minor, 0), hold.currency)} and "
            f"{money_words(hold.amount_minor, hold.currency)} are needed; nothing was charged. "
            "Top it up or pay another way.",
            code="wallet_too_low",
        )


def _end(
    session: Session, hold_id: str, state: str, now: datetime, captured_minor: int = 0
) -> bool:
    """End a hold that is open and before its deadline; of many who try, one does."""
    is_open = (col(HoldRow.state) == "held") & (col(HoldRow.deadline_at) > now)
    statement = update(HoldRow).where(col(HoldRow.id) == hold_id, is_open)
    values = {"state": state, "captured_minor": captured_minor, "resolved_at": now}
    ended = session.execute(statement.values(values).returning(col(HoldRow.id))).first()
    return ended is not None
