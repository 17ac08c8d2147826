"""The sums of a shift: by tender and tax rate, refunds, movements, unresolved orders."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from checkout.billing.subscriptions.tables import InvoicePaymentRow, InvoiceRow
from checkout.orders.tables import OrderRow
from checkout.payments.tables import RefundRow
from checkout.till.tables import CashMovementRow, ShiftRow

_SOLD = ("delivered", "refunded", "paid")


def totals_of(session: Session, shift: ShiftRow) -> dict[str, Any]:
    """What happened in a shift, in minor units; frozen into the row when it closes."""
    return {
        "sales": _count(session, shift),
        "by_tender": _by_tender(session, shift),
        "by_tax_rate": _by_tax_rate(session, shift),
        "refunds": _refunds(session, shift),
        "invoice_payments": _invoice_payments(session, shift),
        "movements_minor": _movements(session, shift),
        "unresolved": _unresolved(session, shift),
    }


def _count(session: Session, shift: ShiftRow) -> int:
    statement = select(func.count()).select_from(OrderRow).where(*_sales(shift))
    return session.exec(statement).one()


def _by_tender(session: Session, shift: ShiftRow) -> list[dict[str, Any]]:
    statement = (
        select(OrderRow.method, OrderRow.currency, func.sum(OrderRow.total_minor))
        .where(*_sales(shift))
        .group_by(OrderRow.method, OrderRow.currency)
        .order_by(OrderRow.method, OrderRow.currency)
    )
    rows = session.exec(statement).all()
    return [
        {"method": method, "currency": currency, "total_minor": int(total)}
        for method, currency, total in rows
    ]


def _by_tax_rate(session: Session, shift: ShiftRow) -> list[dict[str, Any]]:
    statement = (
        select(
            OrderRow.tax_rate,
            OrderRow.currency,
            func.sum(OrderRow.net_minor),
            func.sum(OrderRow.tax_minor),
        )
        .where(*_sales(shift))
        .group_by(col(OrderRow.tax_rate), OrderRow.currency)
        .order_by(col(OrderRow.tax_rate), OrderRow.currency)
    )
    rows = session.exec(statement).all()
    return [
        {"rate": rate, "currency": currency, "net_minor": int(net), "tax_minor": int(tax)}
        for rate, currency, net, tax in rows
    ]


def _refunds(session: Session, shift: ShiftRow) -> list[dict[str, Any]]:
    statement = (
        select(RefundRow.destination, RefundRow.currency, func.sum(RefundRow.amount_minor))
        .where(RefundRow.shift_id == shift.id, RefundRow.state == "succeeded")
        .group_by(RefundRow.destination, RefundRow.currency)
        .order_by(RefundRow.destination, RefundRow.currency)
    )
    rows = session.exec(statement).all()
    return [
        {"destination": destination, "currency": currency, "total_minor": int(total)}
        for destination, currency, total in rows
    ]


def _invoice_payments(session: Session, shift: ShiftRow) -> list[dict[str, Any]]:
    """Cash and cards that came for invoices, less what of their credit was given back in cash."""
    total = func.sum(InvoicePaymentRow.amount_minor)
    statement = (
        select(InvoicePaymentRow.method, InvoiceRow.currency, total)
        .join(InvoiceRow, col(InvoiceRow.id) == col(InvoicePaymentRow.invoice_id))
        .where(InvoicePaymentRow.shift_id == shift.id)
        .group_by(InvoicePaymentRow.method, InvoiceRow.currency)
        .order_by(InvoicePaymentRow.method, InvoiceRow.currency)
    )
    rows = [*session.exec(_by_card(shift)).all(), *session.exec(statement).all()]
    return [
        {"method": method, "currency": currency, "total_minor": int(amount)}
        for method, currency, amount in rows
    ]


def _by_card(shift: ShiftRow) -> Any:
    """What was collected for invoices by card, by currency."""
    return (
        select(OrderRow.method, OrderRow.currency, func.sum(OrderRow.total_minor))
        .where(
            OrderRow.shift_id == shift.id,
            OrderRow.kind == "invoice_payment",
            col(OrderRow.state).in_(("delivered", "refunded")),
        )
        .group_by(OrderRow.method, OrderRow.currency)
        .order_by(OrderRow.currency)
    )


def _movements(session: Session, shift: ShiftRow) -> int:
    statement = select(func.coalesce(func.sum(CashMovementRow.amount_minor), 0)).where(
        CashMovementRow.shift_id == shift.id
    )
    return int(session.exec(statement).one())


def _unresolved(session: Session, shift: ShiftRow) -> list[str]:
    """References of orders of this register that are neither done nor undone: carried over.

    Those that wait for their invoice wait for its company and not for a clerk.
    """
    statement = (
        select(OrderRow.reference)
        .where(
            OrderRow.register_id == shift.register_id,
            col(OrderRow.state).in_(("placed", "paid")),
            OrderRow.method != "invoice",
            OrderRow.kind != "invoice_payment",
        )
        .order_by(OrderRow.reference)
    )
    return list(session.exec(statement).all())


def _sales(shift: ShiftRow) -> tuple[Any, ...]:
    """Orders that sold something; the others collect for invoices that were counted before."""
    return (
        OrderRow.shift_id == shift.id,
        col(OrderRow.state).in_(_SOLD),
        OrderRow.kind != "invoice_payment",
    )
