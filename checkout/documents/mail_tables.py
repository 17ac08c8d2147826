"""Table of messages to buyers: written ahead, sent after; none holds a code."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field, SQLModel

from catalog.kernel.database import ID, TENANT, UtcDateTime

_PENDING = text("state = 'pending'")


class EsimMailRow(SQLModel, table=True):
    """One message about an eSIM, and how far it has come: the log of who sent what to whom.

    What it says is read from the store when it is sent. `due_at` of a pending one is when it is
    tried next, or, while somebody is sending it, when somebody else may.
    """

    __tablename__ = "esim_mail"
    __table_args__ = (
        CheckConstraint("part IN ('esim', 'confirmation')", name="part"),
        CheckConstraint("state IN ('pending', 'sent', 'refused', 'dropped')", name="state"),
        CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="sent_at"),
        CheckConstraint("(state = 'pending') = (due_at IS NOT NULL)", name="due_at"),
        Index(
            "ix_esim_mail_due",
            "due_at",
            sqlite_where=_PENDING,
            postgresql_where=_PENDING,
        ),
        TENANT,
    )

    id: str = Field(sa_type=ID, primary_key=True)
    esim_id: str = Field(sa_type=ID, foreign_key="esim.id", index=True)
    part: str
    """`esim` with everything that installs it, or `confirmation` with the code alone."""
    recipient: str
    state: str = "pending"
    tries: int = 0
    trouble: str = ""
    """The code of what went wrong at the last try."""
    actor: str
    wanted_at: datetime = Field(sa_type=UtcDateTime)
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
