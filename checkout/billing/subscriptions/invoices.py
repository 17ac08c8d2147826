"""Pre-bills become invoices: approved, issued under the next number, posted, paid (decision 27)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlmodel import Session, and_, col, not_, or_
from sqlmodel import select as rows_of

from catalog.kernel.errors import NotFound, Refused
from catalog.kernel.money import money_words
from catalog.kernel.quoting import quoted
from checkout.billing.subscriptions.issuing import Issue, left_minor, put_out
from checkout.billing.subscriptions.rows import INVOICE_LINES
from checkout.billing.subscriptions.tables import InvoiceRow

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


def issue(session: Session, row: InvoiceRow, issuing: Issue) -> None:
    """Make a locked, approved pre-bill an invoice, or a credit note when it gives back more."""
    _refuse_issued(row)
    if row.state != "approved":
        raise Refused(
            f"{row.ref} is not approved; nothing was issued. Approve it first: invoice approve "
            f"{row.ref}.",
            code="not_approved",
            field="ref",
        )
    put_out(session, row, issuing)


def check_payable(row: InvoiceRow, amount_minor: int) -> None:
    """Refuse money for what is not open, more of it than is, and none at all."""
    if row.number is None:
        raise Refused(
            f"{row.ref} is not issued yet; nothing was paid. Issue it first: invoice issue "
            f"{row.ref}.",
            code="not_issued",
            field="number",
        )
    left = left_minor(row)
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
