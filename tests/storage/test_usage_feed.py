"""The usage feed on both engines: identity, order, lateness, crashes."""

from __future__ import annotations

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select

from catalog.kernel.database import snapshot, transact
from catalog.kernel.errors import Refused
from catalog.kernel.row_errors import RowError
from checkout.billing import usage_feed
from checkout.billing.daily_usage import usage_by_day
from checkout.billing.line_rows import LINES
from checkout.billing.lines import (
    LineState,
    line_state,
    open_line,
    refill_line,
    revoke_line,
    settle_expiries,
)
from checkout.billing.usage_feed import UsageImport, feed
from checkout.billing.usage_files import MAX_BYTES, UsageRow
from checkout.billing.usage_history import RECORDS
from checkout.billing.usage_verdicts import MAX_TOTAL

SOLD = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MB = 10**6
LINE = "00000000-0000-7000-8000-000000000001"
ICCID = "8931080000000000001"


def sell(engine: Engine, n: int = 0, size: int = 1000 * MB, days: int = 30) -> str:
    """Open line number `n`; its id."""
    line_id = f"00000000-0000-7000-8000-{n + 1:012}"
    transact(
        engine,
        lambda session: open_line(
            session,
            line_id=line_id,
            iccid=iccid(n),
            validity_days=days,
            start="first_usage",
            start_at=None,
            grant_id=f"10000000-0000-7000-8000-{n + 1:012}",
            data_bytes=size,
            now=SOLD,
            source="O-1",
            actor="clerk",
        ),
    )
    return line_id


def refill(engine: Engine, at: datetime, size: int, n: int = 1) -> LineState:
    """Refill the first line."""
    return transact(
        engine,
        lambda session: refill_line(
            session,
            line_id=LINE,
            grant_id=f"20000000-0000-7000-8000-{n:012}",
            data_bytes=size,
            now=at,
            source="O-2",
            actor="clerk",
        ),
    )


def iccid(n: int) -> str:
    """The card number of line `n`."""
    return f"8931080000000{n:05}1"[:19].ljust(19, "0")


def use(event: str, at: datetime, size: int, *, n: int = 0, counter: bool = False) -> UsageRow:
    """One record."""
    return UsageRow(2, event, iccid(n), at, size, "ES", counter)


def take(engine: Engine, now: datetime, *rows: UsageRow | RowError) -> UsageImport:
    """Import rows that arrive at `now`."""
    return feed(engine, rows, source="mno", now=now)


def state(engine: Engine, now: datetime, line_id: str = LINE) -> LineState:
    """A line at `now`."""
    with snapshot(engine) as session:
        return line_state(session, line_id, now)


def test_first_usage_starts_the_clock(engine: Engine) -> None:
    """The first record sets expiry; until then the line is ready and counts no days."""
    sell(engine)
    before = state(engine, SOLD + DAY)
    assert (before.status, before.days_left, before.as_of) == ("activation_ready", None, SOLD)
    first = SOLD + DAY
    take(engine, first + HOUR, use("a", first, 100 * MB))
    after = state(engine, first + HOUR)
    assert (after.status, after.days_left, after.left_bytes) == ("active", 30, 900 * MB)
    assert (after.activated_at, after.expires_at) == (first, first + 30 * DAY)
    assert (after.as_of, after.source) == (first, "mno")


def test_each_row_is_counted_once(engine: Engine) -> None:
    """New, duplicate, conflicting, unknown, unsold, early, future and broken rows are told."""
    sell(engine)
    now = SOLD + DAY
    row = use("a", now, 10)
    other = use("a", now, 11)
    future = use("f", now + timedelta(minutes=6), 1)
    early = use("e", SOLD - HOUR, 1)
    stranger, stocked = use("s", now, 1, n=7), use("k", now, 1, n=8)
    result = feed(
        engine,
        [row, row, other, future, early, stranger, stocked, RowError(9, "bytes", "no")],
        source="mno",
        now=now,
        unsold=lambda _session, keys: {key for key in keys if key == iccid(8)},
    )
    counts = (result.events, result.applied, result.duplicates, result.unknown, result.rejected)
    assert counts == (8, 1, 1, 1, 5)
    assert len(result.errors) == 6
    assert take(engine, now, row, other).duplicates == 1
    assert state(engine, now).used_bytes == 10


def test_a_line_takes_no_more_than_64_bits_hold(engine: Engine) -> None:
    """The record that would go beyond is refused with its line; the others stand."""
    line_id, now = sell(engine), SOLD + DAY
    take(engine, now, use("a", now, MAX_BYTES))
    room = MAX_TOTAL - MAX_BYTES
    full = LINES.update().where(LINES.c.id == line_id)
    so_far = {"overrun_bytes": room - 1000 * MB}
    transact(engine, lambda session: session.execute(full.values(so_far)))
    later = now + HOUR
    result = take(engine, later, *(use(f"b{n}", later, MAX_BYTES // 2) for n in range(4)))
    assert (result.applied, result.rejected) == (2, 2)
    assert {error.field for error in result.errors} == {"bytes"}
    assert state(engine, later).overrun_bytes == MAX_TOTAL - 1000 * MB
    assert take(engine, later, use("c", later, 1)).rejected == 1


def test_beyond_the_balance_is_overrun(engine: Engine) -> None:
    """Bytes that fit are served, the rest is overrun, and the line is suspended."""
    sell(engine, size=100)
    result = take(engine, SOLD + DAY, use("a", SOLD + HOUR, 70), use("b", SOLD + 2 * HOUR, 70))
    assert (result.overrun_bytes, result.suspended, result.charged_minor) == (40, 1, 0)
    after = state(engine, SOLD + DAY)
    assert (after.left_bytes, after.used_bytes, after.overrun_bytes) == (0, 100, 40)
    assert (after.status, after.reason) == ("suspended", "depleted")


@pytest.mark.parametrize("swept", [True, False])
def test_late_within_grace_is_rated_at_its_start(engine: Engine, *, swept: bool) -> None:
    """A record that started before an expiry takes from what was left then, swept or not."""
    sell(engine, size=100, days=2)
    take(engine, SOLD + HOUR, use("a", SOLD, 10))
    now = SOLD + 3 * DAY
    if swept:
        assert transact(engine, lambda session: settle_expiries(session, now)) == 1
    take(engine, now, use("b", SOLD + DAY, 50), use("c", SOLD + 2 * DAY, 5))
    after = state(engine, now)
    assert (after.used_bytes, after.overrun_bytes, after.left_bytes) == (60, 5, 0)


def test_late_beyond_grace_is_taken_on_arrival(engine: Engine) -> None:
    """An old record finds nothing on an expired line and is overrun."""
    sell(engine, size=100, days=2)
    take(engine, SOLD + HOUR, use("a", SOLD, 10))
    result = take(engine, SOLD + 6 * DAY, use("b", SOLD + DAY, 50))
    assert result.overrun_bytes == 50


def test_old_usage_counts_at_its_start_while_nothing_is_settled(engine: Engine) -> None:
    """An earlier first usage moves the expiry earlier, whatever the age of the record."""
    sell(engine)
    now = SOLD + 20 * DAY
    take(engine, now, use("b", SOLD + 10 * DAY, 1))
    take(engine, now, use("a", SOLD + DAY, 1))
    assert state(engine, now).expires_at == SOLD + 31 * DAY


def test_a_granted_expiry_never_moves_earlier(engine: Engine) -> None:
    """After a refill an earlier first usage is rated at its start, but the date stays."""
    sell(engine, days=2)
    take(engine, SOLD + 2 * DAY, use("b", SOLD + 2 * DAY, 1))
    given = refill(engine, SOLD + 2 * DAY + HOUR, 100 * MB).expires_at
    take(engine, SOLD + 2 * DAY + 2 * HOUR, use("a", SOLD + DAY, 5))
    after = state(engine, SOLD + 2 * DAY + 2 * HOUR)
    assert (after.expires_at, after.left_bytes) == (given, 1100 * MB - 6)


@pytest.mark.parametrize("refilled", [True, False])
def test_a_passed_expiry_never_moves_earlier(engine: Engine, *, refilled: bool) -> None:
    """A late first usage within the grace does not shorten a time that has run out."""
    sell(engine, size=100, days=1)
    take(engine, SOLD + DAY, use("b", SOLD + DAY, 1))
    now = SOLD + 2 * DAY + HOUR
    if refilled:
        refill(engine, now, 50)
    take(engine, now, use("a", SOLD + HOUR, 7), use("c", SOLD + 2 * DAY - HOUR, 3))
    after = state(engine, now)
    assert (after.left_bytes, after.used_bytes) == ((50, 0) if refilled else (0, 11))
    assert (after.expires_at, after.overrun_bytes) == ((now if refilled else SOLD + DAY) + DAY, 0)


def test_counters_at_one_instant_go_by_event_id(engine: Engine) -> None:
    """Two readings of one instant count alike whichever comes first."""
    for n, order in enumerate([("a", "b"), ("b", "a")]):
        line_id = sell(engine, n)
        for name in order:
            reading = {"a": 30, "b": 100}[name]
            take(engine, SOLD + DAY, use(f"{n}{name}", SOLD + HOUR, reading, n=n, counter=True))
        assert state(engine, SOLD + DAY, line_id).used_bytes == 100


def test_refill_restarts_a_depleted_line(engine: Engine) -> None:
    """A new balance begins at the refill and its clock runs at once."""
    sell(engine, size=100)
    take(engine, SOLD + DAY, use("a", SOLD + DAY, 150))
    at = SOLD + 2 * DAY
    after = refill(engine, at, 40)
    assert (after.left_bytes, after.used_bytes, after.overrun_bytes) == (40, 0, 50)
    assert (after.expires_at, after.status) == (at + 30 * DAY, "active")


def test_a_refunded_line_serves_nothing(engine: Engine) -> None:
    """What is left is revoked, later usage is overrun, a refill is refused."""
    sell(engine, size=100)
    at = SOLD + DAY
    transact(
        engine,
        lambda session: revoke_line(
            session, line_id=LINE, now=at, source="O-1", actor="clerk", reason="refund"
        ),
    )
    take(engine, at + HOUR, use("a", at + HOUR, 5))
    after = state(engine, at + HOUR)
    assert (after.status, after.left_bytes, after.overrun_bytes) == ("archived", 0, 5)
    with pytest.raises(Refused):
        refill(engine, at + HOUR, 10)


def test_counters_in_any_order(engine: Engine) -> None:
    """Readings count what they add; a reset counts whole; a late one only fills in."""
    rows = [
        use(f"c{hour}", SOLD + hour * HOUR, value, counter=True)
        for hour, value in enumerate([100, 250, 400, 30, 90])
    ]
    for n, order in enumerate([rows, rows[::-1], [rows[i] for i in (3, 0, 4, 2, 1)]]):
        line_id = sell(engine, n)
        for row in order:
            take(
                engine,
                SOLD + DAY,
                use(f"{n}{row.event_id}", row.started_at, row.bytes, n=n, counter=True),
            )
        assert state(engine, SOLD + DAY, line_id).used_bytes == 490
    with snapshot(engine) as session:
        days = usage_by_day(session, LINE, 2, now=SOLD + DAY)
    assert [count for _day, count in days] == [490, 0]


class _KilledError(Exception):
    pass


@pytest.mark.parametrize("alive", [0, 1, 37, 100])
def test_killed_and_run_again(engine: Engine, monkeypatch: pytest.MonkeyPatch, alive: int) -> None:
    """An import that dies anywhere and runs again ends where an unbroken one does."""
    monkeypatch.setattr(usage_feed, "SLICE", 10)
    chance = random.Random(7)
    lines = [sell(engine, n, size=400, days=3) for n in range(5)]
    rows = [
        use(f"e{i}", SOLD + chance.randrange(200) * HOUR, chance.randrange(90), n=i % 5)
        for i in range(100)
    ]
    now = SOLD + 10 * DAY

    def dying() -> Iterator[UsageRow]:
        yield from rows[:alive]
        raise _KilledError

    with pytest.raises(_KilledError):
        feed(engine, dying(), source="mno", now=now)
    result = take(engine, now, *rows)
    assert result.applied + result.duplicates == 100
    ends = [state(engine, now, line_id) for line_id in lines]
    in_order = sorted(rows, key=lambda row: (row.started_at, row.event_id))
    for n, end in enumerate(ends):
        mine = [row for row in in_order if row.iccid == iccid(n)]
        first = mine[0].started_at
        in_time = sum(row.bytes for row in mine if row.started_at < first + 3 * DAY)
        assert end.used_bytes == min(400, in_time)
        assert end.overrun_bytes == sum(row.bytes for row in mine) - end.used_bytes


def test_stops_between_slices(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cancelled import keeps the slices it has taken and tells how far it came."""
    monkeypatch.setattr(usage_feed, "SLICE", 2)
    sell(engine)
    rows = [use(f"e{i}", SOLD + i * HOUR, 1) for i in range(6)]
    done: list[int] = []
    result = feed(
        engine,
        rows,
        source="mno",
        now=SOLD + DAY,
        progress=lambda count, _total: done.append(count),
        cancelled=lambda: len(done) == 2,
    )
    assert (done, result.applied) == ([2, 4], 4)
    with snapshot(engine) as session:
        stored = session.execute(select(RECORDS.c.event_id)).scalars().all()
    assert sorted(stored) == ["e0", "e1", "e2", "e3"]


def test_a_nameless_source_is_refused(engine: Engine) -> None:
    """A source is part of a record's identity."""
    with pytest.raises(Refused):
        feed(engine, [], source=" ", now=SOLD)


def test_two_imports_of_one_file_at_once(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each record is applied by exactly one of them."""
    monkeypatch.setattr(usage_feed, "SLICE", 10)
    lines = [sell(engine, n) for n in range(4)]
    rows = [use(f"e{i}", SOLD + i * HOUR, 5, n=i % 4) for i in range(80)]
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda _n: take(engine, SOLD + 5 * DAY, *rows), range(2)))
    assert sum(each.applied for each in done) == 80
    assert [each.events for each in done] == [80, 80]
    used = [state(engine, SOLD + 5 * DAY, line_id).used_bytes for line_id in lines]
    assert used == [100] * 4
