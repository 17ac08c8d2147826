"""Transactions: every purchase, refill, wallet refill, invoice payment and refund, by page.

The newest first, read by key (instant, id), each source along its own index, so that a page costs
a page.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, false, literal, or_, select, union_all
from sqlmodel import Session, col

from catalog.esim.tables import EsimRow
from catalog.kernel.database import chunks
from checkout.accounts.companies import company_named
from checkout.accounts.end_users import user_with_email
from checkout.accounts.tables import CompanyRow, EndUserRow
from checkout.billing.statements import Period
from checkout.billing.subscriptions.tables import InvoicePaymentRow, InvoiceRow
from checkout.orders.tables import OrderRow
from checkout.payments.tables import RefundRow

TYPES = ("esim_purchase", "esim_refill", "wallet_refill", "invoice_payment", "refund")
METHODS = ("card", "ideal", "invoice", "manual", "cash", "bank", "wallet", "company_wallet")
STATUSES = ("pending", "failed", "completed")
_ORDER_STATES = {
    "placed": "pending",
    "paid": "pending",
    "delivered": "completed",
    "refunded": "completed",
    "cancelled": "failed",
}
_REFUND_STATES = {
    "pending": "pending",
    "checking": "pending",
    "succeeded": "completed",
    "failed": "failed",
}
_PAYMENT_METHODS = {"bank": "bank", "cash": "cash", "wallet": "company_wallet"}
"""Ways in which money comes for an invoice.

What one invoice sets off against another is none, and a card has an order, which is told already.
"""

_Keys = Select[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which transactions: None wants all; `customer` is an e-mail address, `company` a name."""

    period: Period = Period()  # noqa: RUF009 - a frozen value
    type: str | None = None
    method: str | None = None
    status: str | None = None
    customer: str | None = None
    company: str | None = None


@dataclass(frozen=True, slots=True)
class Transaction:
    """One movement of money between the store and a customer.

    Attributes:
        reference: the order, the invoice that was paid, or the credit note of a refund.
        destination: what it was for: an ICCID, the owner of a wallet, the number of an invoice;
            of a refund, where it went.
        amount_minor: with VAT; below zero when it was given back. Out of a wallet whose deposits
            were taxed it is what the wallet gave.
        order: the order that it belongs to; an invoice has none.

    """

    id: str
    at: datetime
    type: str
    reference: str
    destination: str
    amount_minor: int
    currency: str
    method: str
    end_user: str | None
    company: str
    status: str
    order: str | None


def transactions_of(
    session: Session, wanted: Wanted, *, before: Transaction | None = None, limit: int
) -> list[Transaction]:
    """The newest transactions that are wanted, or those that come before one.

    Raises:
        NotFound: there is no such customer or company.

    """
    sources = [
        _older(source, before).limit(limit).subquery() for source in _sources(session, wanted)
    ]
    both = union_all(*(select(one) for one in sources)).subquery()
    newest = select(both).order_by(both.c.at.desc(), both.c.id.desc()).limit(limit)
    keys = [(str(row.id), row.kind) for row in session.execute(newest)]
    found = {
        one.id: one
        for kind, read in (("order", _orders), ("refund", _refunds), ("payment", _payments))
        for one in read(session, [row_id for row_id, its_kind in keys if its_kind == kind])
    }
    return [found[row_id] for row_id, _kind in keys]


@dataclass(frozen=True, slots=True)
class _Source:
    """The keys of one kind of transaction, and the columns by which they are ordered."""

    keys: _Keys
    at: Any
    id: Any


def _sources(session: Session, wanted: Wanted) -> Iterator[_Source]:
    """The keys of orders, of refunds and of payments of invoices that are wanted."""
    of_whom = list(_of_whom(session, wanted))
    order_at, refund_at = col(OrderRow.created_at), col(RefundRow.at)
    orders: _Keys = select(col(OrderRow.id), order_at.label("at"), _is("order")).where(*of_whom)
    refunds: _Keys = select(col(RefundRow.id), refund_at.label("at"), _is("refund")).where(*of_whom)
    refunds = refunds.join(OrderRow, col(OrderRow.id) == col(RefundRow.order_id))
    if wanted.type is not None:
        orders = orders.where(col(OrderRow.kind) == wanted.type)
        refunds = refunds if wanted.type == "refund" else refunds.where(false())
    if wanted.status is not None:
        orders = orders.where(col(OrderRow.state).in_(_states(_ORDER_STATES, wanted.status)))
        refunds = refunds.where(col(RefundRow.state).in_(_states(_REFUND_STATES, wanted.status)))
    yield _Source(_within(orders, order_at, wanted.period), order_at, col(OrderRow.id))
    yield _Source(_within(refunds, refund_at, wanted.period), refund_at, col(RefundRow.id))
    paid_at = col(InvoicePaymentRow.at)
    payments = _payment_keys(session, wanted)
    yield _Source(_within(payments, paid_at, wanted.period), paid_at, col(InvoicePaymentRow.id))


def _payment_keys(session: Session, wanted: Wanted) -> _Keys:
    """Those of the money for invoices: it has come, and it comes from companies only."""
    paid = col(InvoicePaymentRow.method)
    methods = [way for way, name in _PAYMENT_METHODS.items() if wanted.method in (None, name)]
    keys: _Keys = select(
        col(InvoicePaymentRow.id), col(InvoicePaymentRow.at).label("at"), _is("payment")
    ).where(paid.in_(methods))
    if (
        wanted.type not in (None, "invoice_payment")
        or wanted.status not in (None, "completed")
        or wanted.customer is not None
    ):
        return keys.where(false())
    if wanted.company is not None:
        keys = keys.join(InvoiceRow, col(InvoiceRow.id) == col(InvoicePaymentRow.invoice_id))
        keys = keys.where(col(InvoiceRow.company_id) == company_named(session, wanted.company).id)
    return keys


def _within(keys: _Keys, at: Any, period: Period) -> _Keys:
    return keys.where(at >= period.since, at < period.until)


def _is(kind: str) -> Any:
    return literal(kind).label("kind")


def _of_whom(session: Session, wanted: Wanted) -> Iterator[Any]:
    if wanted.method is not None:
        yield col(OrderRow.method) == wanted.method.replace("_", "-")
    if wanted.customer is not None:
        yield col(OrderRow.end_user_id) == user_with_email(session, wanted.customer).id
    if wanted.company is not None:
        yield col(OrderRow.company_id) == company_named(session, wanted.company).id


def _states(statuses: Mapping[str, str], status: str) -> list[str]:
    return [state for state, word in statuses.items() if word == status]


def _older(source: _Source, before: Transaction | None) -> _Keys:
    """One source along its own index, from a transaction on; the newest come first."""
    keys, at, row_id = source.keys, source.at, source.id
    if before is not None:
        older = or_(at < before.at, and_(at == before.at, row_id < before.id))
        keys = keys.where(at <= before.at, older)
    return keys.order_by(at.desc(), row_id.desc())


def _orders(session: Session, ids: Sequence[str]) -> Iterator[Transaction]:
    for row in _rows(session, select(OrderRow, *_NAMES), col(OrderRow.id), ids):
        order = row.OrderRow
        yield Transaction(
            id=order.id,
            at=order.created_at,
            type=order.kind,
            reference=order.reference,
            destination=_destination(order) or row.iccid or order.item["name"],
            amount_minor=order.total_minor,
            currency=order.currency,
            method=order.method.replace("-", "_"),
            end_user=row.email,
            company=row.company,
            status=_ORDER_STATES[order.state],
            order=order.reference,
        )


def _destination(order: OrderRow) -> str:
    """The owner of a wallet, or the number of an invoice; empty for an eSIM."""
    return str(order.item.get("owner") or order.item.get("invoice") or "")


def _refunds(session: Session, ids: Sequence[str]) -> Iterator[Transaction]:
    statement = select(RefundRow, OrderRow, *_NAMES).join_from(
        RefundRow, OrderRow, col(OrderRow.id) == col(RefundRow.order_id)
    )
    for row in _rows(session, statement, col(RefundRow.id), ids):
        refund, order = row.RefundRow, row.OrderRow
        yield Transaction(
            id=refund.id,
            at=refund.at,
            type="refund",
            reference=refund.number or order.reference,
            destination=refund.destination,
            amount_minor=-refund.amount_minor,
            currency=refund.currency,
            method=order.method.replace("-", "_"),
            end_user=row.email,
            company=row.company,
            status=_REFUND_STATES[refund.state],
            order=order.reference,
        )


def _payments(session: Session, ids: Sequence[str]) -> Iterator[Transaction]:
    statement: _Keys = (
        select(InvoicePaymentRow, InvoiceRow, col(CompanyRow.name).label("company"))
        .join_from(
            InvoicePaymentRow, InvoiceRow, col(InvoiceRow.id) == col(InvoicePaymentRow.invoice_id)
        )
        .join(CompanyRow, col(CompanyRow.id) == col(InvoiceRow.company_id))
    )
    for part in chunks(ids):
        for row in session.execute(statement.where(col(InvoicePaymentRow.id).in_(part))):
            paid, number = row.InvoicePaymentRow, row.InvoiceRow.number
            yield Transaction(
                id=paid.id,
                at=paid.at,
                type="invoice_payment",
                reference=number,
                destination=number,
                amount_minor=paid.amount_minor - paid.tax_minor,
                currency=row.InvoiceRow.currency,
                method=_PAYMENT_METHODS[paid.method],
                end_user=None,
                company=row.company,
                status="completed",
                order=None,
            )


_NAMES: tuple[Any, ...] = (
    col(EndUserRow.email).label("email"),
    col(CompanyRow.name).label("company"),
    col(EsimRow.iccid).label("iccid"),
)


def _rows(session: Session, statement: Any, key: Any, ids: Sequence[str]) -> Iterator[Any]:
    """Rows with the names of whom and what the order is about."""
    told = (
        statement.join(CompanyRow, col(CompanyRow.id) == col(OrderRow.company_id))
        .outerjoin(EndUserRow, col(EndUserRow.id) == col(OrderRow.end_user_id))
        .outerjoin(EsimRow, col(EsimRow.id) == col(OrderRow.esim_id))
    )
    for part in chunks(ids):
        yield from session.execute(told.where(key.in_(part)))
