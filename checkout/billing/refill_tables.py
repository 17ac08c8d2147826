"""Tables of automatic refills: what was set, each episode, and its tries."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Index, text
from sqlmodel import Field, SQLModel

from catalog.kernel.database import ID, TENANT, UtcDateTime

_OPEN = text("state IN ('waiting', 'trying', 'paused')")
_WAITING = text("state = 'waiting'")


class AutoRefillRow(SQLModel, table=True):
    """How a line or a wallet is refilled by itself, and how often at most.

    `threshold` and what is compared with it are bytes of a line, minor units of a wallet. What is
    bought is the name of a refill for a line, and an amount for a wallet.
    """

    __tablename__ = "auto_refill"
    __table_args__ = (
        CheckConstraint("kind IN ('esim', 'wallet')", name="kind"),
        CheckConstraint("pay IN ('card', 'company-card', 'wallet', 'company-wallet')", name="pay"),
        CheckConstraint("(kind = 'wallet') = (amount_minor > 0)", name="what"),
        CheckConstraint("daily_cap > 0 AND monthly_cap > 0", name="caps"),
        TENANT,
    )

    id: str = Field(sa_type=ID, primary_key=True)
    kind: str
    subject_id: str = Field(sa_type=ID, unique=True)
    """The line, or the wallet."""
    threshold: int = Field(sa_type=BigInteger)
    refill: str = ""
    amount_minor: int = Field(default=0, sa_type=BigInteger)
    pay: str
    daily_cap: int
    """Refills within 24 hours; `monthly_cap` within 30 days."""
    monthly_cap: int
    enabled: bool = True
    off_reason: str = ""
    actor: str
    set_at: datetime = Field(sa_type=UtcDateTime)


class RefillEpisodeRow(SQLModel, table=True):
    """One time that something fell under its threshold, from then to the refill or the giving up.

    `waiting` is due at an instant, `trying` has an order whose outcome is not known, `paused`
    waits for the owner of the card. It counts for the caps from its first try on, whatever comes.
    """

    __tablename__ = "refill_episode"
    __table_args__ = (
        CheckConstraint(
            "state IN ('waiting', 'trying', 'paused', 'refilled', 'lapsed', 'given_up')",
            name="state",
        ),
        CheckConstraint("state <> 'trying' OR order_id IS NOT NULL", name="trying_has_its_order"),
        CheckConstraint("tries >= 0", name="tries"),
        Index("uq_refill_episode_open", "auto_refill_id", unique=True, sqlite_where=_OPEN,
              postgresql_where=_OPEN),
        Index("ix_refill_episode_due", "due_at", sqlite_where=_WAITING, postgresql_where=_WAITING),
        Index("ix_refill_episode_claimed", "auto_refill_id", "claimed_at"),
        TENANT,
    )  # fmt: skip

    id: str = Field(sa_type=ID, primary_key=True)
    auto_refill_id: str = Field(sa_type=ID, foreign_key="auto_refill.id")
    state: str
    opened_at: datetime = Field(sa_type=UtcDateTime)
    due_at: datetime = Field(sa_type=UtcDateTime)
    tries: int = 0
    order_id: str | None = Field(default=None, sa_type=ID)
    reason: str = ""
    claimed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class RefillTryRow(SQLModel, table=True):
    """One order of an episode; `with_owner` was paid on a page by the owner of the card."""

    __tablename__ = "refill_try"
    __table_args__ = (TENANT,)

    episode_id: str = Field(sa_type=ID, foreign_key="refill_episode.id", primary_key=True)
    number: int = Field(primary_key=True)
    order_id: str = Field(sa_type=ID, unique=True)
    with_owner: bool
    at: datetime = Field(sa_type=UtcDateTime)
