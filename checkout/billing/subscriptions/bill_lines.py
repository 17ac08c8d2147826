"""Lines of bills between their rows and charges, and the totals of the bill that they are on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import insert, select, update
from sqlmodel import Session

from catalog.kernel.many import bulk_columns
from checkout.billing.subscriptions.charges import Charge
from checkout.billing.subscriptions.rows import (
    INVOICE_LINES,
    INVOICES,
    by_period,
    read_terms,
    terms_id_of,
)
from checkout.billing.tax import Taxed, tax_of

_LINE = bulk_columns(*INVOICE_LINES.c)

Step = tuple[int, int]
"""A period and the step that bills something of it."""

Billed = dict[tuple[str, int], list[tuple[int, Charge]]]
"""By subscription and period: what was billed, and in which step."""


def read_billed(session: Session, periods: Sequence[tuple[str, int]]) -> Billed:
    """Everything that was billed for these periods of these subscriptions."""
    rows: list[Any] = []
    for period, part in by_period(periods):
        mine = INVOICE_LINES.c.subscription_id.in_(part) & (INVOICE_LINES.c.period == period)
        rows += session.execute(select(*_LINE).where(mine)).all()
    terms = read_terms(session, {row.terms_id for row in rows})
    found: Billed = defaultdict(list)
    for row in sorted(rows, key=lambda row: row.step):
        charge = Charge(
            subject_id=row.subject_id,
            line_id=row.line_id,
            kind=row.kind,
            terms=terms[row.terms_id],
            quantity=row.quantity,
            unit_minor=row.unit_minor,
            days=row.days,
            of_days=row.of_days,
            bytes=row.bytes,
        )
        found[row.subscription_id, row.period].append((row.step, charge))
    return found


def write_lines(
    session: Session, invoice_id: str, subscription_id: str, step: Step, found: Iterable[Charge]
) -> int:
    """Put the charges of one period and step on a bill; what they add to it."""
    rows = line_rows(invoice_id, subscription_id, step, found)
    if rows:
        session.execute(insert(INVOICE_LINES), rows)
    return sum(row["quantity"] * row["unit_minor"] for row in rows)


def line_rows(
    invoice_id: str, subscription_id: str, step: Step, found: Iterable[Charge]
) -> list[dict[str, Any]]:
    """The rows of charges of one period, billed by one step."""
    period, number = step
    return [
        {
            "subscription_id": subscription_id,
            "period": period,
            "step": number,
            "subject_id": one.subject_id,
            "kind": one.kind,
            "invoice_id": invoice_id,
            "line_id": one.line_id,
            "terms_id": terms_id_of(one.terms),
            "quantity": one.quantity,
            "unit_minor": one.unit_minor,
            "days": one.days,
            "of_days": one.of_days,
            "bytes": one.bytes,
        }
        for one in found
    ]


def taxed(lines_minor: int, rate: int, *, inclusive: bool) -> Taxed:
    """The VAT of a document, rounded once; that of a credit is the same with a minus."""
    made = tax_of(abs(lines_minor), rate, inclusive=inclusive)
    if lines_minor >= 0:
        return made
    return Taxed(-made.net_minor, -made.tax_minor, -made.total_minor)


def add_to_totals(session: Session, row: Mapping[str, Any], added_minor: int) -> None:
    """Move the totals of a locked bill by what its lines changed."""
    inclusive = row["prices_include_vat"]
    before = row["total_minor"] if inclusive else row["net_minor"]
    now = taxed(before + added_minor, row["tax_rate"], inclusive=inclusive)
    totals = {
        "net_minor": now.net_minor,
        "tax_minor": now.tax_minor,
        "total_minor": now.total_minor,
    }
    session.execute(update(INVOICES).where(INVOICES.c.id == row["id"]).values(totals))
