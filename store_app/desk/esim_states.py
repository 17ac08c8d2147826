"""What state an eSIM is in: what its line says, in stock what its lot says, above all the store."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from catalog.esim.profile import ProfileState, Status, next_action, stock_action
from checkout.billing.line_rows import read_line
from checkout.billing.lines import LineState, describe
from checkout.billing.subscriptions.state import ENDED, SubscriptionState
from store_app.desk.esim_kinds import billed_state
from store_app.desk.paygo_facts import Months, is_paygo

WORDS = {
    "pending": "SIM swap under way",
    "suspended": "suspended by hand",
    "archived": "archived by hand",
}
"""The reason of a status that is the store's own word."""


def state_of(
    row: Any, months: Months, billed: SubscriptionState | None, now: datetime
) -> LineState:
    """The state of a row of `esim_rows`; the store's own word stands above its balance."""
    said, state = row.EsimServiceRow, _of_its_kind(row, _own_state(row, months, billed, now))
    if said is None or (state.status == Status.ARCHIVED and said.word == Status.SUSPENDED):
        return state
    return replace(state, status=said.word, reason=WORDS[said.word])


def _of_its_kind(row: Any, state: LineState) -> LineState:
    """A terminal is available, not ready; a SIM without a phone number is blank (decision 4)."""
    if state.status not in (Status.ACTIVATION_READY, Status.AVAILABLE):
        return state
    if row.EsimRow.line_kind == "terminal":
        return replace(state, status=Status.AVAILABLE)
    is_blank = row.EsimRow.line_kind == "sim" and not row.EsimRow.msisdn
    return replace(state, status=Status.BLANK) if is_blank else state


def _own_state(
    row: Any, months: Months, billed: SubscriptionState | None, now: datetime
) -> LineState:
    """The line's state; a profile without a line is stock, and holds nothing."""
    if billed is not None:
        return billed_state(row.LineRow, billed, now)
    if is_paygo(row):
        return describe(
            read_line(row.LineRow.model_dump()), now, months.paygo_of(row), months.payable_of(row)
        )
    if row.LineRow is not None:
        state = describe(read_line(row.LineRow.model_dump()), now)
        was_assigned = row.EsimRow.order_id is None and state.status == Status.ARCHIVED
        return replace(state, reason=ENDED) if was_assigned else state
    return LineState(
        left_bytes=0,
        used_bytes=0,
        days_left=None,
        activated_at=None,
        expires_at=None,
        overrun_bytes=0,
        as_of=now,
        source="",
        status=_in_stock(row),
        reason="",
    )


def _in_stock(row: Any) -> Status:
    """Ready needs a line and a plan; what serves any plan has none before it is sold."""
    if row.EsimRow.stock_state == "withdrawn":
        return Status.ARCHIVED
    if row.EsimRow.stock_state == "available" and not row.is_for_sale:
        return Status.PENDING
    return Status.ACTIVATION_READY if row.plan else Status.AVAILABLE


def next_action_of(row: Any, status: Status) -> str:
    """What a clerk does next with the eSIM of a row of `esim_rows`, which is in this status."""
    esim, said = row.EsimRow, row.EsimServiceRow
    if row.LineRow is None and said is None and esim.stock_state in ("available", "reserved"):
        in_stock = stock_action(status, esim.line_kind, is_reserved=esim.stock_state == "reserved")
        if in_stock:
            return in_stock
    return next_action(
        status,
        ProfileState(esim.profile_state),
        is_by_hand=said is not None and said.word == Status.SUSPENDED,
        has_code=esim.line_kind == "esim",
    )
