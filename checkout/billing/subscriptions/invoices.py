"""Pre-bills become invoices: approved, issued under the next number, posted, paid (decision 27)."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlmodel import Session, and_, col, not_, or_
from sqlmodel import select as rows_of

from catalog.kernel.errors import NotFound, Refused
from catalog.kernel.ids import new_id
from catalog.kernel.money import money_words
from catalog.kernel.numbering import next_number
from catalog.kernel.quoting import quoted
from catalog.kernel.settings import load_settings
from checkout.billing.ledger import Posting, lock, post, receivable, revenue, tax
from checkout.billing.subscriptions.rows import INVOICE_LINES
from checkout.billing.subscriptions.tables import InvoicePaymentRow, InvoiceRow

SERIES = "INV"
"""The number series of invoices: INV-000001, without gaps."""

UNPAID = ("open", "part_paid")


def invoice_named(session: Session, name: str, *, lock_it: bool = False) -> InvoiceRow:
    """A pre-bill by its reference, or an invoice by its number too; or `NotFound`."""
    text = name.strip().upper()
    statement = rows_of(InvoiceRow).where(
        or_(col(InvoiceRow.ref) == text, col(InvoiceRow.number) == text)
    )
    if lock_it:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    row = session.exec(statement).one_or_none()
    if row is None:
        raise NotFound(
            f"There is no pre-bill or invoice {quoted(name)}; nothing has changed. "
            "“invoice list” shows them.",
            code="unknown_invoice",
            field="ref",
        )
    return row


def state_at(row: InvoiceRow, now: datetime) -> str:
    """The state that people see: an unpaid invoice whose day has passed is overdue."""
    is_late = row.due_at is not None and row.due_at < now
    return "overdue" if is_late and row.state in UNPAID else row.state


def in_state(state: str, now: datetime) -> ColumnElement[bool]:
    """Whether `state_at` tells this state of an invoice, as a condition of a query."""
    is_late = and_(col(InvoiceRow.due_at) < now, col(InvoiceRow.state).in_(UNPAID))
    if state == "overdue":
        return is_late
    is_it = col(InvoiceRow.state) == state
    return and_(is_it, not_(is_late)) if state in UNPAID else is_it


def approve(session: Session, row: InvoiceRow, actor: str, now: datetime) -> None:
    """Approve a locked pre-bill; one that is approved already stays so."""
    if row.state == "approved":
        return
    _refuse_issued(row)
    row.state, row.approved_at, row.approved_by = "approved", now, actor
    session.add(row)
    session.flush()


def issue(session: Session, row: InvoiceRow, actor: str, now: datetime) -> None:
    """Make a locked, approved pre-bill an invoice: its number, its postings, its due date.

    What the company has to its credit from earlier invoices pays first. One that comes to nothing
    or less is paid; the rest of it is the company's credit.
    """
    _refuse_issued(row)
    if row.state != "approved":
        raise Refused(
            f"{row.ref} is not approved; nothing was issued. Approve it first: invoice approve "
            f"{row.ref}.",
            code="not_approved",
            field="ref",
        )
    account = receivable(row.company_id, row.currency)
    credit = max(-lock(session, [account])[account.id], 0)
    terms = timedelta(days=load_settings(session).payment_terms_days)
    number = f"{SERIES}-{next_number(session, SERIES):06d}"
    row.number, row.issued_at, row.due_at, row.state = number, now, now + terms, "open"
    post(session, _issue_postings(row, actor, now))
    if row.total_minor <= 0:
        row.state = "paid"
    elif credit:
        add_payment(session, row, "credit", min(credit, row.total_minor), actor=actor, now=now)
    session.add(row)
    session.flush()


def add_payment(
    session: Session,
    row: InvoiceRow,
    method: str,
    amount_minor: int,
    *,
    actor: str,
    now: datetime,
    tax_minor: int = 0,
) -> InvoicePaymentRow:
    """Note money for a locked invoice and what it leaves open; the caller posts it."""
    paid = InvoicePaymentRow(
        id=new_id(),
        invoice_id=row.id,
        method=method,
        amount_minor=amount_minor,
        tax_minor=tax_minor,
        actor=actor,
        at=now,
    )
    row.paid_minor += amount_minor
    row.state = "paid" if row.paid_minor == row.total_minor else "part_paid"
    session.add_all([paid, row])
    session.flush()
    return paid


def check_payable(row: InvoiceRow, amount_minor: int) -> None:
    """Refuse money for what is not open, more of it than is, and none at all."""
    if row.number is None:
        raise Refused(
            f"{row.ref} is not issued yet; nothing was paid. Issue it first: invoice issue "
            f"{row.ref}.",
            code="not_issued",
            field="number",
        )
    left = row.total_minor - row.paid_minor
    if row.state not in UNPAID:
        raise Refused(f"{row.number} is {row.state}; nothing was paid.", code="not_payable")
    if amount_minor <= 0:
        raise Refused(
            "A payment is an amount above zero; nothing was paid.",
            code="bad_amount",
            field="amount",
        )
    if amount_minor > left:
        raise Refused(
            f"{money_words(left, row.currency)} of {row.number} are open; nothing was paid. Pay "
            "that or a part of it.",
            code="bad_amount",
            field="amount",
        )


def lines_minor(session: Session, invoice_id: str) -> int:
    """What the lines of a bill add up to."""
    total = func.sum(INVOICE_LINES.c.quantity * INVOICE_LINES.c.unit_minor)
    mine = select(func.coalesce(total, 0)).where(INVOICE_LINES.c.invoice_id == invoice_id)
    return int(session.execute(mine).scalar_one())


def _refuse_issued(row: InvoiceRow) -> None:
    if row.number is not None:
        raise Refused(
            f"{row.ref} was issued as {row.number}; nothing has changed.",
            code="issued",
            field="ref",
        )


def _issue_postings(row: InvoiceRow, actor: str, now: datetime) -> list[Posting]:
    """What the company owes from now on; a negative amount goes the other way round."""
    owed = receivable(row.company_id, row.currency)
    return [
        Posting(
            debit=owed if amount >= 0 else earned,
            credit=earned if amount >= 0 else owed,
            amount=abs(amount),
            kind="invoice",
            reason=words,
            source=row.ref,
            subject_id=row.id,
            actor=actor,
            at=now,
            recorded_at=now,
        )
        for earned, amount, words in (
            (revenue(row.currency), row.net_minor, f"Invoice {row.number}"),
            (tax(row.currency), row.tax_minor, f"VAT of invoice {row.number}"),
        )
    ]
