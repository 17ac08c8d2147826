"""The meter of one PAYGO line while a step is charged to it, record by record."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from checkout.billing.ledger import Posting
from checkout.billing.line_rows import Change, Line
from checkout.billing.paygo_months import anchored, pay_months
from checkout.billing.paygo_rows import Paygo, paygo_status
from checkout.billing.prepaid import State
from checkout.billing.readings import Record, link
from checkout.billing.tariff import Charge, charge, tax_between
from checkout.billing.usage_files import UsageRow
from checkout.billing.usage_verdicts import Run

RUNNING = ("active", "activation_ready")


@dataclass(slots=True)
class Meter:
    """One line as it was before a step, and as it has become.

    Attributes:
        was_running: whether it had service before.
        chain: the stored readings among which new ones stand.
        charges: a row for each record that was charged.
        newest: the latest start of these.

    """

    line: Line
    before: Paygo
    state: State
    paygo: Paygo
    was_running: bool = False
    chain: list[Record] = field(default_factory=list)
    charges: list[dict[str, Any]] = field(default_factory=list)
    newest: datetime | None = None


def is_running(meter: Meter, funds: dict[str, int], now: datetime) -> bool:
    """Whether the line has service, its wallet being able to pay what `funds` says."""
    payable = funds[meter.paygo.wallet_id]
    return paygo_status(meter.state, meter.paygo, payable, now)[0] in RUNNING


def take(meter: Meter, row: UsageRow, funds: dict[str, int], run: Run) -> list[Posting]:
    """Charge one record to the wallet in `funds`; gives the postings of MRC that it set off.

    A line whose MRC is not paid, or that has ended, has no service: all of it is overrun.
    """
    postings = _begin(meter, row, funds, run)
    stopped = meter.state.ended_at is not None or meter.paygo.owed_minor(run.now) > 0
    payable = 0 if stopped else funds[meter.paygo.wallet_id]
    terms, count = meter.paygo.tariff, _counted(meter, row, run)
    done = charge(terms, meter.paygo.remainder, row.country, count, payable)
    funds[meter.paygo.wallet_id] -= done.charged_minor
    meter.newest = max(meter.newest or row.started_at, row.started_at)
    _add(meter, done)
    meter.charges.append(_charge_row(meter, row, count, done, run))
    return postings


def _begin(meter: Meter, row: UsageRow, funds: dict[str, int], run: Run) -> list[Posting]:
    """The first record that is not barred starts the clock; at one instant MRC comes first."""
    if meter.paygo.tariff.is_barred(row.country):
        return []
    first = meter.state.activated_at
    if first is None or row.started_at < first:
        meter.state = replace(meter.state, activated_at=row.started_at)
    if meter.state.ended_at is not None:
        return []
    meter.paygo = anchored(meter.paygo, min(row.started_at, run.now))
    due = meter.paygo.mrc_due_at
    if due is None or due > run.now:
        return []
    (meter.paygo,), postings = pay_months([meter.paygo], funds, run.now, run.actor)
    return postings


def _add(meter: Meter, done: Charge) -> None:
    state, paygo = meter.state, meter.paygo
    meter.state = replace(
        state,
        granted=state.granted + done.covered_bytes,
        served=state.served + done.covered_bytes,
        used=state.used + done.covered_bytes,
        overrun=state.overrun + done.overrun_bytes,
    )
    meter.paygo = replace(
        paygo,
        remainder=done.remainder,
        charged_minor=paygo.charged_minor + done.charged_minor,
        barred_bytes=paygo.barred_bytes + done.barred_bytes,
        charges=paygo.charges + 1,
    )


def _charge_row(meter: Meter, row: UsageRow, count: int, done: Charge, run: Run) -> dict[str, Any]:
    return {
        "line": meter.line.number,
        "number": meter.paygo.charges,
        "source": run.source_number,
        "event_id": row.event_id,
        "country": row.country,
        "bytes": count,
        "covered_bytes": done.covered_bytes,
        "overrun_bytes": done.overrun_bytes,
        "barred_bytes": done.barred_bytes,
        "charged_minor": done.charged_minor,
    }


def _counted(meter: Meter, row: UsageRow, run: Run) -> int:
    """The bytes that a record stands for: a reading counts what it adds to its chain."""
    if not row.cumulative:
        return row.bytes
    record = Record(run.source, row.event_id, row.started_at, row.bytes, True, row.started_at)
    return link(meter.chain, record)


def posted(meter: Meter) -> tuple[int, int, int, int, int]:
    """What the step was for one line: bytes served, over and barred; money, and the VAT in it."""
    old, new = meter.before, meter.paygo
    return (
        meter.state.served - meter.line.state.served,
        meter.state.overrun - meter.line.state.overrun,
        new.barred_bytes - old.barred_bytes,
        new.charged_minor - old.charged_minor,
        tax_between(new.tariff, old.charged_minor, new.charged_minor),
    )


def change_of(meter: Meter, step: int, run: Run) -> Change:
    """The line's next balance of bytes."""
    line, newest = meter.line, meter.newest or run.now
    is_news = line.state.activated_at is None or newest >= line.as_of
    return Change(
        line=line,
        state=meter.state,
        at=run.now,
        source=run.source,
        actor=run.actor,
        recorded_at=run.now,
        as_of=newest if is_news else line.as_of,
        as_of_source=run.source if is_news else line.source,
        rated_until=None,
        step=step,
    )
