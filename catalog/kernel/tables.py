"""Tables of the floor: settings, request keys and number series."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from catalog.kernel.database import CLUSTERED, TENANT, UtcDateTime


class SettingRow(SQLModel, table=True):
    """One setting of this store, as text."""

    __tablename__ = "setting"
    __table_args__ = (TENANT,)

    name: str = Field(primary_key=True)
    value: str


class RequestRow(SQLModel, table=True):
    """An idempotency key, written before the effect; `result` is set when the effect is done."""

    __tablename__ = "request"
    __table_args__ = (TENANT,)

    key: str = Field(primary_key=True)
    verb: str
    body_hash: str
    subject_id: str | None = None
    result: dict[str, Any] | None = Field(default=None, sa_type=JSON(none_as_null=True))
    actor: str
    created_at: datetime = Field(sa_type=UtcDateTime)


class NumberSeriesRow(SQLModel, table=True):
    """The last number given in a gap-free series."""

    __tablename__ = "number_series"
    __table_args__ = (CLUSTERED,)

    name: str = Field(primary_key=True)
    last: int = 0
