"""Tables of the billing core: ledger, wallets, lines with their balances, usage."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from catalog.kernel.database import ID, TENANT, UtcDateTime

_SOMETHING_LEFT = text("left_bytes > 0")
_OPEN = text("finished_at IS NULL")


class LedgerAccountRow(SQLModel, table=True):
    """A place where value stands, in one unit: a currency, or `byte`.

    `balance` is kept only for accounts that are `tracked`; that of the others is their replay.
    """

    __tablename__ = "ledger_account"
    __table_args__ = (
        CheckConstraint("normal_side IN ('debit', 'credit')", name="normal_side"),
        TENANT,
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

    id: str = Field(sa_type=ID, primary_key=True)
    iccid_key: str | None = Field(default=None, unique=True)
    """NULL while the ICCID is not known: usage can't be matched yet."""
    kind: str
    validity_days: int
    start: str
    start_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    assigned_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    granted_bytes: int = Field(default=0, sa_type=BigInteger)
    served_bytes: int = Field(default=0, sa_type=BigInteger)
    lost_bytes: int = Field(default=0, sa_type=BigInteger)
    """Expired or revoked; `revoked_bytes` is the part that was revoked."""
    revoked_bytes: int = Field(default=0, sa_type=BigInteger)
    left_bytes: int = Field(default=0, sa_type=BigInteger)
    overrun_bytes: int = Field(default=0, sa_type=BigInteger)
    used_bytes: int = Field(default=0, sa_type=BigInteger)
    activated_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    expiry_import_id: str | None = Field(default=None, sa_type=ID)
    """The import that set `expires_at`: until it ends, that date may still move earlier."""
    rated_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """The instant of the last event in the balance; what comes before it needs a replay."""
    as_of: datetime = Field(sa_type=UtcDateTime)
    source: str = "sale"


class PaygoRow(SQLModel, table=True):
    """What a PAYGO line has besides its line row, whose lock covers it: payer, terms, charges."""

    __tablename__ = "paygo_line"
    __table_args__ = (
        CheckConstraint("remainder >= 0", name="remainder"),
        CheckConstraint("charged_minor >= 0", name="charged"),
        Index("ix_paygo_line_due", "mrc_due_at"),
        TENANT,
    )

    line_id: str = Field(sa_type=ID, foreign_key="line.id", primary_key=True)
    wallet_id: str = Field(sa_type=ID, foreign_key="wallet.id", index=True)
    tariff: dict[str, Any] = Field(sa_type=JSON)
    """The terms as they were when the line was sold."""
    remainder: int = Field(default=0, sa_type=BigInteger)
    """Parts of a minor unit that are used and not yet charged."""
    charged_minor: int = Field(default=0, sa_type=BigInteger)
    """Debited for usage since the sale, without MRC."""
    barred_bytes: int = Field(default=0, sa_type=BigInteger)
    charges: int = 0
    """How many records were charged: the number of the latest one."""
    mrc_anchor_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    mrc_months: int = 0
    """How many months' MRC were debited."""
    mrc_due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When the next MRC falls due, or fell due when it is not paid; null: none ever will."""


class UsageChargeRow(SQLModel, table=True):
    """What became of one record of a PAYGO line, numbered in the order of arrival."""

    __tablename__ = "usage_charge"
    __table_args__ = (
        CheckConstraint("charged_minor >= 0", name="charged"),
        CheckConstraint("bytes = covered_bytes + overrun_bytes + barred_bytes", name="bytes"),
        TENANT,
    )

    line_id: str = Field(sa_type=ID, foreign_key="line.id", primary_key=True)
    number: int = Field(primary_key=True)
    source: str
    event_id: str
    country: str
    bytes: int = Field(sa_type=BigInteger)
    """What the record counts for: a counter reading counts what it adds."""
    covered_bytes: int = Field(sa_type=BigInteger)
    overrun_bytes: int = Field(sa_type=BigInteger)
    barred_bytes: int = Field(sa_type=BigInteger)
    """Used in a barred country: the flag of such a record, and its size."""
    charged_minor: int = Field(sa_type=BigInteger)


class GrantRow(SQLModel, table=True):
    """Data given to a line by a sale or a refill."""

    __tablename__ = "data_grant"
    __table_args__ = (CheckConstraint("data_bytes > 0", name="data"), TENANT)

    id: str = Field(sa_type=ID, primary_key=True)
    line_id: str = Field(sa_type=ID, foreign_key="line.id", index=True)
    kind: str
    data_bytes: int = Field(sa_type=BigInteger)
    at: datetime = Field(sa_type=UtcDateTime)
    expires_floor: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """The expiry date that this grant gave, or that passed after it: never earlier again."""


class UsageRecordRow(SQLModel, table=True):
    """One usage record as its source gave it; (source, event_id) is unique for ever."""

    __tablename__ = "usage_record"
    __table_args__ = (
        CheckConstraint("bytes >= 0", name="bytes"),
        Index("ix_usage_record_line", "line_id", "started_at"),
        TENANT,
    )

    source: str = Field(primary_key=True)
    event_id: str = Field(primary_key=True)
    line_id: str = Field(sa_type=ID, foreign_key="line.id")
    started_at: datetime = Field(sa_type=UtcDateTime)
    bytes: int = Field(sa_type=BigInteger)
    country: str
    cumulative: bool = False
    received_at: datetime = Field(sa_type=UtcDateTime)
    rated_at: datetime = Field(sa_type=UtcDateTime)
    """The instant at which the record counts: its start, or its arrival when it came too late."""


class UsageImportRow(SQLModel, table=True):
    """One run over a usage file; one that was killed is taken up again by the next of its source.

    What an unfinished import found out is not yet settled, so that its end state is the same
    whether it was killed or not.
    """

    __tablename__ = "usage_import"
    __table_args__ = (
        Index(
            "uq_usage_import_open",
            "source",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        TENANT,
    )

    id: str = Field(sa_type=ID, primary_key=True)
    source: str
    began_at: datetime = Field(sa_type=UtcDateTime)
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
