"""Money for invoices at the desk, and the orders that are delivered for it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from sqlmodel import Session

from catalog.kernel.errors import Refused
from catalog.kernel.money import money_words, parse_amount
from catalog.kernel.settings import load_settings
from checkout.accounts.owners import owner_of_company
from checkout.accounts.tables import CompanyRow
from checkout.billing.subscriptions.invoices import state_at
from checkout.billing.subscriptions.issuing import left_minor
from checkout.billing.subscriptions.tables import InvoiceRow
from checkout.documents.receipt import issue_payment_receipt, next_receipt
from checkout.orders.agreement import Counter
from checkout.orders.pricing import Price
from checkout.orders.tender import tender
from checkout.payments.invoice_payment import Drawer
from checkout.payments.invoice_payment import pay_invoice as take_payment
from store_app.desk.context import Desk
from store_app.desk.counter import counter_of
from store_app.desk.invoice_cards import stop_collecting
from store_app.desk.invoiced import (
    bring_live_of,
    deliver_all_paid,
    invoice_and_orders,
    told_of,
)
from store_app.desk.once import once


@dataclass(frozen=True, slots=True)
class _Money:
    """What came for an invoice and how; `tendered` is the cash that was handed over, as typed."""

    number: str
    amount: str
    method: str
    tendered: str | None


def pay_invoice(
    desk: Desk,
    number: str,
    *,
    amount: str,
    method: str,
    key: str | None = None,
    tendered: str | None = None,
) -> dict[str, Any]:
    """Note a payment for an invoice, and its state as the list tells it; the same key pays once.

    Cash goes through the drawer of the open shift and has a receipt. The orders that wait for
    this invoice are delivered, all of them when nothing is open any more.
    """
    money = _Money(number, amount, method, tendered)
    answer, replayed = once(desk, "pay_invoice", key, partial(_take, desk, money), **asdict(money))
    desk.beside(lambda: stop_collecting(desk, number))
    return bring_live_of(desk, number, answer) | {"replayed": replayed}


def _take(desk: Desk, money: _Money, session: Session) -> dict[str, Any]:
    """Note the money, write its receipt, and deliver the orders that waited for it."""
    till = counter_of(session, desk) if money.method == "cash" else None
    row, orders = invoice_and_orders(session, money.number)
    if money.method == "wallet" and any(order.kind == "wallet_refill" for order in orders):
        raise _own_deposit(row)
    amount_minor = parse_amount(money.amount, row.currency)
    cash = _tendered(money, amount_minor, row)
    done = take_payment(
        session,
        row,
        owner_of_company(session.get_one(CompanyRow, row.company_id)),
        method=money.method,
        amount_minor=amount_minor,
        actor=desk.actor,
        now=desk.clock(),
        till=drawer_of(session, till),
    )
    if done.receipt_number is not None:
        issue_payment_receipt(session, done, row, load_settings(session), cash)
    deliver_all_paid(session, desk, orders)
    from_wallet = amount_minor - done.tax_minor if money.method == "wallet" else 0
    return {
        "number": row.number,
        "state": state_at(row, desk.clock()),
        "method": money.method,
        "amount_minor": amount_minor,
        "wallet_minor": from_wallet,
        **_left(row),
        "change_minor": cash.get("change_minor", 0),
        "receipt": done.receipt_number or "",
        **told_of(orders),
    }


def _left(row: InvoiceRow) -> dict[str, Any]:
    """What is paid of an invoice and what is open now."""
    open_minor = max(left_minor(row), 0)
    return {"paid_minor": row.paid_minor, "open_minor": open_minor, "currency": row.currency}


def drawer_of(session: Session, counter: Counter | None) -> Drawer | None:
    """The drawer of the open shift with the next number of a receipt; None without a shift."""
    if counter is None or counter.shift_id is None:
        return None
    number = next_receipt(session, counter.register_id)
    return Drawer(counter.register_id, counter.shift_id, counter.shift_currency, number)


def _tendered(money: _Money, amount_minor: int, row: InvoiceRow) -> dict[str, Any]:
    """What was handed over in cash and what goes back; nothing for other methods."""
    if amount_minor <= 0:
        return {}
    price = Price(amount_minor, 0, amount_minor, 0, row.currency)
    left = money_words(max(left_minor(row), 0), row.currency)
    unchanged = f"nothing was paid, {left} of {row.number} are open"
    return tender(money.method, money.tendered, price, unchanged)


def _own_deposit(row: InvoiceRow) -> Refused:
    return Refused(
        f"{row.number} is for money of this very wallet; nothing was paid. Pay it another way.",
        code="method_not_offered",
        field="method",
    )
