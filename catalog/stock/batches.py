"""An uploaded file as one thing: begun, completed, decided on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, func, update
from sqlmodel import Session, col, select

from catalog.kernel.errors import Refused
from catalog.kernel.ids import new_id
from catalog.kernel.numbering import next_number
from catalog.kernel.settings import load_settings
from catalog.stock.history import find_batch
from catalog.stock.lots import LOTS
from catalog.stock.tables import StockBatchRow

LEASE = timedelta(minutes=10)
"""A loading batch that has rested for so long was left by an upload that died."""

_STANDING = ("loading", "pending", "approved")
_DECIDED = {"approve": "approved", "reject": "rejected", "rollback": "rolled_back"}


@dataclass(frozen=True, slots=True)
class BatchDecision:
    """What a decision did: the batch's new state, its profiles kept and removed."""

    batch: str
    state: str
    kept: int
    removed: int
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Origin:
    """Which file a batch comes from, and who brought it."""

    file_name: str
    file_hash: str
    operator: str
    plan_id: str | None
    uploaded_by: str
    uploaded_at: datetime


def begin_batch(session: Session, origin: Origin) -> StockBatchRow:
    """A new batch in state `loading`; a broken-off upload of the same file makes way for it."""
    number = next_number(session, "stock_batch")  # its lock makes two uploads of one file queue
    refuse_known_file(session, origin.file_hash)
    for left in _standing(session, origin.file_hash):
        left.state = "discarded"
    session.flush()
    batch = StockBatchRow(
        id=new_id(),
        reference=f"B-{number:06}",
        state="loading",
        file_name=origin.file_name,
        file_hash=origin.file_hash,
        operator=origin.operator,
        plan_id=origin.plan_id,
        touched_at=origin.uploaded_at,
        uploaded_by=origin.uploaded_by,
        uploaded_at=origin.uploaded_at,
    )
    session.add(batch)
    session.flush()
    return batch


def refuse_known_file(session: Session, file_hash: str) -> None:
    """`Refused` (`already_uploaded`) while a complete batch of the same file stands."""
    for batch in _standing(session, file_hash):
        if batch.state != "loading":
            raise Refused(
                f"This file was already uploaded as batch {batch.reference} ({batch.state}); "
                "nothing has changed. Reject or roll back that batch to upload it again.",
                code="already_uploaded",
                field="file",
            )


def _standing(session: Session, file_hash: str) -> list[StockBatchRow]:
    same_file = and_(
        col(StockBatchRow.file_hash) == file_hash, col(StockBatchRow.state).in_(_STANDING)
    )
    return list(session.exec(select(StockBatchRow).where(same_file)))


def give_up_dead(session: Session, now: datetime) -> None:
    """Discard the batches whose upload died: nothing was written to them for `LEASE`."""
    dead = and_(col(StockBatchRow.state) == "loading", col(StockBatchRow.touched_at) < now - LEASE)
    session.execute(update(StockBatchRow).where(dead).values(state="discarded"))


def discard_batch(session: Session, batch_id: str) -> None:
    """Give an incomplete batch up, as if it had never come; a complete one stays.

    Its profiles are not for sale; `clearing` takes them out of the store.
    """
    batch = session.get(StockBatchRow, batch_id, with_for_update=True, populate_existing=True)
    if batch is not None and batch.state == "loading":
        batch.state = "discarded"
        session.flush()


def complete_batch(
    session: Session, batch_id: str, *, approve: bool, actor: str, now: datetime
) -> StockBatchRow:
    """End the loading: the batch waits for approval, or has it; without rows it is rejected."""
    batch = locked_loading(session, batch_id)
    batch.state = "pending" if batch.accepted else "rejected"
    session.flush()
    if approve and batch.accepted:
        decide_batch(session, batch.reference, "approve", actor=actor, now=now)
    return batch


def locked_loading(session: Session, batch_id: str) -> StockBatchRow:
    """The batch being loaded; `Refused` when another upload or a decision ended it."""
    batch = session.get(StockBatchRow, batch_id, with_for_update=True, populate_existing=True)
    if batch is None or batch.state != "loading":
        raise Refused(
            "This upload was ended by someone else while it ran; nothing of it is kept. See the "
            "list of batches, then upload the file again.",
            code="upload_replaced",
        )
    return batch


def check_approver(session: Session, actor: str, uploaded_by: str) -> None:
    """`Refused` when the store wants a second person to approve and this is the first one."""
    if load_settings(session).stock_approval == "second_person" and actor == uploaded_by:
        raise Refused(
            "This store wants stock approved by another person than the one who uploaded it; "
            "nothing has changed. Upload without approval, then let somebody else approve it.",
            code="second_person_needed",
        )


def decide_batch(
    session: Session, reference: str, decision: str, *, actor: str, now: datetime
) -> StockBatchRow:
    """Approve, reject or roll back a batch; the same decision again changes nothing.

    Approval opens its lots, and so all of its profiles are for sale at once. The others close
    them; `clearing` then removes what is unsold.
    """
    batch = find_batch(session, reference, lock=True)
    target = _DECIDED[decision]
    if batch.state != target:
        _refuse_impossible(batch, decision)
        if decision == "approve":
            check_approver(session, actor, batch.uploaded_by)
        batch.state, batch.decided_by, batch.decided_at = target, actor, now
        lots = update(LOTS).where(LOTS.c.batch_id == batch.id)
        session.execute(lots.values(is_open=decision == "approve"))
        session.flush()
    return batch


def outcome(session: Session, batch_id: str, removed_before: int) -> BatchDecision:
    """What a decision came to once its batch is cleared."""
    batch = session.get_one(StockBatchRow, batch_id, populate_existing=True)
    loaded = func.coalesce(func.sum(LOTS.c.loaded), 0)
    kept = session.execute(select(loaded).where(LOTS.c.batch_id == batch_id)).scalar_one()
    return BatchDecision(batch.reference, batch.state, int(kept), batch.removed - removed_before)


def _refuse_impossible(batch: StockBatchRow, decision: str) -> None:
    if batch.state == "loading" and decision == "approve":
        reason = "is not complete: upload its file again"
    elif batch.state in {"rejected", "rolled_back"}:
        reason = f"is already {batch.state.replace('_', ' ')}"
    else:
        return
    raise Refused(
        f"Batch {batch.reference} {reason}; nothing has changed.", code="batch_state", field="batch"
    )
