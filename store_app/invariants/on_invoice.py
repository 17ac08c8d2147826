"""Orders on invoice: an invoice that says what they say together, within the credit, undone so."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Integer, Select, and_, case, exists, func, literal, or_, select

from checkout.billing.subscriptions.rows import INVOICE_ITEMS as ITEMS
from checkout.billing.subscriptions.rows import INVOICES
from checkout.billing.subscriptions.tables import InvoicePaymentRow
from checkout.orders.on_invoice import METHOD
from checkout.orders.tables import OrderOnInvoiceRow, OrderRow
from store_app.invariants.rule import Rule, named, table_of

ORDERS = table_of(OrderRow)
LINKS = table_of(OrderOnInvoiceRow)
PAYMENTS = table_of(InvoicePaymentRow)


def _one_each() -> Select[Any]:
    """Orders on invoice without one that names them, and others that have one."""
    its_own = exists().where(
        LINKS.c.order_id == ORDERS.c.id,
        LINKS.c.total_minor == ORDERS.c.total_minor,
        INVOICES.c.id == LINKS.c.invoice_id,
        INVOICES.c.kind == "order",
        INVOICES.c.number == ORDERS.c.receipt_number,
        INVOICES.c.company_id == ORDERS.c.company_id,
        INVOICES.c.currency == ORDERS.c.currency,
        INVOICES.c.tax_rate == ORDERS.c.tax_rate,
    )
    any_ = exists().where(LINKS.c.order_id == ORDERS.c.id)
    is_on_invoice = ORDERS.c.method == METHOD
    return select(literal("order"), ORDERS.c.reference).where(
        or_(and_(is_on_invoice, ~its_own), and_(~is_on_invoice, any_))
    )


def _without_order() -> Select[Any]:
    linked = exists().where(LINKS.c.invoice_id == INVOICES.c.id)
    return select(literal("invoice"), INVOICES.c.number).where(INVOICES.c.kind == "order", ~linked)


def _sums() -> Select[Any]:
    """Invoices that say something else than their orders together, or have another line count."""
    lines = select(func.count()).where(ITEMS.c.invoice_id == INVOICES.c.id).scalar_subquery()
    return (
        select(literal("invoice"), INVOICES.c.number)
        .join(LINKS, LINKS.c.invoice_id == INVOICES.c.id)
        .join(ORDERS, ORDERS.c.id == LINKS.c.order_id)
        .group_by(INVOICES.c.id, INVOICES.c.number, INVOICES.c.net_minor, INVOICES.c.tax_minor)
        .having(
            or_(
                func.sum(ORDERS.c.net_minor) != INVOICES.c.net_minor,
                func.sum(ORDERS.c.tax_minor) != INVOICES.c.tax_minor,
                func.count() != lines,
                func.count(LINKS.c.on_credit.cast(Integer).distinct()) != 1,
            )
        )
    )


def _limits() -> Select[Any]:
    """Orders that were delivered on credit that the company did not have."""
    after = LINKS.c.owed_minor + LINKS.c.total_minor
    return (
        select(literal("order"), ORDERS.c.reference)
        .join(LINKS, LINKS.c.order_id == ORDERS.c.id)
        .where(LINKS.c.on_credit, after > LINKS.c.limit_minor)
    )


def _undone() -> Select[Any]:
    """Invoices that are credited by another amount than their orders say."""
    is_cancelled = ORDERS.c.state == "cancelled"
    undone = case((is_cancelled, ORDERS.c.total_minor), else_=ORDERS.c.refunded_minor)
    return (
        select(literal("invoice"), INVOICES.c.number)
        .join(LINKS, LINKS.c.invoice_id == INVOICES.c.id)
        .join(ORDERS, ORDERS.c.id == LINKS.c.order_id)
        .group_by(INVOICES.c.id, INVOICES.c.number, INVOICES.c.credited_minor)
        .having(func.sum(undone) != INVOICES.c.credited_minor)
    )


def _waiting() -> Select[Any]:
    """Orders that wait although they were sold on credit, or are delivered and nobody paid."""
    left = INVOICES.c.total_minor - INVOICES.c.paid_minor - INVOICES.c.credited_minor
    waits = ORDERS.c.state == "placed"
    has_come = ORDERS.c.state.in_(("paid", "delivered"))
    return (
        select(literal("order"), ORDERS.c.reference)
        .join(LINKS, LINKS.c.order_id == ORDERS.c.id)
        .join(INVOICES, INVOICES.c.id == LINKS.c.invoice_id)
        .where(
            or_(
                and_(waits, or_(LINKS.c.on_credit, left <= 0)),
                and_(has_come, ~LINKS.c.on_credit, left > 0),
            )
        )
    )


def _collected() -> Select[Any]:
    """Orders that collect for an invoice and whose money is not noted there as they say."""
    its_own = exists().where(
        PAYMENTS.c.id == ORDERS.c.id,
        PAYMENTS.c.method == "card",
        PAYMENTS.c.invoice_id == ORDERS.c.invoice_id,
        PAYMENTS.c.amount_minor == ORDERS.c.total_minor,
    )
    is_paid = ORDERS.c.state.in_(("delivered", "refunded"))
    return select(literal("order"), ORDERS.c.reference).where(
        ORDERS.c.invoice_id.is_not(None), or_(and_(is_paid, ~its_own), and_(~is_paid, its_own))
    )


def _card_payments() -> Select[Any]:
    """Invoices on which other card money is noted than was collected and has not gone back."""
    noted = _sum(PAYMENTS.c.amount_minor).where(
        PAYMENTS.c.invoice_id == INVOICES.c.id, PAYMENTS.c.method == "card"
    )
    kept = _sum(ORDERS.c.total_minor - ORDERS.c.refunded_minor).where(
        ORDERS.c.invoice_id == INVOICES.c.id, ORDERS.c.state.in_(("delivered", "refunded"))
    )
    return select(literal("invoice"), INVOICES.c.number).where(
        noted.scalar_subquery() != kept.scalar_subquery()
    )


def _sum(amount: Any) -> Select[Any]:
    return select(func.coalesce(func.sum(amount), 0))


RULES = (
    Rule("each order on invoice has one invoice that names it", named(_one_each)),
    Rule("each invoice of an order has its order", named(_without_order)),
    Rule("each invoice of orders says what they say together, a line each", named(_sums)),
    Rule("nothing was delivered on credit above a company's limit", named(_limits)),
    Rule("orders and their invoice are undone by the same amount", named(_undone)),
    Rule("what was collected for an invoice is noted there", named(_collected)),
    Rule(
        "card money of an invoice is what was collected and not given back", named(_card_payments)
    ),
    Rule("what is not on credit is delivered when its invoice is paid", named(_waiting)),
)
