"""The second phase of a feed: the records of a batch move balances, some lines at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import Engine
from sqlmodel import Session

from catalog.kernel.database import snapshot, transact
from checkout.billing.refill_watch import watch_step
from checkout.billing.subscriptions.usage_steps import subscription_steps
from checkout.billing.usage_batches import (
    Taken,
    begin_step,
    close,
    finish,
    left_over,
    steps_done,
)
from checkout.billing.usage_charging import paygo_steps
from checkout.billing.usage_prepaid import prepaid_steps
from checkout.billing.usage_steps import Moved, Outcome, Pace, Step, Steps
from checkout.billing.usage_verdicts import Run

if TYPE_CHECKING:
    import polars as pl

_KINDS = {"prepaid": prepaid_steps, "paygo": paygo_steps, "subscription": subscription_steps}
"""What usage means for each kind of line, given the records of all lines of that kind."""


Begun = tuple[Step | None, Steps]
"""The first of some steps, and those after it."""


def apply_batch(
    engine: Engine, batch: int, run: Run, pace: Pace, slices: Sequence[pl.DataFrame] = ()
) -> Outcome:
    """Move the balances by what has landed in a batch and is not applied yet.

    `slices` spare the reading when the caller has just landed them all. Another run may work on
    the same batch at the same time: each step is taken by one of them.
    """
    import polars as pl

    landed, done = transact(engine, lambda session: close(session, batch, run.now))
    records = pl.concat(slices) if len(slices) == landed and not done else None
    total = Outcome()
    while True:
        if records is None:
            with snapshot(engine) as session:
                done = steps_done(session, batch)
                records = left_over(session, batch, run.source_number)
        try:
            for begun in _begun(engine, records, run, pace):
                outcome = _go(engine, begun, pace=pace, batch=batch, done=done, now=run.now)
                done, total = done + outcome.steps, total + outcome
        except Taken:
            records = None
            continue
        transact(engine, lambda session: finish(session, batch, run.now))
        return total


def _begun(engine: Engine, records: pl.DataFrame, run: Run, pace: Pace) -> Iterator[Begun]:
    """The steps of each kind of line; while some are taken, the first of the next is computed."""
    import polars as pl

    with ThreadPoolExecutor(len(_KINDS)) as threads:
        begun = [
            (threads.submit(next, steps, None), steps)
            for kind, steps_of in _KINDS.items()
            for steps in [steps_of(engine, records.filter(pl.col("kind") == kind), run, pace)]
        ]
        for first, steps in begun:
            yield first.result(), steps


def _go(
    engine: Engine, begun: Begun, *, pace: Pace, batch: int, done: int, now: datetime
) -> Outcome:
    """Take one step after the other, each in a transaction of its own."""
    step, steps = begun
    total, outcome = Outcome(), None
    while step is not None:
        take = partial(_take, step=step, batch=batch, done=done + total.steps, now=now)
        try:
            outcome = pace.take(engine, take)
            total += outcome
        except Moved:
            outcome = None
        try:
            step = steps.send(outcome)
        except StopIteration:
            break
    return total


def _take(session: Session, *, step: Step, batch: int, done: int, now: datetime) -> Outcome:
    number = begin_step(session, batch, done)
    outcome = step(session, number)
    watch_step(session, number, now)
    return outcome
