"""Tables of companies and end users, and of what was changed about them."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint
from sqlmodel import Field, SQLModel

from catalog.kernel.database import ID, TENANT, UtcDateTime


class CompanyRow(SQLModel, table=True):
    """A business client or a virtual point of sale."""

    __tablename__ = "company"
    __table_args__ = (
        CheckConstraint("vat_rate IS NULL OR vat_rate BETWEEN 0 AND 10000", name="vat_rate"),
        CheckConstraint("credit_limit_minor >= 0", name="credit_limit"),
        CheckConstraint("NOT reverse_charge OR vat_number <> ''", name="reverse_charge"),
        TENANT,
    )

    id: str = Field(sa_type=ID, primary_key=True)
    name: str
    name_key: str = Field(unique=True)
    currency: str
    vat_rate: int | None = None
    credit_limit_minor: int = Field(default=0, sa_type=BigInteger)
    virtual: bool = False
    vat_number: str = ""
    registration: str = ""
    email: str = ""
    street: str = ""
    postcode: str = ""
    city: str = ""
    country: str = ""
    reverse_charge: bool = False
    """It accounts for the VAT itself: none is charged, and its invoices say so."""
    created_at: datetime = Field(sa_type=UtcDateTime)


class EndUserRow(SQLModel, table=True):
    """A person who buys and uses eSIMs; belongs to a company."""

    __tablename__ = "end_user"
    __table_args__ = (
        CheckConstraint("vat_rate IS NULL OR vat_rate BETWEEN 0 AND 10000", name="vat_rate"),
        TENANT,
    )

    id: str = Field(sa_type=ID, primary_key=True)
    email: str = Field(unique=True)
    name: str = ""
    company_id: str = Field(sa_type=ID, foreign_key="company.id", index=True)
    vat_rate: int | None = None
    created_at: datetime = Field(sa_type=UtcDateTime)


class AccountChangeRow(SQLModel, table=True):
    """One field of a company or an end user that was changed: who, when, from what to what."""

    __tablename__ = "account_change"
    __table_args__ = (
        CheckConstraint("subject_kind IN ('company', 'end_user')", name="subject_kind"),
        CheckConstraint("old <> new", name="change"),
        CheckConstraint("number > 0", name="number"),
        TENANT,
    )

    subject_id: str = Field(sa_type=ID, primary_key=True)
    number: int = Field(primary_key=True)
    subject_kind: str
    at: datetime = Field(sa_type=UtcDateTime)
    actor: str
    field: str
    old: str
    new: str
