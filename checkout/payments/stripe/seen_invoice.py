"""What Stripe tells of invoices, as frozen values: its library's objects end here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from checkout.payments.stripe.seen import metadata_of, text_of


@dataclass(frozen=True, slots=True)
class SeenInvoice:
    """An invoice as Stripe tells it; amounts are in Stripe's own count."""

    id: str
    status: str
    total: int
    amount_due: int
    currency: str
    livemode: bool
    order_id: str
    attempt_id: str
    url: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class SeenInvoicePayment:
    """A payment of an invoice; without a PaymentIntent no money came through Stripe."""

    payment_intent: str
    amount: int


def seen_invoice(found: Any) -> SeenInvoice:
    """An invoice of the library as a value; what it lacks is empty."""
    return SeenInvoice(
        id=found.id,
        status=text_of(found, "status"),
        total=found.total,
        amount_due=found.amount_due,
        currency=found.currency.upper(),
        livemode=bool(found.livemode),
        order_id=metadata_of(found, "order_id"),
        attempt_id=metadata_of(found, "attempt_id"),
        url=text_of(found, "hosted_invoice_url"),
    )


def seen_invoice_payment(found: Any) -> SeenInvoicePayment:
    """A payment of an invoice of the library as a value."""
    return SeenInvoicePayment(
        payment_intent=text_of(found.payment, "payment_intent"),
        amount=getattr(found, "amount_paid", None) or 0,
    )
