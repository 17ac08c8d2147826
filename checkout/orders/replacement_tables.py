"""Tables of replacements: the profiles that eSIMs had before, and those ordered for them live."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field, SQLModel

from catalog.kernel.database import ID, TENANT, UtcDateTime

_ORDERED = text("state = 'ordered'")


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


class LiveReplacementRow(SQLModel, table=True):
    """Another profile for a sold eSIM that is ordered from a supplier; one at a time for each.

    `ordered`: what was asked of the supplier is the download of this id. The eSIM keeps its profile
    until the new one is there (`done`, with a replacement of this id), or will not come
    (`given_up`).
    """

    __tablename__ = "live_replacement"
    __table_args__ = (
        CheckConstraint("state IN ('ordered', 'done', 'given_up')", name="state"),
        CheckConstraint("(state = 'ordered') = (ended_at IS NULL)", name="ended"),
        Index("uq_live_replacement_ordered", "esim_id", unique=True, sqlite_where=_ORDERED,
              postgresql_where=_ORDERED),
        TENANT,
    )  # fmt: skip

    id: str = Field(sa_type=ID, primary_key=True)
    esim_id: str = Field(sa_type=ID, foreign_key="esim.id", index=True)
    plan_id: str = Field(sa_type=ID, foreign_key="plan.id")
    state: str = "ordered"
    request_key: str
    """The key that answers with the new profile once it is there."""
    reason: str
    actor: str
    at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
