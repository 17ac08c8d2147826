"""Table of profiles: every eSIM, SIM and terminal that the store has or had."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, Index, column, text
from sqlmodel import Field, SQLModel

from catalog.kernel.database import ID, TENANT, UtcDateTime

# Queries use these very words, so that each engine sees that the partial index fits.
AVAILABLE = text("stock_state = 'available'")
OWN_MATCHING_ID = text("matching_id <> '' AND NOT reusable")
RESERVED = text("stock_state = 'reserved'")


def _where_known(name: str, *, unique: bool = False) -> Index:
    known = column(name).is_not(None)
    title = f"{'uq' if unique else 'ix'}_esim_{name}"
    return Index(title, name, unique=unique, sqlite_where=known, postgresql_where=known)


class EsimRow(SQLModel, table=True):
    """One profile, from its upload to its archive; one profile has one owner.

    An available profile is for sale once its lot is open. Some suppliers hand out codes alone:
    then `iccid` is empty and `iccid_key` is NULL until the profile is installed and its number is
    told. What few profiles have is indexed for those alone, so that a million new ones go in fast.
    """

    __tablename__ = "esim"
    __table_args__ = (
        CheckConstraint(
            "stock_state IN ('available', 'reserved', 'sold', 'withdrawn')", name="stock_state"
        ),
        CheckConstraint("line_kind IN ('esim', 'sim', 'terminal')", name="line_kind"),
        CheckConstraint(
            "(stock_state = 'reserved') = (reserved_until IS NOT NULL)", name="reserved_until"
        ),
        CheckConstraint("stock_state <> 'reserved' OR order_id IS NOT NULL", name="order"),
        Index(
            "uq_esim_matching_id",
            "smdp_key",
            "matching_id",
            unique=True,
            sqlite_where=OWN_MATCHING_ID,
            postgresql_where=OWN_MATCHING_ID,
        ),
        Index("ix_esim_available", "lot", "id", sqlite_where=AVAILABLE, postgresql_where=AVAILABLE),
        Index(
            "ix_esim_reserved",
            "reserved_until",
            "lot",
            sqlite_where=RESERVED,
            postgresql_where=RESERVED,
        ),
        _where_known("order_id", unique=True),
        _where_known("sold_at"),
        _where_known("company_id"),
        _where_known("end_user_id"),
        TENANT,
    )

    id: str = Field(sa_type=ID, primary_key=True)
    line_kind: str = "esim"
    iccid: str
    iccid_key: str | None = Field(default=None, unique=True)
    operator: str
    plan_id: str | None = Field(default=None, sa_type=ID, foreign_key="plan.id")
    lot: int | None = None
    """The part of its batch to which it belongs (`doctor`, not the database, looks after it);
    NULL for a profile that was ordered for its buyer and never uploaded."""
    smdp_address: str = ""
    smdp_key: str = ""
    matching_id: str = Field(default="", repr=False)
    oid: str = ""
    confirmation_required: bool = False
    confirmation_code: str = Field(default="", repr=False)
    reusable: bool = False
    eid: str = ""
    msisdn: str = ""
    imsi: str = ""
    pin1: str = Field(default="", repr=False)
    puk1: str = Field(default="", repr=False)
    batch_ref: str = ""
    purchase_order: str = ""
    cost_minor: int | None = Field(default=None, sa_type=BigInteger)
    cost_currency: str = ""
    install_by: date | None = None
    stock_state: str = "available"
    profile_state: str = "released"
    reserved_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    order_id: str | None = Field(default=None, sa_type=ID)
    """NULL for an eSIM that was assigned to its company without a sale."""
    sold_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    company_id: str | None = Field(default=None, sa_type=ID)
    end_user_id: str | None = Field(default=None, sa_type=ID)
    note: str = ""
