"""Placing an order: everything that must be true and written before money moves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlmodel import Session, select

from catalog.kernel.errors import NotFound, Refused
from catalog.kernel.ids import is_id, new_id, new_reference
from catalog.kernel.quoting import quoted
from catalog.kernel.requests import Request, begin, claim
from catalog.kernel.settings import StoreSettings
from checkout.billing.holds import Hold, place_hold
from checkout.billing.tables import WalletRow
from checkout.orders.buyers import WALLET_METHODS, Buyer
from checkout.orders.pricing import Price
from checkout.orders.tables import OrderRow
from checkout.payments.attempts import open_attempt


@dataclass(frozen=True, slots=True)
class Counter:
    """Where an order is placed: the register, its open shift, and what the store allows there."""

    register_id: str
    shift_id: str | None
    shift_currency: str
    settings: StoreSettings
    offered: tuple[str, ...]


def earlier_order(session: Session, request: Request) -> OrderRow | None:
    """The order that this key already stands for, finished or under way; None when it is new."""
    claimed = claim(session, request)
    if claimed.subject_id is None:
        return None
    return session.get_one(OrderRow, claimed.subject_id, populate_existing=True)


def check_method(pay: str, counter: Counter, currency: str) -> None:
    """Refuse a method that is not offered here, and cash without an open shift."""
    if pay not in counter.offered:
        hint = " Card payments are offered only in the demo store for now." if pay == "card" else ""
        raise Refused(
            f"{quoted(pay)} is not offered here; nothing was charged. "
            f"Pay by {', '.join(counter.offered)}.{hint}",
            code="not_offered",
            field="pay",
        )
    if pay != "cash":
        return
    if counter.shift_id is None:
        raise Refused(
            "No shift is open at this register, so no cash can be taken; nothing was sold. "
            "Open one: shift open --float AMOUNT.",
            code="no_open_shift",
        )
    if counter.shift_currency != currency:
        raise Refused(
            f"The drawer holds {counter.shift_currency} and the price is in {currency}; nothing "
            "was sold. Pay another way.",
            code="currency_mismatch",
        )


def new_order(
    request: Request,
    *,
    kind: str,
    counter: Counter,
    buyer: Buyer,
    price: Price,
    pay: str,
    item: Mapping[str, Any],
) -> OrderRow:
    """An order as it is first written; `item` freezes what was agreed."""
    settings = counter.settings
    seconds = settings.card_reserve_s if pay == "card" else settings.cash_reserve_s
    return OrderRow(
        id=new_id(),
        reference=new_reference("O"),
        request_key=request.key,
        kind=kind,
        state="placed",
        register_id=counter.register_id,
        actor=request.actor,
        company_id=buyer.company.id,
        end_user_id=buyer.end_user.id if buyer.end_user else None,
        item=dict(item),
        net_minor=price.net_minor,
        tax_minor=price.tax_minor,
        total_minor=price.total_minor,
        tax_rate=price.tax_rate,
        currency=price.currency,
        method=pay,
        shift_id=counter.shift_id,
        deadline_at=request.now + timedelta(seconds=seconds),
        created_at=request.now,
    )


def write_order(
    session: Session,
    request: Request,
    order: OrderRow,
    *,
    parameters: Mapping[str, Any],
    payer: WalletRow | None,
) -> None:
    """Write the order with its key, its hold and its payment attempt, all in one transaction."""
    if payer is not None and order.method in WALLET_METHODS:
        total, name = order.total_minor, str(order.item["name"])
        hold = Hold(order.id, payer.id, total, order.currency, order.deadline_at, name)
        place_hold(session, hold, request.actor, request.now)
        parameters = {**parameters, "wallet_id": payer.id}
    session.add(order)
    session.flush()
    begin(session, request, order.id)
    open_attempt(
        session,
        order_id=order.id,
        method=order.method,
        amount_minor=order.total_minor,
        currency=order.currency,
        parameters=parameters,
        now=request.now,
    )


def order_named(session: Session, text: str, *, lock: bool = False) -> OrderRow:
    """An order by its reference, receipt number or id, or `NotFound`."""
    wanted = text.strip()
    column = OrderRow.id if is_id(wanted) else OrderRow.reference
    statement = select(OrderRow).where(column == (wanted if is_id(wanted) else wanted.upper()))
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    row = session.exec(statement).first()
    if row is None:
        raise NotFound(f"There is no order {quoted(wanted)}.", code="unknown_order", field="order")
    return row
