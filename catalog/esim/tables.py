"""Table of profiles: every eSIM, SIM and terminal that the store has or had."""

from datetime import date, datetime

from sqlalchemy import BigInteger, BindParameter, CheckConstraint, ColumnElement, Index, or_, text
from sqlmodel import Field, SQLModel, col

from catalog.kernel.database import ID, TENANT, UtcDateTime

# Queries use these very words, so that each engine sees that the partial index fits.
AVAILABLE = text("stock_state = 'available'")
OWN_MATCHING_ID = text("matching_id <> '' AND NOT reusable")
_RESERVED = text("stock_state = 'reserved'")


class EsimRow(SQLModel, table=True):
    """One profile, from its upload to its archive; one profile has one owner.

    Some suppliers hand out codes alone: then `iccid` is empty and `iccid_key` is NULL until the
    profile is installed and its number is told.
    """

    __tablename__ = "esim"
    __table_args__ = (
        CheckConstraint(
            "stock_state IN ('pending', 'available', 'reserved', 'sold', 'withdrawn')",
            name="stock_state",
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
        Index(
            "ix_esim_available",
            "plan_id",
            "operator",
            "id",
            "install_by",  # so that counting what can be sold reads the index alone
            sqlite_where=AVAILABLE,
            postgresql_where=AVAILABLE,
        ),
        Index(
            "ix_esim_reserved",
            "reserved_until",
            sqlite_where=_RESERVED,
            postgresql_where=_RESERVED,
        ),
        TENANT,
    )

    id: str = Field(sa_type=ID, primary_key=True)
    line_kind: str = "esim"
    iccid: str
    iccid_key: str | None = Field(default=None, unique=True)
    operator: str
    plan_id: str | None = Field(default=None, sa_type=ID, foreign_key="plan.id")
    batch_id: str | None = Field(default=None, sa_type=ID, foreign_key="stock_batch.id", index=True)
    """NULL for a profile that was ordered for its buyer and never uploaded."""
    smdp_address: str = ""
    smdp_key: str = ""
    matching_id: str = ""
    oid: str = ""
    confirmation_required: bool = False
    confirmation_code: str = ""
    reusable: bool = False
    eid: str = ""
    msisdn: str = ""
    imsi: str = ""
    pin1: str = ""
    puk1: str = ""
    batch_ref: str = ""
    purchase_order: str = ""
    cost_minor: int | None = Field(default=None, sa_type=BigInteger)
    cost_currency: str = ""
    install_by: date | None = None
    stock_state: str = "pending"
    profile_state: str = "released"
    reserved_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    order_id: str | None = Field(default=None, sa_type=ID, unique=True)
    """NULL for an eSIM that was assigned to its company without a sale."""
    sold_at: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)
    company_id: str | None = Field(default=None, sa_type=ID, index=True)
    end_user_id: str | None = Field(default=None, sa_type=ID, index=True)
    note: str = ""


def installable(day: date | BindParameter[date]) -> ColumnElement[bool]:
    """Whether a profile can still be installed on a day; its last one counts."""
    return or_(col(EsimRow.install_by).is_(None), col(EsimRow.install_by) >= day)
