"""The part of the double that knows Stripe's test cards, which pay without a browser."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from tests.stripe_ground import Answer, Ground, error_of
from tests.stripe_readers import payment_of

_STATES: Final = {"pm_card_visa": "succeeded", "pm_card_authenticationRequired": "requires_action"}


class TestCards(Ground):
    """Payments that are created and confirmed in one call."""

    __test__ = False

    def __init__(self, now: datetime, *, livemode: bool) -> None:
        super().__init__(now, livemode=livemode)
        self.by_test_card: dict[str, dict[str, Any]] = {}

    def write_test_cards(self, path: str, asked: dict[str, Any]) -> Answer | None:
        """The answer to a command about such a payment; None for any other."""
        name = path.split("/")[-2]
        if name in self.by_test_card and path.endswith("/cancel"):
            self.by_test_card[name]["status"] = "canceled"
            return 200, dict(self.by_test_card[name])
        card = asked.get("payment_method", "")
        if path != "/v1/payment_intents" or not card.startswith("pm_card_"):
            return None
        if card not in _STATES:
            return error_of(402, "card_error", "Your card was declined.", "card_declined")
        payment = payment_of(self.fresh_id("pi"), asked, self.instant(), self.livemode)
        payment["status"] = _STATES[card]
        if payment["status"] == "succeeded":
            payment["amount_received"] = payment["amount"]
            self.tell("payment_intent.succeeded", payment)
        self.by_test_card[payment["id"]] = payment
        return 200, dict(payment)
