"""Table of receipts: numbered without gaps per register, never changed."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from catalog.kernel.database import ID, TENANT, UtcDateTime


class ReceiptRow(SQLModel, table=True):
    """A receipt or credit note as it was issued."""

    __tablename__ = "receipt"
    __table_args__ = (TENANT,)

    number: str = Field(primary_key=True)
    order_id: str = Field(sa_type=ID, foreign_key="sales_order.id", index=True)
    content: dict[str, Any] = Field(sa_type=JSON)
    issued_at: datetime = Field(sa_type=UtcDateTime)
