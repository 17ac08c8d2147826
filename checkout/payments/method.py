"""What a payment method outside this program must be able to do.

Cash and wallets are settled inside the store's own transaction and need no method; cards do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from catalog.kernel.settings import StoreSettings


class OutcomeState(StrEnum):
    """How far a payment is, as its provider says."""

    WAITING = "waiting"
    PAID = "paid"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class KeptCard:
    """A card that a provider keeps: its ids there, and what people may see of it."""

    customer_id: str
    method_id: str
    brand: str = ""
    last4: str = ""
    exp_month: int = 0
    exp_year: int = 0


@dataclass(frozen=True, slots=True)
class Addressee:
    """Whom a provider sends a bill to, as its own invoice, and in how many days it is due."""

    name: str
    email: str
    company_id: str
    due_days: int


@dataclass(frozen=True, slots=True)
class Bill:
    """What is to be collected, as a method is told before its attempt is written.

    `keep_for` is set when its payer agreed that the card is kept: what the provider knows him by,
    empty when it does not yet. `card` is the kept card to be charged with nobody there. `until`
    is how long its page stays open when that is longer than usual. `reader_id` is the card reader
    at which it is collected, for those that have readers. `addressee` gets it as an invoice of the
    provider, for those that send invoices. `lines` are the names and amounts of
    several things that are paid in one go.
    """

    attempt_id: str
    order_id: str
    reference: str
    register_id: str
    item: str
    amount_minor: int
    currency: str
    now: datetime
    keep_for: str | None = None
    card: KeptCard | None = None
    until: datetime | None = None
    reader_id: str = ""
    addressee: Addressee | None = None
    lines: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Prepared:
    """What an attempt will send, word for word, and until when its payer may pay."""

    parameters: Mapping[str, Any] = field(default_factory=dict)
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """A stored try to collect money: what a method is told, frozen before it is called."""

    id: str
    order_id: str
    method: str
    provider: str
    livemode: bool
    amount_minor: int
    currency: str
    idempotency_key: str
    provider_id: str
    parameters: Mapping[str, Any]
    created_at: datetime
    page_url: str = field(default="", repr=False)
    paid_with: str = ""
    """Of several payments that brought its money, the one that a refund is about."""

    @property
    def is_unattended(self) -> bool:
        """Whether it charges a kept card with nobody there."""
        return bool(self.parameters.get("off_session"))

    @property
    def reader_id(self) -> str:
        """The card reader at which it is collected; empty when it is not."""
        return str(self.parameters.get("reader") or "")

    @property
    def is_sent(self) -> bool:
        """Whether it is collected by an invoice that the provider sends."""
        return "sent" in self.parameters


@dataclass(frozen=True, slots=True)
class PartPayment:
    """One of the payments that brought an attempt's money: its id at the provider, and how much."""

    ref: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """A provider's answer; what it says of a payment is compared with the attempt's own.

    `page_url` is where the payer pays, as long as that is possible. `needs_payer` says of a
    declined payment that it may succeed when the owner of the card is there to approve it.
    """

    state: OutcomeState
    provider_id: str = ""
    amount_minor: int = 0
    currency: str = ""
    order_id: str = ""
    livemode: bool = False
    reason: str = ""
    needs_payer: bool = False
    page_url: str = field(default="", repr=False)


class PaymentMethod(Protocol):
    """A way to collect money through somebody else.

    Every call may be repeated with the same attempt and then has the same effect as once. What
    may have happened unheard is `OutcomeState.UNKNOWN`; `Unavailable` is raised when nothing was
    learnt, so that asking again is all there is to do.
    """

    @property
    def provider(self) -> str:
        """Whose it is, as stored with each attempt."""

    @property
    def livemode(self) -> bool:
        """Whether real money moves."""

    def prepare(self, bill: Bill, settings: StoreSettings) -> Prepared:
        """What `start` will send, without asking anybody; `Refused` when it can't be collected."""

    def start(self, attempt: Attempt) -> Outcome:
        """Ask the provider to collect the amount."""

    def look_up(self, attempt: Attempt) -> Outcome:
        """Ask how far it is; an attempt without a provider's id is searched for."""

    def cancel(self, attempt: Attempt) -> Outcome:
        """Stop it, unless it is paid already; `UNKNOWN` while there is no provider's id to stop."""

    def refund(
        self, attempt: Attempt, *, amount_minor: int | None, idempotency_key: str
    ) -> Outcome:
        """Give back an amount, or with None whatever was paid."""

    def look_up_refund(
        self, attempt: Attempt, *, amount_minor: int, idempotency_key: str, provider_id: str
    ) -> Outcome:
        """Ask how far a refund is; without a provider's id it is searched for by its key."""

    def news(self, since: datetime, until: datetime) -> tuple[str, ...]:
        """The ids of the attempts to which something happened within a span of time."""
