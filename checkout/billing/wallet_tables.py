"""Tables of what happens to wallets beside postings: holds, and changes of their limits."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Index, text
from sqlmodel import Field, SQLModel

from catalog.kernel.database import ID, TENANT, UtcDateTime

_HELD = text("state = 'held'")


class WalletChangeRow(SQLModel, table=True):
    """One change of a wallet's limit or use: who, when, from what to what; never changed."""

    __tablename__ = "wallet_change"
    __table_args__ = (
        CheckConstraint(
            "old_minimum_minor <> new_minimum_minor OR was_enabled <> is_enabled", name="change"
        ),
        TENANT,
    )

    wallet_id: str = Field(sa_type=ID, foreign_key="wallet.id", primary_key=True)
    number: int = Field(primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)
    actor: str
    old_minimum_minor: int = Field(sa_type=BigInteger)
    new_minimum_minor: int = Field(sa_type=BigInteger)
    was_enabled: bool
    is_enabled: bool
    free_minor: int = Field(sa_type=BigInteger)
    """The balance without holds at that instant: a wallet below its new limit never sinks."""


class HoldRow(SQLModel, table=True):
    """Money of a wallet set aside until a deadline; it is captured, voided or times out, once."""

    __tablename__ = "hold"
    __table_args__ = (
        CheckConstraint("amount_minor >= 0", name="amount"),
        CheckConstraint("captured_minor BETWEEN 0 AND amount_minor", name="captured"),
        CheckConstraint("state = 'captured' OR captured_minor = 0", name="captured_or_nothing"),
        CheckConstraint("state IN ('held', 'captured', 'voided', 'timed_out')", name="state"),
        CheckConstraint("(state = 'held') = (resolved_at IS NULL)", name="resolved"),
        Index("ix_hold_open", "wallet_id", sqlite_where=_HELD, postgresql_where=_HELD),
        Index("ix_hold_deadline", "deadline_at", sqlite_where=_HELD, postgresql_where=_HELD),
        Index("ix_hold_wallet", "wallet_id", "created_at"),
        TENANT,
    )

    id: str = Field(sa_type=ID, primary_key=True)
    """Made by whoever asks for the hold, before asking: the same id is the same hold."""
    wallet_id: str = Field(sa_type=ID, foreign_key="wallet.id")
    amount_minor: int = Field(sa_type=BigInteger)
    captured_minor: int = Field(default=0, sa_type=BigInteger)
    reason: str
    actor: str
    state: str = "held"
    created_at: datetime = Field(sa_type=UtcDateTime)
    deadline_at: datetime = Field(sa_type=UtcDateTime)
    resolved_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
