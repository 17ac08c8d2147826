"""Table of receipts: numbered without gaps per register, never changed."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from catalog.kernel.database import ID, TENANT, UtcDateTime


class ReceiptRow(SQLModel, table=True):
    """A receipt, invoice or credit note as it was printed.

    That of a payment for an invoice has no order.
    """

    __tablename__ = "receipt"
    __table_args__ = (TENANT,)

    number: str = Field(primary_key=True)
    order_id: str | None = Field(default=None, sa_type=ID, foreign_key="sales_order.id", index=True)
    content: dict[str, Any] = Field(sa_type=JSON)
    issued_at: datetime = Field(sa_type=UtcDateTime)
