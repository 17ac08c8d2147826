"""Tables of payments: an attempt is written before its method is called."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, Index, text
from sqlmodel import Field, SQLModel

from catalog.kernel.database import ID, TENANT, UtcDateTime

_LED = text("led_by IS NOT NULL")


class PaymentAttemptRow(SQLModel, table=True):
    """One try to collect an order's total by one method, with its parameters frozen.

    `stranded` is money that came in and for which nothing was delivered: it waits for a clerk, and
    `received_minor` in `received_currency` is what came. Orders that are paid in one go have an
    attempt each; `led_by` is the one whose call collects for all, `due_minor` what it asks for.
    """

    __tablename__ = "payment_attempt"
    __table_args__ = (
        CheckConstraint("amount_minor >= 0", name="amount"),
        CheckConstraint(
            "state IN ('pending', 'checking', 'succeeded', 'declined', 'cancelled', 'stranded', "
            "'returned')",
            name="state",
        ),
        CheckConstraint("refunded_minor BETWEEN 0 AND amount_minor", name="refunded"),
        Index("ix_payment_attempt_open", "state", "provider"),
        Index("ix_payment_attempt_led_by", "led_by", sqlite_where=_LED, postgresql_where=_LED),
        TENANT,
    )

    id: str = Field(sa_type=ID, primary_key=True)
    order_id: str = Field(sa_type=ID, index=True)
    method: str
    amount_minor: int = Field(sa_type=BigInteger)
    currency: str
    state: str
    idempotency_key: str = Field(unique=True)
    parameters: dict[str, Any] = Field(sa_type=JSON)
    provider: str = ""
    livemode: bool = False
    provider_id: str = ""
    page_url: str = ""
    reason: str = ""
    needs_payer: bool = False
    """Declined, because whose card it is was not there to approve it."""
    expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    refunded_minor: int = Field(default=0, sa_type=BigInteger)
    due_minor: int = Field(sa_type=BigInteger)
    led_by: str | None = Field(default=None, sa_type=ID)
    received_minor: int = Field(default=0, sa_type=BigInteger)
    received_currency: str = ""
    created_at: datetime = Field(sa_type=UtcDateTime)
    settled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class RegisterReaderRow(SQLModel, table=True):
    """The card reader that stands at a register."""

    __tablename__ = "register_reader"
    __table_args__ = (TENANT,)

    register_id: str = Field(primary_key=True)
    reader_id: str
    label: str
    is_simulated: bool
    provider: str
    livemode: bool
    actor: str
    at: datetime = Field(sa_type=UtcDateTime)


class ProviderCursorRow(SQLModel, table=True):
    """Up to when a provider's events have been read; its ids have no order, its instants do."""

    __tablename__ = "provider_cursor"
    __table_args__ = (TENANT,)

    provider: str = Field(primary_key=True)
    read_until: datetime = Field(sa_type=UtcDateTime)


class RefundRow(SQLModel, table=True):
    """Money given back of one attempt; the attempt's own check keeps the sum within it.

    It counts from the moment it is written, before its provider is asked, until it has `failed`.
    It has no number as long as its provider has not said that it went back.
    """

    __tablename__ = "refund"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint("set_aside_minor >= 0", name="set_aside"),
        CheckConstraint("state IN ('pending', 'checking', 'succeeded', 'failed')", name="state"),
        Index("ix_refund_at", "at", "id"),
        Index("ix_refund_state", "state"),
        TENANT,
    )

    id: str = Field(sa_type=ID, primary_key=True)
    order_id: str = Field(sa_type=ID, index=True)
    attempt_id: str = Field(sa_type=ID, foreign_key="payment_attempt.id")
    amount_minor: int = Field(sa_type=BigInteger)
    tax_minor: int = Field(sa_type=BigInteger)
    currency: str
    destination: str
    state: str
    reason: str
    actor: str
    number: str | None = Field(default=None, unique=True)
    provider_id: str = ""
    set_aside_minor: int = Field(default=0, sa_type=BigInteger)
    """Taken out of a wallet, or off the credit of an invoice, when it was written."""
    wallet_id: str | None = Field(default=None, sa_type=ID)
    """The wallet that it went into instead of back the way it came."""
    payment_ref: str = ""
    """The payment at the provider that it goes back from, when the attempt was paid by several."""
    payment_minor: int = Field(default=0, sa_type=BigInteger)
    """What that payment brought."""
    register_id: str
    shift_id: str | None = Field(default=None, sa_type=ID, index=True)
    at: datetime = Field(sa_type=UtcDateTime)
