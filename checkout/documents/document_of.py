"""An issued invoice or credit note as a document: what was posted, and no more."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from catalog.kernel.errors import Refused
from catalog.kernel.settings import load_settings
from checkout.billing.subscriptions.cycle import local
from checkout.billing.subscriptions.items import BillItem, taxed_items
from checkout.billing.subscriptions.rows import INVOICE_LINES, subscriptions_by_id
from checkout.billing.subscriptions.tables import InvoicePaymentRow, InvoiceRow
from checkout.documents.invoice_document import (
    Category,
    DocumentLine,
    InvoiceDocument,
    Party,
    TaxSum,
    credited,
)
from checkout.documents.payment_reference import payment_reference
from checkout.orders.invoice_money import orders_of


def document_of(session: Session, row: InvoiceRow) -> InvoiceDocument:
    """The document of an issued invoice or credit note, as it was on the day of its issue.

    Raises:
        Refused: it is not issued yet.

    """
    if row.number is None or row.issued_at is None:
        raise Refused(
            f"{row.ref} is not issued yet, so there is no document; nothing was written.",
            code="not_issued",
            field="number",
        )
    parties, zone = row.parties or {}, load_settings(session).time_zone
    category = _category(row, parties)
    begins_on, ends_on = _period(session, row)
    is_owed = row.total_minor >= 0
    lines = tuple(_line(one, row.tax_rate, category) for one in taxed_items(session, row))
    document = InvoiceDocument(
        kind="invoice",
        number=row.number,
        issued_on=local(row.issued_at, zone).date(),
        due_on=local(row.due_at, zone).date() if row.due_at else None,
        begins_on=begins_on,
        ends_on=ends_on,
        seller=Party(**parties["seller"]),
        buyer=Party(**parties["buyer"]),
        currency=row.currency,
        lines=lines,
        taxes=(TaxSum(category, row.tax_rate, row.net_minor, row.tax_minor),),
        net_minor=row.net_minor,
        tax_minor=row.tax_minor,
        total_minor=row.total_minor,
        paid_minor=_paid_at_issue(session, row),
        preceding=_preceding(session, row),
        reference=payment_reference(row.number) if is_owed else "",
        iban=str(parties["iban"]) if is_owed else "",
        note=_note(session, row),
    )
    return credited(document)


def _category(row: InvoiceRow, parties: Mapping[str, Any]) -> Category:
    """Why no tax is charged when none is: the buyer does, it is zero, or there is no VAT at all."""
    if row.tax_rate:
        return "S"
    if parties["reverse_charge"]:
        return "AE"
    return "Z" if parties["seller"]["vat_number"] else "O"


def _line(one: BillItem, tax_rate: int, category: Category) -> DocumentLine:
    net_minor = one.total_minor - one.tax_minor
    return DocumentLine(one.item, one.quantity, net_minor, tax_rate, category)


def _paid_at_issue(session: Session, row: InvoiceRow) -> int:
    """What the company's credit paid when it was issued; later money is on no printed invoice."""
    statement = select(func.coalesce(func.sum(col(InvoicePaymentRow.amount_minor)), 0)).where(
        col(InvoicePaymentRow.invoice_id) == row.id,
        col(InvoicePaymentRow.method) == "credit",
        col(InvoicePaymentRow.amount_minor) > 0,
        col(InvoicePaymentRow.at) == row.issued_at,
    )
    return int(session.execute(statement).scalar_one())


def _preceding(session: Session, row: InvoiceRow) -> str:
    if row.preceding_id is None:
        return ""
    return str(session.get_one(InvoiceRow, row.preceding_id).number)


def _note(session: Session, row: InvoiceRow) -> str:
    names = [order.reference for order in orders_of(session, row)]
    if not names:
        return row.reason
    return f"Order{'s' if len(names) > 1 else ''} {', '.join(names)}"


def _period(session: Session, row: InvoiceRow) -> tuple[date, date]:
    """The first and last day of what is billed; an order has the day of its invoice."""
    if row.preceding_id is not None:
        return _period(session, session.get_one(InvoiceRow, row.preceding_id))
    mine = select(INVOICE_LINES.c.subscription_id, INVOICE_LINES.c.period).distinct()
    keys = session.execute(mine.where(INVOICE_LINES.c.invoice_id == row.id)).all()
    accounts = subscriptions_by_id(session, {key.subscription_id for key in keys})
    days = [(row.bill_on, row.bill_on)] if not keys else []
    for owner, number in keys:
        account = accounts[owner]
        period = account.account.cycle.period(number)
        last = local(period.ends, account.zone).date() - timedelta(days=1)
        days.append((local(period.begins, account.zone).date(), last))
    return min(first for first, _last in days), max(last for _first, last in days)
