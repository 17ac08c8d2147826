"""What stands on a bill: its lines as items, in the words of an invoice."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from catalog.kernel.money import round_div
from catalog.plans import data_words, rate_words
from checkout.billing.subscriptions.rows import (
    INVOICE_ITEMS,
    INVOICE_LINES,
    INVOICES,
    read_terms,
)
from checkout.billing.subscriptions.tables import InvoiceRow
from checkout.billing.subscriptions.terms import Terms


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a bill as it is read: equal charges of many eSIMs are one."""

    item: str
    kind: str
    plan: str
    quantity: int
    unit_price_minor: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class BillItem:
    """An item of a bill with its part of the tax, which is rounded once for the whole bill."""

    item: str
    quantity: int
    unit_price_minor: int
    amount_minor: int
    tax_minor: int
    total_minor: int


def items_of(session: Session, invoice_id: str) -> list[Item]:
    """The items of a bill or of any other document; their amounts add up to its lines."""
    mine = INVOICE_ITEMS.select().where(INVOICE_ITEMS.c.invoice_id == invoice_id)
    written = session.execute(mine.order_by(INVOICE_ITEMS.c.position)).all()
    if written:
        return [
            Item(row.item, "item", row.plan, row.quantity, row.unit_minor, _amount(row))
            for row in written
        ]
    rows = session.execute(
        INVOICE_LINES.select().where(INVOICE_LINES.c.invoice_id == invoice_id)
    ).all()
    terms = read_terms(session, {row.terms_id for row in rows})
    sums: Counter[tuple[str, str, str, int]] = Counter()
    for row in rows:
        plan = terms[row.terms_id]
        sums[item_words(row, plan), row.kind, plan.sku, row.unit_minor] += row.quantity
    return [
        Item(words, kind, sku, quantity, unit, quantity * unit)
        for (words, kind, sku, unit), quantity in sorted(sums.items())
    ]


def taxed_items(session: Session, row: InvoiceRow) -> list[BillItem]:
    """The items of a document with their parts of its tax, which add up to it."""
    items = items_of(session, row.id)
    whole = sum(one.amount_minor for one in items)
    found, passed, taxed = [], 0, 0
    for one in items:
        passed += one.amount_minor
        # Each cut of the running sum is rounded, so that the parts add up to the tax of the bill.
        sign = -1 if whole < 0 else 1
        cut = round_div(row.tax_minor * passed * sign, abs(whole)) if whole else 0
        found.append(_item(one, cut - taxed, inclusive=row.prices_include_vat))
        taxed = cut
    return found


def _item(one: Item, tax_minor: int, *, inclusive: bool) -> BillItem:
    total = one.amount_minor if inclusive else one.amount_minor + tax_minor
    return BillItem(
        one.item, one.quantity, one.unit_price_minor, one.amount_minor, tax_minor, total
    )


def _amount(row: Any) -> int:
    return int(row.quantity * row.unit_minor)


def billed_items(session: Session, line_id: str) -> list[tuple[str, Any, Any]]:
    """What was billed for one line: the words, the row of the line of the bill, and the bill."""
    mine = select(INVOICE_LINES).where(INVOICE_LINES.c.line_id == line_id)
    rows = session.execute(mine).all()
    terms = read_terms(session, {row.terms_id for row in rows})
    of = INVOICES.c.id.in_({row.invoice_id for row in rows})
    bills = {bill.id: bill for bill in session.execute(select(INVOICES).where(of))}
    return [(item_words(row, terms[row.terms_id]), row, bills[row.invoice_id]) for row in rows]


def item_words(row: Any, terms: Terms) -> str:
    """What a charge is for, in words that stand on an invoice."""
    part = f", {row.days} of {row.of_days} days" if row.days != row.of_days else ""
    words = {
        "fee": f"{terms.name}, monthly fee{part}",
        "mrc": f"{terms.name}, MRC{part}",
        "activation": f"{terms.name}, activation",
        "overage": f"{terms.name}, {data_words(terms.overage_size_bytes or 0)} more",
        "usage": f"{terms.name}, {_used_words(row.bytes, terms)}",
    }[row.kind]
    if row.step > row.period + 1:
        return f"Adjustment of an earlier period: {words}"
    return f"Credit: {words}" if row.quantity * row.unit_minor < 0 else words


def _used_words(count: int, terms: Terms) -> str:
    rate = rate_words(terms.currency, terms.rate_per_mb_micro, countries={}, barred=(), mrc_minor=0)
    thousandths = count * 1_000 // terms.megabyte
    return f"{thousandths // 1_000}.{thousandths % 1_000:03} MB at {rate}"
