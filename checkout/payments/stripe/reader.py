"""Stripe's card readers, driven from the server: a payment is handed to one, and looked at.

The reader's action tells how far its customer is. Whether money came in only the payment tells.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

from catalog.kernel.errors import Refused
from catalog.kernel.settings import StoreSettings
from checkout.payments.method import Attempt, Bill, Outcome, OutcomeState, Prepared
from checkout.payments.readers import Reader
from checkout.payments.stripe.amounts import check_minimum, parse_minimums, to_stripe
from checkout.payments.stripe.client import KeyReused, Rejected, Unanswered
from checkout.payments.stripe.intents import StripeIntents, metadata_of
from checkout.payments.stripe.seen import SeenPayment, seen_payment
from checkout.payments.stripe.seen_reader import SeenAction, seen_action, seen_reader

_PAGE: Final = 100
_DECLINED_CARD: Final = "4000000000000002"  # Stripe's own test number for a refusal
_OPEN: Final = "requires_payment_method"


class StripeReader(StripeIntents):
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
            "metadata": metadata_of(bill),
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

    def _action(self, attempt: Attempt) -> SeenAction:
        found = self._api.ask(lambda v1: v1.terminal.readers.retrieve(attempt.reader_id))
        return seen_action(found)

    def _search(self, attempt: Attempt) -> Outcome | None:
        seen = self._found(attempt)
        return None if seen is None else self._outcome(seen)

    def _outcome(self, seen: SeenPayment) -> Outcome:
        return self._told(seen, _STATES.get(seen.status, OutcomeState.WAITING))


_STATES: Final = {"succeeded": OutcomeState.PAID, "canceled": OutcomeState.CANCELLED}
