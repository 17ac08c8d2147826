"""Issuing: the next number of its series, the postings, and the credit that pays first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from catalog.kernel.ids import new_id
from catalog.kernel.numbering import next_number
from catalog.kernel.settings import load_settings
from checkout.billing.ledger import Account, Posting, lock, post, receivable, revenue, tax
from checkout.billing.subscriptions.tables import InvoiceItemRow, InvoicePaymentRow, InvoiceRow

SERIES = "INV"
"""The number series of invoices: INV-000001, without gaps."""

CREDITS = "CRN"
"""The number series of credit notes, without gaps as well."""


@dataclass(frozen=True, slots=True)
class Issue:
    """Who issues a document, when, and what it says of seller and buyer.

    `earned` is the account that its net goes to, revenue when not said.
    """

    actor: str
    now: datetime
    parties: Mapping[str, Any]
    earned: Account | None = None


def put_out(session: Session, row: InvoiceRow, issue: Issue) -> None:
    """Number, post and date a locked document; what the company has to its credit pays first.

    One that comes to less than nothing is a credit note: it is settled, and what it leaves is the
    company's credit, as is that of an invoice credited after it was paid.
    """
    lock(session, [receivable(row.company_id, row.currency)])
    days = load_settings(session).payment_terms_days
    series = SERIES if row.total_minor >= 0 else CREDITS
    number = next_number(session, series)
    row.number = f"{series}-{number:06d}"
    row.ref = row.ref or row.number
    row.issued_at, row.parties = issue.now, dict(issue.parties)
    row.due_at = issue.now + timedelta(days=days) if row.total_minor >= 0 else None
    row.state = settled_state(row)
    session.add(row)
    session.flush()
    post(session, _postings(row, issue))
    if row.total_minor > 0:
        set_off(session, row, row.total_minor, actor=issue.actor, now=issue.now)


def write_items(
    session: Session, row: InvoiceRow, items: Sequence[tuple[str, str, int, int]]
) -> None:
    """Put items on a document that has no lines of subscriptions: words, sku, quantity, price."""
    session.add_all(
        InvoiceItemRow(
            invoice_id=row.id,
            position=position,
            item=words,
            plan=sku,
            quantity=quantity,
            unit_minor=unit_minor,
        )
        for position, (words, sku, quantity, unit_minor) in enumerate(items, start=1)
    )
    session.flush()


def left_minor(row: InvoiceRow) -> int:
    """What is open of a document; below zero, what it leaves to the company."""
    is_owed = row.number is not None and row.kind != "credit"
    return row.total_minor - row.paid_minor - row.credited_minor if is_owed else 0


def settled_state(row: InvoiceRow) -> str:
    """The state that payments and credit notes of a numbered document come to."""
    if row.total_minor <= 0:
        return "paid"
    if left_minor(row) > 0:
        return "part_paid" if row.paid_minor else "open"
    return "paid" if row.paid_minor else "void"


def add_payment(
    session: Session,
    row: InvoiceRow,
    method: str,
    amount_minor: int,
    *,
    actor: str,
    now: datetime,
    payment_id: str | None = None,
    **more: Any,
) -> InvoicePaymentRow:
    """Note money for a locked document and what it leaves open; the caller posts it."""
    paid = InvoicePaymentRow(
        id=payment_id or new_id(),
        invoice_id=row.id,
        method=method,
        amount_minor=amount_minor,
        actor=actor,
        at=now,
        **more,
    )
    row.paid_minor += amount_minor
    row.state = settled_state(row)
    session.add_all([paid, row])
    session.flush()
    return paid


def credit_of(session: Session, company_id: str, currency: str) -> list[InvoiceRow]:
    """The documents that leave money to a company, locked, the oldest first."""
    left = col(InvoiceRow.total_minor) - col(InvoiceRow.paid_minor) - col(InvoiceRow.credited_minor)
    statement = (
        select(InvoiceRow)
        .where(
            InvoiceRow.company_id == company_id,
            InvoiceRow.currency == currency,
            col(InvoiceRow.number).is_not(None),
            InvoiceRow.kind != "credit",
            left < 0,
        )
        .order_by(col(InvoiceRow.issued_at), col(InvoiceRow.id))
        .with_for_update()
    )
    return list(session.exec(statement, execution_options={"populate_existing": True}))


def set_off(
    session: Session, row: InvoiceRow, amount_minor: int, *, actor: str, now: datetime
) -> InvoicePaymentRow | None:
    """Pay up to an amount of a locked invoice with what earlier documents left; None for nothing.

    No posting: what a company owes is one account. Each side notes its part.
    """
    paid = 0
    for other in credit_of(session, row.company_id, row.currency):
        part = min(-left_minor(other), amount_minor - paid)
        if part > 0:
            add_payment(session, other, "credit", -part, actor=actor, now=now)
            paid += part
    return add_payment(session, row, "credit", paid, actor=actor, now=now) if paid else None


def _postings(row: InvoiceRow, issue: Issue) -> list[Posting]:
    """What the company owes from now on; a negative amount goes the other way round."""
    owed, what = receivable(row.company_id, row.currency), _name(row)
    earned = issue.earned or revenue(row.currency)
    return [
        Posting(
            debit=owed if amount >= 0 else account,
            credit=account if amount >= 0 else owed,
            amount=abs(amount),
            kind="invoice",
            reason=words,
            source=row.ref,
            subject_id=row.id,
            actor=issue.actor,
            at=issue.now,
            recorded_at=issue.now,
        )
        for account, amount, words in (
            (earned, row.net_minor, f"{what[0].upper()}{what[1:]} {row.number}"),
            (tax(row.currency), row.tax_minor, f"VAT of {what} {row.number}"),
        )
    ]


def _name(row: InvoiceRow) -> str:
    return "invoice" if row.total_minor >= 0 else "credit note"
