"""Table of plans."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint
from sqlmodel import Field, SQLModel

from catalog.kernel.database import ID, TENANT, UtcDateTime


class PlanRow(SQLModel, table=True):
    """A plan: what lists and claims need as columns, the whole value as JSON in `terms`."""

    __tablename__ = "plan"
    __table_args__ = (
        CheckConstraint("price_minor >= 0", name="price"),
        CheckConstraint("length(currency) = 3", name="currency"),
        CheckConstraint(
            "kind IN ('prepaid', 'paygo', 'monthly_bundle', 'pay_per_mb', 'unlimited', "
            "'static_pool', 'dynamic_pool')",
            name="kind",
        ),
        TENANT,
    )

    id: str = Field(sa_type=ID, primary_key=True)
    sku: str = Field(unique=True)
    kind: str
    name: str
    operator: str
    currency: str
    price_minor: int = Field(sa_type=BigInteger)
    data_bytes: int | None = Field(default=None, sa_type=BigInteger)
    validity_days: int | None = None
    terms: dict[str, Any] = Field(sa_type=JSON)
    updated_at: datetime = Field(sa_type=UtcDateTime)
