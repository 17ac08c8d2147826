"""Corrections of invoices at the desk: credit notes, voiding, and a company's credit given back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlmodel import Session

from catalog.kernel.errors import Refused
from catalog.kernel.money import parse_amount
from catalog.kernel.settings import load_settings
from checkout.accounts.owners import owner_of_company
from checkout.accounts.tables import CompanyRow
from checkout.billing.subscriptions.credit_notes import check_voidable, credit
from checkout.billing.subscriptions.invoices import invoice_named, state_at
from checkout.billing.subscriptions.issuing import Issue, left_minor
from checkout.billing.subscriptions.tables import InvoiceRow
from checkout.documents.receipt import issue_credit_note, issue_payment_receipt
from checkout.orders.credited_parts import parts_of
from checkout.orders.live import give_up_live
from checkout.orders.refund import credit_order
from checkout.orders.tables import OrderRow
from checkout.payments.invoice_payment import give_back
from store_app.desk.context import Desk
from store_app.desk.counter import counter_of
from store_app.desk.invoice_cards import stop_collecting
from store_app.desk.invoice_payments import drawer_of
from store_app.desk.invoice_refunds import give_back_to_cards
from store_app.desk.invoiced import (
    bring_live_of,
    cancel_waiting,
    deliver_all_paid,
    invoice_and_orders,
    told_of,
)
from store_app.desk.once import once


def credit_invoice(
    desk: Desk,
    number: str,
    *,
    order: str | None = None,
    amount: str | None = None,
    reason: str = "",
    key: str | None = None,
) -> dict[str, Any]:
    """Take back a part of an invoice by a credit note, all that is left when no amount is said.

    In full it takes back the eSIM of its order, or cancels the order that waits for its money.
    Each of several orders on an invoice has a credit note of its own; a part is of one `order`.
    """

    def work(session: Session) -> dict[str, Any]:
        row, orders = invoice_and_orders(session, number)
        given = None if amount is None else parse_amount(amount, row.currency)
        parts = parts_of(row, orders, order, given)
        notes = [_credit(session, desk, row, one, (minor, reason)) for one, minor in parts]
        deliver_all_paid(session, desk, orders)
        return _answer(desk, row, orders, notes)

    body = {"number": number, "amount": amount, "reason": reason}
    body |= {"order": order} if order is not None else {}
    answer, replayed = once(desk, "credit_invoice", key, work, **body)
    answer = bring_live_of(desk, number, answer)
    desk.beside(lambda: stop_collecting(desk, number))
    return answer | {"replayed": replayed}


def void_invoice(
    desk: Desk, number: str, *, reason: str = "", key: str | None = None
) -> dict[str, Any]:
    """Take back an invoice of which nothing is paid, by credit notes for all that is on it."""

    def work(session: Session) -> dict[str, Any]:
        row, orders = invoice_and_orders(session, number)
        check_voidable(row)
        parts, why = parts_of(row, orders, None, None), reason or "Voided"
        notes = [_credit(session, desk, row, one, (minor, why)) for one, minor in parts]
        return _answer(desk, row, orders, notes)

    answer, replayed = once(desk, "void_invoice", key, work, number=number, reason=reason)
    answer = bring_live_of(desk, number, answer)
    desk.beside(lambda: stop_collecting(desk, number))
    return answer | {"replayed": replayed}


def give_back_credit(
    desk: Desk, number: str, *, method: str, amount: str | None = None, key: str | None = None
) -> dict[str, Any]:
    """Give a company back what a document leaves to it: by bank, in cash, or into its wallet.

    `card` gives it back to the cards that paid the document.
    """
    if method == "card":
        return give_back_to_cards(desk, number, amount=amount, key=key)

    def work(session: Session) -> dict[str, Any]:
        counter = counter_of(session, desk) if method == "cash" else None
        row = invoice_named(session, number, lock_it=True)
        done = give_back(
            session,
            row,
            owner_of_company(session.get_one(CompanyRow, row.company_id)),
            method=method,
            amount_minor=None if amount is None else parse_amount(amount, row.currency),
            actor=desk.actor,
            now=desk.clock(),
            till=drawer_of(session, counter),
        )
        if done.receipt_number is not None:
            issue_payment_receipt(session, done, row, load_settings(session), {})
        return {
            "number": row.number,
            "method": method,
            "amount_minor": -done.amount_minor,
            "credit_minor": max(-left_minor(row), 0),
            "currency": row.currency,
            "receipt": done.receipt_number or "",
        }

    body = {"number": number, "method": method, "amount": amount}
    answer, replayed = once(desk, "give_back_credit", key, work, **body)
    return answer | {"replayed": replayed}


def _credit(
    session: Session,
    desk: Desk,
    row: InvoiceRow,
    order: OrderRow | None,
    of: tuple[int, str],
) -> str:
    """The number of the credit note that takes back an amount of an order on a locked invoice.

    `of` is the amount and the reason.
    """
    amount_minor, reason = of
    if order is None:
        issue = Issue(desk.actor, desk.clock(), row.parties or {})
        return str(credit(session, row, amount_minor, reason=reason, issue=issue).number)
    if order.state == "placed":
        return str(cancel_waiting(session, desk, order, reason).number)
    if order.kind == "wallet_refill":
        raise Refused(
            f"The money of {row.number} is in the wallet already; nothing was credited. Take "
            f"it out of there: order refund {order.reference}.",
            code="not_creditable",
        )
    counter, now = counter_of(session, desk), desk.clock()
    if order.state == "paid":
        give_up_live(session, order, now)
    given = credit_order(session, order, amount_minor, reason, counter, actor=desk.actor, now=now)
    issue_credit_note(session, order, given, counter.settings)
    session.refresh(row)
    return str(given.number)


def _answer(
    desk: Desk, row: InvoiceRow, orders: Sequence[OrderRow], notes: Sequence[str]
) -> dict[str, Any]:
    return {
        "number": notes[0],
        "numbers": list(notes),
        "invoice": row.number,
        "state": state_at(row, desk.clock()),
        "credited_minor": row.credited_minor,
        "open_minor": max(left_minor(row), 0),
        "credit_minor": max(-left_minor(row), 0),
        "currency": row.currency,
        **told_of(orders),
    }
