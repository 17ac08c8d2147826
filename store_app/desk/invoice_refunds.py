"""What an invoice leaves to its company, given back to the very cards that paid it."""

from __future__ import annotations

from typing import Any

from sqlmodel import Session, col, select

from catalog.kernel.database import snapshot
from catalog.kernel.errors import Refused
from catalog.kernel.money import decimal_string, money_words, parse_amount
from checkout.billing.subscriptions.invoices import invoice_named
from checkout.billing.subscriptions.issuing import left_minor
from checkout.billing.subscriptions.tables import InvoiceRow
from checkout.orders.place import order_named
from checkout.orders.refund import Claim
from checkout.orders.tables import OrderRow
from store_app.desk.card_refunds import finish_refunds, payments_of
from store_app.desk.context import Desk
from store_app.desk.once import once
from store_app.desk.orders import write_refunds


def give_back_to_cards(
    desk: Desk, number: str, *, amount: str | None = None, key: str | None = None
) -> dict[str, Any]:
    """Give back what an invoice leaves, the latest card first, of each no more than it paid.

    All is written ahead in one go; then the provider is asked.
    """
    paid = {order.reference: payments_of(desk, order) for order in _collected(desk, number)}

    def work(session: Session) -> dict[str, Any]:
        orders = [order_named(session, reference, lock=True) for reference in sorted(paid)]
        row = invoice_named(session, number, lock_it=True)
        wanted = left = _wanted(row, orders, amount)
        under_way: list[str] = []
        for order in sorted(orders, key=lambda one: (one.created_at, one.id), reverse=True):
            part = min(order.total_minor - order.refunded_minor, left)
            if part > 0 and order.state == "delivered":
                claim = Claim(
                    decimal_string(part, order.currency), reason=f"Credit of {row.number}"
                )
                under_way += write_refunds(session, desk, order, claim, paid[order.reference])
                left -= part
        return {
            "number": row.number,
            "method": "card",
            "amount_minor": wanted,
            "credit_minor": max(-left_minor(row), 0),
            "currency": row.currency,
            "receipt": "",
            "refunds_under_way": under_way,
        }

    body = {"number": number, "method": "card", "amount": amount}
    answer, replayed = once(desk, "give_back_credit", key, work, **body)
    finish_refunds(desk, answer.pop("refunds_under_way"))
    return answer | {"replayed": replayed}


def _collected(desk: Desk, number: str) -> list[OrderRow]:
    """The orders that collected money for an invoice and have not given all of it back."""
    with snapshot(desk.engine) as session:
        row = invoice_named(session, number)
        kept = col(OrderRow.refunded_minor) < col(OrderRow.total_minor)
        mine = select(OrderRow).where(
            OrderRow.invoice_id == row.id, OrderRow.state == "delivered", kept
        )
        return list(session.exec(mine).all())


def _wanted(row: InvoiceRow, orders: list[OrderRow], amount: str | None) -> int:
    """How much goes back; all that can, when no amount is said."""
    kept = sum(one.total_minor - one.refunded_minor for one in orders if one.state == "delivered")
    most = min(max(-left_minor(row), 0), kept)
    wanted = most if amount is None else parse_amount(amount, row.currency)
    if not 0 < wanted <= most:
        raise Refused(
            f"{money_words(most, row.currency)} of {row.number or row.ref} can go back to the "
            "cards that paid it; nothing was given back. Credit it first, or give it back by bank.",
            code="bad_amount",
            field="amount",
        )
    return wanted
