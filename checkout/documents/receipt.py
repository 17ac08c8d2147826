"""What a till prints: receipts, invoices and credit notes, numbered without gaps, kept as such."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Table, bindparam, insert, update
from sqlmodel import Session, col, select

from catalog.esim.tables import EsimRow
from catalog.kernel.clock import iso
from catalog.kernel.errors import NotFound
from catalog.kernel.new_rows import is_unwritten, tell, write_new
from catalog.kernel.numbering import next_number
from catalog.kernel.prepared import run
from catalog.kernel.quoting import quoted
from catalog.kernel.settings import StoreSettings
from catalog.plans import start_rule_words
from catalog.repository import plan_value
from catalog.tables import PlanRow
from checkout.accounts.tables import CompanyRow
from checkout.billing.subscriptions.tables import InvoicePaymentRow, InvoiceRow
from checkout.documents.tables import ReceiptRow
from checkout.orders.tables import OrderRow
from checkout.payments.tables import PaymentAttemptRow, RefundRow

_ORDERS: Table = OrderRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it
_KEEP = insert(ReceiptRow.__table__)  # type: ignore[attr-defined]  # SQLModel adds it
_NUMBER = (
    update(_ORDERS)
    .where(_ORDERS.c.id == bindparam("numbered"))
    .values(receipt_number=bindparam("number"))
)


def issue_receipt(
    session: Session,
    order: OrderRow,
    attempt: PaymentAttemptRow,
    settings: StoreSettings,
    now: datetime,
) -> str:
    """Number and keep the receipt of a delivered order; returns its number."""
    number = next_receipt(session, order.register_id)
    document = "payment" if order.invoice_id else "receipt"
    content = {
        **_shop(settings),
        **_heading(document, number, order, order.actor, now),
        **_sale_lines(session, order, attempt.parameters),
    }
    if order.invoice_id:
        content["item"] = f"Payment of invoice {order.item['invoice']}"
    tell(order, {"receipt_number": number})
    if is_unwritten(order):
        write_new(session, order, attempt)
    else:
        session.execute(_NUMBER, {"numbered": order.id, "number": number})
    run(session, _KEEP, _document(number, order, content, now))
    return number


def keep_invoice(
    session: Session,
    orders: Sequence[OrderRow],
    invoice: InvoiceRow,
    settings: StoreSettings,
    *,
    waits: bool,
) -> None:
    """Keep the invoice of orders as it is printed at the till, under the invoice's own number.

    What waits for its money has no eSIM yet that could be named.
    """
    order, number = orders[0], str(invoice.number)
    company, zone = session.get_one(CompanyRow, order.company_id), ZoneInfo(settings.time_zone)
    content = {
        **_shop(settings),
        **_heading("invoice", number, order, order.actor, order.created_at),
        **_sale_lines(session, order, {}),
        "buyer": company.name,
        "due": f"{(invoice.due_at or order.created_at).astimezone(zone):%Y-%m-%d}",
    }
    if len(orders) > 1:
        content |= _together(session, orders, invoice)
    if waits:
        content["iccid"] = None
    session.execute(_KEEP, _document(number, order, content, order.created_at))
    for each in orders:
        session.execute(_NUMBER, {"numbered": each.id, "number": number})
        tell(each, {"receipt_number": number})


def _together(session: Session, orders: Sequence[OrderRow], invoice: InvoiceRow) -> dict[str, Any]:
    """What differs when several eSIMs are on one invoice: a line each, and the sums of all."""
    lines = [(order, _sale_lines(session, order, {})) for order in orders]
    rules = {sold["start_rule"] for _order, sold in lines}
    return {
        "items": [
            {"order": order.reference, "item": sold["item"], "total_minor": order.total_minor}
            for order, sold in lines
        ],
        "item": f"{len(orders)} eSIMs",
        "iccid": None,
        "start_rule": rules.pop() if len(rules) == 1 else None,
        "net_minor": invoice.net_minor,
        "tax_minor": invoice.tax_minor,
        "total_minor": invoice.total_minor,
    }


def next_receipt(session: Session, register_id: str) -> str:
    """The next number of a register's receipts."""
    return f"{register_id}-{next_number(session, register_id):06d}"


def issue_payment_receipt(
    session: Session,
    payment: InvoicePaymentRow,
    invoice: InvoiceRow,
    settings: StoreSettings,
    tendered: Mapping[str, Any],
) -> None:
    """Keep the receipt for cash that came for an invoice; the VAT is on the invoice alone."""
    number = str(payment.receipt_number)
    content = {
        **_shop(settings),
        "document": "payment",
        "number": number,
        "invoice": invoice.number,
        "register": payment.register_id,
        "clerk": payment.actor,
        "at": iso(payment.at),
        "currency": invoice.currency,
        "method": payment.method,
        "total_minor": payment.amount_minor,
        "item": f"Payment of invoice {invoice.number}"
        if payment.amount_minor > 0
        else f"Credit of {invoice.number} given back",
        **tendered,
    }
    row = {"number": number, "order_id": None, "content": content, "issued_at": payment.at}
    session.execute(_KEEP, row)


def issue_credit_note(
    session: Session, order: OrderRow, refund: RefundRow, settings: StoreSettings
) -> None:
    """Keep the credit note of a refund under the refund's own number, at the paying register."""
    number = str(refund.number)
    content = {
        **_shop(settings),
        **_heading("credit_note", number, order, refund.actor, refund.at),
        "register": refund.register_id,
        "item": f"Refund of {order.item['name']}",
        "net_minor": refund.tax_minor - refund.amount_minor,
        "tax_minor": -refund.tax_minor,
        "total_minor": -refund.amount_minor,
        "receipt": order.receipt_number,
        "reason": refund.reason,
    }
    if order.invoice_id:  # its VAT is on the invoice alone
        content["document"] = "payment"
        content["item"] = f"Credit of invoice {order.item['invoice']} given back"
    session.execute(_KEEP, _document(number, order, content, refund.at))


def _document(
    number: str, order: OrderRow, content: Mapping[str, Any], at: datetime
) -> dict[str, Any]:
    return {"number": number, "order_id": order.id, "content": content, "issued_at": at}


def receipt_numbered(session: Session, number: str) -> ReceiptRow:
    """A receipt or credit note by its number, or `NotFound`."""
    row = session.get(ReceiptRow, number.strip().upper())
    if row is None:
        raise NotFound(
            f"There is no receipt {quoted(number)}.", code="unknown_receipt", field="receipt"
        )
    return row


def printed_now(session: Session, row: ReceiptRow) -> Mapping[str, Any]:
    """What a receipt says, with the ICCID of its eSIM where that became known after its issue.

    So it is of a profile that was ordered when it was paid, that waited for its invoice, or that
    was sold by its code alone. What was said once is never replaced.
    """
    content = row.content
    if content.get("items"):
        return {**content, "items": list(_items_now(session, content["items"]))}
    if content["document"] not in ("receipt", "invoice") or content.get("iccid"):
        return content
    order = session.get(OrderRow, row.order_id) if row.order_id else None
    if order is None or order.esim_id is None or order.state not in ("delivered", "refunded"):
        return content
    return {**content, "iccid": session.get_one(EsimRow, order.esim_id).iccid or None}


def _items_now(session: Session, items: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """The lines of an invoice, each with the ICCID of its eSIM once that is delivered."""
    names = [str(item["order"]) for item in items]
    statement = (
        select(OrderRow.reference, EsimRow.iccid)
        .join(EsimRow, col(EsimRow.id) == col(OrderRow.esim_id))
        .where(col(OrderRow.reference).in_(names))
        .where(col(OrderRow.state).in_(("delivered", "refunded")))
    )
    iccids = {reference: iccid or None for reference, iccid in session.exec(statement)}
    return ({**item, "iccid": iccids.get(str(item["order"]))} for item in items)


def _shop(settings: StoreSettings) -> dict[str, str]:
    """Who issues it and by which clock, kept as they are on that day."""
    return {"shop": settings.shop_name, "zone": settings.time_zone}


def _heading(
    document: str, number: str, order: OrderRow, clerk: str, now: datetime
) -> dict[str, Any]:
    return {
        "document": document,
        "number": number,
        "order": order.reference,
        "register": order.register_id,
        "clerk": clerk,
        "at": iso(now),
        "currency": order.currency,
        "tax_rate": order.tax_rate,
        "method": order.method,
    }


def _sale_lines(session: Session, order: OrderRow, parameters: Mapping[str, Any]) -> dict[str, Any]:
    esim = session.get(EsimRow, order.esim_id) if order.esim_id else None
    plan = session.get(PlanRow, order.plan_id) if order.plan_id else None
    return {
        "item": order.item["name"],
        "net_minor": order.net_minor,
        "tax_minor": order.tax_minor,
        "total_minor": order.total_minor,
        "tendered_minor": parameters.get("tendered_minor"),
        "change_minor": parameters.get("change_minor"),
        "iccid": (esim.iccid or None) if esim else None,
        "start_rule": start_rule_words(plan_value(plan)) if plan else None,
    }
