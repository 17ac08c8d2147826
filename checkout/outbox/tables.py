"""Table of the outbox: letters that are written ahead and sent after; none holds its content."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field, SQLModel

from catalog.kernel.database import ID, TENANT, UtcDateTime

_PENDING = text("state = 'pending'")
_ASKED = text("state = 'pending' AND kind = 'approval'")


class LetterRow(SQLModel, table=True):
    """One letter and how far it has come: the log of who sent what to whom.

    What it says, and so every code, is read from the store when it is sent. Its id is the key that
    the message carries, by which a second copy is known for one. Of those that ask for an approval
    one at a time waits for each episode.
    """

    __tablename__ = "letter"
    __table_args__ = (
        CheckConstraint("kind IN ('esim', 'confirmation', 'approval')", name="kind"),
        CheckConstraint("state IN ('pending', 'sent', 'refused', 'dropped')", name="state"),
        CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="sent_at"),
        CheckConstraint("state <> 'sent' OR recipient <> ''", name="recipient"),
        CheckConstraint("state = 'pending' OR busy_until IS NULL", name="busy_until"),
        Index("uq_letter_asked", "subject_id", unique=True, sqlite_where=_ASKED,
              postgresql_where=_ASKED),
        Index("ix_letter_due", "due_at", sqlite_where=_PENDING, postgresql_where=_PENDING),
        TENANT,
    )  # fmt: skip

    id: str = Field(sa_type=ID, primary_key=True)
    kind: str
    """`esim` with all that installs it, `confirmation` with that code alone, `approval` with the
    page on which a card's owner lets a refill go on."""
    subject_id: str = Field(sa_type=ID, index=True)
    """The eSIM, or the episode of a refill."""
    recipient: str = ""
    """Whom it is for; of an approval that is found when it is sent."""
    state: str = "pending"
    tries: int = 0
    trouble: str = ""
    """The code of what went wrong at the last try, and `reason` in words."""
    reason: str = ""
    actor: str
    written_at: datetime = Field(sa_type=UtcDateTime)
    due_at: datetime = Field(sa_type=UtcDateTime)
    busy_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """Until when it is its sender's alone."""
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
