"""Credit notes: what corrects an issued invoice, under a number of its own, never changed."""

from __future__ import annotations

from sqlmodel import Session

from catalog.kernel.errors import Refused
from catalog.kernel.ids import new_id
from catalog.kernel.money import money_words
from catalog.kernel.settings import load_settings
from checkout.billing.subscriptions.cycle import local
from checkout.billing.subscriptions.issuing import Issue, put_out, settled_state, write_items
from checkout.billing.subscriptions.tables import InvoiceRow
from checkout.billing.tax import split_tax


def creditable_minor(row: InvoiceRow) -> int:
    """What credit notes may still take back of a document."""
    is_invoice = row.number is not None and row.kind != "credit"
    return max(row.total_minor - row.credited_minor, 0) if is_invoice else 0


def credit(
    session: Session,
    row: InvoiceRow,
    amount_minor: int,
    *,
    reason: str,
    issue: Issue,
    tax_minor: int | None = None,
    item: str = "",
) -> InvoiceRow:
    """Take back a part of a locked invoice, or all of it, with the VAT in that part.

    It lowers what is open; what was paid beyond that is the company's credit. `tax_minor` is the
    VAT where the part is of one `item`; otherwise it is that of the invoice so far.

    Raises:
        Refused: not an invoice, or more than is left of it.

    """
    check_creditable(row, amount_minor)
    before = split_tax(row.total_minor, row.tax_minor, row.credited_minor)
    row.credited_minor += amount_minor
    if tax_minor is None:
        tax_minor = split_tax(row.total_minor, row.tax_minor, row.credited_minor) - before
    row.state = settled_state(row)
    session.add(row)
    zone = load_settings(session).time_zone
    note = _note(row, (amount_minor, tax_minor), reason, issue, zone)
    put_out(session, note, issue)
    of = f"Credit for invoice {row.number}" + (f", {item}" if item else "")
    words = of + (f": {reason}" if reason else "")
    lines_minor = amount_minor if row.prices_include_vat else amount_minor - tax_minor
    write_items(session, note, [(words, "", 1, -lines_minor)])
    return note


def check_creditable(row: InvoiceRow, amount_minor: int) -> None:
    """Refuse to credit what is not issued, what gives back itself, and more than is left."""
    if row.number is None:
        raise Refused(
            f"{row.ref} is not issued yet; nothing was credited.", code="not_issued", field="number"
        )
    if row.total_minor <= 0:
        raise Refused(
            f"{row.number} asks for nothing, so nothing of it is credited.", code="not_creditable"
        )
    left = creditable_minor(row)
    if not 0 < amount_minor <= left:
        raise Refused(
            f"{money_words(left, row.currency)} of {row.number} can be credited; nothing has "
            "changed. Credit that or a part of it.",
            code="above_invoice",
            field="amount",
        )


def check_voidable(row: InvoiceRow) -> None:
    """Refuse to void what is not issued, what is void, and what somebody has paid for."""
    if row.number is not None and row.paid_minor:
        paid = money_words(row.paid_minor, row.currency)
        raise Refused(
            f"{paid} were paid for {row.number}, so it is not voided; nothing has changed. Credit "
            f"it: invoice credit {row.number}.",
            code="not_voidable",
        )
    if row.state == "void":
        raise Refused(f"{row.number} is void already; nothing has changed.", code="not_voidable")
    check_creditable(row, max(creditable_minor(row), 1))


def _note(
    row: InvoiceRow, parts: tuple[int, int], reason: str, issue: Issue, zone: str
) -> InvoiceRow:
    amount_minor, tax_minor = parts
    return InvoiceRow(
        id=new_id(),
        kind="credit",
        ref="",
        company_id=row.company_id,
        currency=row.currency,
        bill_on=local(issue.now, zone).date(),
        preceding_id=row.id,
        reason=reason,
        net_minor=tax_minor - amount_minor,
        tax_minor=-tax_minor,
        total_minor=-amount_minor,
        tax_rate=row.tax_rate,
        prices_include_vat=row.prices_include_vat,
        created_at=issue.now,
    )
