"""What a provider must be able to do that keeps cards and charges them when nobody is there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from catalog.kernel.settings import StoreSettings
from checkout.payments.method import Attempt, KeptCard, PaymentMethod, Prepared


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose card is to be kept, as a keeper is told before anything is written.

    `customer_id` is what the provider knew the owner by before, empty at the first time; `choice`
    is how a pretended card will behave.
    """

    id: str
    register_id: str
    currency: str
    customer_id: str
    now: datetime
    choice: str = ""


@dataclass(frozen=True, slots=True)
class Keeping:
    """A stored wish to keep a card, frozen before its keeper is called."""

    id: str
    idempotency_key: str
    parameters: Mapping[str, Any]
    session_id: str
    created_at: datetime
    page_url: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Told:
    """How far a card is; `page_url` is where its owner types it, `card` what is kept then."""

    state: Literal["open", "saved", "cancelled", "unknown"]
    session_id: str = ""
    card: KeptCard | None = None
    livemode: bool = False
    page_url: str = field(default="", repr=False)


class CardKeeper(Protocol):
    """Keeps cards; like a payment method, every call may be repeated with the same effect."""

    @property
    def unattended(self) -> PaymentMethod:
        """What charges a kept card when its owner is not there."""

    def prepare(self, asked: Asked, settings: StoreSettings) -> Prepared:
        """What `ask` will send."""

    def ask(self, keeping: Keeping) -> Told:
        """Open the page on which the card is typed."""

    def look_up(self, keeping: Keeping) -> Told:
        """How far it is; without an id it is searched for."""

    def cancel(self, keeping: Keeping) -> Told:
        """Close the page, unless the card is kept already."""

    def card_of(self, attempt: Attempt) -> KeptCard | None:
        """The card that a paid attempt left with the provider."""

    def remove(self, card: KeptCard) -> None:
        """Forget a card; `Unavailable` while it is not certain that it is forgotten."""


class CardMethod(PaymentMethod, Protocol):
    """A card that is typed on a page, and that may be kept with its owner's consent."""

    @property
    def keeper(self) -> CardKeeper:
        """Who keeps it."""
