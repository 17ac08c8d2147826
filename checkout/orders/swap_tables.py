"""Table of SIM swaps: what is asked of the operator, how often, and how it ended."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field, SQLModel

from catalog.kernel.database import ID, TENANT, UtcDateTime

_WAITING = text("state = 'waiting'")


class SimSwapRow(SQLModel, table=True):
    """A phone number on its way from the card of an eSIM to a blank one."""

    __tablename__ = "sim_swap"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'unknown', 'done', 'failed')", name="state"),
        CheckConstraint("esim_id <> blank_id", name="another"),
        CheckConstraint("tries BETWEEN 0 AND 6", name="tries"),
        CheckConstraint("(state IN ('done', 'failed')) = (ended_at IS NOT NULL)", name="ended"),
        Index("ix_sim_swap_waiting", "due_at", sqlite_where=_WAITING, postgresql_where=_WAITING),
        TENANT,
    )

    id: str = Field(sa_type=ID, primary_key=True)
    esim_id: str = Field(sa_type=ID, foreign_key="esim.id", index=True)
    blank_id: str = Field(sa_type=ID, foreign_key="esim.id", index=True)
    """The card that it goes to; once done, the record in which the old one lies."""
    old_iccid: str
    new_iccid: str
    msisdn: str
    state: str = "waiting"
    call_id: str = Field(sa_type=ID)
    """What every try carries, so that the operator does it once."""
    tries: int = 0
    due_at: datetime = Field(sa_type=UtcDateTime)
    busy_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """Somebody is asking until then; whoever died is not waited for."""
    answer: str = ""
    reason: str
    actor: str
    begun_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
