"""Rows and what they belong to, whether the database itself watches over it or not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Select, exists, func, select
from sqlmodel import Session

from catalog.suppliers.tables import DownloadOrderRow
from checkout.accounts.tables import CompanyRow
from checkout.billing.line_rows import LINES
from checkout.billing.refill_tables import RefillEpisodeRow, RefillTryRow
from checkout.billing.subscriptions.rows import INVOICES, SUBSCRIPTIONS
from checkout.billing.subscriptions.tables import InvoicePaymentRow
from checkout.billing.usage_each import CHARGES
from checkout.billing.usage_history import RECORDS, SOURCES
from checkout.billing.usage_postings import BATCHES, STEPS
from checkout.documents.tables import ReceiptRow
from checkout.orders.tables import OrderRow
from checkout.payments.tables import PaymentAttemptRow, RefundRow
from checkout.till.tables import ShiftRow
from store_app.invariants.rule import Rule, table_of
from store_app.schema import METADATA

ORDERS = table_of(OrderRow)
ATTEMPTS = table_of(PaymentAttemptRow)
REFUNDS = table_of(RefundRow)
RECEIPTS = table_of(ReceiptRow)
SHIFTS = table_of(ShiftRow)
PAYMENTS = table_of(InvoicePaymentRow)
DOWNLOADS = table_of(DownloadOrderRow)
COMPANIES = table_of(CompanyRow)
TRIES = table_of(RefillTryRow)
EPISODES = table_of(RefillEpisodeRow)

_UNWATCHED = (
    (ATTEMPTS.c.order_id, ORDERS.c.id),
    (REFUNDS.c.order_id, ORDERS.c.id),
    (ORDERS.c.shift_id, SHIFTS.c.id),
    (TRIES.c.order_id, ORDERS.c.id),
    (EPISODES.c.order_id, ORDERS.c.id),
    (REFUNDS.c.shift_id, SHIFTS.c.id),
    (ORDERS.c.receipt_number, RECEIPTS.c.number),
    (REFUNDS.c.number, RECEIPTS.c.number),
    (PAYMENTS.c.receipt_number, RECEIPTS.c.number),
    (PAYMENTS.c.shift_id, SHIFTS.c.id),
    (RECORDS.c.line, LINES.c.number),
    (RECORDS.c.source, SOURCES.c.number),
    (BATCHES.c.source, SOURCES.c.number),
    (STEPS.c.line, LINES.c.number),
    (CHARGES.c.line, LINES.c.number),
    (SUBSCRIPTIONS.c.company_id, COMPANIES.c.id),
    (INVOICES.c.company_id, COMPANIES.c.id),
)
"""References that are no foreign keys: floors of the house do not know those above them, and
what comes by the million is not asked for its parent each time."""


def _orphans(session: Session, now: datetime) -> Iterator[str]:
    del now
    for child, parent in _references():
        count = session.execute(_without(child, parent)).scalar_one()
        if count:
            yield f"{count} rows of {child.table.name} without their {parent.table.name}"


def _references() -> Iterator[tuple[Column[Any], Column[Any]]]:
    for table in METADATA.sorted_tables:
        for key in table.foreign_keys:
            yield key.parent, key.column
    yield from _UNWATCHED


def _without(child: Column[Any], parent: Column[Any]) -> Select[Any]:
    other = parent.table.alias()
    found = exists().where(other.c[parent.name] == child)
    return select(func.count()).select_from(child.table).where(child.is_not(None), ~found)


RULES = (Rule("no row has lost what it belongs to", _orphans),)
