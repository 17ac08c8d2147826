"""Whether an order may be refunded, and the rule that says so; nothing is moved here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlmodel import Session

from catalog.esim.record import word_on
from catalog.kernel.settings import StoreSettings
from checkout.orders.into_wallet import goes_into_wallet
from checkout.orders.refund_findings import FIND, Finding
from checkout.orders.tables import OrderRow

_WAYS: Final = {"cash": "drawer", "card": "card", "invoice": "invoice", "manual": "bank"}
_NAMES: Final = {"esim_purchase": "sale", "esim_refill": "refill", "wallet_refill": "top-up"}


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an order may be refunded, how much, where to, and by which rule.

    `data_bytes` are taken off the eSIM of a refill with the last of its money. `to_wallet`: it may
    go into the customer's wallet instead.
    """

    allowed: bool
    needs_supervisor: bool
    refundable_minor: int
    currency: str
    destination: str
    rule: str
    data_bytes: int = 0
    to_wallet: bool = False


def verdict_of(
    session: Session, order: OrderRow, settings: StoreSettings, now: datetime
) -> Verdict:
    """Judge an order before money moves: the rule is a sentence for the clerk."""
    left = order.total_minor - order.refunded_minor
    destination = _WAYS.get(order.method, "wallet")
    into = goes_into_wallet(session, order)

    def say(rule: str, most: int = left, data: int = 0, **is_so: bool) -> Verdict:
        allowed, boss = is_so["allowed"], is_so.get("needs_supervisor", False)
        return Verdict(
            allowed, boss, most, order.currency, destination, rule, data, allowed and into
        )

    if known := _by_state(session, order, left):
        rule, allowed = known
        return say(rule, allowed=allowed)
    found = FIND[order.kind](session, order, settings, now)
    most = left if found.most_minor is None else min(left, found.most_minor)
    if found.refusal:
        return say(found.refusal, 0, allowed=False)
    if against := list(_against(order, found, settings, now)):
        rule = f"{' '.join(against)} A supervisor and a reason are needed."
        return say(rule, most, found.data_bytes, allowed=True, needs_supervisor=True)
    return say(found.in_full, most, found.data_bytes, allowed=True)


def _by_state(session: Session, order: OrderRow, left: int) -> tuple[str, bool] | None:
    """The rule and whether it allows a refund; None when what was bought decides."""
    if _is_swapped(session, order):
        return "A SIM swap of the eSIM is under way: look again when it is over.", False
    if order.state == "refunded" and left > 0:
        return "An earlier refund failed at the provider: it can go back now.", True
    if order.state == "paid" and left > 0:
        return "Paid and not delivered: all of it goes back.", True
    if order.state != "delivered" or left <= 0:
        return f"The order is {order.state}: there is nothing to give back.", False
    return None


def _is_swapped(session: Session, order: OrderRow) -> bool:
    word = word_on(session, order.esim_id) if order.esim_id else None
    return word is not None and word.word == "pending"


def _against(
    order: OrderRow, found: Finding, settings: StoreSettings, now: datetime
) -> Iterator[str]:
    """Why an order is not simply refundable, in sentences."""
    yield from found.against
    if order.kind not in _NAMES:
        return
    if order.created_at + timedelta(days=settings.refund_days) < now:
        yield f"The {_NAMES[order.kind]} is older than {settings.refund_days} days."
    if order.refunded_minor:
        yield "A part was refunded before."
