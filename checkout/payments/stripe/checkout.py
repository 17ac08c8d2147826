"""Stripe's hosted Checkout as a payment method: a page that the customer pays on, on a phone."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from catalog.kernel.errors import Unavailable
from catalog.kernel.settings import StoreSettings
from checkout.payments.method import Attempt, Bill, Outcome, OutcomeState, Prepared
from checkout.payments.stripe.amounts import (
    check_minimum,
    from_stripe,
    parse_minimums,
    to_stripe,
)
from checkout.payments.stripe.client import (
    KeyReused,
    Rejected,
    StripeApi,
    Unanswered,
)
from checkout.payments.stripe.seen import SeenRefund, SeenSession

OPEN_FOR: Final = timedelta(minutes=35)
"""Stripe asks for 30 minutes to 24 hours; five minutes are for clocks and repeated calls."""
_AROUND: Final = timedelta(minutes=5)
_LATEST: Final = timedelta(hours=24)


class StripeCheckout:
    """Checkout Sessions in payment mode, one for each attempt."""

    provider = "stripe"

    def __init__(self, api: StripeApi) -> None:
        """Collect through this account."""
        self._api = api

    @property
    def livemode(self) -> bool:
        """Whether real money moves."""
        return self._api.livemode

    def prepare(self, bill: Bill, settings: StoreSettings) -> Prepared:
        """The body of the one call that creates the session, with its end."""
        minimums = parse_minimums(settings.card_minimums)
        check_minimum(bill.amount_minor, bill.currency, minimums)
        expires_at = (bill.now + OPEN_FOR).replace(microsecond=0)
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

    def refund(
        self, attempt: Attempt, *, amount_minor: int | None, idempotency_key: str
    ) -> Outcome:
        """Give back an amount of the session's payment to the card it came from."""
        asked = None if amount_minor is None else to_stripe(amount_minor, attempt.currency)
        metadata = {"attempt_id": attempt.id, "refund_key": idempotency_key}
        try:
            paid = self._known(attempt).payment_intent
            given = self._api.refund(paid, asked, metadata, idempotency_key)
        except Unanswered as unknown:
            return Outcome(OutcomeState.UNKNOWN, reason=unknown.message)
        except Rejected as refusal:
            return Outcome(OutcomeState.DECLINED, reason=refusal.message)
        return _given_back(given, attempt)

    def look_up_refund(
        self, attempt: Attempt, *, amount_minor: int, idempotency_key: str, provider_id: str
    ) -> Outcome:
        """The refund as it is; without an id it is searched for among those of its payment."""
        del amount_minor
        try:
            if provider_id:
                return _given_back(self._api.refund_named(provider_id), attempt)
            for seen in self._api.refunds(self._known(attempt).payment_intent):
                if seen.key == idempotency_key:
                    return _given_back(seen, attempt)
        except Rejected as refusal:
            raise _unknown() from refusal
        return Outcome(OutcomeState.CANCELLED, reason="Stripe has no such refund.")

    def news(self, since: datetime, until: datetime) -> tuple[str, ...]:
        """The attempts that events tell of; each is looked up, whatever its event says."""
        events = self._api.events(since, until)
        return tuple(dict.fromkeys(event.attempt_id for event in events if event.attempt_id))

    def _known(self, attempt: Attempt) -> SeenSession:
        """The session of an attempt; `Unavailable` when this account has none."""
        try:
            return self._api.session(attempt.provider_id)
        except Rejected as refusal:
            raise _unknown() from refusal

    def _search(self, attempt: Attempt) -> Outcome | None:
        since, until = attempt.created_at - _AROUND, attempt.created_at + _LATEST
        for seen in self._api.sessions(since, until):
            if seen.attempt_id == attempt.id:
                return _outcome(seen)
        return None


def _unknown() -> Unavailable:
    return Unavailable(
        "Stripe does not know this payment, so its key may be of another account; nothing "
        "has changed. Check the key.",
        code="unknown_payment",
    )


def _given_back(given: SeenRefund, attempt: Attempt) -> Outcome:
    """What Stripe says of a refund; one that a bank has not taken yet waits."""
    return Outcome(
        _REFUNDS.get(given.status, OutcomeState.WAITING),
        provider_id=given.id,
        amount_minor=_minor(given.amount, given.currency),
        currency=given.currency,
        order_id=attempt.order_id,
        livemode=attempt.livemode,
        reason=given.failure_reason,
    )


_REFUNDS: Final = {
    "succeeded": OutcomeState.PAID,
    "failed": OutcomeState.DECLINED,
    "canceled": OutcomeState.DECLINED,
}


def _parameters(bill: Bill, return_url: str, expires_at: datetime) -> dict[str, Any]:
    metadata = {
        "order_id": bill.order_id,
        "attempt_id": bill.attempt_id,
        "kiosk_id": bill.register_id,
        "order": bill.reference,
    }
    price = {
        "currency": bill.currency.lower(),
        "unit_amount": to_stripe(bill.amount_minor, bill.currency),
        "product_data": {"name": bill.item},
    }
    return {
        "mode": "payment",
        "line_items": [{"price_data": price, "quantity": 1}],
        "allowed_payment_method_types": ["card"],
        "automatic_tax": {"enabled": False},
        "adaptive_pricing": {"enabled": False},
        "client_reference_id": bill.order_id,
        "metadata": metadata,
        "payment_intent_data": {"metadata": metadata},
        "expires_at": int(expires_at.timestamp()),
        "success_url": return_url,
    }


def _outcome(seen: SeenSession) -> Outcome:
    paid = seen.status == "complete" and seen.payment_status == "paid"
    state = OutcomeState.PAID if paid else _UNPAID.get(seen.status, OutcomeState.WAITING)
    return Outcome(
        state,
        provider_id=seen.id,
        amount_minor=_minor(seen.amount_total, seen.currency),
        currency=seen.currency,
        order_id=seen.client_reference_id,
        livemode=seen.livemode,
        page_url=seen.url,
    )


def _minor(amount: int, currency: str) -> int:
    """An amount in our minor units; -1, which equals no amount, when it is no whole number."""
    minor = from_stripe(amount, currency)
    return -1 if minor is None else minor


_UNPAID: Final = {"expired": OutcomeState.CANCELLED}
"""A session that is complete and not paid yet waits, like an open one: its bank takes days."""
