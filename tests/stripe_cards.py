"""Cards on file as Stripe keeps them: customers, cards, and payments with nobody there."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tests.stripe_ground import Answer, Ground, error_of

DECLINES = {
    "declines": ("card_declined", "Your card was declined."),
    "asks": ("authentication_required", "This payment required an authentication action."),
}
"""How a card behaves when its owner is away, and the code of Stripe's answer."""


class CardsOnFile(Ground):
    """The part of Stripe's double that keeps cards; `behaves` is how cards typed next behave."""

    def __init__(self, now: datetime, *, livemode: bool) -> None:
        super().__init__(now, livemode=livemode)
        self.sessions: dict[str, dict[str, Any]] = {}
        self.asked: dict[str, dict[str, Any]] = {}
        self.cards: dict[str, dict[str, Any]] = {}
        self.setups: dict[str, dict[str, Any]] = {}
        self.intents: dict[str, dict[str, Any]] = {}
        self.behaves = "approves"
        self._behaviours: dict[str, str] = {}
        self._left: dict[str, str] = {}

    def leave_card(self, session: dict[str, Any]) -> None:
        """What a completed page leaves: a card with a customer, when that was asked for."""
        asked = self.asked.get(session["id"], {})
        is_setup = session["mode"] == "setup"
        keeps = asked.get("payment_intent_data", {}).get("setup_future_usage")
        if not is_setup and not keeps:
            return
        session["customer"] = asked.get("customer") or self.new_customer()
        card = self.new_card(session["customer"])
        self.cards[card["id"]] = card
        self._behaviours[card["id"]] = self.behaves
        self._left[session["id"]] = card["id"]
        if is_setup:
            session |= {"payment_status": "no_payment_required", "payment_intent": None}
            made = self._setup(session, card["id"], asked["setup_intent_data"]["metadata"])
            self.setups[made["id"]] = made
            session["setup_intent"] = made["id"]

    def new_customer(self) -> str:
        """The id of a customer who was not known."""
        return self.fresh_id("cus")

    def new_card(self, customer: str) -> dict[str, Any]:
        """A card as Stripe tells it."""
        return {
            "id": self.fresh_id("pm"),
            "object": "payment_method",
            "billing_details": {
                "address": None, "email": None, "name": None, "phone": None, "tax_id": None,
            },
            "card": {
                "brand": "visa", "checks": None, "country": "NL", "display_brand": "visa",
                "exp_month": 12, "exp_year": 2030, "fingerprint": None, "funding": "credit",
                "generated_from": None, "last4": "4242", "networks": None,
                "regulated_status": None, "three_d_secure_usage": None, "wallet": None,
            },
            "created": self.instant(),
            "customer": customer,
            "livemode": self.livemode,
            "metadata": {},
            "type": "card",
        }  # fmt: skip

    def read_cards(self, path: str) -> Answer | None:
        """The answer to a GET that is about cards."""
        *_root, kind, name = path.split("/")
        found = {"payment_methods": self.cards, "setup_intents": self.setups}.get(kind)
        if found is not None:
            return _found(found.get(name))
        return _found(self._intent(name)) if kind == "payment_intents" else None

    def write_cards(self, path: str, asked: dict[str, Any]) -> Answer | None:
        """The answer to a POST that is about cards."""
        parts = path.split("/")
        if path == "/v1/payment_intents":
            return self.charge(asked)
        if parts[2] == "payment_intents" and parts[-1] == "cancel":
            return self._cancel(parts[3])
        return self.detach(parts[3]) if parts[-1] == "detach" else None

    def charge(self, asked: dict[str, Any]) -> Answer:
        """Charge a kept card with nobody there, as it behaves."""
        method = asked["payment_method"]
        card = self.cards.get(method)
        if card is None or card["customer"] != asked["customer"]:
            return error_of(400, "invalid_request_error", "No such card.", "resource_missing")
        made = self._payment(self.fresh_id("pi"), asked)
        self.intents[made["id"]] = made
        told = DECLINES.get(self._behaviours.get(method, ""))
        if told is None:
            made |= {"status": "succeeded", "amount_received": made["amount"]}
            self.tell("payment_intent.succeeded", made)
            return 200, dict(made)
        error = {"type": "card_error", "code": told[0], "message": told[1]}
        made |= {"status": "requires_payment_method", "last_payment_error": error}
        made["payment_method"] = None
        self.tell("payment_intent.payment_failed", made)
        return 402, {"error": error | {"payment_intent": dict(made)}}

    def set_behaviour(self, behaves: str) -> None:
        """How every kept card behaves from now on."""
        self.behaves = behaves
        self._behaviours = dict.fromkeys(self._behaviours, behaves)

    def detach(self, method: str) -> Answer:
        """Take a card away from its customer."""
        card = self.cards.get(method)
        if card is None or card["customer"] is None:
            return error_of(400, "invalid_request_error", "It is not attached to a customer.")
        card["customer"] = None
        return 200, dict(card)

    def _cancel(self, intent: str) -> Answer:
        made = self.intents[intent]
        if made["status"] in ("succeeded", "canceled"):
            return error_of(400, "invalid_request_error", "No.", "payment_intent_unexpected_state")
        made["status"] = "canceled"
        return 200, dict(made)

    def _intent(self, intent: str) -> dict[str, Any] | None:
        """A payment with nobody there, or that behind a paid page."""
        if intent in self.intents:
            return self.intents[intent]
        for session in self.sessions.values():
            if session["payment_intent"] == intent:
                asked = {
                    "amount": session["amount_total"],
                    "currency": session["currency"],
                    "customer": session["customer"],
                    "payment_method": self._left.get(session["id"]),
                    "metadata": session["metadata"],
                }
                received = {"status": "succeeded", "amount_received": asked["amount"]}
                return self._payment(intent, asked) | received
        return None

    def _payment(self, intent: str, asked: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": intent,
            "object": "payment_intent",
            "allowed_payment_method_types": ["card"],
            "amount": asked["amount"],
            "amount_capturable": 0,
            "amount_received": 0,
            "capture_method": "automatic",
            "confirmation_method": "automatic",
            "created": self.instant(),
            "currency": asked["currency"],
            "customer": asked["customer"],
            "description": asked.get("description"),
            "last_payment_error": None,
            "livemode": self.livemode,
            "metadata": asked["metadata"],
            "payment_method": asked["payment_method"],
            "status": "processing",
        }

    def _setup(
        self, session: dict[str, Any], card: str, metadata: dict[str, str]
    ) -> dict[str, Any]:
        return {
            "id": self.fresh_id("seti"),
            "object": "setup_intent",
            "allowed_payment_method_types": ["card"],
            "created": self.instant(),
            "customer": session["customer"],
            "livemode": self.livemode,
            "metadata": metadata,
            "payment_method": card,
            "status": "succeeded",
            "usage": "off_session",
        }


def _found(found: dict[str, Any] | None) -> Answer:
    if found is None:
        return error_of(404, "invalid_request_error", "No such object.", "resource_missing")
    return 200, dict(found)
