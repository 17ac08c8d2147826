"""Orders on invoice: one invoice each that says the same, within the credit, undone with it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, and_, exists, func, literal, or_, select

from checkout.billing.subscriptions.rows import INVOICES
from checkout.billing.subscriptions.tables import InvoicePaymentRow
from checkout.orders.on_invoice import METHOD
from checkout.orders.tables import OrderOnInvoiceRow, OrderRow
from store_app.invariants.rule import Rule, named, table_of

ORDERS = table_of(OrderRow)
LINKS = table_of(OrderOnInvoiceRow)
PAYMENTS = table_of(InvoicePaymentRow)


def _one_each() -> Select[Any]:
    """Orders on invoice without one that says what they say, and others that have one."""
    its_own = exists().where(
        LINKS.c.order_id == ORDERS.c.id,
        LINKS.c.total_minor == ORDERS.c.total_minor,
        INVOICES.c.id == LINKS.c.invoice_id,
        INVOICES.c.kind == "order",
        INVOICES.c.number == ORDERS.c.receipt_number,
        INVOICES.c.company_id == ORDERS.c.company_id,
        INVOICES.c.currency == ORDERS.c.currency,
        INVOICES.c.net_minor == ORDERS.c.net_minor,
        INVOICES.c.tax_minor == ORDERS.c.tax_minor,
    )
    any_ = exists().where(LINKS.c.order_id == ORDERS.c.id)
    is_on_invoice = ORDERS.c.method == METHOD
    return select(literal("order"), ORDERS.c.reference).where(
        or_(and_(is_on_invoice, ~its_own), and_(~is_on_invoice, any_))
    )


def _without_order() -> Select[Any]:
    linked = exists().where(LINKS.c.invoice_id == INVOICES.c.id)
    return select(literal("invoice"), INVOICES.c.number).where(INVOICES.c.kind == "order", ~linked)


def _limits() -> Select[Any]:
    """Orders that were delivered on credit that the company did not have."""
    after = LINKS.c.owed_minor + LINKS.c.total_minor
    return (
        select(literal("order"), ORDERS.c.reference)
        .join(LINKS, LINKS.c.order_id == ORDERS.c.id)
        .where(LINKS.c.on_credit, after > LINKS.c.limit_minor)
    )


def _undone() -> Select[Any]:
    """Orders whose invoice is credited by another amount than the order says."""
    taken = func.coalesce(INVOICES.c.credited_minor, 0)
    is_cancelled = ORDERS.c.state == "cancelled"
    return (
        select(literal("order"), ORDERS.c.reference)
        .join(LINKS, LINKS.c.order_id == ORDERS.c.id)
        .join(INVOICES, INVOICES.c.id == LINKS.c.invoice_id)
        .where(
            or_(
                and_(is_cancelled, taken != INVOICES.c.total_minor),
                and_(~is_cancelled, taken != ORDERS.c.refunded_minor),
            )
        )
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
    Rule("each order on invoice has one invoice that says the same", named(_one_each)),
    Rule("each invoice of an order has its order", named(_without_order)),
    Rule("nothing was delivered on credit above a company's limit", named(_limits)),
    Rule("an order and its invoice are undone by the same amount", named(_undone)),
    Rule("what was collected for an invoice is noted there", named(_collected)),
    Rule(
        "card money of an invoice is what was collected and not given back", named(_card_payments)
    ),
    Rule("what is not on credit is delivered when its invoice is paid", named(_waiting)),
)
