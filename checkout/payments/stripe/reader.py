"""Stripe's card readers, driven from the server: a payment is handed to one, and looked at.

The reader's action tells how far its customer is. Whether money came in only the payment tells.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from catalog.kernel.errors import Refused, Unavailable
from catalog.kernel.settings import StoreSettings
from checkout.payments.method import Attempt, Bill, Outcome, OutcomeState, Prepared
from checkout.payments.readers import Reader
from checkout.payments.stripe.amounts import check_minimum, minor_of, parse_minimums, to_stripe
from checkout.payments.stripe.client import KeyReused, Rejected, Unanswered, span
from checkout.payments.stripe.refunds import StripeRefunds, changed_account
from checkout.payments.stripe.seen import SeenPayment, seen_payment
from checkout.payments.stripe.seen_reader import SeenAction, seen_action, seen_reader

_AROUND: Final = timedelta(minutes=5)
_LATEST: Final = timedelta(hours=24)
_PAGE: Final = 100
_DECLINED_CARD: Final = "4000000000000002"  # Stripe's own test number for a refusal
_OPEN: Final = "requires_payment_method"


class StripeReader(StripeRefunds):
    """PaymentIntents of cards that are present, one for each attempt."""

    def prepare(self, bill: Bill, settings: StoreSettings) -> Prepared:
        """The reader, and the body of the call that creates the payment."""
        check_minimum(bill.amount_minor, bill.currency, parse_minimums(settings.card_minimums))
        intent = {
            "amount": to_stripe(bill.amount_minor, bill.currency),
            "currency": bill.currency.lower(),
            "allowed_payment_method_types": ["card_present"],
            "capture_method": "automatic",
            "description": bill.item,
            "metadata": {
                "order_id": bill.order_id,
                "attempt_id": bill.attempt_id,
                "kiosk_id": bill.register_id,
                "order": bill.reference,
            },
        }
        return Prepared({"reader": bill.reader_id, "intent": intent})

    def start(self, attempt: Attempt) -> Outcome:
        """Create the payment and hand it to the reader; the same keys again do nothing twice."""
        options = {"idempotency_key": attempt.idempotency_key}
        body = dict(attempt.parameters["intent"])
        try:
            made = self._api.ask(lambda v1: v1.payment_intents.create(body, options))
        except KeyReused:
            return self._search(attempt) or Outcome(OutcomeState.UNKNOWN)
        except Unanswered as unknown:
            return Outcome(OutcomeState.UNKNOWN, reason=unknown.message)
        except Rejected as refusal:
            return Outcome(OutcomeState.DECLINED, reason=refusal.message)
        return self._hand_over(replace(attempt, provider_id=seen_payment(made).id))

    def look_up(self, attempt: Attempt) -> Outcome:
        """The payment as it is; while it is open, what its reader does.

        What a reader has refused is closed, so that nobody pays it later.
        """
        if not attempt.provider_id:
            return self._search(attempt) or Outcome(
                OutcomeState.CANCELLED, reason="Stripe has no such payment."
            )
        seen = self._payment(attempt)
        if seen.status != _OPEN:
            return self._outcome(seen)
        action = self._action(attempt)
        if action.payment_id != seen.id and action.is_busy:
            return self._refused(attempt, "The reader went on with another payment.")
        if action.payment_id != seen.id:
            return self._hand_over(attempt)
        if action.status == "failed":
            return self._refused(attempt, f"The reader refused it ({action.failure}).")
        return self._outcome(seen)

    def cancel(self, attempt: Attempt) -> Outcome:
        """Take it back from the reader and close it; when it was paid meanwhile, say so."""
        if not attempt.provider_id:
            return Outcome(OutcomeState.UNKNOWN)
        with suppress(Rejected, Unanswered):
            action = self._action(attempt)
            if action.is_busy and action.payment_id == attempt.provider_id:
                self._api.ask(lambda v1: v1.terminal.readers.cancel_action(attempt.reader_id))
        with suppress(Rejected, Unanswered):
            self._api.ask(lambda v1: v1.payment_intents.cancel(attempt.provider_id))
        return self._outcome(self._payment(attempt))

    def readers(self) -> tuple[Reader, ...]:
        """Every reader of the account."""
        found = self._api.walk(lambda v1: v1.terminal.readers.list({"limit": _PAGE}))
        return tuple(map(seen_reader, found))

    def present(self, attempt: Attempt, *, declined: bool = False) -> None:
        """Play a card at a simulated reader."""
        if self.livemode:
            raise Refused("A test card is played with a test key alone.", code="live_key")
        known = {reader.id: reader for reader in self.readers()}.get(attempt.reader_id)
        if known is None or not known.is_simulated:
            raise Refused(
                "This reader is a real one: hold a card to it. Nothing was charged.",
                code="real_reader",
            )
        card: dict[str, Any] = {"type": "card_present"}
        if declined:
            card["card_present"] = {"number": _DECLINED_CARD}
        self._api.ask(
            lambda v1: v1.test_helpers.terminal.readers.present_payment_method(known.id, card)
        )

    def _hand_over(self, attempt: Attempt) -> Outcome:
        options = {"idempotency_key": f"{attempt.idempotency_key}-reader"}
        body = {"payment_intent": attempt.provider_id}
        try:
            self._api.ask(
                lambda v1: v1.terminal.readers.process_payment_intent(
                    attempt.reader_id, body, options
                )
            )
        except Unanswered as unknown:
            return Outcome(OutcomeState.UNKNOWN, attempt.provider_id, reason=unknown.message)
        except Rejected as refusal:
            return self._refused(attempt, refusal.message)
        return Outcome(OutcomeState.WAITING, attempt.provider_id)

    def _refused(self, attempt: Attempt, reason: str) -> Outcome:
        """Close what the reader will not collect; it may have been paid all the same."""
        ended = self.cancel(attempt)
        if ended.state is not OutcomeState.CANCELLED:
            return ended
        return replace(ended, state=OutcomeState.DECLINED, reason=reason)

    def _payment(self, attempt: Attempt) -> SeenPayment:
        try:
            found = self._api.ask(lambda v1: v1.payment_intents.retrieve(attempt.provider_id))
        except Rejected as refusal:
            raise changed_account() from refusal
        return seen_payment(found)

    def _action(self, attempt: Attempt) -> SeenAction:
        found = self._api.ask(lambda v1: v1.terminal.readers.retrieve(attempt.reader_id))
        return seen_action(found)

    def _search(self, attempt: Attempt) -> Outcome | None:
        created = span(attempt.created_at - _AROUND, attempt.created_at + _LATEST)
        asked = {"created": created, "limit": _PAGE}
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
        return Outcome(
            _STATES.get(seen.status, OutcomeState.WAITING),
            provider_id=seen.id,
            amount_minor=minor_of(seen.amount, seen.currency),
            currency=seen.currency,
            order_id=seen.order_id,
            livemode=seen.livemode,
        )


_STATES: Final = {"succeeded": OutcomeState.PAID, "canceled": OutcomeState.CANCELLED}
