"""Several eSIMs in one go, an order each: one page, one reader, or one invoice for all."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from sqlmodel import Session, col, select

from catalog.kernel.database import snapshot
from catalog.kernel.errors import Refused
from catalog.kernel.settings import load_settings
from catalog.suppliers.ordering import download_of
from checkout.orders.agreement import Payment
from checkout.orders.on_invoice import METHOD
from checkout.orders.place import order_named
from checkout.orders.pricing import Price, billed_together
from checkout.orders.purchase import EsimPurchase
from checkout.orders.tables import OrderRow
from checkout.payments.attempts import attempts_of
from store_app.desk.answers import first_answer
from store_app.desk.card_calls import paid_together
from store_app.desk.carry_out_together import carry_out_together
from store_app.desk.context import Desk
from store_app.desk.orders import check_order
from store_app.desk.sales import Quote, Sale, quote, sale_of
from store_app.desk.settling import Undeliverable


@dataclass(frozen=True, slots=True)
class SoldTogether:
    """The orders as they were asked for; a sale is None where its order was cancelled.

    `reasons` say why: what its supplier or its provider told, empty of what was sold.
    """

    orders: tuple[str, ...]
    sales: tuple[Sale | None, ...]
    reasons: tuple[str, ...]
    replayed: bool = False

    @property
    def waiting(self) -> tuple[str, ...]:
        """Orders whose customer has to pay by card yet."""
        return tuple(
            each.order
            for each in self.sales
            if each and each.state == "placed" and not each.invoice
        )

    @property
    def invoice(self) -> str:
        """The invoice that all of them are on; empty for a card."""
        return next((each.invoice for each in self.sales if each and each.invoice), "")


def sell_together(
    desk: Desk,
    wanted: Sequence[tuple[str, str]],
    *,
    customer: str | None = None,
    company: str | None = None,
    eid: str | None = None,
    pay: str = "card",
    reader: bool = False,
    keep: bool = False,
    when_paid: bool = False,
) -> SoldTogether:
    """Sell several eSIMs, each a plan's sku with its own key, for one card payment or invoice.

    All of them are sold, or none is. `keep`: its owner has agreed that the card is kept.
    `eid` is the one phone that all of them are for. An invoice has one number, one due date and a
    line for each; above the company's credit all wait with `when_paid`.

    Raises:
        Refused: one of them can't be sold, or none of them could be delivered. Where some were, the
            others are told in the answer, and their money goes back.

    """
    whom = {"customer": customer, "company": company, "eid": eid}
    wishes = [(EsimPurchase(sku=sku, **whom), key) for sku, key in wanted]
    payment = Payment(pay, reader=reader, keep=keep, when_paid=when_paid)
    ids, replayed = carry_out_together(desk, wishes, payment)
    done = _read(desk, col(OrderRow.id), ids, replayed=replayed)
    if not any(done.sales):
        raise _none_sold(done, pay)
    return done


def _none_sold(done: SoldTogether, pay: str) -> Refused:
    said = " ".join(dict.fromkeys(reason for reason in done.reasons if reason))
    money = "they are credited" if pay == METHOD else "their money goes back"
    names = ", ".join(done.orders)
    return Refused(f"{said} Nothing was sold of {names}: {money}.".strip(), code="not_delivered")


def quote_together(
    desk: Desk, skus: Sequence[str], *, pay: str, customer: str | None, company: str | None
) -> list[Quote]:
    """What several plans cost in one go: on one invoice their VAT is rounded once."""
    asked: dict[str, Quote] = {}
    for sku in skus:
        if sku not in asked:
            asked[sku] = quote(desk, sku, pay=pay, customer=customer, company=company)
    quotes = [asked[sku] for sku in skus]
    if pay != METHOD or len({one.currency for one in quotes}) != 1:
        return quotes
    with snapshot(desk.engine) as session:
        settings = load_settings(session)
    prices = billed_together([_price(one) for one in quotes], settings)
    return [
        replace(
            one,
            net_minor=price.net_minor,
            tax_minor=price.tax_minor,
            total_minor=price.total_minor,
        )
        for one, price in zip(quotes, prices, strict=True)
    ]


def _price(offer: Quote) -> Price:
    """The price that a quote tells."""
    return Price(
        offer.net_minor, offer.tax_minor, offer.total_minor, offer.tax_rate, offer.currency
    )


def look_together(desk: Desk, orders: Sequence[str]) -> SoldTogether:
    """Look again at orders that are paid together; one that can't be delivered stops no other."""
    for order in orders:
        with suppress(Undeliverable):
            check_order(desk, order)
    return _read(desk, col(OrderRow.reference), orders, replayed=True)


def delivered_with(desk: Desk, order: str) -> list[str]:
    """The delivered orders that were paid in one go with this one, itself among them."""
    with snapshot(desk.engine) as session:
        row = order_named(session, order)
    if row.method != "card":
        return [row.reference]
    return [each.reference for each in paid_together(desk, row) if each.state == "delivered"]


def _read(desk: Desk, column: Any, names: Sequence[str], *, replayed: bool) -> SoldTogether:
    with snapshot(desk.engine) as session:
        rows = [session.exec(select(OrderRow).where(column == name)).one() for name in names]
        sales = tuple(_sale(session, row, desk, replayed=replayed) for row in rows)
        reasons = tuple(
            "" if sale else _reason(session, row) for row, sale in zip(rows, sales, strict=True)
        )
    return SoldTogether(tuple(row.reference for row in rows), sales, reasons, replayed)


def _reason(session: Session, order: OrderRow) -> str:
    """Why an order was not delivered, as its supplier or its provider told."""
    download = download_of(session, order.id)
    return download.reason if download else attempts_of(session, order.id)[-1].reason


def _sale(session: Session, order: OrderRow, desk: Desk, *, replayed: bool) -> Sale | None:
    if order.request_key is None:  # cancelled, or given back before it was delivered
        return None
    answer = first_answer(session, order, desk.clock())
    return sale_of(session, order, {**answer, "replayed": replayed})
