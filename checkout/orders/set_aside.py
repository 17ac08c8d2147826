"""Money that is asked back from where it went: taken out at once, and owed until it is there.

So nobody spends what is on its way to a card: neither the owner of a wallet, nor a company the
credit that an invoice left to it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, exists, func
from sqlalchemy.orm import aliased
from sqlmodel import Session, and_, col, or_, select

from checkout.billing.ledger import Posting, owed_to_customers, post
from checkout.billing.paygo_months import bring_up_to_date
from checkout.billing.subscriptions.issuing import add_payment
from checkout.billing.subscriptions.tables import InvoiceRow
from checkout.billing.tables import LedgerAccountRow
from checkout.billing.tax import split_tax
from checkout.orders.invoice_money import lock_what_it_pays
from checkout.orders.settle import earning_account
from checkout.orders.tables import OrderRow
from checkout.payments.tables import RefundRow

SET_ASIDE: Final = ("wallet_refill", "invoice_payment")
"""Kinds of orders whose money went somewhere from which it can be spent again."""


def lock_money(session: Session, order: OrderRow, actor: str, now: datetime) -> None:
    """Lock what the money of an order is in; what a wallet owes by now comes first."""
    if order.kind == "invoice_payment":
        lock_what_it_pays(session, order)
    elif order.kind == "wallet_refill":
        bring_up_to_date(session, [str(order.wallet_id)], now, actor)


def most_within(session: Session, order: OrderRow, free_minor: int) -> int:
    """The largest part of a top-up that takes no more than that out of its wallet."""
    before = order.refunded_minor
    most = free_minor + _given_minor(session, order)
    low, high = 0, order.total_minor - before
    while low < high:
        middle = (low + high + 1) // 2
        fits = came_in_minor(order, before + middle) <= most
        low, high = (middle, high) if fits else (low, middle - 1)
    return low


def share_minor(session: Session, order: OrderRow, amount_minor: int) -> int:
    """What leaves the wallet, or an invoice's credit, for the next part that goes back.

    All parts together are what came in.
    """
    upto = came_in_minor(order, order.refunded_minor + amount_minor)
    return max(upto - _given_minor(session, order), 0)


def came_in_minor(order: OrderRow, part_minor: int) -> int:
    """What a wallet got, or an invoice's credit, for the first part of an order's total.

    A wallet has no VAT of its deposits, and its share of what a pack gives beyond its price.
    """
    bonus = int(order.item.get("credit_minor", order.net_minor)) - order.net_minor
    more = split_tax(order.total_minor, abs(bonus), part_minor)
    net = part_minor - split_tax(order.total_minor, order.tax_minor, part_minor)
    return net + (more if bonus > 0 else -more)


def _given_minor(session: Session, order: OrderRow) -> int:
    """What earlier parts took out."""
    given = select(func.coalesce(func.sum(RefundRow.set_aside_minor), 0)).where(
        RefundRow.order_id == order.id, RefundRow.state != "failed"
    )
    return int(session.exec(given).one())


def failed_later() -> ColumnElement[bool]:
    """Orders of which the latest refund was sent back by its bank, and is where it was again.

    A clerk gives it back anew, or its owner spends it.
    """
    newer = aliased(RefundRow)
    failed = exists().where(
        col(RefundRow.order_id) == OrderRow.id,
        col(RefundRow.state) == "failed",
        col(RefundRow.number).is_not(None),
        ~exists().where(col(newer.order_id) == OrderRow.id, col(newer.id) > col(RefundRow.id)),
    )
    left = col(InvoiceRow.total_minor) - col(InvoiceRow.paid_minor) - col(InvoiceRow.credited_minor)
    there = or_(
        exists().where(
            col(LedgerAccountRow.id) == OrderRow.wallet_id, col(LedgerAccountRow.balance) > 0
        ),
        exists().where(col(InvoiceRow.id) == OrderRow.invoice_id, left < 0),
    )
    return and_(col(OrderRow.kind).in_(SET_ASIDE), OrderRow.state == "delivered", failed, there)


def set_aside(session: Session, order: OrderRow, row: RefundRow) -> None:
    """Take what a refund that is just written will give back out of where it is."""
    _move(session, order, row, row.at, back=False)


def put_back(session: Session, order: OrderRow, row: RefundRow, now: datetime) -> None:
    """Put it back there, because the refund failed; the order is as it was before."""
    _move(session, order, row, now, back=True)
    if order.state == "refunded":
        order.state = "delivered"


def _move(session: Session, order: OrderRow, row: RefundRow, now: datetime, *, back: bool) -> None:
    """Between where the money is and what is owed; an invoice notes it as a payment."""
    subject, kind = order.id, "refund"
    if order.kind == "invoice_payment":
        invoice = session.get_one(InvoiceRow, order.invoice_id)
        amount = row.set_aside_minor if back else -row.set_aside_minor
        noted = add_payment(session, invoice, "card", amount, actor=row.actor, now=now)
        subject, kind = noted.id, "invoice_payment"
    source, owed = earning_account(order), owed_to_customers(order.currency)
    words = f"Refund of {order.reference}"
    moved = Posting(
        debit=owed if back else source,
        credit=source if back else owed,
        amount=row.set_aside_minor,
        kind=kind,
        reason=f"{words} failed" if back else words,
        source=order.reference,
        subject_id=subject,
        actor=row.actor,
        at=now,
        recorded_at=now,
    )
    post(session, [moved])
