"""Tables of what a store says about an eSIM: its word on the service, labels, every change."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field, SQLModel

from catalog.kernel.database import ID, TENANT, UtcDateTime


class EsimServiceRow(SQLModel, table=True):
    """The store's own word on the service of an eSIM, above what its balance says.

    Without a row the balance decides. A change that is under way is `pending`.
    """

    __tablename__ = "esim_service"
    __table_args__ = (
        CheckConstraint("word IN ('pending', 'suspended', 'archived')", name="word"),
        TENANT,
    )

    esim_id: str = Field(sa_type=ID, foreign_key="esim.id", primary_key=True)
    word: str
    reason: str
    actor: str
    at: datetime = Field(sa_type=UtcDateTime)


class EsimLabelRow(SQLModel, table=True):
    """One label of an eSIM; `label_key` is how it is compared, in any capitals."""

    __tablename__ = "esim_label"
    __table_args__ = (Index("ix_esim_label_label_key", "label_key", "esim_id"), TENANT)

    esim_id: str = Field(sa_type=ID, foreign_key="esim.id", primary_key=True)
    label_key: str = Field(primary_key=True)
    label: str


class EsimChangeRow(SQLModel, table=True):
    """One change of one field of an eSIM: immutable, and never of a secret one."""

    __tablename__ = "esim_change"
    __table_args__ = (
        CheckConstraint("old <> new", name="changed"),
        Index("ix_esim_change_esim_id", "esim_id", "at", "id"),
        TENANT,
    )

    id: str = Field(sa_type=ID, primary_key=True)
    esim_id: str = Field(sa_type=ID, foreign_key="esim.id")
    at: datetime = Field(sa_type=UtcDateTime)
    field: str
    old: str
    new: str
    reason: str
    actor: str
