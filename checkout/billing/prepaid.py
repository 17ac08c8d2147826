"""A prepaid balance as a pure fold: grants, usage, expiry and end, one step for each.

There is one algorithm. A record that comes in order is one more step from the stored balance;
anything else replays the whole history through the same steps.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import reduce

_CLOCK_AT_SALE = frozenset({"purchase", "assignment"})


@dataclass(frozen=True, slots=True)
class Terms:
    """What the plan says about time.

    Attributes:
        validity: how long the data lasts once the clock runs; a day is 24 hours.
        start: `first_usage`, `installation` (until a phone reports one: first usage),
            `purchase`, `assignment` or `fixed_date`.
        start_at: the instant of `fixed_date`.

    """

    validity: timedelta
    start: str = "first_usage"
    start_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Grant:
    """Data given by the sale or by a refill.

    `expires_floor`: the expiry date that is already granted or passed in the balance from here
    on; a replay never comes to an earlier one.
    """

    at: datetime
    id: str
    data_bytes: int
    is_refill: bool
    expires_floor: datetime | None = None

    @property
    def order(self) -> tuple[datetime, int, str, str]:
        """At one instant grants come first, and of these the sale."""
        return self.at, 0, self.id if self.is_refill else "", ""


@dataclass(frozen=True, slots=True)
class End:
    """The line is ended by a refund: what is left is revoked."""

    at: datetime

    @property
    def order(self) -> tuple[datetime, int, str, str]:
        """At one instant the end comes after grants and before usage."""
        return self.at, 1, "", ""


@dataclass(frozen=True, slots=True)
class TakenBack:
    """A refill is refunded: the balance is put where it would be without it.

    `expires_floor` is the expiry date that it came to; a replay never comes to an earlier one.
    """

    at: datetime
    grant_id: str
    expires_floor: datetime | None = None

    @property
    def order(self) -> tuple[datetime, int, str, str]:
        """At one instant it comes last: what is used by then stays used."""
        return self.at, 3, self.grant_id, ""


@dataclass(frozen=True, slots=True)
class Usage:
    """Bytes used; `at` is the instant at which they count."""

    at: datetime
    event_id: str
    bytes: int
    source: str = ""

    @property
    def order(self) -> tuple[datetime, int, str, str]:
        """At one instant usage comes last, ties by event id."""
        return self.at, 2, self.event_id, self.source


Step = Grant | End | Usage
"""What leads from one balance to the next, whatever was before."""

Event = Step | TakenBack


@dataclass(frozen=True, slots=True)
class State:
    """A balance after some events, in bytes.

    Always `left = granted - served - expired - revoked`, and no part is negative.

    Attributes:
        used: served since first usage or since the last new start by refill (decision 18).
        overrun: reported beyond the balance or after its end; absorbed, never hidden.
        expires_at: None until the clock is set.

    """

    granted: int = 0
    served: int = 0
    expired: int = 0
    revoked: int = 0
    left: int = 0
    overrun: int = 0
    used: int = 0
    activated_at: datetime | None = None
    expires_at: datetime | None = None
    expires_floor: datetime | None = None
    ended_at: datetime | None = None


def replay(terms: Terms, events: Iterable[Event]) -> State:
    """The balance after all events, whatever order they are handed over in."""
    state, steps, gone = State(), list[Step](), set[str]()
    for event in sorted(events, key=lambda event: event.order):
        if isinstance(event, TakenBack):
            gone.add(event.grant_id)
            others = [step for step in steps if not _is_one_of(step, gone)]
            without = reduce(lambda before, step: apply(terms, before, step), others, State())
            state = _without(state, without, event)
        else:
            steps.append(event)
            state = apply(terms, state, event)
    return state


def _is_one_of(step: Step, gone: set[str]) -> bool:
    return isinstance(step, Grant) and step.id in gone


def _without(state: State, without: State, event: TakenBack) -> State:
    """The balance as it is when a refill had never been, but for what was used of it."""
    state, without = expire(state, event.at), expire(without, event.at)
    if state.ended_at is not None:
        return state
    left = min(state.left, without.left)
    floor = event.expires_floor or without.expires_floor
    return replace(
        state,
        revoked=state.revoked + state.left - left,
        left=left,
        used=state.served - (without.served - without.used),
        expires_at=_not_before(without.expires_at, floor),
        expires_floor=floor,
    )


def apply(terms: Terms, state: State, event: Step) -> State:
    """The balance after one more event, which is not before any that it has seen.

    Usage expires nothing: its source's clock may run ahead, and then it is not yet time.
    """
    if isinstance(event, Usage):
        return _use(terms, state, event)
    state = expire(state, event.at)
    if isinstance(event, End):
        return replace(state, revoked=state.revoked + state.left, left=0, ended_at=event.at)
    return (_refill if event.is_refill else _sell)(terms, state, event)


def expire(state: State, now: datetime) -> State:
    """The balance as it is at `now`: what is left at its expiry is lost."""
    if not state.left or state.expires_at is None or now < state.expires_at:
        return state
    return replace(state, expired=state.expired + state.left, left=0)


def _sell(terms: Terms, state: State, grant: Grant) -> State:
    clock = None
    if terms.start in _CLOCK_AT_SALE:
        clock = grant.at
    elif terms.start == "fixed_date":
        clock = terms.start_at
    expires_at = None if clock is None else clock + terms.validity
    return _add(state, grant, expires_at, state.used)


def _refill(terms: Terms, state: State, grant: Grant) -> State:
    if state.expires_at is None:
        return _add(state, grant, None, state.used)
    fresh = grant.at + terms.validity
    if not state.left:
        return _add(state, grant, fresh, 0)
    return _add(state, grant, max(state.expires_at, fresh), state.used)


def _add(state: State, grant: Grant, expires_at: datetime | None, used: int) -> State:
    return replace(
        state,
        granted=state.granted + grant.data_bytes,
        left=state.left + grant.data_bytes,
        used=used,
        expires_at=_not_before(expires_at, grant.expires_floor),
        expires_floor=grant.expires_floor,
    )


def _use(terms: Terms, state: State, usage: Usage) -> State:
    is_over = state.expires_at is not None and usage.at >= state.expires_at
    served = 0 if is_over else min(state.left, usage.bytes)
    started = usage.at + terms.validity
    return replace(
        state,
        served=state.served + served,
        left=state.left - served,
        used=state.used + served,
        overrun=state.overrun + usage.bytes - served,
        activated_at=state.activated_at or usage.at,
        expires_at=state.expires_at or _not_before(started, state.expires_floor),
    )


def _not_before(expires_at: datetime | None, floor: datetime | None) -> datetime | None:
    return expires_at if expires_at is None or floor is None else max(expires_at, floor)


def status(state: State, now: datetime) -> tuple[str, str]:
    """The service status at `now` and the reason for it, sweep or no sweep."""
    if state.ended_at is not None:
        return "archived", "refunded"
    if state.expires_at is not None and state.expires_at <= now:
        return "suspended", "expired"
    if state.activated_at is None:
        return "activation_ready", ""
    return ("active", "") if state.left else ("suspended", "depleted")
