"""Bills as a screen walks through them: by page and filter, each with its items and their tax."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import literal, tuple_
from sqlmodel import select

from catalog.kernel.database import snapshot
from checkout.accounts.companies import company_named
from checkout.billing.subscriptions.invoices import in_state, invoice_named
from checkout.billing.subscriptions.items import BillItem, taxed_items
from checkout.billing.subscriptions.rows import INVOICES
from checkout.billing.subscriptions.tables import InvoiceRow
from store_app.desk.context import Desk
from store_app.desk.invoices import InvoiceView, invoice_views

PAGE = 100
_ORDER = (INVOICES.c.bill_on, INVOICES.c.created_at, INVOICES.c.ref)


@dataclass(frozen=True, slots=True)
class BillFilter:
    """Which bills are wanted; an empty word wants all.

    `state` is one that people see: `overdue` is told apart from `open` and `part_paid`.
    """

    company: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True)
class BillPaper:
    """A bill as it is now, with its items."""

    bill: InvoiceView
    items: list[BillItem]


def page_bills(
    desk: Desk,
    wanted: BillFilter = BillFilter(),
    *,
    after: InvoiceView | None = None,
    limit: int = PAGE,
) -> list[InvoiceView]:
    """The newest bills that are wanted, or those that follow `after` in that order."""
    statement = select(InvoiceRow).order_by(*(column.desc() for column in _ORDER)).limit(limit)
    if after is not None:
        last = zip((after.bill_on, after.created_at, after.ref), _ORDER, strict=True)
        key = tuple_(*(literal(value, column.type) for value, column in last))
        statement = statement.where(tuple_(*_ORDER) < key)
    with snapshot(desk.engine) as session:
        if wanted.company:
            firm = company_named(session, wanted.company)
            statement = statement.where(InvoiceRow.company_id == firm.id)
        if wanted.state:
            statement = statement.where(in_state(wanted.state, desk.clock()))
        return invoice_views(session, list(session.exec(statement)), desk.clock())


def read_bill(desk: Desk, ref: str) -> BillPaper:
    """One bill by its reference or number, with its items."""
    with snapshot(desk.engine) as session:
        row = invoice_named(session, ref)
        (view,) = invoice_views(session, [row], desk.clock())
        return BillPaper(view, taxed_items(session, row))
