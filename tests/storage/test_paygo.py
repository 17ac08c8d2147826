"""PAYGO on both engines: real time by arrival, MRC first, suspended and resumed by itself."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from sqlalchemy import Engine, select

from catalog.kernel.database import snapshot, transact
from checkout.billing import usage_feed
from checkout.billing.daily_usage import usage_by_day
from checkout.billing.explain import explain
from checkout.billing.lines import revoke_line
from checkout.billing.periods import month_start
from checkout.billing.statements import Period, page_of
from checkout.billing.tables import WalletRow
from checkout.billing.usage_files import UsageRow
from checkout.billing.usage_postings import STEPS
from tests.model.paygo import Paygo, Wallet
from tests.model.records import Record, Row
from tests.paygo import (
    DAY,
    HOUR,
    MB,
    SOLD,
    give,
    iccid,
    maintain,
    meter,
    money,
    new_wallet,
    sell,
    set_aside,
    state,
    take,
    tariff,
    use,
)

NOW = SOLD + 5 * DAY
SEEDS = range(12)


def test_each_record_debits_the_wallet(engine: Engine) -> None:
    """Default and country rates; cents are taken when they are whole."""
    payer = new_wallet(engine, 1000)
    line_id = sell(engine, payer)
    rows = [
        use("a", NOW - HOUR, 100 * MB),
        use("b", NOW, 50 * MB, country="CH"),
        use("c", NOW, MB // 2),
    ]
    done = take(engine, NOW, *rows)
    assert (done.applied, done.charged_minor, done.overrun_bytes, done.suspended) == (3, 200, 0, 0)
    assert money(engine, payer) == 800
    done = take(engine, NOW, *rows, use("d", NOW, MB // 2))
    assert (done.duplicates, done.charged_minor) == (3, 1)
    after = state(engine, line_id, NOW)
    assert (after.status, after.left_bytes, after.used_bytes) == ("active", None, 151 * MB)
    assert (after.activated_at, after.expires_at) == (
        NOW - HOUR,
        month_start(NOW - HOUR, 1),
    )


def test_a_barred_country_is_flagged_and_starts_no_clock(engine: Engine) -> None:
    """Recorded, charged nothing, and the line is as ready as before."""
    payer = new_wallet(engine, 100)
    line_id = sell(engine, payer, terms=tariff(mrc_minor=10))
    done = take(engine, NOW, use("a", NOW, 7 * MB, country="MC"))
    assert (done.applied, done.charged_minor, done.overrun_bytes) == (1, 0, 0)
    after = state(engine, line_id, NOW)
    assert (after.status, after.activated_at, after.used_bytes) == ("activation_ready", None, 0)
    assert meter(engine, line_id).barred_bytes == 7 * MB
    assert money(engine, payer) == 100
    with snapshot(engine) as session:
        flags = session.execute(select(STEPS.c.records, STEPS.c.barred_bytes)).all()
        told = [(one.kind, one.data_bytes) for one in explain(session, line_id, NOW)]
    assert flags == [(1, 7 * MB)]
    assert told == [("barred", -7 * MB)]


@pytest.mark.parametrize("minimum", [0, 500, -200])
def test_what_the_wallet_cannot_pay_is_overrun(engine: Engine, minimum: int) -> None:
    """It stops at its minimum to the byte, and goes on by itself when money arrives."""
    payer = new_wallet(engine, 100 + minimum if minimum > 0 else 100, minimum=minimum)
    reach = 100 if minimum >= 0 else 300
    line_id = sell(engine, payer)
    idle = sell(engine, payer, 1)
    done = take(engine, NOW, use("a", NOW, 400 * MB), use("b", NOW, 5))
    assert (done.charged_minor, done.overrun_bytes) == (reach, (400 - reach) * MB + 5)
    assert done.suspended == 2
    assert money(engine, payer) == minimum
    after = state(engine, line_id, NOW)
    assert (after.status, after.reason) == ("suspended", "wallet at its limit")
    assert state(engine, idle, NOW).status == "suspended"
    give(engine, payer, 1, NOW + HOUR)
    assert state(engine, line_id, NOW + HOUR).status == "active"
    done = take(engine, NOW + HOUR, use("c", NOW + HOUR, MB))
    assert (done.charged_minor, done.overrun_bytes, done.suspended) == (1, 0, 2)


def test_held_money_is_not_spent(engine: Engine) -> None:
    """What a sale under way has set aside is not there for usage."""
    payer = new_wallet(engine, 100)
    sell(engine, payer)
    set_aside(engine, payer, 60, NOW)
    done = take(engine, NOW, use("a", NOW, 100 * MB))
    assert (done.charged_minor, done.overrun_bytes) == (40, 60 * MB)


@pytest.mark.parametrize("anchor", ["first_usage", "assignment"])
def test_mrc_is_anchored(engine: Engine, anchor: str) -> None:
    """Debited at its anchor and at each anniversary, clamped and not chained."""
    payer = new_wallet(engine, 1000)
    line_id = sell(engine, payer, terms=tariff(mrc_minor=100, mrc_anchor=anchor))
    assert money(engine, payer) == (900 if anchor == "assignment" else 1000)
    done = take(engine, SOLD, use("a", SOLD, MB))
    assert (done.charged_minor, money(engine, payer)) == (1, 899)
    dues = [datetime(2026, 2, 28, 10, tzinfo=UTC), datetime(2026, 3, 31, 10, tzinfo=UTC)]
    for number, due in enumerate(dues, start=1):
        assert maintain(engine, due - HOUR) == 0
        assert maintain(engine, due) == 1
        assert maintain(engine, due) == 0
        assert money(engine, payer) == 899 - 100 * number
    with snapshot(engine) as session:
        kinds = [one.kind for one in explain(session, line_id) if one.amount_minor]
    assert kinds == ["mrc", "usage", "mrc", "mrc"]


def test_mrc_is_told_before_usage_of_the_same_instant(engine: Engine) -> None:
    """A month that begins in the middle of a file is told before all usage of that file."""
    payer = new_wallet(engine, 1000)
    sell(engine, payer, 0)
    line_id = sell(engine, payer, 1, tariff(mrc_minor=100))
    take(engine, NOW, use("a", NOW, MB), use("b", NOW, MB, n=1), use("c", NOW, MB))
    with snapshot(engine) as session:
        told = page_of(session, session.get_one(WalletRow, payer), Period())
        kinds = [one.kind for one in explain(session, line_id) if one.amount_minor]
    assert [(one.amount_minor, one.balance_minor) for one in reversed(told)] == [
        (1000, 1000),
        (-100, 900),
        (-3, 897),
    ]
    assert kinds == ["mrc", "usage"]


def test_unpaid_mrc_suspends_and_comes_first(engine: Engine) -> None:
    """Usage of a line without its MRC is overrun; money pays the MRC before anything else."""
    payer = new_wallet(engine, 50)
    line_id = sell(engine, payer, terms=tariff(mrc_minor=100))
    done = take(engine, NOW, use("a", NOW, 10 * MB))
    assert (done.charged_minor, done.overrun_bytes, done.suspended) == (0, 10 * MB, 1)
    after = state(engine, line_id, NOW)
    assert (after.status, after.reason) == ("suspended", "mrc unpaid")
    assert maintain(engine, NOW) == 0
    give(engine, payer, 49, NOW + HOUR)
    assert state(engine, line_id, NOW + HOUR).reason == "mrc unpaid"
    give(engine, payer, 1, NOW + HOUR)
    assert money(engine, payer) == 0
    assert state(engine, line_id, NOW + HOUR).reason == "wallet at its limit"
    give(engine, payer, 1, NOW + HOUR)
    assert state(engine, line_id, NOW + HOUR).status == "active"


def test_a_month_that_nobody_swept_is_paid_before_usage(engine: Engine) -> None:
    """Due MRC is taken from the wallet before a record of any of its lines."""
    payer = new_wallet(engine, 210)
    sell(engine, payer, 0, tariff(mrc_minor=100))
    sell(engine, payer, 1)
    take(engine, SOLD, use("a", SOLD, MB))
    later = SOLD + 40 * DAY
    done = take(engine, later, use("b", later, 20 * MB, n=1))
    assert (done.charged_minor, done.overrun_bytes) == (9, 11 * MB)


def test_a_refunded_line_costs_nothing(engine: Engine) -> None:
    """After its end neither months nor usage are charged."""
    payer = new_wallet(engine, 1000)
    line_id = sell(engine, payer, terms=tariff(mrc_minor=100, mrc_anchor="assignment"))
    transact(
        engine,
        lambda session: revoke_line(
            session, line_id=line_id, now=NOW, source="O-1", actor="clerk", reason="refund"
        ),
    )
    done = take(engine, NOW + HOUR, use("a", NOW + HOUR, MB))
    assert (done.charged_minor, done.overrun_bytes) == (0, MB)
    assert maintain(engine, NOW + 90 * DAY) == 0
    assert money(engine, payer) == 900
    assert state(engine, line_id, NOW).status == "archived"


def test_tax_on_consumption_is_split_exactly(engine: Engine) -> None:
    """Net and VAT of many debits add up to those of their sum."""
    payer = new_wallet(engine, 10_000)
    line_id = sell(engine, payer, terms=tariff(factor=(12_100, 10_000), tax_rate=2100))
    for number in range(30):
        take(engine, NOW, use(f"e{number}", NOW, 11 * MB))
    with snapshot(engine) as session:
        entries = [one for one in explain(session, line_id) if one.kind == "usage"]
    vat = sum(one.amount_minor or 0 for one in entries if one.reason.startswith("VAT"))
    assert (10_000 - money(engine, payer), vat) == (399, -69)


def test_readings_in_any_order(engine: Engine) -> None:
    """Counters are charged for what their chain grows by, whatever the order of arrival."""
    rows = [
        use(f"c{hour}", SOLD + hour * HOUR, value * MB, counter=True)
        for hour, value in enumerate([100, 250, 400, 30, 90])
    ]
    for number, order in enumerate([rows, rows[::-1], [rows[i] for i in (3, 0, 4, 2, 1)]]):
        payer = new_wallet(engine, 1000)
        line_id = sell(engine, payer, number)
        for row in order:
            event = f"{number}{row.event_id}"
            take(engine, NOW, use(event, row.started_at, row.bytes, n=number, counter=True))
        assert money(engine, payer) == 1000 - 490
        assert state(engine, line_id, NOW).used_bytes == 490 * MB
        with snapshot(engine) as session:
            days = usage_by_day(session, line_id, 7, now=NOW)
        assert sum(count for _day, count in days) == 490 * MB


@pytest.mark.parametrize("seed", SEEDS)
def test_slices_of_any_size(engine: Engine, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    """Files shuffled, with rows sent before, cut into slices of any size: equal to the model."""
    chance = random.Random(seed)
    monkeypatch.setattr(usage_feed, "SLICE", chance.choice([1, 3, 50]))
    payer, pays = new_wallet(engine, 500), Wallet(500)
    ids, lines = {}, {}
    for number in range(3):
        mrc, rate = chance.choice([0, 100, 37]), chance.choice([4500, 10_000, 3, 0])
        ids[number] = sell(engine, payer, number, tariff(mrc_minor=mrc, rate_per_mb_micro=rate))
        price, prices = Fraction(rate, 10**10), {"CH": Fraction(20_000, 10**10)}
        barred = frozenset(["MC"])
        lines[iccid(number)] = Paygo(iccid(number), SOLD, pays, price, prices, barred, mrc)
    now, sent = SOLD, list[UsageRow]()
    for step in range(12):
        now += timedelta(hours=chance.randrange(1, 24 * 20))
        fresh = [_any_row(chance, f"{step}-{i}", now, i) for i in range(chance.randrange(1, 9))]
        rows = [*fresh, *chance.sample(sent, min(len(sent), 3))]
        chance.shuffle(rows)
        take(engine, now, *rows)
        for row in (row for row in rows if row in fresh):
            told = Row(row.event_id, row.iccid, row.started_at, row.bytes, row.country)
            lines[row.iccid].use(Record(told, "mno", now))
        sent += fresh
        assert money(engine, payer) == pays.balance
    for number, line_id in ids.items():
        found, told_of, seen = (
            meter(engine, line_id),
            lines[iccid(number)],
            state(engine, line_id, now),
        )
        assert (found.charged_minor, found.barred_bytes) == (told_of.charged, told_of.barred)
        assert Fraction(found.remainder, found.tariff.parts_per_minor) == told_of.owing
        assert (seen.used_bytes, seen.overrun_bytes) == (told_of.covered, told_of.overrun)


def _any_row(chance: random.Random, event: str, now: datetime, line: int) -> UsageRow:
    return use(
        event,
        max(now - timedelta(minutes=chance.randrange(60 * 90)), SOLD),
        chance.choice([0, 1, 999, chance.randrange(80 * MB)]),
        n=chance.randrange(3),
        country=chance.choice(["ES", "CH", "MC", ""]),
        line=line,
    )


def test_usage_on_many_threads_stays_above_the_limit(engine: Engine) -> None:
    """Eight feeds at once on one wallet: not a cent below its minimum, no byte lost."""
    payer = new_wallet(engine, 1000, minimum=100)
    lines = [sell(engine, payer, number) for number in range(8)]

    def report(number: int) -> tuple[int, int]:
        charged = overrun = 0
        for step in range(10):
            row = use(f"{number}-{step}", NOW, 20 * MB, n=number)
            done = usage_feed.feed(engine, [row], source=f"mno{number}", now=NOW)
            charged, overrun = charged + done.charged_minor, overrun + done.overrun_bytes
        return charged, overrun

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(report, range(8)))
    assert sum(charged for charged, _overrun in results) == 900
    assert sum(overrun for _charged, overrun in results) == (1600 - 900) * MB
    assert money(engine, payer) == 100
    assert {state(engine, line_id, NOW).status for line_id in lines} == {"suspended"}
