"""Charging a kept card with nobody there: a PaymentIntent that is created and confirmed at once."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from catalog.kernel.settings import StoreSettings
from checkout.payments.method import Attempt, Bill, Outcome, OutcomeState, Prepared
from checkout.payments.stripe.amounts import check_minimum, parse_minimums, to_stripe
from checkout.payments.stripe.client import KeyReused, Rejected, Unanswered
from checkout.payments.stripe.intents import StripeIntents, metadata_of
from checkout.payments.stripe.seen import SeenPayment, seen_payment


class StripeUnattended(StripeIntents):
    """PaymentIntents off session, one for each attempt."""

    def prepare(self, bill: Bill, settings: StoreSettings) -> Prepared:
        """The body of the one call that charges the card."""
        if bill.card is None:
            raise ValueError("a charge with nobody there needs a kept card")
        minimums = parse_minimums(settings.card_minimums)
        check_minimum(bill.amount_minor, bill.currency, minimums)
        return Prepared(
            {
                "amount": to_stripe(bill.amount_minor, bill.currency),
                "currency": bill.currency.lower(),
                "customer": bill.card.customer_id,
                "payment_method": bill.card.method_id,
                "off_session": True,
                "confirm": True,
                "allowed_payment_method_types": ["card"],
                "description": bill.item,
                "metadata": metadata_of(bill),
            }
        )

    def start(self, attempt: Attempt) -> Outcome:
        """Charge the card; the same key and body again give the same payment."""
        options = {"idempotency_key": attempt.idempotency_key}
        body = dict(attempt.parameters)
        try:
            made = self._api.ask(lambda v1: v1.payment_intents.create(body, options))
        except KeyReused:
            return self._search(attempt) or Outcome(OutcomeState.UNKNOWN)
        except Unanswered as unknown:
            return Outcome(OutcomeState.UNKNOWN, reason=unknown.message)
        except Rejected as refusal:
            return Outcome(
                OutcomeState.DECLINED,
                provider_id=refusal.payment_id,
                reason=refusal.message,
                needs_payer=refusal.needs_payer,
            )
        return self._outcome(seen_payment(made))

    def look_up(self, attempt: Attempt) -> Outcome:
        """The payment as it is; without an id it is searched for by its metadata."""
        if not attempt.provider_id:
            return self._search(attempt) or Outcome(
                OutcomeState.CANCELLED, reason="Stripe has no such payment."
            )
        return self._outcome(self._payment(attempt))

    def cancel(self, attempt: Attempt) -> Outcome:
        """Cancel the payment; when that is not possible any more, say what it is now."""
        if not attempt.provider_id:
            return Outcome(OutcomeState.UNKNOWN)
        try:
            ended = self._api.ask(lambda v1: v1.payment_intents.cancel(attempt.provider_id))
        except (Rejected, Unanswered):
            return self.look_up(attempt)
        return self._outcome(seen_payment(ended))

    def _search(self, attempt: Attempt) -> Outcome | None:
        seen = self._found(attempt, customer=attempt.parameters["customer"])
        return None if seen is None else self._outcome(seen)

    def _outcome(self, seen: SeenPayment) -> Outcome:
        state = _STATES.get(seen.status, OutcomeState.WAITING)
        why = f" ({seen.error})" if seen.error else ""
        is_declined = state is OutcomeState.DECLINED
        return replace(
            self._told(seen, state),
            reason=f"Stripe refused it{why}." if is_declined else "",
            needs_payer=seen.status == "requires_action"
            or (is_declined and seen.error == "authentication_required"),
        )


_STATES: Final = {
    "succeeded": OutcomeState.PAID,
    "requires_payment_method": OutcomeState.DECLINED,
    "requires_action": OutcomeState.DECLINED,
    "canceled": OutcomeState.CANCELLED,
}
"""A payment that waits for its owner is declined: nobody is there to whom its page could go."""
