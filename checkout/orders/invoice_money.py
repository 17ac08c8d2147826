"""Collecting an invoice by card: an order that buys nothing and pays what a company owes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sqlmodel import Session, col, select

from catalog.kernel.errors import Refused
from catalog.kernel.money import parse_amount
from checkout.accounts.owners import owner_of_company
from checkout.accounts.tables import CompanyRow
from checkout.billing.subscriptions.invoices import check_payable, invoice_named
from checkout.billing.subscriptions.issuing import add_payment, left_minor
from checkout.billing.subscriptions.tables import InvoiceRow
from checkout.orders.agreement import Agreement, Counter, check_method
from checkout.orders.buyers import buyer_of
from checkout.orders.pricing import Price
from checkout.orders.tables import OrderOnInvoiceRow, OrderRow

KIND = "invoice_payment"


@dataclass(frozen=True, slots=True)
class InvoiceMoney:
    """All that is open of an issued invoice, or a part of it, by card."""

    kind: ClassVar[str] = KIND

    number: str
    amount: str | None = None

    def agree(self, session: Session, counter: Counter, pay: str, now: datetime) -> Agreement:
        """The terms; `Refused` when it is not open, or somebody is collecting it just now.

        Its VAT stands on the invoice, so this has none.
        """
        del now
        row = invoice_named(session, self.number, lock_it=True)
        left = max(left_minor(row), 0)
        amount_minor = left if self.amount is None else parse_amount(self.amount, row.currency)
        check_payable(row, amount_minor)
        check_method(pay, counter, row.currency)
        _check_alone(session, row)
        company = session.get_one(CompanyRow, row.company_id)
        return Agreement(
            buyer=buyer_of(session, owner_of_company(company)),
            price=Price(amount_minor, 0, amount_minor, 0, row.currency),
            item={"name": f"Invoice {row.number}", "invoice": row.number},
            invoice_id=row.id,
        )


def _check_alone(session: Session, row: InvoiceRow) -> None:
    other = collecting(session, row)
    if other is not None:
        raise Refused(
            f"Order {other.reference} collects {row.number} already; nothing was charged. Wait for "
            f"it, or give it up first: order cancel {other.reference}.",
            code="being_collected",
            field="number",
        )


def collecting(session: Session, row: InvoiceRow) -> OrderRow | None:
    """The order that collects an invoice just now."""
    open_ = (OrderRow.invoice_id == row.id, OrderRow.state == "placed")
    return session.exec(select(OrderRow).where(*open_)).first()


def orders_of(session: Session, invoice: InvoiceRow, *, locked: bool = False) -> list[OrderRow]:
    """The orders that an invoice was issued for, as its lines; a bill and a credit note have none.

    All who lock them do so in the order of their ids, which is that of the lines.
    """
    if invoice.kind != "order":
        return []
    mine = select(OrderOnInvoiceRow.order_id).where(OrderOnInvoiceRow.invoice_id == invoice.id)
    statement = select(OrderRow).where(col(OrderRow.id).in_(mine)).order_by(col(OrderRow.id))
    if locked:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return list(session.exec(statement))


def billed_with(session: Session, order: OrderRow) -> list[OrderRow]:
    """The orders on the invoice of one, itself among them, all locked; it is not locked before."""
    link = session.get_one(OrderOnInvoiceRow, order.id)
    return orders_of(session, session.get_one(InvoiceRow, link.invoice_id), locked=True)


def waiting_for(session: Session, order: OrderRow) -> list[OrderRow]:
    """The orders whose invoice is paid by this one, locked; a bill has none."""
    row = session.get_one(InvoiceRow, order.invoice_id)
    return orders_of(session, row, locked=True)


def lock_what_it_pays(session: Session, order: OrderRow) -> None:
    """Lock the invoice that an order pays, and before it the orders that wait for that."""
    waiting_for(session, order)
    _locked(session, order)


def deliver_invoice_money(session: Session, order: OrderRow, actor: str, now: datetime) -> None:
    """Note the money on its invoice, under the order's own id.

    Raises:
        Refused: that much is not open any more, so it goes back.

    """
    row = _locked(session, order)
    check_payable(row, order.total_minor)
    add_payment(
        session,
        row,
        "card",
        order.total_minor,
        actor=actor,
        now=now,
        payment_id=order.id,
    )


def _locked(session: Session, order: OrderRow) -> InvoiceRow:
    return session.get_one(
        InvoiceRow, order.invoice_id, with_for_update=True, populate_existing=True
    )
