"""What a payment method outside this program must be able to do.

Cash and wallets are settled inside the store's own transaction and need no method; cards do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol


class OutcomeState(StrEnum):
    """How far a payment is, as its provider says."""

    WAITING = "waiting"
    PAID = "paid"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Attempt:
    """A stored try to collect money: what a method is told, frozen before it is called."""

    id: str
    order_id: str
    method: str
    amount_minor: int
    currency: str
    idempotency_key: str
    provider_id: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """A provider's answer; amount and currency are compared with the attempt's own."""

    state: OutcomeState
    provider_id: str = ""
    amount_minor: int = 0
    currency: str = ""
    reason: str = ""


class PaymentMethod(Protocol):
    """A way to collect money through somebody else.

    Every call may be repeated with the same attempt and then has the same effect as once.
    Raises `Unavailable` when nothing was learnt.
    """

    def start(self, attempt: Attempt) -> Outcome:
        """Ask the provider to collect the amount."""

    def look_up(self, attempt: Attempt) -> Outcome:
        """Ask how far it is."""

    def cancel(self, attempt: Attempt) -> Outcome:
        """Stop it, unless it is paid already."""

    def refund(self, attempt: Attempt, *, amount_minor: int, idempotency_key: str) -> Outcome:
        """Give back a part or all of what was paid."""
