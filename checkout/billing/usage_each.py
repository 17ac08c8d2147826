"""Records of PAYGO lines, each charged to its wallet in the order of its arrival."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import Table, insert
from sqlmodel import Session

from catalog.kernel.database import chunks
from checkout.billing.ledger import Posting, post
from checkout.billing.line_rows import LINES, Line, lock_lines, read_line, store
from checkout.billing.paygo_meter import RUNNING, Meter, change_of, is_running, posted, take
from checkout.billing.paygo_months import bring_up_to_date
from checkout.billing.paygo_rows import (
    PAYGO,
    payers_of,
    paygo_lines,
    paygo_status,
    read_paygo,
    select_paygo,
    store_paygo,
)
from checkout.billing.usage_files import UsageRow
from checkout.billing.usage_history import readings_of
from checkout.billing.usage_money import Charged, post_usage
from checkout.billing.usage_steps import Outcome, insert_steps, usage_rows
from checkout.billing.usage_sums import totals
from checkout.billing.usage_tables import UsageChargeRow
from checkout.billing.usage_verdicts import Run

if TYPE_CHECKING:
    import polars as pl

CHARGES: Table = UsageChargeRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it


def charge_each(session: Session, step: int, *, records: pl.DataFrame, run: Run) -> Outcome:
    """Charge records one by one; MRC that is due on any line of the wallets is taken first."""
    metered = usage_rows(records)
    lines = lock_lines(session, "number", {number for number, _row in metered})
    ids = {line.id: line for line in lines.values()}
    funds, _months = bring_up_to_date(session, payers_of(session, ids), run.now, run.actor)
    before, meters = dict(funds), _meters(session, ids, funds, run)
    _read_chains(session, meters, metered, run)
    postings: list[Posting] = []
    for number, row in metered:
        postings += take(meters[number], row, funds, run)
    _write(session, step, meters, records, run)
    post(session, postings)
    return Outcome(
        sum(one.paygo.charged_minor - one.before.charged_minor for one in meters.values()),
        sum(one.state.overrun - one.line.state.overrun for one in meters.values()),
        sum(one.was_running and not is_running(one, funds, run.now) for one in meters.values())
        + _stopped_idle_lines(session, ids, before, funds, run),
        steps=1,
    )


def _meters(
    session: Session, lines: dict[str, Line], funds: dict[str, int], run: Run
) -> dict[int, Meter]:
    meters = {}
    for line_id, paygo in paygo_lines(session, lines).items():
        line = lines[line_id]
        meter = Meter(line, paygo, line.state, paygo)
        meter.was_running = is_running(meter, funds, run.now)
        meters[line.number] = meter
    return meters


def _read_chains(
    session: Session, meters: dict[int, Meter], metered: Sequence[tuple[int, UsageRow]], run: Run
) -> None:
    """The readings of this source among which new ones will stand."""
    counters = {number for number, row in metered if row.cumulative}
    for number, readings in readings_of(session, counters, run.source).items():
        meters[number].chain += readings


def _write(
    session: Session, step: int, meters: dict[int, Meter], records: pl.DataFrame, run: Run
) -> None:
    import polars as pl

    lines = totals(records).sort("number")
    ordered = [meters[number] for number in lines["number"]]
    previous = pl.Series("last_step", [one.line.last_step for one in ordered], dtype=pl.Int64)
    names = ("served_bytes", "overrun_bytes", "barred_bytes", "charged_minor", "tax_minor")
    amounts = dict(zip(names, map(list, zip(*map(posted, ordered), strict=True)), strict=True))
    insert_steps(session, step, lines.with_columns(previous), {"at": run.now} | amounts)
    rows = [row | {"step": step} for one in ordered for row in one.charges]
    session.execute(insert(CHARGES), rows)
    store(session, [change_of(one, step, run) for one in ordered])
    store_paygo(session, [one.paygo for one in ordered])
    _post_money(session, ordered, run)


def _post_money(session: Session, meters: Sequence[Meter], run: Run) -> None:
    by_wallet: dict[str, list[Meter]] = defaultdict(list)
    for one in meters:
        by_wallet[one.paygo.wallet_id].append(one)
    post_usage(session, [_charged(wallet, some) for wallet, some in by_wallet.items()], run)


def _charged(wallet_id: str, meters: Sequence[Meter]) -> Charged:
    money, vat = (sum(posted(one)[place] for one in meters) for place in (3, 4))
    return wallet_id, money, vat, len(meters), sum(len(one.charges) for one in meters)


def _stopped_idle_lines(
    session: Session,
    lines: dict[str, Line],
    before: dict[str, int],
    after: dict[str, int],
    run: Run,
) -> int:
    """How many lines without a record here stopped with their wallet."""
    empty = sorted(one for one in after if after[one] <= 0 < before[one])
    stopped = 0
    for part in chunks(empty):
        idle = PAYGO.c.wallet_id.in_(part) & LINES.c.id.not_in(list(lines))
        statement = select_paygo().join(LINES, LINES.c.id == PAYGO.c.line_id).where(idle)
        for row in session.execute(statement.add_columns(*LINES.c)).mappings():
            stopped += _was_running(row, before, run)
    return stopped


def _was_running(row: Any, before: dict[str, int], run: Run) -> bool:
    paygo, state = read_paygo(dict(row)), read_line(row).state
    return paygo_status(state, paygo, before[paygo.wallet_id], run.now)[0] in RUNNING
