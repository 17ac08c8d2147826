"""Whether an order may be refunded, and the rule that says so; nothing is moved here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func
from sqlmodel import Session, col, select

from catalog.esim.profile import ProfileState
from catalog.esim.record import word_on
from catalog.esim.tables import EsimRow
from catalog.kernel.money import money_words
from catalog.kernel.settings import StoreSettings
from checkout.billing.lines import line_state
from checkout.orders.replacement_tables import ReplacementRow
from checkout.orders.tables import OrderRow

_UNTOUCHED = {
    ProfileState.AVAILABLE,
    ProfileState.ALLOCATED,
    ProfileState.LINKED,
    ProfileState.CONFIRMED,
    ProfileState.RELEASED,
    ProfileState.UNKNOWN,
}
_OTHER_KINDS = {
    "esim_refill": "Refills are not refunded here.",
    "wallet_refill": "Wallet top-ups are not refunded here.",
    "invoice_payment": "Credit its invoice: what that leaves to the company is given back there.",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an order may be refunded, how much, where to, and by which rule."""

    allowed: bool
    needs_supervisor: bool
    refundable_minor: int
    currency: str
    destination: str
    rule: str


def verdict_of(
    session: Session, order: OrderRow, settings: StoreSettings, now: datetime
) -> Verdict:
    """Judge an order before money moves: the rule is a sentence for the clerk."""
    left = order.total_minor - order.refunded_minor
    ways = {"cash": "drawer", "card": "card", "invoice": "invoice"}
    destination = ways.get(order.method, "wallet")

    def say(rule: str, *, allowed: bool, needs_supervisor: bool = False) -> Verdict:
        return Verdict(allowed, needs_supervisor, left, order.currency, destination, rule)

    if not_now := _not_now(session, order):
        return say(not_now, allowed=False)
    if order.state == "refunded" and left > 0:
        return say("An earlier refund failed at the provider: it can go back now.", allowed=True)
    if order.state == "paid" and left > 0:
        return say("Paid and not delivered: all of it goes back.", allowed=True)
    if order.state != "delivered" or left <= 0:
        return say(f"The order is {order.state}: there is nothing to give back.", allowed=False)
    against = _against(session, order, settings, now)
    if against:
        rule = f"{' '.join(against)} A supervisor and a reason are needed."
        return say(rule, allowed=True, needs_supervisor=True)
    return say(
        f"Never downloaded, no byte used, within {settings.refund_days} days: refundable in full.",
        allowed=True,
    )


def _not_now(session: Session, order: OrderRow) -> str:
    """Why nothing of an order is given back, whatever its state; empty when that decides."""
    if order.kind != "esim_purchase":
        return _OTHER_KINDS[order.kind]
    word = word_on(session, order.esim_id) if order.esim_id else None
    if word is not None and word.word == "pending":
        return "A SIM swap of the eSIM is under way: look again when it is over."
    return ""


def _against(
    session: Session, order: OrderRow, settings: StoreSettings, now: datetime
) -> list[str]:
    """Why an order is not simply refundable, in sentences."""
    esim = session.get_one(EsimRow, order.esim_id)
    line = line_state(session, esim.id, now)
    reasons = []
    if ProfileState(esim.profile_state) not in _UNTOUCHED:
        reasons.append("The profile was downloaded.")
    if any(state not in _UNTOUCHED for state in _former_states(session, esim.id)):
        reasons.append("A profile that it had before was downloaded.")
    if line.activated_at is not None or line.used_bytes or line.overrun_bytes:
        reasons.append("Data was used.")
    if order.created_at + timedelta(days=settings.refund_days) < now:
        reasons.append(f"The sale is older than {settings.refund_days} days.")
    if order.refunded_minor:
        reasons.append("A part was refunded before.")
    refilled = _refilled_minor(session, esim.id)
    if refilled:
        kept = money_words(refilled, order.currency)
        reasons.append(f"It was refilled for {kept}, and refills are not given back.")
    return reasons


def _former_states(session: Session, esim_id: str) -> list[ProfileState]:
    """Where the profiles are that were replaced."""
    former = select(ReplacementRow.former_id).where(ReplacementRow.esim_id == esim_id)
    states = select(EsimRow.profile_state).where(col(EsimRow.id).in_(former))
    return [ProfileState(state) for state in session.exec(states)]


def _refilled_minor(session: Session, esim_id: str) -> int:
    """What was paid for refills of an eSIM."""
    statement = select(func.coalesce(func.sum(OrderRow.total_minor), 0)).where(
        OrderRow.esim_id == esim_id, OrderRow.kind == "esim_refill", OrderRow.state == "delivered"
    )
    return int(session.exec(statement).one())
