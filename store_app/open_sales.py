"""What happened at this register before the program started: sales left open, the last one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from catalog.kernel.money import money_words

if TYPE_CHECKING:
    from store_app.desk.context import Desk
    from store_app.desk.orders import OrderView


def open_sale(desk: Desk) -> OrderView | None:
    """The oldest order of this register that was placed and not finished."""
    from checkout.orders.tables import OrderRow
    from store_app.desk.orders import show_order

    reference = _first(desk, OrderRow.state == "placed", newest=False, column="reference")
    return show_order(desk, reference) if reference else None


def open_words(found: OrderView) -> str:
    """One line about an order that is neither finished nor cancelled."""
    total = money_words(found.total_minor, found.currency)
    payer = found.customer or found.company
    return f"Open sale {found.order}: {found.plan_name}, {total} by {found.method}, {payer}."


def last_sold(desk: Desk) -> str:
    """The sku of the eSIM that this register sold last; empty when it sold none."""
    from sqlmodel import col

    from checkout.orders.tables import OrderRow

    is_sale = col(OrderRow.kind) == "esim_purchase"
    item = _first(desk, is_sale, OrderRow.state == "delivered", newest=True, column="item")
    return str(item["sku"]) if item else ""


def _first(desk: Desk, *conditions: Any, newest: bool, column: str) -> Any:
    """A column of the newest or oldest order of this register that meets the conditions."""
    from sqlmodel import col, select

    from catalog.kernel.database import snapshot
    from checkout.orders.tables import OrderRow

    key = (col(OrderRow.created_at), col(OrderRow.id))
    order = [each.desc() for each in key] if newest else key
    statement = (
        select(getattr(OrderRow, column))
        .where(OrderRow.register_id == desk.register_id, *conditions)
        .order_by(*order)
        .limit(1)
    )
    with snapshot(desk.engine) as session:
        return session.exec(statement).first()
