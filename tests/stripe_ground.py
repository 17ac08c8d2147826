"""What every part of Stripe's double stands on: ids, its clock, events and errors."""

from __future__ import annotations

import itertools
from datetime import datetime
from typing import Any

from tests.peers import stripe_description as description

Answer = tuple[int, dict[str, Any]]


class Ground:
    """A provider at an instant, with a key of one mode."""

    def __init__(self, now: datetime, *, livemode: bool) -> None:
        self.now = now
        self.livemode = livemode
        self.events: list[dict[str, Any]] = []
        self._numbers = itertools.count(1)

    def fresh_id(self, prefix: str) -> str:
        """An id that was not given yet."""
        return f"{prefix}_{next(self._numbers):024d}"

    def instant(self) -> int:
        """Now, in Stripe's count."""
        return int(self.now.timestamp())

    def tell(self, kind: str, told: dict[str, Any]) -> None:
        """Write an event about something as it is now."""
        self.events.append(
            {
                "id": self.fresh_id("evt"),
                "object": "event",
                "api_version": description.VERSION,
                "created": self.instant(),
                "data": {"object": dict(told)},
                "livemode": self.livemode,
                "pending_webhooks": 0,
                "request": None,
                "type": kind,
            }
        )


def error_of(status: int, kind: str, message: str, code: str = "", param: str = "") -> Answer:
    """An error as Stripe tells it."""
    more = {name: text for name, text in (("code", code), ("param", param)) if text}
    return status, {"error": {"type": kind, "message": message, **more}}


def refund_of(
    refund_id: str, intent: str, amount: int, currency: str, created: int
) -> dict[str, Any]:
    """A refund that has succeeded."""
    return {
        "id": refund_id,
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": None,
        "created": created,
        "currency": currency,
        "metadata": {},
        "payment_intent": intent,
        "reason": None,
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    }
