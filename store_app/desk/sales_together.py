"""Several eSIMs for one card payment: an order and a receipt each, one page or one reader."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from catalog.kernel.database import snapshot
from checkout.orders.agreement import Payment
from checkout.orders.place import order_named
from checkout.orders.purchase import EsimPurchase
from checkout.orders.tables import OrderRow
from store_app.desk.answers import first_answer
from store_app.desk.card_calls import paid_together
from store_app.desk.carry_out import Undeliverable
from store_app.desk.carry_out_together import carry_out_together
from store_app.desk.context import Desk
from store_app.desk.orders import check_order
from store_app.desk.sales import Sale, sale_of


@dataclass(frozen=True, slots=True)
class SoldTogether:
    """The orders as they were asked for; a sale is None where its order was cancelled."""

    orders: tuple[str, ...]
    sales: tuple[Sale | None, ...]
    replayed: bool = False

    @property
    def waiting(self) -> tuple[str, ...]:
        """Orders whose customer has to pay yet."""
        return tuple(each.order for each in self.sales if each and each.state == "placed")


def sell_together(
    desk: Desk,
    wanted: Sequence[tuple[str, str]],
    *,
    customer: str | None = None,
    company: str | None = None,
    reader: bool = False,
    keep: bool = False,
) -> SoldTogether:
    """Sell several eSIMs, each a plan's sku with its own key, for one card payment.

    All of them are reserved, or none is. `keep`: its owner has agreed that the card is kept.
    """
    wishes = [
        (EsimPurchase(sku=sku, customer=customer, company=company), key) for sku, key in wanted
    ]
    ids, replayed = carry_out_together(desk, wishes, Payment("card", reader=reader, keep=keep))
    return _read(desk, col(OrderRow.id), ids, replayed=replayed)


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
        found = {name: session.exec(select(OrderRow).where(column == name)).one() for name in names}
        sales = tuple(_sale(session, found[name], desk, replayed=replayed) for name in names)
    return SoldTogether(tuple(found[name].reference for name in names), sales, replayed)


def _sale(session: Session, order: OrderRow, desk: Desk, *, replayed: bool) -> Sale | None:
    if order.state == "cancelled":
        return None
    answer = first_answer(session, order, desk.clock())
    return sale_of(session, order, {**answer, "replayed": replayed})
