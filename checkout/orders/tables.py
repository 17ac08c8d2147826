"""Tables of orders: purchases, refills and wallet top-ups alike, and those on invoice."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, Index, text
from sqlmodel import Field, SQLModel

from catalog.kernel.database import ID, TENANT, UtcDateTime

_OF_END_USER = text("end_user_id IS NOT NULL")
_COLLECTING = text("state = 'placed' AND invoice_id IS NOT NULL")
_OWN_RECEIPT = text("method <> 'invoice'")


class OrderRow(SQLModel, table=True):
    """One order: what is bought, for whom, for how much, and how far it has come.

    An `invoice_payment` buys nothing: it collects money for the invoice that it names, and no
    other does so at the same time.
    """

    __tablename__ = "sales_order"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('esim_purchase', 'esim_refill', 'wallet_refill', 'invoice_payment')",
            name="kind",
        ),
        CheckConstraint("(kind = 'invoice_payment') = (invoice_id IS NOT NULL)", name="invoice"),
        CheckConstraint(
            "state IN ('placed', 'paid', 'delivered', 'cancelled', 'refunded')", name="state"
        ),
        CheckConstraint("total_minor = net_minor + tax_minor", name="total"),
        CheckConstraint("net_minor >= 0 AND tax_minor >= 0", name="amounts"),
        CheckConstraint("refunded_minor BETWEEN 0 AND total_minor", name="refunded"),
        CheckConstraint("method <> 'cash' OR shift_id IS NOT NULL", name="cash_needs_a_shift"),
        Index("ix_sales_order_receipt_number", "receipt_number"),
        Index("uq_sales_order_receipt_number", "receipt_number", unique=True,
              sqlite_where=_OWN_RECEIPT, postgresql_where=_OWN_RECEIPT),
        Index("ix_sales_order_created_at", "created_at", "id"),
        Index("ix_sales_order_state", "state", "deadline_at"),
        Index("ix_sales_order_end_user_id", "end_user_id", sqlite_where=_OF_END_USER,
              postgresql_where=_OF_END_USER),
        Index("uq_sales_order_collecting", "invoice_id", unique=True, sqlite_where=_COLLECTING,
              postgresql_where=_COLLECTING),
        TENANT,
    )  # fmt: skip

    id: str = Field(sa_type=ID, primary_key=True)
    reference: str = Field(unique=True)
    request_key: str | None = Field(default=None, unique=True)
    kind: str
    state: str
    register_id: str
    actor: str
    plan_id: str | None = Field(default=None, sa_type=ID, foreign_key="plan.id")
    esim_id: str | None = Field(default=None, sa_type=ID, foreign_key="esim.id", index=True)
    wallet_id: str | None = Field(default=None, sa_type=ID, foreign_key="wallet.id")
    invoice_id: str | None = Field(default=None, sa_type=ID, foreign_key="invoice.id")
    company_id: str = Field(sa_type=ID, foreign_key="company.id", index=True)
    end_user_id: str | None = Field(default=None, sa_type=ID, foreign_key="end_user.id")
    item: dict[str, Any] = Field(sa_type=JSON)
    net_minor: int = Field(sa_type=BigInteger)
    tax_minor: int = Field(sa_type=BigInteger)
    total_minor: int = Field(sa_type=BigInteger)
    tax_rate: int
    currency: str
    method: str
    refunded_minor: int = Field(default=0, sa_type=BigInteger)
    shift_id: str | None = Field(default=None, sa_type=ID, index=True)
    receipt_number: str | None = None
    """Its own; of orders that share an invoice, the number of that."""
    deadline_at: datetime = Field(sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)
    delivered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class OrderOnInvoiceRow(SQLModel, table=True):
    """The invoice that an order is on, and the credit that the company had when it was placed.

    The eSIMs of one cart are on one invoice, each an order of its own. `on_credit` orders were
    delivered at once, within the company's limit; the others wait until their invoice is paid.
    """

    __tablename__ = "order_on_invoice"
    __table_args__ = (
        CheckConstraint(
            "NOT on_credit OR owed_minor + total_minor <= limit_minor", name="within_the_limit"
        ),
        TENANT,
    )

    order_id: str = Field(sa_type=ID, foreign_key="sales_order.id", primary_key=True)
    invoice_id: str = Field(sa_type=ID, foreign_key="invoice.id", index=True)
    on_credit: bool
    total_minor: int = Field(sa_type=BigInteger)
    owed_minor: int = Field(sa_type=BigInteger)
    """What the company owed before it, with what is billed before it on the same invoice; below
    zero it had money here."""
    limit_minor: int = Field(sa_type=BigInteger)
