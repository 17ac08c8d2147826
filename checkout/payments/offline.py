"""The offline card: a pretend provider for the demo store, labelled as such everywhere."""

from __future__ import annotations

from datetime import datetime

from catalog.kernel.ids import fixed_id
from catalog.kernel.settings import StoreSettings
from checkout.payments.method import Attempt, Bill, Outcome, OutcomeState, Prepared
from checkout.payments.readers import Reader

OFFLINE_CARD = "OFFLINE DEMO CARD"
"""Its label on every screen."""


class OfflineCard:
    """Approves every payment at once and remembers nothing: its ids follow from the attempt's."""

    provider = "offline"
    livemode = False

    @property
    def reader(self) -> OfflineReader:
        """What pretends to be a card reader."""
        return OfflineReader()

    def prepare(self, bill: Bill, settings: StoreSettings) -> Prepared:
        """Nothing is sent to anybody."""
        del bill, settings
        return Prepared()

    def start(self, attempt: Attempt) -> Outcome:
        """Approve."""
        return Outcome(
            OutcomeState.PAID,
            provider_id=fixed_id("offline", attempt.id),
            amount_minor=attempt.amount_minor,
            currency=attempt.currency,
            order_id=attempt.order_id,
        )

    def look_up(self, attempt: Attempt) -> Outcome:
        """The same approval again; what was never started is not there."""
        if not attempt.provider_id:
            return Outcome(OutcomeState.CANCELLED, order_id=attempt.order_id)
        return self.start(attempt)

    def cancel(self, attempt: Attempt) -> Outcome:
        """Too late once it was started, because it was approved at once."""
        return self.look_up(attempt)

    def refund(
        self, attempt: Attempt, *, amount_minor: int | None, idempotency_key: str
    ) -> Outcome:
        """Pretend to give back the amount."""
        return Outcome(
            OutcomeState.PAID,
            provider_id=fixed_id("offline-refund", attempt.id, idempotency_key),
            amount_minor=attempt.amount_minor if amount_minor is None else amount_minor,
            currency=attempt.currency,
            order_id=attempt.order_id,
        )

    def look_up_refund(
        self, attempt: Attempt, *, amount_minor: int, idempotency_key: str, provider_id: str
    ) -> Outcome:
        """The same refund again; what was never asked for is not there."""
        if not provider_id:
            return Outcome(OutcomeState.CANCELLED, order_id=attempt.order_id)
        return self.refund(attempt, amount_minor=amount_minor, idempotency_key=idempotency_key)

    def news(self, since: datetime, until: datetime) -> tuple[str, ...]:
        """Nothing ever happens unasked."""
        del since, until
        return ()


class OfflineReader(OfflineCard):
    """A pretended card reader: it approves at once, like the card."""

    def prepare(self, bill: Bill, settings: StoreSettings) -> Prepared:
        """Nothing is sent to anybody; the reader is written down."""
        del settings
        return Prepared({"reader": bill.reader_id})

    def readers(self) -> tuple[Reader, ...]:
        """The one that is always there."""
        return (Reader("offline-reader", "OFFLINE DEMO READER", "offline", is_online=True),)

    def present(self, attempt: Attempt, *, declined: bool = False) -> None:
        """Nobody has to: it has approved already."""
