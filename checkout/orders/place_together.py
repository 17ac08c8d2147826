"""Placing several orders on one invoice: one number, one credit check, all of them or none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlmodel import Session

from catalog.kernel.errors import Refused
from catalog.kernel.ids import new_id
from catalog.kernel.requests import Request, claim
from checkout.orders.agreement import Agreement, Counter, Payment, Wish
from checkout.orders.on_invoice import credit_for
from checkout.orders.place import Placed, billed, placed_before, waits_for, write_billed
from checkout.orders.pricing import billed_together, price_of_all

Asked = tuple[Wish, Request]
"""What somebody wants, and the request under whose key it is wanted."""


def place_on_invoice(
    session: Session, asked: Sequence[Asked], counter: Counter, payment: Payment
) -> list[Placed]:
    """Place an order for each wish, all on one invoice, or give back those of these keys.

    Its tax is rounded once for the whole, and each order has its share. New ones are to be
    delivered in this transaction, unless they wait for their money.

    Raises:
        Refused: one of them can't be sold, or together they are above the credit limit; nothing
            is written then.

    """
    claims = [claim(session, request, new_id()) for _wish, request in asked]
    if not any(one.is_new for one in claims):
        return [placed_before(session, str(one.subject_id)) for one in claims]
    if not all(one.is_new for one in claims):
        raise Refused(
            "One of these orders was cancelled meanwhile, or was sold without the others; nothing "
            "was sold. Ask again under another key.",
            code="order_changed",
        )
    return _place_new(session, asked, [str(one.subject_id) for one in claims], counter, payment)


def _place_new(
    session: Session,
    asked: Sequence[Asked],
    order_ids: Sequence[str],
    counter: Counter,
    payment: Payment,
) -> list[Placed]:
    """An order under each of these ids, after one check of the credit for all."""
    agreed = _agreed(session, asked, counter, payment)
    credit = credit_for(
        session,
        agreed[0].buyer,
        price_of_all([one.price for one in agreed]),
        kind=asked[0][0].kind,
        when_paid=payment.when_paid,
    )
    pairs = [
        write_billed(
            session,
            request,
            counter,
            terms,
            order_id,
            kind=wish.kind,
            payment=payment,
            credit=credit,
        )
        for (wish, request), terms, order_id in zip(asked, agreed, order_ids, strict=True)
    ]
    invoice = billed(session, [order for order, _attempt in pairs], credit, counter.settings)
    waits = waits_for(invoice, credit)
    return [
        Placed(order, attempt, is_new=True, invoice=invoice, waits=waits)
        for order, attempt in pairs
    ]


def _agreed(
    session: Session, asked: Sequence[Asked], counter: Counter, payment: Payment
) -> list[Agreement]:
    """The terms of each, at the prices that they have on one invoice."""
    agreed = [wish.agree(session, counter, payment.method, request.now) for wish, request in asked]
    if len({(one.price.currency, one.price.tax_rate) for one in agreed}) > 1:
        raise Refused(
            "These plans are priced in several currencies, and an invoice has one; nothing was "
            "sold. Sell them apart.",
            code="currency_mismatch",
        )
    prices = billed_together([one.price for one in agreed], counter.settings)
    return [replace(one, price=price) for one, price in zip(agreed, prices, strict=True)]
