"""Tables of the drawer: shifts and cash movements."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from catalog.kernel.database import ID, TENANT, UtcDateTime

_OPEN = text("closed_at IS NULL")


class ShiftRow(SQLModel, table=True):
    """One shift of a register; at most one is open, a closed one never changes."""

    __tablename__ = "shift"
    __table_args__ = (
        CheckConstraint("float_minor >= 0", name="float"),
        CheckConstraint("counted_minor IS NULL OR counted_minor >= 0", name="counted"),
        Index(
            "uq_shift_open",
            "register_id",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        UniqueConstraint("register_id", "number"),
        TENANT,
    )

    id: str = Field(sa_type=ID, primary_key=True)
    register_id: str
    number: int | None = None
    currency: str
    opened_by: str
    opened_at: datetime = Field(sa_type=UtcDateTime)
    float_minor: int = Field(sa_type=BigInteger)
    closed_by: str = ""
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    counted_minor: int | None = Field(default=None, sa_type=BigInteger)
    expected_minor: int | None = Field(default=None, sa_type=BigInteger)
    reason: str = ""
    totals: dict[str, Any] | None = Field(default=None, sa_type=JSON(none_as_null=True))


class CashMovementRow(SQLModel, table=True):
    """Cash put into or taken out of the drawer besides sales, with its reason."""

    __tablename__ = "cash_movement"
    __table_args__ = (CheckConstraint("amount_minor <> 0", name="amount"), TENANT)

    id: str = Field(sa_type=ID, primary_key=True)
    shift_id: str = Field(sa_type=ID, foreign_key="shift.id", index=True)
    amount_minor: int = Field(sa_type=BigInteger)
    reason: str
    actor: str
    at: datetime = Field(sa_type=UtcDateTime)
