"""What the desk shows of a line, beside what the model says of it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from checkout.billing import explain
from tests.model.records import Seen
from tests.model.terms import DAY


def told(entries: list[explain.Entry]) -> list[dict[str, Any]]:
    """What both stores must say alike; the source of a sale is its order."""
    return [asdict(entry) | {"source": ""} for entry in entries]


_SHOWN = (
    "status",
    "status_reason",
    "data_left_bytes",
    "data_used_bytes",
    "overrun_bytes",
    "activated_at",
    "expires_at",
    "days_left",
    "charged_minor",
    "barred_bytes",
    "wallet_available_minor",
)


def shown_of(view: dict[str, Any], seen: Seen) -> dict[str, Any]:
    """What an eSIM's page says that the model says too."""
    return {name: view[name] for name in (*_SHOWN, *seen.month)}


def expected_of(seen: Seen, now: datetime) -> dict[str, Any]:
    """The same out of the model."""
    left = None if seen.expires_at is None else max(seen.expires_at - now, timedelta())
    if seen.month and seen.status == "archived":
        left = None
    return dict(seen.month) | {
        "status": seen.status,
        "status_reason": seen.reason,
        "data_left_bytes": seen.left,
        "data_used_bytes": seen.used,
        "overrun_bytes": seen.overrun,
        "activated_at": seen.activated_at,
        "expires_at": seen.expires_at,
        "days_left": None if left is None else -(-left // DAY),
        "charged_minor": seen.charged,
        "barred_bytes": seen.barred,
        "wallet_available_minor": seen.payable,
    }
