"""Tables of the usage feed: sources, batches, records, what was posted and charged for them."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Index, LargeBinary, column
from sqlmodel import Field, SQLModel

from catalog.kernel.database import CLUSTERED, ID, TENANT, Instant, UtcDateTime

_OPEN = column("finished_at").is_(None)
_UNAPPLIED = column("applied_at").is_(None)
"""Rows stand in the order of their key, and there is no second index to keep."""


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


class UsageSourceRow(SQLModel, table=True):
    """Who reports usage; its row is locked while one slice of its records lands."""

    __tablename__ = "usage_source"
    __table_args__ = (TENANT,)

    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    name: str = Field(unique=True)
    slices: int = 0
    """How many have landed: the number of the latest one."""


class UsageBatchRow(SQLModel, table=True):
    """Records that are applied together: first all of them land, then steps move the balances."""

    __tablename__ = "usage_batch"
    __table_args__ = (
        Index(
            "ix_usage_batch_unapplied",
            "source",
            sqlite_where=_UNAPPLIED,
            postgresql_where=_UNAPPLIED,
        ),
        TENANT,
    )

    number: int = Field(
        primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False}
    )
    source: int
    import_id: str = Field(sa_type=ID)
    received_at: datetime = Field(sa_type=Instant)
    is_landed: bool = False
    applied_at: datetime | None = Field(default=None, sa_type=Instant)
    slices: int = 0
    """How many have landed in it."""
    steps: int = 0
    """How many transactions have moved balances for it."""


class UsageSliceRow(SQLModel, table=True):
    """Records that landed in one transaction, and the sorted 64-bit hashes of their event ids."""

    __tablename__ = "usage_slice"
    __table_args__ = (CLUSTERED,)

    source: int = Field(primary_key=True)
    number: int = Field(primary_key=True)
    batch: int = Field(sa_type=BigInteger)
    records: int
    first_hour: int
    last_hour: int
    hashes: bytes = Field(sa_type=LargeBinary)


class UsageRecordRow(SQLModel, table=True):
    """One usage record as its source gave it, clustered by hour and line."""

    __tablename__ = "usage_record"
    __table_args__ = (CheckConstraint("bytes >= 0", name="bytes"), CLUSTERED)

    hour: int = Field(primary_key=True)
    """Of `started_at`, counted from 1970."""
    line: int = Field(primary_key=True, sa_type=BigInteger)
    source: int = Field(primary_key=True)
    event_id: str = Field(primary_key=True)
    started_at: datetime = Field(sa_type=Instant)
    bytes: int = Field(sa_type=BigInteger)
    country: str
    cumulative: bool = False
    arrival: int = Field(sa_type=BigInteger)
    """Batch * 2**20 + the record's place in it, which is the order of the file."""
    rated_at: datetime | None = Field(default=None, sa_type=Instant)
    """When it counts, where that is not its start: it came too late."""


class UsagePostingRow(SQLModel, table=True):
    """What the records of one line came to in one step of a batch; immutable, as any posting.

    Each column of bytes is one double entry: `served` from the line (`from_line`) or from what is
    issued, `overrun` and `barred` from what is absorbed. What a line's balance gained or lost
    otherwise is in the table of postings. `charged_minor` is this line's part of the wallet's
    posting.
    """

    __tablename__ = "usage_posting"
    __table_args__ = (
        CheckConstraint("served_bytes >= 0", name="served"),
        CheckConstraint("overrun_bytes >= 0", name="overrun"),
        CheckConstraint("barred_bytes >= 0", name="barred"),
        CheckConstraint("tax_minor BETWEEN 0 AND charged_minor", name="charged"),
        CLUSTERED,
    )

    step: int = Field(primary_key=True, sa_type=BigInteger)
    """Batch * 2**20 + the number of the transaction."""
    line: int = Field(primary_key=True, sa_type=BigInteger)
    previous: int = Field(sa_type=BigInteger)
    """The step that moved this line before, or 0."""
    records: int
    last_place: int
    """Every record of the line up to this place of the batch is in this step or an earlier one."""
    first_hour: int
    last_hour: int
    at: datetime = Field(sa_type=Instant)
    from_line: bool = False
    """Whether the line had what was served, as prepaid ones have; others get it as they use it."""
    served_bytes: int = Field(default=0, sa_type=BigInteger)
    overrun_bytes: int = Field(default=0, sa_type=BigInteger)
    barred_bytes: int = Field(default=0, sa_type=BigInteger)
    charged_minor: int = Field(default=0, sa_type=BigInteger)
    tax_minor: int = Field(default=0, sa_type=BigInteger)


class UsageChargeRow(SQLModel, table=True):
    """What became of one record of a PAYGO line that was charged by itself, in order of arrival.

    Steps whose wallet covered them all have none: their posting says it.
    """

    __tablename__ = "usage_charge"
    __table_args__ = (
        CheckConstraint("charged_minor >= 0", name="charged"),
        CheckConstraint("bytes = covered_bytes + overrun_bytes + barred_bytes", name="bytes"),
        CLUSTERED,
    )

    line: int = Field(primary_key=True, sa_type=BigInteger)
    number: int = Field(primary_key=True)
    step: int = Field(sa_type=BigInteger)
    source: int
    event_id: str
    country: str
    bytes: int = Field(sa_type=BigInteger)
    """What the record counts for: a counter reading counts what it adds."""
    covered_bytes: int = Field(sa_type=BigInteger)
    overrun_bytes: int = Field(sa_type=BigInteger)
    barred_bytes: int = Field(sa_type=BigInteger)
    """Used in a barred country: the flag of such a record, and its size."""
    charged_minor: int = Field(sa_type=BigInteger)
