"""Invoices that are paid by card: collected like a sale, on a page or at the register's reader."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from catalog.kernel.database import snapshot
from catalog.kernel.errors import StoreError
from checkout.billing.subscriptions.invoices import invoice_named
from checkout.orders.agreement import Payment
from checkout.orders.invoice_money import InvoiceMoney, collecting
from checkout.orders.tables import OrderRow
from store_app.desk.card_orders import is_too_much, look_again
from store_app.desk.carry_out import carry_out
from store_app.desk.context import Desk
from store_app.desk.sales import Paid


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected(Paid):
    """The order that collects money for an invoice, and the invoice as it is."""

    number: str
    invoice_state: str
    paid_minor: int
    open_minor: int


def collect_invoice(
    desk: Desk, number: str, *, key: str, amount: str | None = None, reader: bool = False
) -> Collected:
    """Collect an invoice, or a part of it, by card; its company pays on a page or at the reader.

    When it is paid, the order that waits for the invoice is delivered. What comes in and is not
    open any more goes back.
    """
    wish, payment = InvoiceMoney(number, amount), Payment("card", reader=reader)
    return carry_out(desk, wish, payment, key, _collected)


def _collected(session: Session, order: OrderRow, answer: dict[str, Any]) -> Collected:
    del session, order
    return Collected(**answer)


def stop_collecting(desk: Desk, number: str) -> None:
    """Stop what collects more than is open of an invoice that was paid or credited just now.

    Whatever the provider says, the books are right; `maintain` asks again.
    """
    with snapshot(desk.engine) as session:
        order = collecting(session, invoice_named(session, number))
    if order is not None and is_too_much(desk, order):
        with suppress(StoreError):
            look_again(desk, order)
