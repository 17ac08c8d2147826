"""Balances do not depend on how usage arrives, and bytes are conserved."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, event
from sqlmodel import Session, col, func, select

from catalog.kernel.database import open_engine, snapshot, transact
from catalog.kernel.ids import new_id
from checkout.billing import usage_feed
from checkout.billing.ledger import balance, line
from checkout.billing.lines import line_state, open_line, refill_line, settle_expiries
from checkout.billing.prepaid import Event, Grant, Terms, Usage, expire, replay
from checkout.billing.tables import LineRow
from checkout.billing.usage_feed import feed
from checkout.billing.usage_files import UsageRow
from checkout.billing.usage_tables import UsageRecordRow
from tests.model.prepaid import Prepaid
from tests.model.records import Record, Row

SOLD = datetime(2026, 1, 1, tzinfo=UTC)
NUMBERS = count(1)

# A validity of days, and minutes that often meet or pass each other.
MINUTES = st.integers(0, 6000).map(lambda minute: minute // 7 * 7)
SIZES = st.integers(0, 400)
USES = st.lists(st.tuples(MINUTES, SIZES), max_size=12)
REFILLS = st.lists(st.tuples(MINUTES, st.integers(1, 500)), max_size=4)


def instant(minute: int) -> datetime:
    """So many minutes after the sale."""
    return SOLD + timedelta(minutes=minute)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Engine]:
    """One store for all examples; each takes a line of its own."""
    path = tmp_path_factory.mktemp("prepaid") / "store.db"
    shutil.copyfile(sqlite_template, path)
    made = open_engine(str(path))
    event.listen(made, "connect", lambda dbapi, _: dbapi.execute("PRAGMA synchronous=OFF"))
    yield made
    made.dispose()


@dataclass(frozen=True)
class Shop:
    """One line in a store, and how its usage comes in."""

    engine: Engine
    line_id: str
    iccid: str

    def take(self, now: datetime, rows: list[UsageRow]) -> None:
        """Import the rows as one file."""
        feed(self.engine, rows, source="mno", now=now)

    def row(self, event_id: str, minute: int, size: int, *, counter: bool = False) -> UsageRow:
        """One record of this line."""
        own = f"{self.iccid}-{event_id}"
        return UsageRow(2, own, self.iccid, instant(minute), size, "ES", counter)


def sell(engine: Engine, size: int, days: int, start: str) -> Shop:
    """Open a fresh line."""
    shop = Shop(engine, new_id(), f"89{next(NUMBERS):017}")

    def work(session: Session) -> None:
        open_line(
            session,
            line_id=shop.line_id,
            iccid=shop.iccid,
            validity_days=days,
            start=start,
            start_at=None,
            grant_id=new_id(),
            data_bytes=size,
            now=SOLD,
            source="O-1",
            actor="clerk",
        )

    transact(engine, work)
    return shop


def refill(shop: Shop, minute: int, size: int) -> None:
    """Refill at a minute."""

    def work(session: Session) -> None:
        refill_line(
            session,
            line_id=shop.line_id,
            grant_id=new_id(),
            data_bytes=size,
            now=instant(minute),
            source="O-2",
            actor="clerk",
        )

    transact(shop.engine, work)


def sweep(shop: Shop, minute: int) -> None:
    """Post what has expired by a minute."""
    transact(shop.engine, lambda session: settle_expiries(session, instant(minute)))


def check(shop: Shop, model: Prepaid, now: datetime) -> None:
    """The line is what the model says, and no byte is lost between row, ledger and records."""
    with snapshot(shop.engine) as session:
        seen = line_state(session, shop.line_id, now)
        row = session.exec(select(LineRow).where(col(LineRow.id) == shop.line_id)).one()
        records = select(func.coalesce(func.sum(UsageRecordRow.bytes), 0)).where(
            col(UsageRecordRow.line) == row.number, ~col(UsageRecordRow.cumulative)
        )
        reported = session.exec(records).one()
        assert balance(session, line(shop.line_id), at=now) == row.left_bytes
        if not any(record.row.counter for _at, record in model.records):
            assert reported == row.served_bytes + row.overrun_bytes
    told = model.seen(now)
    assert (seen.left_bytes, seen.used_bytes, seen.overrun_bytes, seen.expires_at) == (
        told.left,
        told.used,
        told.overrun,
        told.expires_at,
    )
    assert seen.activated_at == told.activated_at
    assert row.granted_bytes == row.left_bytes + row.served_bytes + row.lost_bytes


def in_order(
    size: int,
    days: int,
    uses: list[tuple[int, str, int]],
    refills: list[tuple[int, int]],
    *,
    at_sale: bool = False,
    counters: bool = False,
) -> Prepaid:
    """The model of a line that was told everything when it happened."""
    model = Prepaid("card", SOLD, size, timedelta(days=days), SOLD if at_sale else None)
    model.refills = [(instant(minute), amount) for minute, amount in refills]
    for minute, name, amount in uses:
        row = Row(name, "card", instant(minute), amount, counter=counters)
        model.use(Record(row, "mno", instant(minute)))
    return model


@given(
    size=st.integers(1, 1000),
    uses=USES,
    refills=REFILLS,
    at_sale=st.booleans(),
    chance=st.randoms(use_true_random=False),
)
@settings(max_examples=300)
def test_the_fold_is_the_model(
    size: int,
    uses: list[tuple[int, int]],
    refills: list[tuple[int, int]],
    at_sale: bool,
    chance: random.Random,
) -> None:
    """Handed over in any order, the events come to what the plain model comes to."""
    named = [(minute, f"{n:03}", amount) for n, (minute, amount) in enumerate(uses)]
    model = in_order(size, 1, named, refills, at_sale=at_sale)
    events: list[Event] = [Grant(SOLD, "sale", size, is_refill=False)]
    events += [
        Grant(instant(minute), f"{n:03}", amount, is_refill=True)
        for n, (minute, amount) in enumerate(refills)
    ]
    events += [Usage(instant(minute), name, amount) for minute, name, amount in named]
    chance.shuffle(events)
    terms = Terms(timedelta(days=1), "purchase" if at_sale else "first_usage")
    state = expire(replay(terms, events), instant(9000))
    told = model.seen(instant(9000))
    assert (state.left, state.used, state.expired, state.overrun, state.expires_at) == (
        told.left,
        told.used,
        told.lost,
        told.overrun,
        told.expires_at,
    )
    assert state.granted == state.left + state.served + state.expired
    assert sum(amount for _minute, amount in uses) == state.served + state.overrun


@given(
    size=st.integers(1, 1500),
    uses=USES,
    counters=st.booleans(),
    slice_rows=st.integers(1, 6),
    files=st.integers(1, 4),
    chance=st.randoms(use_true_random=False),
)
@settings(max_examples=80)
def test_any_order_of_files(
    engine: Engine,
    *,
    size: int,
    uses: list[tuple[int, int]],
    counters: bool,
    slice_rows: int,
    files: int,
    chance: random.Random,
) -> None:
    """Shuffled, repeated, cut into files and slices, as bytes or counters: the same balance."""
    shop = sell(engine, size, 30, "first_usage")
    rows = [
        shop.row(f"{n:03}", minute, amount, counter=counters)
        for n, (minute, amount) in enumerate(uses)
    ]
    named = [(minute, f"{n:03}", amount) for n, (minute, amount) in enumerate(uses)]
    model = in_order(size, 30, named, [], counters=counters)
    arriving = rows + chance.sample(rows, len(rows) // 2)
    chance.shuffle(arriving)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(usage_feed, "SLICE", slice_rows)
        for number in range(files):
            shop.take(instant(6001), arriving[number::files])
    check(shop, model, instant(6001))


@given(
    size=st.integers(1, 1000),
    uses=USES,
    slice_rows=st.integers(1, 6),
    killed_after=st.integers(0, 15),
    chance=st.randoms(use_true_random=False),
)
@settings(max_examples=60)
def test_one_import_of_old_records(
    engine: Engine,
    *,
    size: int,
    uses: list[tuple[int, int]],
    slice_rows: int,
    killed_after: int,
    chance: random.Random,
) -> None:
    """Records of a time long past settle nothing among themselves, killed halfway or not."""
    shop = sell(engine, size, 1, "first_usage")
    named = [(minute, f"{n:03}", amount) for n, (minute, amount) in enumerate(uses)]
    model = in_order(size, 1, named, [])
    rows = [shop.row(name, minute, amount) for minute, name, amount in named]
    chance.shuffle(rows)
    now = instant(60_000)

    def dying() -> Iterator[UsageRow]:
        yield from rows[:killed_after]
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(usage_feed, "SLICE", slice_rows)
        with pytest.raises(KeyboardInterrupt):
            feed(engine, dying(), source="mno", now=now - timedelta(minutes=9))
        shop.take(now, rows)
    check(shop, model, now)


@given(
    size=st.integers(1, 1000),
    uses=USES,
    refills=REFILLS,
    delays=st.lists(st.integers(0, 4000), min_size=12, max_size=12),
    swept=st.booleans(),
)
@settings(max_examples=100)
@pytest.mark.long
def test_late_within_grace_equals_in_order(
    engine: Engine,
    *,
    size: int,
    uses: list[tuple[int, int]],
    refills: list[tuple[int, int]],
    delays: list[int],
    swept: bool,
) -> None:
    """Usage that arrives within 72 hours, after refills and expiries, counts as if in order."""
    shop = sell(engine, size, 1, "purchase")
    named = [(minute, f"{n:03}", amount) for n, (minute, amount) in enumerate(uses)]
    model = in_order(size, 1, named, refills, at_sale=True)
    arrivals = [
        (minute + delay, 1, shop.row(name, minute, amount))
        for (minute, name, amount), delay in zip(named, delays, strict=False)
    ]
    todo: list[tuple[int, int, UsageRow | int]] = [*arrivals]
    todo += [(minute, 0, amount) for minute, amount in refills]
    for minute, _rank, what in sorted(todo, key=lambda each: each[:2]):
        if swept:
            sweep(shop, minute)
        if isinstance(what, UsageRow):
            shop.take(instant(minute), [what])
        else:
            refill(shop, minute, what)
    now = instant(20_000)
    sweep(shop, 20_000)
    if late_depletion_keeps_dates(model, shop, now):
        check(shop, model, now)


def late_depletion_keeps_dates(model: Prepaid, shop: Shop, now: datetime) -> bool:
    """Whether no refill had promised a later date than arrival in order would have given."""
    with snapshot(shop.engine) as session:
        seen = line_state(session, shop.line_id, now)
    in_order_at = model.seen(now).expires_at
    assert in_order_at is not None
    assert seen.expires_at is not None
    assert seen.expires_at >= in_order_at
    return seen.expires_at == in_order_at
