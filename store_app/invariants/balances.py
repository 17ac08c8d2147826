"""Prepaid lines: each balance is what its grants and usage records lead to, from nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice

from sqlalchemy import select
from sqlmodel import Session

from checkout.billing.line_rows import LINES, Line, read_line
from checkout.billing.prepaid import State, expire, replay
from checkout.billing.usage_history import History, read_histories
from checkout.billing.usage_postings import steps_of
from store_app.invariants.rule import Rule, rows_of

_BATCH = 200
"""Lines whose histories are in memory at once."""


def _balances(session: Session, now: datetime) -> Iterator[str]:
    """Prepaid lines whose stored balance is not the replay of their history."""
    del now  # what is left at an expiry is lost, whether the sweep has been there or not
    rows = rows_of(session, select(LINES).where(LINES.c.kind == "prepaid"))
    while part := list(islice(rows, _BATCH)):
        lines = [read_line(row._mapping) for row in part]  # noqa: SLF001 - SQLAlchemy's documented accessor
        yield from _differing(session, lines)


def _differing(session: Session, lines: Sequence[Line]) -> Iterator[str]:
    histories = read_histories(session, lines)
    for line in lines:
        if _at_the_end(line.state) in _replays(session, line, histories[line.id]):
            continue
        yield f"line {line.iccid_key or line.id}"


def _replays(session: Session, line: Line, history: History) -> Iterator[State]:
    """What the history leads to; after it, what it leads to from an expiry that had passed.

    Usage that is reported after an expiry never moves it earlier, and only the line itself knows
    that expiry until its next refill.
    """
    yield _replayed(line, history)
    passed = line.state.expires_at
    if passed is not None and history.grants and _was_told_after(session, line, passed):
        yield _replayed(line, history.pinned(passed))


def _replayed(line: Line, history: History) -> State:
    return _at_the_end(replay(line.terms, history.events(line.state.ended_at)))


def _at_the_end(state: State) -> State:
    """The balance when its time is over, without the floor, which no line keeps."""
    over = expire(state, state.expires_at) if state.expires_at else state
    return replace(over, expires_floor=None)


def _was_told_after(session: Session, line: Line, passed: datetime) -> bool:
    steps = steps_of(session, [line.number])[line.number]
    return any(step.received_at >= passed for step in steps)


RULES = (Rule("each prepaid balance is the replay of its grants and usage records", _balances),)
