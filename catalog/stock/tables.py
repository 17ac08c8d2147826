"""Tables of uploads: a file is a batch of counted lots, and refused rows keep their reasons."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field, SQLModel

from catalog.kernel.database import CLUSTERED, ID, TENANT, UtcDateTime

OPEN = text("is_open")
_STANDING = text("state IN ('loading', 'pending', 'approved')")


class StockBatchRow(SQLModel, table=True):
    """One uploaded file; nothing of it is sellable before it is approved."""

    __tablename__ = "stock_batch"
    __table_args__ = (
        CheckConstraint(
            "state IN ('loading', 'pending', 'approved', 'rejected', 'rolled_back', 'discarded')",
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
    removed: int = 0
    """Accepted profiles that a rejection or a rollback has taken out of the store so far."""
    touched_at: datetime = Field(sa_type=UtcDateTime)
    """When the upload last wrote a row; a loading batch that rests for long has died."""
    uploaded_by: str
    uploaded_at: datetime = Field(sa_type=UtcDateTime)
    decided_by: str = ""
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class StockLotRow(SQLModel, table=True):
    """The profiles of a batch that are alike to a seller; opened all at once by the approval."""

    __tablename__ = "stock_lot"
    __table_args__ = (
        Index(
            "ix_stock_lot_open",
            "plan_id",
            "operator",
            "number",
            sqlite_where=OPEN,
            postgresql_where=OPEN,
        ),
        TENANT,
    )

    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    batch_id: str = Field(sa_type=ID, foreign_key="stock_batch.id", index=True)
    plan_id: str | None = Field(default=None, sa_type=ID, foreign_key="plan.id")
    operator: str
    install_by: date | None = None
    line_kind: str = "esim"
    is_open: bool = False
    loaded: int = 0
    """Profiles that are in the store, whatever became of them."""


class StockCountRow(SQLModel, table=True):
    """How many profiles of a lot have left the shelf: counted as it happens, never by looking.

    Each process of a server counts in a slot of its own, so that tills do not queue for one row.
    """

    __tablename__ = "stock_count"
    __table_args__ = (CLUSTERED,)

    lot: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    slot: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    taken: int = 0
    """Reserved, sold and withdrawn ones, less those that came back."""
    withdrawn: int = 0
    """Those of the taken ones that will never be sold."""


class StockErrorRow(SQLModel, table=True):
    """A refused row of a batch: where and why, never what secret it held."""

    __tablename__ = "stock_error"
    __table_args__ = (TENANT,)

    batch_id: str = Field(sa_type=ID, primary_key=True, foreign_key="stock_batch.id")
    line: int = Field(primary_key=True)
    field: str
    reason: str
