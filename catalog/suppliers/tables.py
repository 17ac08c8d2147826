"""Tables of suppliers, and of the profiles that are ordered from them one by one."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, text
from sqlmodel import Field, SQLModel

from catalog.kernel.database import ID, TENANT, UtcDateTime

IN_HAND = text("state NOT IN ('delivered', 'failed', 'cancelled')")


class SupplierRow(SQLModel, table=True):
    """An SM-DP+ and how it is reached; its certificates and the key are named, never kept."""

    __tablename__ = "supplier"
    __table_args__ = (
        CheckConstraint("timeout_s > 0 AND concurrent > 0 AND per_minute > 0", name="limits"),
        TENANT,
    )

    id: str = Field(sa_type=ID, primary_key=True)
    name: str = Field(unique=True)
    url: str
    ca: str
    cert: str
    key: str
    requester: str
    smdp_address: str
    protocol: str
    release_apart: bool
    confirmation: bool
    wants_eid: bool
    timeout_s: int
    concurrent: int
    per_minute: int
    added_by: str
    added_at: datetime = Field(sa_type=UtcDateTime)
    removed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class DownloadOrderRow(SQLModel, table=True):
    """One profile ordered for one paid order: each step is written before it is asked for.

    `planned` nothing was sent; `ordering` downloadOrder may be out, and is never sent again;
    `unknown` nobody knows whether it was carried out; `allocated` there is an ICCID, `linked` it
    is tied to the phone of an EID as well; `confirming`, `releasing` and `cancelling` may be
    repeated; `released` there is a code.
    `calls` are the functions asked for with their call ids, the latest last.
    """

    __tablename__ = "download_order"
    __table_args__ = (
        CheckConstraint(
            "state IN ('planned', 'ordering', 'unknown', 'allocated', 'linked', 'confirming', "
            "'confirmed', 'releasing', 'released', 'delivered', 'cancelling', 'cancelled', "
            "'failed')",
            name="state",
        ),
        CheckConstraint(
            "iccid <> '' OR state IN ('planned', 'ordering', 'unknown', 'failed')", name="iccid"
        ),
        CheckConstraint(
            "matching_id <> '' OR eid <> '' OR state NOT IN "
            "('confirmed', 'releasing', 'released', 'delivered')",
            name="matching_id",
        ),
        Index(
            "ix_download_order_in_hand",
            "state",
            "order_id",
            sqlite_where=IN_HAND,
            postgresql_where=IN_HAND,
        ),
        TENANT,
    )

    id: str = Field(sa_type=ID, primary_key=True)
    reference: str = Field(unique=True)
    order_id: str = Field(sa_type=ID, unique=True)
    supplier_id: str = Field(sa_type=ID, foreign_key="supplier.id", index=True)
    profile_type: str
    state: str = "planned"
    call_id: str = ""
    calls: list[dict[str, Any]] = Field(default=[], sa_type=JSON)
    iccid: str = ""
    iccid_key: str | None = Field(default=None, unique=True)
    matching_id: str = Field(default="", repr=False)
    confirmation_code: str = Field(default="", repr=False)
    """Made by the store where the supplier or the plan demands one; empty elsewhere."""
    eid: str = ""
    """The phone that it is tied to; empty where any may load it."""
    smdp_address: str = ""
    is_unheard: bool = False
    """An answer of the present step was lost, so that a repetition may find it done."""
    given_up: bool = False
    """Its money goes back: whatever still comes of it is cancelled."""
    tries: int = 0
    reason: str = ""
    reason_code: str = ""
    busy_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)
    changed_at: datetime = Field(sa_type=UtcDateTime)
