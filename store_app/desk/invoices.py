"""Bills at the desk: the bill run, pre-bills and invoices."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from catalog.kernel.clock import parse_moment
from catalog.kernel.database import chunks, snapshot, transact
from catalog.kernel.settings import load_settings
from checkout.accounts.companies import company_named, own_rate
from checkout.accounts.parties import parties_of
from checkout.accounts.tables import CompanyRow
from checkout.billing.subscriptions import invoices
from checkout.billing.subscriptions.bill_run import BATCH, Taxation, bill_all
from checkout.billing.subscriptions.issuing import Issue, left_minor
from checkout.billing.subscriptions.items import Item, items_of
from checkout.billing.subscriptions.tables import InvoicePaymentRow, InvoiceRow
from checkout.billing.usage_feed import apply_landed
from checkout.orders.invoice_money import collecting
from checkout.orders.tables import OrderOnInvoiceRow, OrderRow
from store_app.desk.bill_items import UsageBehind, usage_behind
from store_app.desk.context import Desk


@dataclass(frozen=True, slots=True)
class InvoiceView:
    """A pre-bill or an invoice.

    Attributes:
        ref: what it is called from its making; `number` is None until it is issued.
        state: `pre_bill`, `approved`, `open`, `part_paid`, `paid`, `overdue` or `void`.
        bill_on: the day whose period ends are on it.
        due: None until it is issued, and of what asks for nothing.
        kind: `bill` of subscriptions, `order`, or `credit` for a credit note; a bill below zero
            is a credit note too.
        open_minor: what is to be paid; below zero, what it leaves to the company.
        preceding: the invoice that a credit note corrects.
        order: the first of the `orders` that it is for, one for each eSIM of a cart.

    """

    ref: str
    number: str | None
    state: str
    company: str
    currency: str
    net_minor: int
    tax_minor: int
    total_minor: int
    tax_rate: int
    paid_minor: int
    bill_on: date
    created_at: datetime
    issued_at: datetime | None
    due: datetime | None
    kind: str = "bill"
    credited_minor: int = 0
    open_minor: int = 0
    preceding: str | None = None
    order: str | None = None
    reason: str = ""
    orders: tuple[str, ...] = ()

    @property
    def is_credit_note(self) -> bool:
        """Whether it gives back: a credit note, or an issued bill below zero."""
        return self.number is not None and self.total_minor < 0


@dataclass(frozen=True, slots=True)
class InvoiceDetails:
    """An invoice with what is on it, the usage behind that, and its payments."""

    invoice: InvoiceView
    items: list[Item]
    usage: list[UsageBehind]
    payments: list[dict[str, Any]] = field(default_factory=list)
    collecting: str | None = None
    """The order that collects it by card just now."""


@dataclass(frozen=True, slots=True)
class BillRun:
    """What a bill run did: steps taken with subscriptions, and the pre-bills they are on."""

    subscriptions: int
    invoices: list[InvoiceView]


def run_bills(
    desk: Desk,
    as_of: str | None = None,
    *,
    batch: int = BATCH,
    report: Callable[[int], object] | None = None,
) -> BillRun:
    """Bill every period that has ended by `as_of`; again, or killed half way, nothing twice.

    Usage that landed in an import that was killed is applied first, so that it is on its bill.
    `as_of` is an instant, or a day as its midnight in the store's time zone; one that is still to
    come bills ahead. `report` is told how many steps were taken so far, after each batch.
    """
    instant = _bill_until(desk, as_of) if as_of else desk.clock()
    apply_landed(desk.engine, desk.clock(), desk.actor)
    steps, touched = 0, set[str]()
    for count, written in bill_all(desk.engine, instant, _taxes, batch):
        steps, touched = steps + count, touched | written
        if report is not None:
            report(steps)
    with snapshot(desk.engine) as session:
        return BillRun(steps, invoice_views(session, _by_id(session, touched), desk.clock()))


def _bill_until(desk: Desk, as_of: str) -> datetime:
    with snapshot(desk.engine) as session:
        zone = ZoneInfo(load_settings(session).time_zone)
    return parse_moment(as_of, zone, field="as_of")


def _taxes(session: Session, company_ids: Collection[str]) -> dict[str, Taxation]:
    """A company's own VAT rate, or the organization's."""
    settings, found = load_settings(session), {}
    for part in chunks(sorted(company_ids)):
        for row in session.exec(select(CompanyRow).where(col(CompanyRow.id).in_(part))):
            own = own_rate(row)
            rate = settings.vat_rate if own is None else own
            found[row.id] = Taxation(rate, settings.prices_include_vat)
    return found


def list_invoices(
    desk: Desk, *, company: str | None = None, state: str | None = None
) -> list[InvoiceView]:
    """Pre-bills and invoices, the newest first."""
    newest = (col(InvoiceRow.bill_on).desc(), col(InvoiceRow.created_at).desc(), InvoiceRow.id)
    statement = select(InvoiceRow).order_by(*newest)
    with snapshot(desk.engine) as session:
        if company is not None:
            firm = company_named(session, company)
            statement = statement.where(InvoiceRow.company_id == firm.id)
        if state is not None:
            statement = statement.where(invoices.in_state(state, desk.clock()))
        return invoice_views(session, list(session.exec(statement)), desk.clock())


def show_invoice(desk: Desk, ref: str) -> InvoiceDetails:
    """One of them by its reference or number, with items, usage and payments."""
    with snapshot(desk.engine) as session:
        row = invoices.invoice_named(session, ref)
        paid = select(InvoicePaymentRow).where(InvoicePaymentRow.invoice_id == row.id)
        payments = [
            {"at": one.at, "method": one.method, "amount_minor": one.amount_minor}
            for one in session.exec(paid.order_by(col(InvoicePaymentRow.at)))
        ]
        (view,) = invoice_views(session, [row], desk.clock())
        return InvoiceDetails(
            view,
            items_of(session, row.id),
            usage_behind(session, row.id),
            payments,
            by.reference if (by := collecting(session, row)) else None,
        )


def approve_invoice(desk: Desk, ref: str) -> InvoiceView:
    """Approve a pre-bill, so that it may be issued."""
    return _changed(desk, ref, lambda s, row: invoices.approve(s, row, desk.actor, desk.clock()))


def issue_invoice(desk: Desk, ref: str) -> InvoiceView:
    """Make an approved pre-bill an invoice, or a credit note, with the next number."""

    def issue(session: Session, row: InvoiceRow) -> None:
        company = session.get_one(CompanyRow, row.company_id)
        parties = parties_of(company, load_settings(session))
        invoices.issue(session, row, Issue(desk.actor, desk.clock(), parties))

    return _changed(desk, ref, issue)


def _changed(desk: Desk, ref: str, change: Callable[[Session, InvoiceRow], None]) -> InvoiceView:
    def work(session: Session) -> InvoiceView:
        row = invoices.invoice_named(session, ref, lock_it=True)
        change(session, row)
        return invoice_views(session, [row], desk.clock())[0]

    return transact(desk.engine, work)


def _by_id(session: Session, ids: Collection[str]) -> list[InvoiceRow]:
    found: list[InvoiceRow] = []
    for part in chunks(sorted(ids)):
        found += session.exec(select(InvoiceRow).where(col(InvoiceRow.id).in_(part)))
    return sorted(found, key=lambda row: (row.bill_on, row.ref))


def invoice_views(
    session: Session, rows: Collection[InvoiceRow], now: datetime
) -> list[InvoiceView]:
    """Pre-bills and invoices as they are now, with the names of their companies."""
    names: dict[str, str] = {}
    for part in chunks(sorted({row.company_id for row in rows})):
        named = select(CompanyRow.id, CompanyRow.name).where(col(CompanyRow.id).in_(part))
        names.update({key: name for key, name in session.exec(named)})  # noqa: C416 - rows, not pairs
    numbers, orders = _preceding(session, rows), _orders(session, rows)
    return [
        InvoiceView(
            ref=row.ref,
            number=row.number,
            state=invoices.state_at(row, now),
            company=names[row.company_id],
            currency=row.currency,
            net_minor=row.net_minor,
            tax_minor=row.tax_minor,
            total_minor=row.total_minor,
            tax_rate=row.tax_rate,
            paid_minor=row.paid_minor,
            bill_on=row.bill_on,
            created_at=row.created_at,
            issued_at=row.issued_at,
            due=row.due_at,
            kind=row.kind,
            credited_minor=row.credited_minor,
            open_minor=left_minor(row),
            preceding=numbers.get(row.preceding_id),
            order=next(iter(orders.get(row.id, ())), None),
            reason=row.reason,
            orders=tuple(orders.get(row.id, ())),
        )
        for row in rows
    ]


def _preceding(session: Session, rows: Collection[InvoiceRow]) -> dict[str | None, str | None]:
    """The numbers of the invoices that credit notes correct."""
    found: dict[str | None, str | None] = {}
    for part in chunks(sorted({row.preceding_id for row in rows if row.preceding_id})):
        named = select(InvoiceRow.id, InvoiceRow.number).where(col(InvoiceRow.id).in_(part))
        found.update({key: number for key, number in session.exec(named)})  # noqa: C416 - rows, not pairs
    return found


def _orders(session: Session, rows: Collection[InvoiceRow]) -> dict[str, list[str]]:
    """The references of the orders that invoices are for, as their lines."""
    found = defaultdict[str, list[str]](list)
    for part in chunks(sorted(row.id for row in rows if row.kind == "order")):
        named = (
            select(OrderOnInvoiceRow.invoice_id, OrderRow.reference)
            .join(OrderRow, col(OrderRow.id) == col(OrderOnInvoiceRow.order_id))
            .where(col(OrderOnInvoiceRow.invoice_id).in_(part))
            .order_by(col(OrderRow.id))
        )
        for key, reference in session.exec(named):
            found[key].append(reference)
    return found
