"""Whether a supplier answers is asked before a sale begins that needs it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sqlmodel import Session

from catalog.kernel.database import snapshot, transact
from catalog.kernel.errors import StoreError, Unavailable
from catalog.kernel.ids import new_id
from catalog.suppliers.registry import access_of, supplier_of
from catalog.suppliers.tables import SupplierRow
from checkout.orders.live import is_live
from checkout.orders.tables import OrderRow
from store_app.desk.context import Desk

T = TypeVar("T")


class Unasked(Exception):
    """A sale needs a supplier that was not asked whether it answers; nothing was written."""

    def __init__(self, supplier_id: str) -> None:
        super().__init__(supplier_id)
        self.supplier_id = supplier_id


def after_knocking(desk: Desk, begin: Callable[[Session, Callable[[OrderRow], None]], T]) -> T:
    """The transaction that begins a sale, after asking the supplier that it turns out to need.

    `begin` hands each new order to what it is given. What is sold from stock asks nobody.

    Raises:
        Unavailable: the supplier does not answer, or does not accept us; nothing was charged.

    """

    def work(session: Session, need: Callable[[str], None]) -> T:
        def check(order: OrderRow) -> None:
            if is_live(order):
                need(order.item["supplier_id"])

        return begin(session, check)

    return knocking(desk, work)


def knocking(desk: Desk, begin: Callable[[Session, Callable[[str], None]], T]) -> T:
    """The transaction of `begin`, which tells what it is given each supplier that it needs."""
    asked: set[str] = set()

    def need(supplier_id: str) -> None:
        if supplier_id not in asked:
            raise Unasked(supplier_id)

    while True:
        try:
            return transact(desk.engine, lambda session: begin(session, need))
        except Unasked as unasked:
            _knock(desk, unasked.supplier_id)
            asked.add(unasked.supplier_id)


def _knock(desk: Desk, supplier_id: str) -> None:
    with snapshot(desk.engine) as session:
        access = access_of(session.get_one(SupplierRow, supplier_id))
    try:
        supplier_of(access).test(new_id())
    except StoreError as trouble:
        raise Unavailable(f"{trouble.message} Nothing was charged.", code=trouble.code) from trouble
