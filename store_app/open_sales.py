"""What happened at this register before the program started: sales left open, the last one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from catalog.kernel.money import money_words

if TYPE_CHECKING:
    from checkout.orders.tables import OrderRow
    from store_app.desk.context import Desk
    from store_app.desk.order_views import OrderView

_JUST: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class JustSold:
    """An eSIM delivered a moment ago: its order, a line about it, how long that is news."""

    order: str
    words: str
    until: datetime


def open_sale(desk: Desk) -> OrderView | None:
    """The oldest order of this register that was placed and not finished, or paid and sold out.

    One that waits for its invoice, or collects one, is not open at the till.
    """
    from sqlalchemy import and_, exists, or_
    from sqlmodel import col

    from catalog.suppliers.tables import DownloadOrderRow
    from checkout.orders.tables import OrderRow
    from store_app.desk.order_views import show_order

    is_on_its_way = exists().where(col(DownloadOrderRow.order_id) == col(OrderRow.id))
    is_open = or_(
        and_(
            col(OrderRow.state) == "placed",
            col(OrderRow.method) != "invoice",
            col(OrderRow.invoice_id).is_(None),
        ),
        and_(col(OrderRow.state) == "paid", col(OrderRow.method) == "invoice", ~is_on_its_way),
    )
    found = _first(desk, is_open, newest=False)
    return show_order(desk, found.reference) if found else None


def stranded_sale(desk: Desk) -> OrderView | None:
    """The oldest order that was paid and not delivered, or not given back, at any register."""
    from store_app.desk.card_orders import stranded_orders
    from store_app.desk.order_views import show_order

    waiting = stranded_orders(desk)
    return show_order(desk, waiting[0]) if waiting else None


def stranded_words(found: OrderView) -> str:
    """One line about money for which nothing was delivered, or whose refund failed."""
    total, reason = money_words(found.total_minor, found.currency), found.payments[-1]["reason"]
    if found.state == "paid":
        why = found.waiting or "Its eSIM was not ordered yet."
        done = "Billed" if found.method == "invoice" else "Paid"
        return (
            f"{done}, not delivered: {found.order}, {total}. {why} Ctrl+R tries again, Ctrl+Y says "
            "what the supplier did, Ctrl+T gives the money back."
        )
    what = "Not given back" if found.state == "refunded" else "Paid, not delivered"
    return f"{what}: {found.order}, {total}. {reason} Ctrl+T gives it back."


def open_words(found: OrderView) -> str:
    """One line about an order that is neither finished nor cancelled."""
    total = money_words(found.total_minor, found.currency)
    payer = found.customer or found.company
    return f"Open sale {found.order}: {found.plan_name}, {total} by {found.method}, {payer}."


def owed_words(desk: Desk) -> str:
    """What waits for somebody besides sales, a line each: replacements, and refills on a card."""
    return "\n".join(words for words in (_replacing_words(desk), paused_words(desk)) if words)


def _replacing_words(desk: Desk) -> str:
    """One line about new profiles that suppliers still owe to eSIMs that are to be replaced."""
    from store_app.desk.replacements import waiting_replacements

    waiting = waiting_replacements(desk)
    if not waiting:
        return ""
    first = waiting[0]
    more = f" (and {len(waiting) - 1} more)" if len(waiting) > 1 else ""
    name = first.iccid or first.order
    return f"A new profile for {name} is ordered and not there{more}. {first.reason} F4, then j."


def paused_words(desk: Desk) -> str:
    """One line about refills that wait for the owner of a card; empty when none does."""
    from store_app.desk.auto_refill_views import list_auto_refills

    paused = list_auto_refills(desk, paused=True)
    if not paused:
        return ""
    why = next((view.letter_reason for view in paused if view.letter != "sent"), "")
    told = f" Not told by e-mail: {why.partition('. ')[0].rstrip('.')}." if why else ""
    one = len(paused) == 1
    what = (
        f"The automatic refill of {paused[0].named} waits"
        if one
        else (f"{len(paused)} automatic refills wait")
    )
    return f"{what} for approval by the owner of the card: F5, then j.{told}"


def just_sold(desk: Desk) -> JustSold | None:
    """The last eSIM of this register when it was delivered within the last ten minutes."""
    from catalog.kernel.database import snapshot
    from catalog.kernel.settings import load_settings

    found = _last_sale(desk)
    if found is None or found.delivered_at is None or found.delivered_at + _JUST < desk.clock():
        return None
    with snapshot(desk.engine) as session:
        zone = ZoneInfo(load_settings(session).time_zone)
    at = found.delivered_at.astimezone(zone)
    return JustSold(
        order=found.reference,
        words=f"Last sale: {found.reference} {found.item['name']}, delivered {at:%H:%M} — "
        "Ctrl+R shows its code.",
        until=found.delivered_at + _JUST,
    )


def last_sold(desk: Desk) -> str:
    """The sku of the eSIM that this register sold last; empty when it sold none."""
    found = _last_sale(desk)
    return str(found.item["sku"]) if found else ""


def _last_sale(desk: Desk) -> OrderRow | None:
    from sqlmodel import col

    from checkout.orders.tables import OrderRow

    is_sale = col(OrderRow.kind) == "esim_purchase"
    return _first(desk, is_sale, OrderRow.state == "delivered", newest=True)


def _first(desk: Desk, *conditions: Any, newest: bool) -> OrderRow | None:
    """The newest or oldest order of this register that meets the conditions."""
    from sqlmodel import col, select

    from catalog.kernel.database import snapshot
    from checkout.orders.tables import OrderRow

    key = (col(OrderRow.created_at), col(OrderRow.id))
    order = [each.desc() for each in key] if newest else key
    statement = (
        select(OrderRow)
        .where(OrderRow.register_id == desk.register_id, *conditions)
        .order_by(*order)
        .limit(1)
    )
    with snapshot(desk.engine) as session:
        return session.exec(statement).first()
