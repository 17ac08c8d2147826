"""New records of PAYGO lines, each charged to the wallet in the order of its arrival."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select
from sqlmodel import Session

from catalog.kernel.database import chunks
from checkout.billing.ledger import Posting, post
from checkout.billing.line_rows import LINES, RECORDS, Line, read_line, store
from checkout.billing.paygo_meter import RUNNING, Meter, change_of, is_running, postings_of, take
from checkout.billing.paygo_months import bring_up_to_date
from checkout.billing.paygo_rows import (
    CHARGES,
    PAYGO,
    payers_of,
    paygo_lines,
    paygo_status,
    read_paygo,
    store_paygo,
)
from checkout.billing.readings import Record, link
from checkout.billing.usage_files import UsageRow
from checkout.billing.usage_verdicts import Run


@dataclass(frozen=True, slots=True)
class Charged:
    """What a slice came to for its PAYGO lines.

    `suspended` also counts idle lines of a wallet that the slice brought to its limit.
    """

    charged_minor: int = 0
    overrun_bytes: int = 0
    suspended: int = 0


def charge_usage(session: Session, metered: Sequence[tuple[Line, UsageRow]], run: Run) -> Charged:
    """Charge new records of locked PAYGO lines, which are in the order of their arrival.

    MRC that is due on any line of the wallets is taken first. The records are not stored yet.
    """
    if not metered:
        return Charged()
    lines = {line.id: line for line, _row in metered}
    funds, _months = bring_up_to_date(session, payers_of(session, lines), run.now, run.actor)
    before, meters = dict(funds), _meters(session, lines, funds, run)
    _read_chains(session, meters, metered, run)
    postings: list[Posting] = []
    for line, row in metered:
        postings += take(meters[line.id], row, funds, run)
    for meter in meters.values():
        postings += postings_of(meter, run)
    _write(session, meters, postings, run)
    return Charged(
        sum(m.paygo.charged_minor - m.before.charged_minor for m in meters.values()),
        sum(m.state.overrun - m.line.state.overrun for m in meters.values()),
        sum(m.was_running and not is_running(m, funds, run.now) for m in meters.values())
        + _stopped_idle_lines(session, meters, before, funds, run),
    )


def _meters(
    session: Session, lines: dict[str, Line], funds: dict[str, int], run: Run
) -> dict[str, Meter]:
    meters = {}
    for line_id, paygo in paygo_lines(session, lines).items():
        line = lines[line_id]
        meter = Meter(line, paygo, line.state, paygo)
        meter.was_running = is_running(meter, funds, run.now)
        meters[line_id] = meter
    return meters


def _read_chains(
    session: Session,
    meters: dict[str, Meter],
    metered: Sequence[tuple[Line, UsageRow]],
    run: Run,
) -> None:
    for line_id, chain in read_chains(session, metered, run).items():
        meters[line_id].chain += chain


def read_chains(
    session: Session, rows: Sequence[tuple[Line, UsageRow]], run: Run
) -> dict[str, list[Record]]:
    """The stored readings among which new ones will stand: from the one before the first."""
    chains: dict[str, list[Record]] = {line.id: [] for line, row in rows if row.cumulative}
    if not chains:
        return chains
    first = min(row.started_at for _line, row in rows if row.cumulative)
    for part in chunks(sorted(chains)):
        for row in session.execute(_readings(part, first, run.source)):
            chains[row.line_id].append(
                Record(run.source, row.event_id, row.started_at, row.bytes, True, row.started_at)
            )
    return chains


def counted(
    session: Session, rows: Sequence[tuple[Line, UsageRow]], run: Run
) -> list[tuple[Line, datetime, int, str]]:
    """Rows with the bytes that they stand for: a reading counts what it adds to its chain."""
    chains, found = read_chains(session, rows, run), []
    for line, row in rows:
        count = row.bytes
        if row.cumulative:
            at = row.started_at
            count = link(chains[line.id], Record(run.source, row.event_id, at, count, True, at))
        found.append((line, row.started_at, count, row.country))
    return found


def _readings(line_ids: Sequence[str], first: datetime, source: str) -> Any:
    mine = RECORDS.c.line_id.in_(line_ids) & (RECORDS.c.source == source) & RECORDS.c.cumulative
    earlier = RECORDS.alias()
    last_before = (
        select(func.max(earlier.c.started_at))
        .where(
            earlier.c.line_id == RECORDS.c.line_id,
            earlier.c.source == source,
            earlier.c.cumulative,
            earlier.c.started_at < first,
        )
        .correlate(RECORDS)
        .scalar_subquery()
    )
    near = RECORDS.c.started_at >= func.coalesce(last_before, first)
    return select(RECORDS).where(mine, near).order_by(RECORDS.c.started_at, RECORDS.c.event_id)


def _write(
    session: Session, meters: dict[str, Meter], postings: Sequence[Posting], run: Run
) -> None:
    session.execute(insert(CHARGES), [row for meter in meters.values() for row in meter.charges])
    store(session, [change_of(meter, run) for meter in meters.values()])
    store_paygo(session, [meter.paygo for meter in meters.values()])
    post(session, postings)


def _stopped_idle_lines(
    session: Session,
    meters: dict[str, Meter],
    before: dict[str, int],
    after: dict[str, int],
    run: Run,
) -> int:
    """How many lines without a record here stopped with their wallet."""
    empty = sorted(one for one in after if after[one] <= 0 < before[one])
    stopped = 0
    for part in chunks(empty):
        idle = PAYGO.c.wallet_id.in_(part) & LINES.c.id.not_in(list(meters))
        statement = select(PAYGO, LINES).join(LINES, LINES.c.id == PAYGO.c.line_id)
        statement = statement.where(idle, LINES.c.kind == "paygo")
        for row in session.execute(statement).mappings():
            paygo, state = read_paygo(dict(row)), read_line(row).state
            was = paygo_status(state, paygo, before[paygo.wallet_id], run.now)[0]
            stopped += was in RUNNING
    return stopped
