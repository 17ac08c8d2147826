"""What Stripe tells of card readers, as frozen values: its library's objects end here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from checkout.payments.readers import Reader


@dataclass(frozen=True, slots=True)
class SeenAction:
    """What a reader does, or did last; all empty when it has done nothing."""

    payment_id: str = ""
    status: str = ""
    failure: str = ""

    @property
    def is_busy(self) -> bool:
        """Whether it is at it just now."""
        return self.status == "in_progress"


def seen_reader(found: Any) -> Reader:
    """A reader of the library as a value."""
    return Reader(
        id=found.id,
        label=str(getattr(found, "label", None) or found.id),
        kind=str(getattr(found, "device_type", None) or ""),
        is_online=getattr(found, "status", None) == "online",
    )


def seen_action(found: Any) -> SeenAction:
    """The action of a reader of the library; one that is no payment has no payment's id."""
    action = getattr(found, "action", None)
    if action is None:
        return SeenAction()
    processed = getattr(action, "process_payment_intent", None)
    payment = getattr(processed, "payment_intent", None)
    return SeenAction(
        payment_id=str(getattr(payment, "id", payment) or ""),
        status=str(action.status),
        failure=str(getattr(action, "failure_code", None) or "no reason given"),
    )
