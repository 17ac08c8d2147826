"""Bills: sums of their lines, numbers without gaps, and the ledger says the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session

from catalog.kernel.tables import NumberSeriesRow
from checkout.billing.subscriptions.bill_lines import taxed
from checkout.billing.subscriptions.invoices import SERIES
from checkout.billing.subscriptions.rows import INVOICE_LINES, INVOICES
from checkout.billing.subscriptions.tables import InvoicePaymentRow
from checkout.billing.tables import LedgerAccountRow, PostingRow
from store_app.invariants.rule import Rule, rows_of, table_of

PAYMENTS = table_of(InvoicePaymentRow)
POSTINGS = table_of(PostingRow)
ACCOUNTS = table_of(LedgerAccountRow)


def _totals(session: Session, now: datetime) -> Iterator[str]:
    """Bills whose totals are not those of their lines."""
    del now
    amount = func.sum(INVOICE_LINES.c.quantity * INVOICE_LINES.c.unit_minor)
    sums = select(INVOICE_LINES.c.invoice_id, amount).group_by(INVOICE_LINES.c.invoice_id)
    lines = {key: int(total) for key, total in rows_of(session, sums)}
    for row in rows_of(session, select(INVOICES)):
        made = taxed(lines.get(row.id, 0), row.tax_rate, inclusive=row.prices_include_vat)
        stored = (row.net_minor, row.tax_minor, row.total_minor)
        if stored != (made.net_minor, made.tax_minor, made.total_minor):
            yield f"{row.ref}"


def _owed(session: Session, kind: str) -> Counter[str]:
    """What the postings of a kind add to receivables, by what they are about."""
    found: Counter[str] = Counter()
    for side, sign in (("debit_id", 1), ("credit_id", -1)):
        statement = (
            select(POSTINGS.c.subject_id, func.sum(POSTINGS.c.amount))
            .join(ACCOUNTS, ACCOUNTS.c.id == POSTINGS.c[side])
            .where(POSTINGS.c.kind == kind, ACCOUNTS.c.kind == "receivable")
            .group_by(POSTINGS.c.subject_id)
        )
        for subject, amount in rows_of(session, statement):
            found[subject] += sign * int(amount)
    return found


def _posted(session: Session, now: datetime) -> Iterator[str]:
    """Invoices that are not in the ledger with their total, and bills that are in it too early."""
    del now
    owed = _owed(session, "invoice")
    for row in rows_of(session, select(INVOICES)):
        if owed[row.id] != (row.total_minor if row.number else 0):
            yield f"{row.number or row.ref}"


def _paid(session: Session, now: datetime) -> Iterator[str]:
    """Invoices whose payments are not what is paid, and payments that are not in the ledger."""
    del now
    owed, sums = _owed(session, "invoice_payment"), Counter[str]()
    for row in rows_of(session, select(PAYMENTS)):
        sums[row.invoice_id] += row.amount_minor
        if row.method != "credit" and owed[row.id] != -row.amount_minor:
            yield f"payment {row.id}"
    for row in rows_of(session, select(INVOICES)):
        if row.paid_minor != sums[row.id] or row.state != _state_of(row):
            yield f"{row.number or row.ref}"


def _state_of(row: Any) -> str:
    """The state that the payments of an invoice come to."""
    if row.number is None or row.state == "void":
        return str(row.state)
    if row.total_minor <= 0 or row.paid_minor == row.total_minor:
        return "paid"
    return "part_paid" if row.paid_minor else "open"


def _numbers(session: Session, now: datetime) -> Iterator[str]:
    """A series whose numbers are not exactly 1 to the last one given."""
    del now
    given = {
        int(number.removeprefix(f"{SERIES}-"))
        for (number,) in rows_of(
            session, select(INVOICES.c.number).where(INVOICES.c.number.is_not(None))
        )
    }
    series = session.get(NumberSeriesRow, SERIES)
    if given != set(range(1, (series.last if series else 0) + 1)):
        yield f"series {SERIES}"


RULES = (
    Rule("each bill is the sum of its lines with its VAT", _totals),
    Rule("each invoice is in the ledger with its total", _posted),
    Rule("what is paid of each invoice came in and is in the ledger", _paid),
    Rule("invoice numbers run on without a gap", _numbers),
)
