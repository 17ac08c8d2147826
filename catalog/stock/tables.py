"""Tables of uploads: each file is a batch, each refused row is kept with its reason."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field, SQLModel

from catalog.kernel.database import ID, TENANT, UtcDateTime

_STANDING = text("state IN ('loading', 'pending', 'approved')")


class StockBatchRow(SQLModel, table=True):
    """One uploaded file; nothing of it is sellable before it is approved."""

    __tablename__ = "stock_batch"
    __table_args__ = (
        CheckConstraint(
            "state IN ('loading', 'pending', 'approved', 'rejected', 'rolled_back')",
            name="state",
        ),
        Index(
            "uq_stock_batch_file_hash",
            "file_hash",
            unique=True,
            sqlite_where=_STANDING,
            postgresql_where=_STANDING,
        ),
        TENANT,
    )

    id: str = Field(sa_type=ID, primary_key=True)
    reference: str = Field(unique=True)
    file_name: str
    file_hash: str
    operator: str
    plan_id: str | None = Field(default=None, sa_type=ID, foreign_key="plan.id")
    state: str
    accepted: int = 0
    rejected: int = 0
    duplicates: int = 0
    uploaded_by: str
    uploaded_at: datetime = Field(sa_type=UtcDateTime)
    decided_by: str = ""
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class StockErrorRow(SQLModel, table=True):
    """A refused row of a batch: where and why, never what secret it held."""

    __tablename__ = "stock_error"
    __table_args__ = (TENANT,)

    batch_id: str = Field(sa_type=ID, primary_key=True, foreign_key="stock_batch.id")
    line: int = Field(primary_key=True)
    field: str
    reason: str
