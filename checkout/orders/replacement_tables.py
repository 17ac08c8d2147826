"""Table of the profiles that eSIMs had before."""

from datetime import datetime

from sqlalchemy import CheckConstraint
from sqlmodel import Field, SQLModel

from catalog.kernel.database import ID, TENANT, UtcDateTime


class ReplacementRow(SQLModel, table=True):
    """An eSIM got another profile; the old one lies in the withdrawn record `former_id`."""

    __tablename__ = "esim_replacement"
    __table_args__ = (
        CheckConstraint("kind IN ('replacement', 'sim_swap')", name="kind"),
        CheckConstraint("esim_id <> former_id", name="another"),
        TENANT,
    )

    id: str = Field(sa_type=ID, primary_key=True)
    esim_id: str = Field(sa_type=ID, foreign_key="esim.id", index=True)
    former_id: str = Field(sa_type=ID, foreign_key="esim.id", unique=True)
    kind: str
    reason: str
    actor: str
    at: datetime = Field(sa_type=UtcDateTime)
