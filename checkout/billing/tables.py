"""Tables of the billing core: ledger, wallets, lines with their balances."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from catalog.kernel.database import (
    CLUSTERED,
    ID,
    OFTEN_CHANGED,
    ROW_NUMBER,
    TENANT,
    Instant,
    UtcDateTime,
)

_SOMETHING_LEFT = text("left_bytes > 0")


class LedgerAccountRow(SQLModel, table=True):
    """A place where value stands, in one unit: a currency, or `byte`.

    `balance` is kept only for accounts that are `tracked`; that of the others is their replay.
    """

    __tablename__ = "ledger_account"
    __table_args__ = (
        CheckConstraint("normal_side IN ('debit', 'credit')", name="normal_side"),
        CLUSTERED,
    )

    id: str = Field(sa_type=ID, primary_key=True)
    kind: str
    owner: str
    unit: str
    normal_side: str
    tracked: bool
    balance: int = Field(default=0, sa_type=BigInteger)


class PostingRow(SQLModel, table=True):
    """Value moved from one account to another: immutable; a correction is another posting.

    One row is both sides of a double entry, so every unit sums to zero by its very shape.
    """

    __tablename__ = "posting"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("debit_id <> credit_id", name="sides"),
        Index("ix_posting_debit", "debit_id", "at"),
        Index("ix_posting_credit", "credit_id", "at"),
        TENANT,
    )

    id: str = Field(sa_type=ID, primary_key=True)
    debit_id: str = Field(sa_type=ID)
    credit_id: str = Field(sa_type=ID)
    unit: str
    amount: int = Field(sa_type=BigInteger)
    kind: str
    reason: str
    source: str
    subject_id: str = Field(sa_type=ID, index=True)
    actor: str
    at: datetime = Field(sa_type=UtcDateTime)
    recorded_at: datetime = Field(sa_type=UtcDateTime)


class WalletRow(SQLModel, table=True):
    """Money of one owner in one currency; the balance is the ledger account of the same id.

    Who the owner is, accounts know: here it is an id. What is held of it is the sum of its open
    holds. Whatever takes money from a wallet, or holds some of it, locks this row first.
    """

    __tablename__ = "wallet"
    __table_args__ = (
        CheckConstraint("owner_kind IN ('company', 'end_user')", name="owner_kind"),
        UniqueConstraint("owner_id"),
        TENANT,
    )

    id: str = Field(sa_type=ID, primary_key=True)
    owner_kind: str
    owner_id: str = Field(sa_type=ID)
    currency: str
    enabled: bool = True
    minimum_minor: int = Field(default=0, sa_type=BigInteger)
    created_at: datetime = Field(sa_type=UtcDateTime)


class LineRow(SQLModel, table=True):
    """A line with its balance; the row changes only together with postings."""

    __tablename__ = "line"
    __table_args__ = (
        CheckConstraint("left_bytes >= 0", name="left"),
        CheckConstraint(
            "left_bytes = granted_bytes - served_bytes - lost_bytes", name="left_is_what_remains"
        ),
        CheckConstraint("overrun_bytes >= 0", name="overrun"),
        CheckConstraint("revoked_bytes BETWEEN 0 AND lost_bytes", name="revoked"),
        Index(
            "ix_line_expiring",
            "expires_at",
            sqlite_where=_SOMETHING_LEFT,
            postgresql_where=_SOMETHING_LEFT,
        ),
        TENANT,
    )

    number: int = Field(
        primary_key=True, sa_type=ROW_NUMBER, sa_column_kwargs={"autoincrement": False}
    )
    """What usage knows the line by: rows by the million hold it."""
    id: str = Field(sa_type=ID, unique=True)
    iccid_key: str | None = Field(default=None, unique=True)
    """NULL while the ICCID is not known: usage can't be matched yet."""
    kind: str
    validity_days: int
    start: str
    start_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    assigned_at: datetime = Field(sa_type=Instant)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
    granted_bytes: int = Field(default=0, sa_type=BigInteger)
    served_bytes: int = Field(default=0, sa_type=BigInteger)
    lost_bytes: int = Field(default=0, sa_type=BigInteger)
    """Expired or revoked; `revoked_bytes` is the part that was revoked."""
    revoked_bytes: int = Field(default=0, sa_type=BigInteger)
    left_bytes: int = Field(default=0, sa_type=BigInteger)
    overrun_bytes: int = Field(default=0, sa_type=BigInteger)
    used_bytes: int = Field(default=0, sa_type=BigInteger)
    activated_at: datetime | None = Field(default=None, sa_type=Instant)
    expires_at: datetime | None = Field(default=None, sa_type=Instant)
    expiry_import_id: str | None = Field(default=None, sa_type=ID)
    """The import that set `expires_at`: until it ends, that date may still move earlier."""
    rated_until: datetime | None = Field(default=None, sa_type=Instant)
    """The instant of the last event in the balance; what comes before it needs a replay."""
    as_of: datetime = Field(sa_type=Instant)
    source: str = "sale"
    last_step: int = Field(default=0, sa_type=BigInteger)
    """The newest step of a usage batch that moved it; each names the one before."""
    is_held: bool = False
    """Whether the store holds its service back by hand: no data is bought for it meanwhile."""


class TariffRow(SQLModel, table=True):
    """Terms of PAYGO lines as they were at their sale: the same words always have the same id."""

    __tablename__ = "tariff"
    __table_args__ = (TENANT,)

    id: str = Field(sa_type=ID, primary_key=True)
    terms: dict[str, Any] = Field(sa_type=JSON)


class PaygoRow(SQLModel, table=True):
    """What a PAYGO line has besides its line row, whose lock covers it: payer, terms, charges."""

    __tablename__ = "paygo_line"
    __table_args__ = (
        CheckConstraint("remainder >= 0", name="remainder"),
        CheckConstraint("charged_minor >= 0", name="charged"),
        Index("ix_paygo_line_due", "mrc_due_at"),
        OFTEN_CHANGED,
    )

    line_number: int = Field(
        primary_key=True, sa_type=ROW_NUMBER, sa_column_kwargs={"autoincrement": False}
    )
    line_id: str = Field(sa_type=ID, foreign_key="line.id", unique=True)
    wallet_id: str = Field(sa_type=ID, foreign_key="wallet.id", index=True)
    tariff_id: str = Field(sa_type=ID, foreign_key="tariff.id")
    remainder: int = Field(default=0, sa_type=BigInteger)
    """Parts of a minor unit that are used and not yet charged."""
    charged_minor: int = Field(default=0, sa_type=BigInteger)
    """Debited for usage since the sale, without MRC."""
    barred_bytes: int = Field(default=0, sa_type=BigInteger)
    charges: int = 0
    """How many records were charged: the number of the latest one."""
    mrc_anchor_at: datetime | None = Field(default=None, sa_type=Instant)
    mrc_months: int = 0
    """How many months' MRC were debited."""
    mrc_due_at: datetime | None = Field(default=None, sa_type=Instant)
    """When the next MRC falls due, or fell due when it is not paid; null: none ever will."""


class GrantRow(SQLModel, table=True):
    """Data given to a line by a sale or a refill."""

    __tablename__ = "data_grant"
    __table_args__ = (CheckConstraint("data_bytes > 0", name="data"), CLUSTERED)

    id: str = Field(sa_type=ID, primary_key=True)
    line_id: str = Field(sa_type=ID, foreign_key="line.id", index=True)
    kind: str
    data_bytes: int = Field(sa_type=BigInteger)
    at: datetime = Field(sa_type=UtcDateTime)
    expires_floor: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """The expiry date that this grant gave, or that passed after it: never earlier again."""
    taken_back_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When the refund of this refill took it back."""
    taken_back_floor: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """The expiry date that this led to: never earlier again."""
