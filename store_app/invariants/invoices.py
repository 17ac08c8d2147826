"""Invoices and credit notes: sums of their lines, no gaps, and the ledger says the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session

from catalog.kernel.tables import NumberSeriesRow
from checkout.billing.ledger import receivable
from checkout.billing.subscriptions.bill_lines import taxed
from checkout.billing.subscriptions.issuing import CREDITS, SERIES, settled_state
from checkout.billing.subscriptions.rows import INVOICE_ITEMS, INVOICE_LINES, INVOICES
from checkout.billing.subscriptions.tables import InvoicePaymentRow
from checkout.billing.tables import LedgerAccountRow, PostingRow
from checkout.billing.tax import split_tax
from checkout.orders.tables import OrderOnInvoiceRow, OrderRow
from store_app.invariants.rule import Rule, rows_of, table_of

ORDERS = table_of(OrderRow)
LINKS = table_of(OrderOnInvoiceRow)
PAYMENTS = table_of(InvoicePaymentRow)
POSTINGS = table_of(PostingRow)
ACCOUNTS = table_of(LedgerAccountRow)


def _totals(session: Session, now: datetime) -> Iterator[str]:
    """Documents whose totals are not those of their lines and items."""
    del now
    sums = Counter[str]()
    for lines in (INVOICE_LINES, INVOICE_ITEMS):
        amount = func.sum(lines.c.quantity * lines.c.unit_minor)
        found = select(lines.c.invoice_id, amount).group_by(lines.c.invoice_id)
        sums.update({key: int(total) for key, total in rows_of(session, found)})
    for row in rows_of(session, select(INVOICES)):
        if row.kind == "credit":
            stored = row.total_minor if row.prices_include_vat else row.net_minor
            is_right = sums[row.id] == stored
        else:
            made = taxed(sums[row.id], row.tax_rate, inclusive=row.prices_include_vat)
            stored = (row.net_minor, row.tax_minor, row.total_minor)
            is_right = stored == (made.net_minor, made.tax_minor, made.total_minor)
        if not is_right:
            yield f"{row.number or row.ref}"


def _credits(session: Session, now: datetime) -> Iterator[str]:
    """Invoices that their credit notes exceed, or whose tax these do not share.

    The tax of several orders on an invoice is shared by each for itself.
    """
    del now
    of_orders = _undone_tax(session)
    notes = INVOICES.alias()
    given = (func.sum(notes.c.total_minor), func.sum(notes.c.tax_minor))
    mine = (
        select(notes.c.preceding_id, *given)
        .where(notes.c.kind == "credit")
        .group_by(notes.c.preceding_id)
    )
    sums = {key: (-int(total), -int(tax)) for key, total, tax in rows_of(session, mine)}
    for row in rows_of(session, select(INVOICES)):
        total, tax = sums.get(row.id, (0, 0))
        is_within = total == row.credited_minor <= max(row.total_minor, 0)
        due = of_orders.get(row.id)
        if total and due is None:
            due = split_tax(row.total_minor, row.tax_minor, total) if is_within else tax
        if not is_within or tax != (due or 0):
            yield f"{row.number or row.ref}"


def _undone_tax(session: Session) -> Counter[str]:
    """The tax in what orders took back of their invoices."""
    columns = (ORDERS.c.state, ORDERS.c.total_minor, ORDERS.c.tax_minor, ORDERS.c.refunded_minor)
    joined = select(LINKS.c.invoice_id, *columns).join(ORDERS, ORDERS.c.id == LINKS.c.order_id)
    found: Counter[str] = Counter()
    for invoice_id, state, total, tax, refunded in rows_of(session, joined):
        undone = total if state == "cancelled" else refunded
        found[invoice_id] += split_tax(total, tax, undone)
    return found


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
        state = row.state if row.number is None else settled_state(row)
        if row.paid_minor != sums[row.id] or row.state != state:
            yield f"{row.number or row.ref}"


def _receivables(session: Session, now: datetime) -> Iterator[str]:
    """Companies that owe something else than their open documents come to."""
    del now
    left = func.sum(INVOICES.c.total_minor - INVOICES.c.paid_minor - INVOICES.c.credited_minor)
    owed = (
        select(INVOICES.c.company_id, INVOICES.c.currency, left)
        .where(INVOICES.c.number.is_not(None), INVOICES.c.kind != "credit")
        .group_by(INVOICES.c.company_id, INVOICES.c.currency)
    )
    open_minor = {receivable(row[0], row[1]).id: int(row[2]) for row in rows_of(session, owed)}
    accounts = select(ACCOUNTS.c.id, ACCOUNTS.c.balance).where(ACCOUNTS.c.kind == "receivable")
    balances = {key: int(balance) for key, balance in rows_of(session, accounts)}
    for key in {*open_minor, *balances}:
        if open_minor.get(key, 0) != balances.get(key, 0):
            yield f"account {key}"


def _numbers(session: Session, now: datetime) -> Iterator[str]:
    """A series whose numbers are not exactly 1 to the last one given."""
    del now
    numbers = select(INVOICES.c.number).where(INVOICES.c.number.is_not(None))
    found = [number for (number,) in rows_of(session, numbers)]
    for name in (SERIES, CREDITS):
        given = {int(one.removeprefix(f"{name}-")) for one in found if one.startswith(f"{name}-")}
        series = session.get(NumberSeriesRow, name)
        if given != set(range(1, (series.last if series else 0) + 1)):
            yield f"series {name}"


def _kinds(session: Session, now: datetime) -> Iterator[str]:
    """Documents in the wrong series: what gives back is a credit note, and nothing else is."""
    del now
    numbered = select(INVOICES).where(INVOICES.c.number.is_not(None))
    for row in rows_of(session, numbered):
        if row.number.startswith(f"{CREDITS}-") != (row.total_minor < 0):
            yield str(row.number)


RULES = (
    Rule("each bill is the sum of its lines with its VAT", _totals),
    Rule("each invoice is in the ledger with its total", _posted),
    Rule("what is paid of each invoice came in and is in the ledger", _paid),
    Rule("the credit notes of each invoice are within it, with their share of its VAT", _credits),
    Rule("each company owes what its invoices leave open", _receivables),
    Rule("invoice and credit note numbers run on without a gap", _numbers),
    Rule("what gives money back is numbered as a credit note", _kinds),
)
