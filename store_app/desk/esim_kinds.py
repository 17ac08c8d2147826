"""What only an eSIM that is billed by the month shows: its period, and what that comes to."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from catalog.esim.profile import Status
from checkout.billing.lines import LineState
from checkout.billing.subscriptions.state import SubscriptionState
from checkout.billing.tables import LineRow


def total_bytes(state: LineState, billed: SubscriptionState | None) -> int | None:
    """The size of the current balance."""
    if billed is not None:
        return billed.included_bytes
    return None if state.left_bytes is None else state.left_bytes + state.used_bytes


def billed_fields(state: SubscriptionState | None) -> dict[str, Any]:
    """What only an eSIM that is billed by the month shows."""
    if state is None:
        return {}
    return {
        "pool": state.pool or None,
        "period_begins_at": state.period_begins,
        "period_ends_at": state.period_ends,
        "overage_bytes": state.overage_bytes,
        "overage_minor": state.overage_minor,
        "usage_minor": state.usage_minor,
        "high_speed_left_bytes": state.high_speed_left_bytes,
        "throttled": state.throttled,
        "throttled_kbps": state.terms.throttled_kbps or None,
        "currency": state.terms.currency,
    }


def billed_state(line: LineRow, state: SubscriptionState, now: datetime) -> LineState:
    """A line of a subscription: its balance is that of the period, which ends and begins anew."""
    left = max(state.period_ends - now, timedelta())
    is_over = state.status == Status.ARCHIVED
    unpriced = 0 if state.terms.overage_size_bytes else state.overage_bytes
    return LineState(
        left_bytes=state.left_bytes,
        used_bytes=state.used_bytes,
        days_left=None if is_over else -(-left // timedelta(days=1)),
        activated_at=line.activated_at,
        expires_at=state.period_ends,
        overrun_bytes=line.overrun_bytes + unpriced,
        as_of=line.as_of,
        source=line.source,
        status=state.status,
        reason=state.reason,
    )
