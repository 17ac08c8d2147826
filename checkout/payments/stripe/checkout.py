"""Stripe's hosted Checkout as a payment method: a page that the customer pays on, on a phone."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Final

from catalog.kernel.settings import StoreSettings
from checkout.payments.method import Attempt, Bill, Outcome, OutcomeState, Prepared
from checkout.payments.stripe.amounts import (
    check_minimum,
    minor_of,
    parse_minimums,
    to_stripe,
)
from checkout.payments.stripe.client import (
    KeyReused,
    Rejected,
    Unanswered,
    made_within,
)
from checkout.payments.stripe.intents import metadata_of
from checkout.payments.stripe.invoicing import StripeInvoicing
from checkout.payments.stripe.keeper import StripeKeeper, customer
from checkout.payments.stripe.reader import StripeReader
from checkout.payments.stripe.refunds import StripeRefunds, changed_account
from checkout.payments.stripe.seen import SeenSession

OPEN_FOR: Final = timedelta(minutes=35)
"""Stripe asks for 30 minutes to 24 hours; five minutes are for clocks and repeated calls."""


class StripeCheckout(StripeRefunds):
    """Checkout Sessions in payment mode, one for each attempt."""

    @cached_property
    def keeper(self) -> StripeKeeper:
        """Who keeps the cards of payers that agreed."""
        return StripeKeeper(self._api)

    @cached_property
    def reader(self) -> StripeReader:
        """What collects at a card reader of this account."""
        return StripeReader(self._api)

    @cached_property
    def invoicing(self) -> StripeInvoicing:
        """What collects by an invoice that Stripe sends."""
        return StripeInvoicing(self._api)

    def prepare(self, bill: Bill, settings: StoreSettings) -> Prepared:
        """The body of the one call that creates the session, with its end."""
        minimums = parse_minimums(settings.card_minimums)
        check_minimum(bill.amount_minor, bill.currency, minimums)
        expires_at = (bill.until or bill.now + OPEN_FOR).replace(microsecond=0)
        return Prepared(_parameters(bill, settings.card_return_url, expires_at), expires_at)

    def start(self, attempt: Attempt) -> Outcome:
        """Create the session; the same key and body again give the same one."""
        try:
            made = self._api.create_session(attempt.parameters, attempt.idempotency_key)
        except KeyReused:
            found = self._search(attempt)
            return found or Outcome(OutcomeState.UNKNOWN)
        except Unanswered as unknown:
            return Outcome(OutcomeState.UNKNOWN, reason=unknown.message)
        except Rejected as refusal:
            return Outcome(OutcomeState.DECLINED, reason=refusal.message)
        return _outcome(made)

    def look_up(self, attempt: Attempt) -> Outcome:
        """The session as it is; without an id it is searched for by its metadata."""
        if not attempt.provider_id:
            return self._search(attempt) or Outcome(
                OutcomeState.CANCELLED, reason="Stripe has no such payment."
            )
        return _outcome(self._known(attempt))

    def cancel(self, attempt: Attempt) -> Outcome:
        """Expire the session; when that is not possible any more, say what it is now."""
        if not attempt.provider_id:
            return Outcome(OutcomeState.UNKNOWN)
        try:
            return _outcome(self._api.expire_session(attempt.provider_id))
        except (Rejected, Unanswered):
            return _outcome(self._api.session(attempt.provider_id))

    def payment_of(self, attempt: Attempt) -> str:
        """The payment behind the session."""
        return self._known(attempt).payment_intent

    def _known(self, attempt: Attempt) -> SeenSession:
        """The session of an attempt; `Unavailable` when this account has none."""
        try:
            return self._api.session(attempt.provider_id)
        except Rejected as refusal:
            raise changed_account() from refusal

    def _search(self, attempt: Attempt) -> Outcome | None:
        for seen in self._api.sessions(*made_within(attempt.created_at)):
            if seen.attempt_id == attempt.id:
                return _outcome(seen)
        return None


def _parameters(bill: Bill, return_url: str, expires_at: datetime) -> dict[str, Any]:
    metadata = metadata_of(bill)
    kept = {} if bill.keep_for is None else {"setup_future_usage": "off_session"}
    to_stripe(bill.amount_minor, bill.currency)  # the sum has its own limit
    lines = bill.lines or ((bill.item, bill.amount_minor),)
    return {
        "mode": "payment",
        "line_items": [_line(name, amount, bill.currency) for name, amount in lines],
        "allowed_payment_method_types": ["card"],
        "automatic_tax": {"enabled": False},
        "adaptive_pricing": {"enabled": False},
        "client_reference_id": bill.order_id,
        "metadata": metadata,
        "payment_intent_data": {"metadata": metadata, **kept},
        "expires_at": int(expires_at.timestamp()),
        "success_url": return_url,
    } | ({} if bill.keep_for is None else customer(bill.keep_for))


def _line(name: str, amount_minor: int, currency: str) -> dict[str, Any]:
    price = {
        "currency": currency.lower(),
        "unit_amount": to_stripe(amount_minor, currency),
        "product_data": {"name": name},
    }
    return {"price_data": price, "quantity": 1}


def _outcome(seen: SeenSession) -> Outcome:
    paid = seen.status == "complete" and seen.payment_status == "paid"
    state = OutcomeState.PAID if paid else _UNPAID.get(seen.status, OutcomeState.WAITING)
    return Outcome(
        state,
        provider_id=seen.id,
        amount_minor=minor_of(seen.amount_total, seen.currency),
        currency=seen.currency,
        order_id=seen.client_reference_id,
        livemode=seen.livemode,
        page_url=seen.url,
    )


_UNPAID: Final = {"expired": OutcomeState.CANCELLED}
"""A session that is complete and not paid yet waits, like an open one: its bank takes days."""
