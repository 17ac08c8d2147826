"""What Stripe tells, as frozen values: its library's objects end here."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class SeenSession:
    """A Checkout Session as Stripe tells it; the amount is in Stripe's own count."""

    id: str
    status: str
    payment_status: str
    amount_total: int
    currency: str
    livemode: bool
    client_reference_id: str
    attempt_id: str
    payment_intent: str
    keeping_id: str
    setup_intent: str
    customer: str
    url: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class SeenPayment:
    """A PaymentIntent as Stripe tells it; `error` is the code of its last refusal."""

    id: str
    status: str
    amount: int
    currency: str
    livemode: bool
    order_id: str
    attempt_id: str
    customer: str
    payment_method: str
    error: str


@dataclass(frozen=True, slots=True)
class SeenCard:
    """A card as Stripe tells it: never its number."""

    id: str
    brand: str
    last4: str
    exp_month: int
    exp_year: int


@dataclass(frozen=True, slots=True)
class SeenRefund:
    """A refund as Stripe tells it, in Stripe's own count; `key` is what it was asked for with."""

    id: str
    status: str
    amount: int
    currency: str
    key: str
    failure_reason: str


@dataclass(frozen=True, slots=True)
class SeenEvent:
    """An event about a session or a refund: which attempt of ours it concerns, and when it was."""

    id: str
    created_at: datetime
    attempt_id: str


def seen_session(found: Any) -> SeenSession:
    """A session of the library as a value; what it lacks is empty."""
    return SeenSession(
        id=found.id,
        status=text_of(found, "status"),
        payment_status=text_of(found, "payment_status"),
        amount_total=getattr(found, "amount_total", None) or 0,
        currency=text_of(found, "currency").upper(),
        livemode=bool(found.livemode),
        client_reference_id=text_of(found, "client_reference_id"),
        attempt_id=metadata_of(found, "attempt_id"),
        payment_intent=text_of(found, "payment_intent"),
        keeping_id=metadata_of(found, "keeping_id"),
        setup_intent=text_of(found, "setup_intent"),
        customer=text_of(found, "customer"),
        url=text_of(found, "url"),
    )


def seen_payment(found: Any) -> SeenPayment:
    """A PaymentIntent of the library as a value; its amount is what was received once it is."""
    error = getattr(found, "last_payment_error", None)
    is_done = text_of(found, "status") == "succeeded"
    return SeenPayment(
        id=found.id,
        status=text_of(found, "status"),
        amount=getattr(found, "amount_received" if is_done else "amount", None) or 0,
        currency=text_of(found, "currency").upper(),
        livemode=bool(found.livemode),
        order_id=metadata_of(found, "order_id"),
        attempt_id=metadata_of(found, "attempt_id"),
        customer=text_of(found, "customer"),
        payment_method=text_of(found, "payment_method"),
        error=text_of(error, "code") if error else "",
    )


def seen_card(found: Any) -> SeenCard:
    """The card of a PaymentMethod of the library as a value."""
    card = getattr(found, "card", None)
    return SeenCard(
        id=found.id,
        brand=text_of(card, "brand"),
        last4=text_of(card, "last4"),
        exp_month=getattr(card, "exp_month", 0),
        exp_year=getattr(card, "exp_year", 0),
    )


def seen_refund(found: Any) -> SeenRefund:
    """A refund of the library as a value."""
    return SeenRefund(
        id=found.id,
        status=text_of(found, "status"),
        amount=found.amount,
        currency=found.currency.upper(),
        key=metadata_of(found, "refund_key"),
        failure_reason=text_of(found, "failure_reason"),
    )


def seen_event(found: Any) -> SeenEvent:
    """An event of the library as a value."""
    at = datetime.fromtimestamp(found.created, UTC)
    return SeenEvent(found.id, at, metadata_of(found.data.object, "attempt_id"))


def metadata_of(found: Any, name: str) -> str:
    """What this program wrote on an object under a name; empty when nothing."""
    metadata = getattr(found, "metadata", None)
    return text_of(metadata, name) if metadata else ""


def text_of(found: Any, name: str) -> str:
    """A field that may be missing, null, or an expanded object, as text."""
    value = getattr(found, name, None)
    return str(getattr(value, "id", value) or "")
