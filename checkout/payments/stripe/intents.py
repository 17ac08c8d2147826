"""PaymentIntents that this program makes itself, one for each attempt, however they are paid."""

from __future__ import annotations

from typing import Final

from checkout.payments.method import Attempt, Bill, Outcome, OutcomeState
from checkout.payments.stripe.amounts import minor_of
from checkout.payments.stripe.client import Rejected, made_within, span
from checkout.payments.stripe.refunds import StripeRefunds, changed_account
from checkout.payments.stripe.seen import SeenPayment, seen_payment

_PAGE: Final = 100


def metadata_of(bill: Bill) -> dict[str, str]:
    """What stands on every payment, so that it is found again whatever was heard of it."""
    return {
        "order_id": bill.order_id,
        "attempt_id": bill.attempt_id,
        "kiosk_id": bill.register_id,
        "order": bill.reference,
    }


class StripeIntents(StripeRefunds):
    """What the ways have in common whose payment is a PaymentIntent of their own."""

    def _payment(self, attempt: Attempt) -> SeenPayment:
        """The payment of an attempt; `Unavailable` when this account has none."""
        try:
            found = self._api.ask(lambda v1: v1.payment_intents.retrieve(attempt.provider_id))
        except Rejected as refusal:
            raise changed_account() from refusal
        return seen_payment(found)

    def _found(self, attempt: Attempt, **among: str) -> SeenPayment | None:
        """The payment on which an attempt is written, `among` those of a customer perhaps."""
        asked = {**among, "created": span(*made_within(attempt.created_at)), "limit": _PAGE}
        for found in self._api.walk(lambda v1: v1.payment_intents.list(asked)):
            seen = seen_payment(found)
            if seen.attempt_id == attempt.id:
                return seen
        return None

    def _told(self, seen: SeenPayment, state: OutcomeState) -> Outcome:
        """What is said of a payment in this state; it must be of this key's mode."""
        self._api.check_mode(seen.livemode)
        return Outcome(
            state,
            provider_id=seen.id,
            amount_minor=minor_of(seen.amount, seen.currency),
            currency=seen.currency,
            order_id=seen.order_id,
            livemode=seen.livemode,
        )
