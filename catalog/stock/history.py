"""What was uploaded, by whom, and what came of it; refused rows keep their reasons."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from catalog.kernel.errors import NotFound
from catalog.kernel.quoting import quoted
from catalog.kernel.row_errors import RowError
from catalog.stock.tables import StockBatchRow, StockErrorRow
from catalog.tables import PlanRow


@dataclass(frozen=True, slots=True)
class BatchView:
    """One upload and the latest decision on it; `plan` is the SKU of rows that named none."""

    batch: str
    file_name: str
    operator: str
    plan: str | None
    state: str
    accepted: int
    rejected: int
    duplicates: int
    uploaded_by: str
    uploaded_at: datetime
    decided_by: str = ""
    decided_at: datetime | None = None


def find_batch(session: Session, reference: str, *, lock: bool = False) -> StockBatchRow:
    """The batch of a reference in any case, or `NotFound`."""
    named = select(StockBatchRow).where(StockBatchRow.reference == reference.strip().upper())
    batch = session.exec(named.with_for_update() if lock else named).first()
    if batch is None:
        raise NotFound(
            f"There is no batch {quoted(reference)}; nothing has changed.",
            code="unknown_batch",
            field="batch",
        )
    return batch


def batch_views(session: Session) -> list[BatchView]:
    """Every upload, the newest first."""
    statement = (
        select(StockBatchRow, PlanRow.sku)
        .join(PlanRow, col(StockBatchRow.plan_id) == PlanRow.id, isouter=True)
        .where(StockBatchRow.state != "discarded")
        .order_by(col(StockBatchRow.reference).desc())
    )
    return [_view(batch, sku) for batch, sku in session.exec(statement)]


def _view(batch: StockBatchRow, sku: str | None) -> BatchView:
    return BatchView(
        batch=batch.reference,
        file_name=batch.file_name,
        operator=batch.operator,
        plan=sku,
        state=batch.state,
        accepted=batch.accepted,
        rejected=batch.rejected,
        duplicates=batch.duplicates,
        uploaded_by=batch.uploaded_by,
        uploaded_at=batch.uploaded_at,
        decided_by=batch.decided_by,
        decided_at=batch.decided_at,
    )


def refused_rows(session: Session, reference: str, limit: int | None = None) -> list[RowError]:
    """The refused rows of a batch by line, or the first of them."""
    columns = (col(StockErrorRow.line), col(StockErrorRow.field), col(StockErrorRow.reason))
    of_batch = StockErrorRow.batch_id == find_batch(session, reference).id
    found = select(*columns).where(of_batch).order_by(columns[0]).limit(limit)
    return [RowError(*row) for row in session.exec(found)]
