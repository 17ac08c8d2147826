"""What a paid order answers: kept with its key, without secrets, for every repetition."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlmodel import Session

from catalog.esim.tables import EsimRow
from catalog.kernel.clock import iso
from catalog.kernel.requests import finish
from catalog.kernel.tables import RequestRow
from checkout.billing.ledger import balance, wallet
from checkout.billing.lines import line_state
from checkout.billing.subscriptions.invoices import state_at
from checkout.billing.subscriptions.issuing import left_minor
from checkout.billing.subscriptions.tables import InvoiceRow
from checkout.orders.on_invoice import METHOD
from checkout.orders.tables import OrderRow
from checkout.payments.attempts import attempts_of
from checkout.payments.tables import PaymentAttemptRow


def keep_answer(
    session: Session, order: OrderRow, attempt: PaymentAttemptRow, now: datetime
) -> dict[str, Any]:
    """Remember the answer in the transaction that delivers the order, and give it."""
    answer = _paid(order, attempt) | _GOODS[order.kind](session, order, now)
    finish(session, str(order.request_key), answer)
    return answer


def first_answer(session: Session, order: OrderRow, now: datetime) -> dict[str, Any]:
    """The answer as it was first given; of an order that still waits for its money, as it is."""
    kept = session.get_one(RequestRow, order.request_key).result
    if kept:
        return dict(kept)
    attempt = attempts_of(session, order.id)[-1]
    return _paid(order, attempt) | _GOODS[order.kind](session, order, now)


def _paid(order: OrderRow, attempt: PaymentAttemptRow) -> dict[str, Any]:
    return {
        "order": order.reference,
        "state": order.state,
        "total_minor": order.total_minor,
        "tax_minor": order.tax_minor,
        "currency": order.currency,
        "change_minor": attempt.parameters.get("change_minor", 0),
        "receipt": order.receipt_number or "",
        "invoice": order.receipt_number or "" if order.method == METHOD else "",
        "checkout_url": attempt.page_url,
    }


def _sold(session: Session, order: OrderRow, now: datetime) -> dict[str, Any]:
    del now
    is_shown = order.kind != "esim_purchase" or order.state == "delivered"
    if order.esim_id is None or not is_shown:
        return {"iccid": None}
    return {"iccid": session.get_one(EsimRow, order.esim_id).iccid or None}


def _refilled(session: Session, order: OrderRow, now: datetime) -> dict[str, Any]:
    line = line_state(session, str(order.esim_id), now)
    return _sold(session, order, now) | {
        "data_left_bytes": line.left_bytes or 0,
        "expires_at": iso(line.expires_at),
    }


def _topped_up(session: Session, order: OrderRow, now: datetime) -> dict[str, Any]:
    del now
    return {
        "owner": order.item["owner"],
        "credit_minor": order.item.get("credit_minor", order.net_minor),
        "balance_minor": balance(session, wallet(str(order.wallet_id), order.currency)),
    }


def _collected(session: Session, order: OrderRow, now: datetime) -> dict[str, Any]:
    row = session.get_one(InvoiceRow, order.invoice_id)
    return {
        "number": row.number,
        "invoice_state": state_at(row, now),
        "paid_minor": row.paid_minor,
        "open_minor": max(left_minor(row), 0),
    }


_GOODS: dict[str, Callable[[Session, OrderRow, datetime], dict[str, Any]]] = {
    "esim_purchase": _sold,
    "esim_refill": _refilled,
    "wallet_refill": _topped_up,
    "invoice_payment": _collected,
}
