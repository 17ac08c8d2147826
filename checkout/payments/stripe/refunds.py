"""Giving back money at Stripe: the same for every way in which it came there."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from catalog.kernel.errors import Refused, Unavailable
from checkout.payments.method import Attempt, Outcome, OutcomeState
from checkout.payments.stripe.amounts import minor_of, to_stripe
from checkout.payments.stripe.client import Rejected, StripeApi, Unanswered
from checkout.payments.stripe.seen import SeenRefund


class StripeRefunds:
    """What all methods of one Stripe account have in common."""

    provider = "stripe"

    def __init__(self, api: StripeApi) -> None:
        """Collect through this account."""
        self._api = api

    @property
    def livemode(self) -> bool:
        """Whether real money moves."""
        return self._api.livemode

    def payment_of(self, attempt: Attempt) -> str:
        """The id of the PaymentIntent that an attempt was paid with."""
        return attempt.provider_id

    def refund(
        self, attempt: Attempt, *, amount_minor: int | None, idempotency_key: str
    ) -> Outcome:
        """Give back an amount of the session's payment to the card it came from."""
        metadata = {"attempt_id": attempt.id, "refund_key": idempotency_key}
        try:
            asked = None if amount_minor is None else to_stripe(amount_minor, attempt.currency)
            paid = self.payment_of(attempt)
            given = self._api.refund(paid, asked, metadata, idempotency_key)
        except Unanswered as unknown:
            return Outcome(OutcomeState.UNKNOWN, reason=unknown.message)
        except Refused as refusal:  # by Stripe, or because it has no such amount
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
            for seen in self._api.refunds(self.payment_of(attempt)):
                if seen.key == idempotency_key:
                    return _given_back(seen, attempt)
        except Rejected as refusal:
            raise changed_account() from refusal
        return Outcome(OutcomeState.CANCELLED, reason="Stripe has no such refund.")

    def news(self, since: datetime, until: datetime) -> tuple[str, ...]:
        """The attempts that events tell of; each is looked up, whatever its event says."""
        events = self._api.events(since, until)
        return tuple(dict.fromkeys(event.attempt_id for event in events if event.attempt_id))


def changed_account() -> Unavailable:
    """What is said when this account does not know a payment of ours."""
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
        amount_minor=minor_of(given.amount, given.currency),
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
