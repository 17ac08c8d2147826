"""Tables of cards on file: what their owners agreed to, and what the provider keeps."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, text
from sqlmodel import Field, SQLModel

from catalog.kernel.database import ID, TENANT, UtcDateTime

_SAVED = text("state = 'saved'")
_GOING_ON = text("state IN ('asked', 'removing')")


class CardConsentRow(SQLModel, table=True):
    """What somebody agreed to before a card was kept, word for word; never changed."""

    __tablename__ = "card_consent"
    __table_args__ = (
        CheckConstraint("owner_kind IN ('company', 'end_user')", name="owner_kind"),
        TENANT,
    )

    id: str = Field(sa_type=ID, primary_key=True)
    owner_kind: str
    owner_id: str = Field(sa_type=ID, index=True)
    version: str
    words: str
    purpose: str
    actor: str
    """Who was told it at the register and noted it."""
    at: datetime = Field(sa_type=UtcDateTime)


class SavedCardRow(SQLModel, table=True):
    """A card that a provider keeps for the owner of a wallet, from the asking to its removal.

    It has no number: the provider's ids are enough to charge it, the rest is for people to see.
    """

    __tablename__ = "saved_card"
    __table_args__ = (
        CheckConstraint(
            "state IN ('asked', 'saved', 'cancelled', 'removing', 'removed')", name="state"
        ),
        CheckConstraint("state <> 'saved' OR method_id <> ''", name="saved_has_its_ids"),
        CheckConstraint("length(last4) <= 4", name="last4"),
        Index("uq_saved_card_owner_id", "owner_id", unique=True, sqlite_where=_SAVED,
              postgresql_where=_SAVED),
        Index("ix_saved_card_going_on", "state", sqlite_where=_GOING_ON,
              postgresql_where=_GOING_ON),
        TENANT,
    )  # fmt: skip

    id: str = Field(sa_type=ID, primary_key=True)
    owner_id: str = Field(sa_type=ID, index=True)
    consent_id: str = Field(sa_type=ID, foreign_key="card_consent.id")
    attempt_id: str | None = Field(
        default=None, sa_type=ID, foreign_key="payment_attempt.id", index=True
    )
    """The payment that leaves its card; null when the card is only to be kept."""
    provider: str
    livemode: bool
    state: str
    idempotency_key: str = Field(unique=True)
    parameters: dict[str, Any] = Field(sa_type=JSON)
    session_id: str = ""
    page_url: str = ""
    customer_id: str = ""
    method_id: str = ""
    brand: str = ""
    last4: str = ""
    exp_month: int | None = None
    exp_year: int | None = None
    actor: str
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    saved_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
