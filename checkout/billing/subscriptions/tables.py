"""Tables of subscriptions and pools: who is billed, what was used, invoices and their payments."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from catalog.kernel.database import ID, TENANT, UtcDateTime

_OPEN = text("ends_at IS NULL")


class TermsRow(SQLModel, table=True):
    """The terms of a plan at some time, kept once however many have them; never changed."""

    __tablename__ = "subscription_terms"
    __table_args__ = (TENANT,)

    id: str = Field(sa_type=ID, primary_key=True)
    sku: str
    terms: dict[str, Any] = Field(sa_type=JSON)


class SubscriptionRow(SQLModel, table=True):
    """What is billed: one line on its own plan, or a pool; its lock covers all that it holds."""

    __tablename__ = "subscription"
    __table_args__ = (
        CheckConstraint("kind IN ('line', 'static_pool', 'dynamic_pool')", name="kind"),
        CheckConstraint("(kind = 'line') = (name_key IS NULL)", name="name"),
        CheckConstraint("next_step >= 0", name="step"),
        Index("ix_subscription_due", "due_at", "company_id", "id"),
        TENANT,
    )

    id: str = Field(sa_type=ID, primary_key=True)
    kind: str
    company_id: str = Field(sa_type=ID, index=True)
    name: str = ""
    name_key: str | None = Field(default=None, unique=True)
    terms_id: str = Field(sa_type=ID, foreign_key="subscription_terms.id")
    """Those of the pool; a line's first ones, whose cycle and way of billing are the account's."""
    zone: str
    anchor_at: datetime = Field(sa_type=UtcDateTime)
    ends_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    activated_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    next_step: int
    """Step k bills period k in advance and closes period k - 1."""
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    dirty_from: int | None = None
    """The first closed period about which something was told since; the next bill adjusts it."""


class AssignmentRow(SQLModel, table=True):
    """One line on one plan, or in one pool, for some time."""

    __tablename__ = "assignment"
    __table_args__ = (
        CheckConstraint("ends_at IS NULL OR ends_at >= begins_at", name="order"),
        Index(
            "uq_assignment_open",
            "line_id",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        TENANT,
    )

    id: str = Field(sa_type=ID, primary_key=True)
    subscription_id: str = Field(sa_type=ID, foreign_key="subscription.id", index=True)
    line_id: str = Field(sa_type=ID, foreign_key="line.id", index=True)
    terms_id: str | None = Field(default=None, sa_type=ID, foreign_key="subscription_terms.id")
    """None in a static pool."""
    begins_at: datetime = Field(sa_type=UtcDateTime)
    ends_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    activated_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class PeriodUsageRow(SQLModel, table=True):
    """What one line used in one period and country: the sum of its records."""

    __tablename__ = "period_usage"
    __table_args__ = (CheckConstraint("bytes >= 0 AND overrun_bytes >= 0", name="bytes"), TENANT)

    subscription_id: str = Field(sa_type=ID, foreign_key="subscription.id", primary_key=True)
    period: int = Field(primary_key=True)
    assignment_id: str = Field(sa_type=ID, foreign_key="assignment.id", primary_key=True)
    country: str = Field(primary_key=True)
    bytes: int = Field(default=0, sa_type=BigInteger)
    overrun_bytes: int = Field(default=0, sa_type=BigInteger)
    """Used while the period was not paid in advance as it had to be; not billed."""


class DayUsageRow(SQLModel, table=True):
    """What a line of an unlimited plan used on one day of the operator (decision 12)."""

    __tablename__ = "day_usage"
    __table_args__ = (TENANT,)

    line_id: str = Field(sa_type=ID, foreign_key="line.id", primary_key=True)
    day: date = Field(primary_key=True)
    bytes: int = Field(default=0, sa_type=BigInteger)


class InvoiceRow(SQLModel, table=True):
    """What a company is billed: a bill of subscriptions, the invoice of an order, a credit note.

    A bill is a pre-bill first, then approved, then issued; the others are issued when they are
    written. The amounts of a credit note are negative, and so are those of a bill that gives back
    more than it takes.
    """

    __tablename__ = "invoice"
    __table_args__ = (
        CheckConstraint(
            "state IN ('pre_bill', 'approved', 'open', 'part_paid', 'paid', 'void')", name="state"
        ),
        CheckConstraint("total_minor = net_minor + tax_minor", name="total"),
        CheckConstraint("(number IS NULL) = (issued_at IS NULL)", name="number"),
        CheckConstraint(
            "(state IN ('pre_bill', 'approved')) = (number IS NULL)", name="issued_state"
        ),
        CheckConstraint("kind IN ('bill', 'order', 'credit')", name="kind"),
        CheckConstraint("(kind = 'bill') = (sequence IS NOT NULL)", name="sequence"),
        CheckConstraint("(kind = 'credit') = (preceding_id IS NOT NULL)", name="preceding"),
        CheckConstraint("kind <> 'credit' OR total_minor < 0", name="credit_note"),
        CheckConstraint(
            "credited_minor = 0 OR credited_minor BETWEEN 0 AND total_minor", name="credited"
        ),
        UniqueConstraint("company_id", "currency", "bill_on", "sequence"),
        TENANT,
    )

    id: str = Field(sa_type=ID, primary_key=True)
    kind: str = "bill"
    ref: str = Field(unique=True)
    number: str | None = Field(default=None, unique=True)
    state: str = "pre_bill"
    company_id: str = Field(sa_type=ID)
    currency: str
    bill_on: date
    sequence: int | None = None
    preceding_id: str | None = Field(default=None, sa_type=ID, foreign_key="invoice.id", index=True)
    """The invoice that a credit note corrects."""
    reason: str = ""
    net_minor: int = Field(default=0, sa_type=BigInteger)
    tax_minor: int = Field(default=0, sa_type=BigInteger)
    total_minor: int = Field(default=0, sa_type=BigInteger)
    tax_rate: int
    prices_include_vat: bool
    paid_minor: int = Field(default=0, sa_type=BigInteger)
    credited_minor: int = Field(default=0, sa_type=BigInteger)
    """What its credit notes took back, with their VAT."""
    parties: dict[str, Any] | None = Field(default=None, sa_type=JSON(none_as_null=True))
    """Seller and buyer as they were when it was issued."""
    created_at: datetime = Field(sa_type=UtcDateTime)
    approved_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    approved_by: str = ""
    issued_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class InvoiceLineRow(SQLModel, table=True):
    """One charge of one period in one step: its key makes that nothing is billed twice."""

    __tablename__ = "invoice_line"
    __table_args__ = (
        CheckConstraint("kind IN ('fee', 'mrc', 'activation', 'overage', 'usage')", name="kind"),
        CheckConstraint("step >= period", name="step"),
        TENANT,
    )

    subscription_id: str = Field(sa_type=ID, foreign_key="subscription.id", primary_key=True)
    period: int = Field(primary_key=True)
    step: int = Field(primary_key=True)
    """The period's own number when billed in advance, the next when it closes, else later."""
    subject_id: str = Field(sa_type=ID, primary_key=True)
    kind: str = Field(primary_key=True)
    invoice_id: str = Field(sa_type=ID, foreign_key="invoice.id", index=True)
    line_id: str | None = Field(default=None, sa_type=ID, index=True)
    terms_id: str = Field(sa_type=ID, foreign_key="subscription_terms.id")
    quantity: int = Field(sa_type=BigInteger)
    unit_minor: int = Field(sa_type=BigInteger)
    days: int = 0
    of_days: int = 0
    bytes: int = Field(default=0, sa_type=BigInteger)


class InvoiceItemRow(SQLModel, table=True):
    """One item of the invoice of an order, or of a credit note; never changed."""

    __tablename__ = "invoice_item"
    __table_args__ = (TENANT,)

    invoice_id: str = Field(sa_type=ID, foreign_key="invoice.id", primary_key=True)
    position: int = Field(primary_key=True)
    item: str
    plan: str = ""
    quantity: int = Field(sa_type=BigInteger)
    unit_minor: int = Field(sa_type=BigInteger)


class InvoicePaymentRow(SQLModel, table=True):
    """Money that came for an invoice, or with a minus went back; never changed.

    `credit` moves no money: what one document leaves to a company pays another. One by `card` has
    the id of the order that collected it.
    """

    __tablename__ = "invoice_payment"
    __table_args__ = (
        CheckConstraint("method IN ('bank', 'cash', 'wallet', 'credit', 'card')", name="method"),
        CheckConstraint("amount_minor <> 0", name="amount"),
        CheckConstraint("(method = 'cash') = (shift_id IS NOT NULL)", name="cash_needs_a_shift"),
        CheckConstraint("(method = 'cash') = (receipt_number IS NOT NULL)", name="receipt"),
        Index("ix_invoice_payment_at", "at", "id"),
        TENANT,
    )

    id: str = Field(sa_type=ID, primary_key=True)
    invoice_id: str = Field(sa_type=ID, foreign_key="invoice.id", index=True)
    method: str
    amount_minor: int = Field(sa_type=BigInteger)
    tax_minor: int = Field(default=0, sa_type=BigInteger)
    """The VAT in it that the wallet's deposits had paid before; the wallet gave the rest."""
    register_id: str = ""
    shift_id: str | None = Field(default=None, sa_type=ID, index=True)
    receipt_number: str | None = Field(default=None, unique=True)
    actor: str
    at: datetime = Field(sa_type=UtcDateTime)
