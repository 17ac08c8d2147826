"""The two phases of the usage feed on both engines: killed anywhere, taken up, never half."""

from __future__ import annotations

import random
import shutil
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, Table, func, select

from catalog.kernel.database import open_engine, snapshot, transact
from checkout.billing import usage_columns, usage_feed, usage_identity, usage_steps
from checkout.billing.explain import explain
from checkout.billing.line_rows import LINES
from checkout.billing.lines import line_state
from checkout.billing.paygo_rows import PAYGO
from checkout.billing.tables import LedgerAccountRow
from checkout.billing.usage_feed import UsageImport, apply_landed, feed
from checkout.billing.usage_files import UsageRow
from checkout.billing.usage_history import RECORDS
from checkout.billing.usage_postings import BATCHES
from store_app.invariants.balances import RULES as BALANCES
from store_app.invariants.ledger import RULES as LEDGER
from store_app.invariants.paygo import RULES as PAYGO_CHARGES
from store_app.invariants.rows import RULES as ROWS
from tests.paygo import iccid as paygo_iccid
from tests.paygo import new_wallet
from tests.paygo import sell as sell_paygo
from tests.storage.test_usage_feed import LINE, SOLD, iccid, refill, sell, state, use

NOW = datetime(2026, 2, 2, tzinfo=UTC)
"""After the PAYGO lines of `tests.paygo` were sold, which is a month after the prepaid ones."""
RECENT = datetime(2026, 1, 31, 11, tzinfo=UTC)
HOUR, MB = timedelta(hours=1), 10**6
SMALL = {"SLICE": 7, "LINES": 2, "EACH": 7, "BATCH": 40}


class _KilledError(Exception):
    pass


@pytest.fixture(autouse=True)
def _small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, size in SMALL.items():
        monkeypatch.setattr(usage_feed, name, size)
    monkeypatch.setattr(usage_columns, "_ROWS", 9)


@pytest.fixture
def unbroken(sqlite_template: Path, tmp_path: Path) -> Iterator[Engine]:
    """Another empty store, for the same import without a kill."""
    shutil.copyfile(sqlite_template, tmp_path / "unbroken.db")
    made = open_engine(str(tmp_path / "unbroken.db"))
    yield made
    made.dispose()


@contextmanager
def dying(engine: Engine, commits: int, *, after: bool) -> Iterator[None]:
    """Die at the n-th commit from now, just before or just after it."""
    seen, do_commit, mine = [0], engine.dialect.do_commit, threading.get_ident()

    def commit(connection: Any) -> None:
        if threading.get_ident() != mine:  # one that only reads ahead
            do_commit(connection)
            return
        seen[0] += 1
        if seen[0] == commits and not after:
            raise _KilledError
        do_commit(connection)
        if seen[0] == commits:
            raise _KilledError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine.dialect, "do_commit", commit)
        yield


def shop(engine: Engine) -> None:
    """Prepaid lines of which some run dry, PAYGO lines of a rich wallet and of a poor one."""
    for number in range(4):
        sell(engine, number, size=(number + 1) * 150 * MB, days=40)
    rich, poor = new_wallet(engine, 10_000), new_wallet(engine, 60)
    for number, payer in enumerate([rich, rich, poor, poor]):
        sell_paygo(engine, payer, number)


def rows() -> list[UsageRow]:
    """A hundred records over all lines and two countries, in no order, some of them twice."""
    chance, made = random.Random(11), []
    for number in range(100):
        card = iccid(number % 4) if chance.random() < 0.5 else paygo_iccid(number % 4)
        at = RECENT + chance.randrange(30 * 60) * timedelta(minutes=1)
        size, country = chance.randrange(20 * MB), chance.choice(["ES", "CH"])
        made.append(UsageRow(number + 2, f"e{number}", card, at, size, country))
    return [*made, *chance.sample(made, 9)]


def picture(engine: Engine) -> list[Any]:
    """Every balance there is, by the cards and not by ids."""
    line = (
        "served_bytes",
        "left_bytes",
        "overrun_bytes",
        "used_bytes",
        "activated_at",
        "expires_at",
        "as_of",
    )
    meter = (PAYGO.c.remainder, PAYGO.c.charged_minor, PAYGO.c.charges)
    accounts: Table = LedgerAccountRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it
    wallets = select(accounts.c.balance).where(accounts.c.kind == "wallet")
    with snapshot(engine) as session:
        columns: list[Any] = [LINES.c.iccid_key, *(LINES.c[name] for name in line), *meter]
        found = (
            select(*columns)
            .join(PAYGO, PAYGO.c.line_id == LINES.c.id, isouter=True)
            .order_by(LINES.c.iccid_key)
        )
        balances = [tuple(row) for row in session.execute(found)]
        stored = session.execute(select(func.count()).select_from(RECORDS)).scalar_one()
        return [balances, sorted(session.execute(wallets).scalars()), stored]


def breaches(engine: Engine) -> list[str]:
    """What the doctor says of usage and of the ledger."""
    rules = (*BALANCES, *LEDGER, *PAYGO_CHARGES, *ROWS)
    with snapshot(engine) as session:
        return [f"{rule.name}: {one}" for rule in rules for one in rule.breaches(session, NOW)]


def take_all(engine: Engine) -> UsageImport:
    """The import of all rows."""
    return feed(engine, rows(), source="mno", now=NOW)


@pytest.mark.parametrize("after", [True, False])
def test_killed_at_every_commit_in_turn(engine: Engine, unbroken: Engine, *, after: bool) -> None:
    """Each run dies one commit later than the one before; at last all is as if none had died."""
    for each in (engine, unbroken):
        shop(each)
    take_all(unbroken)
    alive = 1
    while True:
        try:
            with dying(engine, alive, after=after):
                take_all(engine)
        except _KilledError:
            assert breaches(engine) == []
            alive += 1
        else:
            break
    assert alive > 5
    assert picture(engine) == picture(unbroken)
    assert breaches(engine) == []


@pytest.mark.parametrize("after", [True, False])
@pytest.mark.parametrize("commits", [4, 7, 9, 11, 13, 15, 17, 20, 24, 29])
def test_killed_once(sqlite_engine: Engine, unbroken: Engine, commits: int, *, after: bool) -> None:
    """Killed anywhere in both phases and run again: equal to the byte and to the cent."""
    for each in (sqlite_engine, unbroken):
        shop(each)
    whole = take_all(unbroken)
    with dying(sqlite_engine, commits, after=after), pytest.raises(_KilledError):
        take_all(sqlite_engine)
    again = take_all(sqlite_engine)
    assert again.applied + again.duplicates == whole.events
    assert picture(sqlite_engine) == picture(unbroken)
    assert breaches(sqlite_engine) == []


def test_landed_is_not_yet_in_the_balance(engine: Engine) -> None:
    """Between the phases a line shows what it was before; maintenance applies what has landed."""
    sell(engine)
    at = SOLD + HOUR
    with dying(engine, 5, after=True), pytest.raises(_KilledError):
        feed(engine, [use("a", at, MB), use("b", at, MB)], source="mno", now=at)
    with snapshot(engine) as session:
        stored = session.execute(select(func.count()).select_from(RECORDS)).scalar_one()
    before = state(engine, at)
    assert (stored, before.used_bytes, before.as_of) == (2, 0, SOLD)
    assert apply_landed(engine, at, "me") == 1
    assert apply_landed(engine, at, "me") == 0
    assert state(engine, at).used_bytes == 2 * MB


def test_any_order_comes_to_the_same(engine: Engine, unbroken: Engine) -> None:
    """Files shuffled and cut anywhere lead to the same balances of prepaid lines."""
    chance, prepaid = random.Random(5), {iccid(number) for number in range(4)}
    made = [row for row in rows() if row.iccid in prepaid]
    for each in (engine, unbroken):
        shop(each)
    feed(unbroken, made, source="mno", now=NOW)
    chance.shuffle(made)
    for part in (made[:20], made[20:23], made[10:]):
        feed(engine, part, source="mno", now=NOW)
    assert picture(engine) == picture(unbroken)


@pytest.mark.parametrize("window", [10, 10**7])
def test_a_known_id_with_another_start_is_a_conflict(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, window: int
) -> None:
    """In one batch, in a later one, for another line: the first stands (decision 17)."""
    monkeypatch.setattr(usage_identity, "WINDOW", window)
    sell(engine, 0)
    sell(engine, 1)
    now = SOLD + 50 * HOUR
    first = use("a", SOLD + HOUR, MB)
    other_start, other_line = use("a", SOLD + 9 * HOUR, MB), use("a", SOLD + HOUR, MB, n=1)
    done = feed(engine, [first, other_start, other_line], source="mno", now=now)
    assert (done.applied, done.rejected) == (1, 2)
    done = feed(engine, [other_start, first, other_line], source="mno", now=now)
    assert (done.applied, done.duplicates, done.rejected) == (0, 1, 2)
    assert {error.field for error in done.errors} == {"event_id"}
    assert feed(engine, [other_start], source="other", now=now).applied == 1


def test_the_same_record_is_known_beyond_the_window(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long ago, a record that comes again is found by its key."""
    monkeypatch.setattr(usage_identity, "WINDOW", 1)
    sell(engine)
    now = SOLD + 50 * HOUR
    old = [use(f"a{n}", SOLD + n * HOUR, MB) for n in range(20)]
    feed(engine, old, source="mno", now=now)
    changed = use("a3", SOLD + 3 * HOUR, 2 * MB)
    done = feed(engine, [*old[:5], changed, use("b", now, MB)], source="mno", now=now)
    assert (done.applied, done.duplicates, done.rejected) == (1, 5, 1)
    assert state(engine, now).used_bytes == 21 * MB
    assert breaches(engine) == []


def test_eight_feeds_of_one_source(engine: Engine) -> None:
    """All of them bring the same records, each in its own order; every one counts once."""
    shop(engine)
    made = rows()[:60]

    def bring(seed: int) -> UsageImport:
        mine = made.copy()
        random.Random(seed).shuffle(mine)
        return feed(engine, mine, source="mno", now=NOW)

    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(bring, range(8)))
    assert sum(one.applied for one in done) == 60
    assert {one.events for one in done} == {60}
    apply_landed(engine, NOW, "me")
    with snapshot(engine) as session:
        waiting = select(func.count()).select_from(BATCHES).where(BATCHES.c.applied_at.is_(None))
        assert session.execute(waiting).scalar_one() == 0
    assert breaches(engine) == []


def test_a_refill_between_batches_keeps_the_chain_of_steps(engine: Engine) -> None:
    """Every batch of a line is told, oldest first, whatever else happened to it."""
    sell(engine)
    for number in range(3):
        at = SOLD + (number + 1) * HOUR
        feed(engine, [use(f"a{number}", at, MB)], source=f"mno{number}", now=at)
        refill(engine, at + HOUR / 2, MB, n=number + 1)
    with snapshot(engine) as session:
        told = [(one.kind, one.source) for one in explain(session, LINE)]
        left = line_state(session, LINE, SOLD + 9 * HOUR).left_bytes
    used = [("served", f"mno{number}") for number in range(3)]
    assert [one for one in told if one[0] == "served"] == used
    assert left == 1000 * MB


@pytest.mark.parametrize("steps", [1, 2, 3, 4])
def test_a_line_that_changes_before_its_step_is_computed_again(
    engine: Engine, unbroken: Engine, monkeypatch: pytest.MonkeyPatch, steps: int
) -> None:
    """Usage of another source comes between the reading and the lock: nothing of it is lost."""
    for each in (engine, unbroken):
        shop(each)
    other = [
        UsageRow(2, "o", card, RECENT + HOUR, MB, "ES")
        for card in (iccid(3), iccid(2), paygo_iccid(0), paygo_iccid(1))
    ]
    newer = UsageRow(2, "n", iccid(2), RECENT + 3 * HOUR, MB, "ES")  # makes the others late
    between = [replace(row, event_id=f"o{n}") for n, row in enumerate(other)]
    mine = [
        UsageRow(n + 2, f"e{n}", card, RECENT + 2 * HOUR, MB, "ES")
        for n, card in enumerate([iccid(3), iccid(2), paygo_iccid(0), paygo_iccid(1)])
    ]
    for each in (engine, unbroken):
        feed(each, [newer], source="third", now=NOW)
    feed(unbroken, between, source="other", now=NOW)
    feed(unbroken, mine, source="mno", now=NOW)
    plain, left = transact, [steps]

    def interrupted(engine: Engine, work: Any) -> Any:
        left[0] -= "step" in getattr(work, "keywords", {})
        if left[0] == 0:
            left[0] = -1
            monkeypatch.setattr(usage_steps, "transact", plain)
            feed(engine, between, source="other", now=NOW)
            monkeypatch.setattr(usage_steps, "transact", interrupted)
        return plain(engine, work)

    monkeypatch.setattr(usage_steps, "transact", interrupted)
    feed(engine, mine, source="mno", now=NOW)
    assert left[0] < 0
    assert breaches(engine) == []
    money = [picture(each)[1] for each in (engine, unbroken)]
    assert money[0] == money[1]
    bytes_of = [[one[1:5] for one in picture(each)[0]] for each in (engine, unbroken)]
    assert bytes_of[0] == bytes_of[1]
