"""Charging a kept card with nobody there: a PaymentIntent that is created and confirmed at once."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from catalog.kernel.errors import Unavailable
from catalog.kernel.settings import StoreSettings
from checkout.payments.method import Attempt, Bill, Outcome, OutcomeState, Prepared
from checkout.payments.stripe.amounts import check_minimum, minor_of, parse_minimums, to_stripe
from checkout.payments.stripe.client import KeyReused, Rejected, Unanswered, span
from checkout.payments.stripe.refunds import StripeRefunds, changed_account
from checkout.payments.stripe.seen import SeenPayment, seen_payment

_AROUND: Final = timedelta(minutes=5)
_LATEST: Final = timedelta(hours=24)
_PAGE: Final = 100


class StripeUnattended(StripeRefunds):
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
                "metadata": {
                    "order_id": bill.order_id,
                    "attempt_id": bill.attempt_id,
                    "kiosk_id": bill.register_id,
                    "order": bill.reference,
                },
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
        try:
            found = self._api.ask(lambda v1: v1.payment_intents.retrieve(attempt.provider_id))
        except Rejected as refusal:
            raise changed_account() from refusal
        return self._outcome(seen_payment(found))

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
        created = span(attempt.created_at - _AROUND, attempt.created_at + _LATEST)
        asked = {"customer": attempt.parameters["customer"], "created": created, "limit": _PAGE}
        for found in self._api.walk(lambda v1: v1.payment_intents.list(asked)):
            seen = seen_payment(found)
            if seen.attempt_id == attempt.id:
                return self._outcome(seen)
        return None

    def _outcome(self, seen: SeenPayment) -> Outcome:
        if seen.livemode is not self.livemode:
            raise Unavailable(
                "Stripe answered in another mode (live or test) than its key is for, so nothing "
                "goes on. Check the key.",
                code="wrong_mode",
            )
        state = _STATES.get(seen.status, OutcomeState.WAITING)
        why = f" ({seen.error})" if seen.error else ""
        is_declined = state is OutcomeState.DECLINED
        return Outcome(
            state,
            provider_id=seen.id,
            amount_minor=minor_of(seen.amount, seen.currency),
            currency=seen.currency,
            order_id=seen.order_id,
            livemode=seen.livemode,
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
