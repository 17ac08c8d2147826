"""The offline card: a pretend provider for the demo store, labelled as such everywhere."""

from __future__ import annotations

from catalog.kernel.ids import fixed_id
from checkout.payments.method import Attempt, Outcome, OutcomeState

LABEL = "OFFLINE DEMO CARD, no money moves"


class OfflineCard:
    """Approves every payment at once and remembers nothing: its ids follow from the attempt's."""

    def start(self, attempt: Attempt) -> Outcome:
        """Approve."""
        return self.look_up(attempt)

    def look_up(self, attempt: Attempt) -> Outcome:
        """The same approval again."""
        return Outcome(
            OutcomeState.PAID,
            provider_id=fixed_id("offline", attempt.id),
            amount_minor=attempt.amount_minor,
            currency=attempt.currency,
        )

    def cancel(self, attempt: Attempt) -> Outcome:
        """It was approved at once, so it is never too early to be cancelled."""
        return self.look_up(attempt)

    def refund(self, attempt: Attempt, *, amount_minor: int, idempotency_key: str) -> Outcome:
        """Pretend to give back the amount."""
        return Outcome(
            OutcomeState.PAID,
            provider_id=fixed_id("offline-refund", attempt.id, idempotency_key),
            amount_minor=amount_minor,
            currency=attempt.currency,
        )
