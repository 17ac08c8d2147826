"""An uploaded file as one thing: begun, completed, decided on, and taken back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, exists, func, or_, update
from sqlmodel import Session, col, select

from catalog.esim.tables import EsimRow
from catalog.kernel.errors import Refused
from catalog.kernel.ids import new_id
from catalog.kernel.numbering import next_number
from catalog.stock.history import find_batch
from catalog.stock.tables import StockBatchRow, StockErrorRow

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
    """A new batch in state `loading`; what a broken-off upload of the same file left goes first."""
    number = next_number(session, "stock_batch")  # its lock makes two uploads of one file queue
    refuse_known_file(session, origin.file_hash)
    for left in _standing(session, origin.file_hash):
        discard_batch(session, left.id)
    batch = StockBatchRow(
        id=new_id(),
        reference=f"B-{number:06}",
        state="loading",
        file_name=origin.file_name,
        file_hash=origin.file_hash,
        operator=origin.operator,
        plan_id=origin.plan_id,
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


def discard_batch(session: Session, batch_id: str) -> None:
    """Remove an incomplete batch as if it had never come; a complete one stays."""
    batch = session.get(StockBatchRow, batch_id, with_for_update=True)
    if batch is None or batch.state != "loading":
        return
    session.execute(delete(EsimRow).where(col(EsimRow.batch_id) == batch_id))
    session.execute(delete(StockErrorRow).where(col(StockErrorRow.batch_id) == batch_id))
    session.delete(batch)
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


def decide_batch(
    session: Session, reference: str, decision: str, *, actor: str, now: datetime
) -> BatchDecision:
    """Approve, reject or roll back a batch; the same decision again changes nothing.

    Approval makes pending profiles sellable. The others remove what is unsold; profiles that
    are reserved, sold, or named by an order are kept and counted.
    """
    batch = find_batch(session, reference, lock=True)
    target = _DECIDED[decision]
    if batch.state != target:
        _refuse_impossible(batch, decision)
        batch.state, batch.decided_by, batch.decided_at = target, actor, now
    before = _size(session, batch.id)
    if decision == "approve":
        _move(session, _of(batch.id, "pending"), "available")
    else:
        _remove_unsold(session, batch.id)
    session.flush()
    kept = _size(session, batch.id)
    return BatchDecision(batch.reference, batch.state, kept, before - kept)


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


def _of(batch_id: str, *states: str) -> ColumnElement[bool]:
    return and_(col(EsimRow.batch_id) == batch_id, col(EsimRow.stock_state).in_(states))


def _size(session: Session, batch_id: str) -> int:
    rows = select(func.count()).select_from(EsimRow).where(EsimRow.batch_id == batch_id)
    return session.exec(rows).one()


def _move(session: Session, which: ColumnElement[bool], state: str) -> None:
    unsynchronised = {"synchronize_session": False}
    statement = update(EsimRow).where(which).values(stock_state=state)
    session.execute(statement, execution_options=unsynchronised)


def _remove_unsold(session: Session, batch_id: str) -> None:
    unsold = _of(batch_id, "pending", "available")
    statement = delete(EsimRow).where(unsold, ~or_(*_named_elsewhere()))
    session.execute(statement, execution_options={"synchronize_session": False})
    _move(session, unsold, "withdrawn")  # a cancelled order still names them


def _named_elsewhere() -> list[ColumnElement[bool]]:
    """Whether a row of any other table points at the profile: those rooms are above this one."""
    profile = EsimRow.__table__.c.id  # type: ignore[attr-defined]  # SQLModel adds it
    return [
        exists().where(column == profile)
        for table in EsimRow.metadata.sorted_tables
        for column in table.columns
        if column.references(profile)
    ]
