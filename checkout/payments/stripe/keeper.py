"""Cards that Stripe keeps: typed on a page of its own or left by a payment, and removed again."""

from __future__ import annotations

from datetime import timedelta
from functools import cached_property
from typing import Any, Final

from catalog.kernel.errors import Unavailable
from catalog.kernel.settings import StoreSettings
from checkout.payments.keeping import Asked, Keeping, Told
from checkout.payments.method import Attempt, KeptCard, Prepared
from checkout.payments.stripe.client import (
    KeyReused,
    Rejected,
    StripeApi,
    Unanswered,
    made_within,
)
from checkout.payments.stripe.seen import SeenSession, seen_card, seen_payment
from checkout.payments.stripe.unattended import StripeUnattended

OPEN_FOR: Final = timedelta(minutes=35)


class StripeKeeper:
    """Checkout Sessions in setup mode, and the cards that they and payments leave."""

    def __init__(self, api: StripeApi) -> None:
        """Keep cards in this account."""
        self._api = api

    @cached_property
    def unattended(self) -> StripeUnattended:
        """What charges a kept card."""
        return StripeUnattended(self._api)

    def prepare(self, asked: Asked, settings: StoreSettings) -> Prepared:
        """The body of the one call that opens the page, with its end."""
        expires_at = (asked.now + OPEN_FOR).replace(microsecond=0)
        metadata = {"keeping_id": asked.id, "kiosk_id": asked.register_id}
        parameters: dict[str, Any] = {
            "mode": "setup",
            "currency": asked.currency.lower(),
            "allowed_payment_method_types": ["card"],
            "client_reference_id": asked.id,
            "metadata": metadata,
            "setup_intent_data": {"metadata": metadata},
            "expires_at": int(expires_at.timestamp()),
            "success_url": settings.card_return_url,
        }
        return Prepared(parameters | customer(asked.customer_id), expires_at)

    def ask(self, keeping: Keeping) -> Told:
        """Create the session; the same key and body again give the same one."""
        try:
            made = self._api.create_session(keeping.parameters, keeping.idempotency_key)
        except KeyReused:
            return self._search(keeping) or Told("unknown")
        except Unanswered:
            return Told("unknown")
        except Rejected:
            return Told("cancelled")
        return self._told(made)

    def look_up(self, keeping: Keeping) -> Told:
        """The session as it is; without an id it is searched for by its metadata."""
        if not keeping.session_id:
            return self._search(keeping) or Told("cancelled")
        return self._told(self._session(keeping))

    def cancel(self, keeping: Keeping) -> Told:
        """Expire the session; when that is not possible any more, say what it is now."""
        if not keeping.session_id:
            return Told("unknown")
        try:
            return self._told(self._api.expire_session(keeping.session_id))
        except (Rejected, Unanswered):
            return self._told(self._session(keeping))

    def card_of(self, attempt: Attempt) -> KeptCard | None:
        """The card of the session's payment, when it has left one with a customer."""
        session = self._api.session(attempt.provider_id)
        if not session.payment_intent:
            return None
        paid = self._api.ask(lambda v1: v1.payment_intents.retrieve(session.payment_intent))
        payment = seen_payment(paid)
        owner = payment.customer or session.customer
        if not owner or not payment.payment_method:
            return None
        return self._card(owner, payment.payment_method)

    def remove(self, card: KeptCard) -> None:
        """Detach the card from its customer; one that is detached already stays so."""
        try:
            self._api.ask(lambda v1: v1.payment_methods.detach(card.method_id))
        except Unanswered as unknown:
            raise _not_removed() from unknown
        except Rejected:
            found = self._api.ask(lambda v1: v1.payment_methods.retrieve(card.method_id))
            if getattr(found, "customer", None):
                raise _not_removed() from None

    def _card(self, customer_id: str, method_id: str) -> KeptCard:
        seen = seen_card(self._api.ask(lambda v1: v1.payment_methods.retrieve(method_id)))
        return KeptCard(customer_id, seen.id, seen.brand, seen.last4, seen.exp_month, seen.exp_year)

    def _session(self, keeping: Keeping) -> SeenSession:
        try:
            return self._api.session(keeping.session_id)
        except Rejected as refusal:
            raise Unavailable(
                "Stripe does not know this page, so its key may be of another account; nothing "
                "has changed. Check the key.",
                code="unknown_payment",
            ) from refusal

    def _told(self, seen: SeenSession) -> Told:
        state = _STATES.get(seen.status, "open")
        card = None
        if state == "saved":
            made = self._api.ask(lambda v1: v1.setup_intents.retrieve(seen.setup_intent))
            if made.status != "succeeded":
                return Told("open", seen.id, livemode=seen.livemode)
            owner = str(getattr(made.customer, "id", made.customer) or seen.customer)
            card = self._card(owner, str(getattr(made.payment_method, "id", made.payment_method)))
        return Told(state, seen.id, card, seen.livemode, seen.url)

    def _search(self, keeping: Keeping) -> Told | None:
        since, until = made_within(keeping.created_at)
        for seen in self._api.sessions(since, until):
            if seen.keeping_id == keeping.id:
                return self._told(seen)
        return None


_STATES: Final[dict[str, Any]] = {"complete": "saved", "expired": "cancelled"}


def customer(known: str) -> dict[str, str]:
    """Whose card it will be: whom Stripe knows already, or somebody new."""
    return {"customer": known} if known else {"customer_creation": "always"}


def _not_removed() -> Unavailable:
    return Unavailable(
        "Stripe has not confirmed that the card is removed; it is not charged any more, and the "
        "upkeep asks again.",
        code="checking",
    )
