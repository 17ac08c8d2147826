"""Statements on both engines: sums that agree, entries by page, any past instant, files."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, event, text

from catalog.kernel.database import open_engine, snapshot, transact
from catalog.kernel.errors import Refused
from catalog.kernel.ids import new_id
from checkout.billing import statements
from checkout.billing.ledger import Posting, balance, bank, post, wallet
from checkout.billing.statements import Entry, Period, entries_of, page_of, sums_of
from checkout.billing.tables import WalletRow
from store_app.desk.context import Desk
from store_app.desk.people import add_user
from store_app.desk.sales import sell, top_up
from store_app.desk.statements import wallet_statement
from store_app.desk.upkeep import write_setting
from store_app.desk.wallets import configure_wallet, show_wallet
from store_app.schema import METADATA
from store_app.statement_text import statement_csv, statement_text
from tests.paygo import HOUR, SOLD, new_wallet
from tests.peers.postgres_peer import PostgresPeer
from tests.shop import at, small_shop

ANA = "ana@example.com"
_hours = st.integers(0, 12)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shared(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, postgres: PostgresPeer
) -> Iterator[Engine]:
    """One store for many examples, each with a wallet of its own."""
    if request.param == "postgresql":
        with postgres.database() as url:
            engine = open_engine(url)
            yield engine
            engine.dispose()
        return
    engine = open_engine(str(tmp_path_factory.mktemp("statements") / "store.db"))
    event.listen(engine, "connect", lambda found, _: found.execute("PRAGMA synchronous=OFF"))
    METADATA.create_all(engine)
    yield engine
    engine.dispose()


def move(engine: Engine, wallet_id: str, moves: list[tuple[int, int]]) -> None:
    """Amounts into and out of a wallet, each at an hour; every third is usage."""
    account = wallet(wallet_id, "EUR")
    postings = []
    for hour, amount in moves:
        instant = SOLD + hour * HOUR
        sides = (bank("EUR"), account) if amount > 0 else (account, bank("EUR"))
        kind = "any" if amount % 3 else "usage"
        postings.append(
            Posting(*sides, abs(amount), kind, f"{hour}h", "T", new_id(), "me", instant, instant)
        )
    transact(engine, lambda session: post(session, postings))


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    moves=st.lists(st.tuples(_hours, st.integers(-50, 50).filter(bool)), max_size=25),
    ends=st.tuples(_hours, _hours).map(sorted),
    size=st.integers(1, 7),
)
def test_a_statement_always_adds_up(
    shared: Engine, moves: list[tuple[int, int]], ends: list[int], size: int
) -> None:
    """Starting + refilled - spent = ending, and every entry leads from one balance to the next."""
    payer = new_wallet(shared)
    move(shared, payer, moves)
    since, until = (SOLD + hour * HOUR for hour in ends)
    before = [amount for hour, amount in moves if hour < ends[0]]
    during = [amount for hour, amount in moves if ends[0] <= hour < ends[1]]
    with snapshot(shared) as session:
        row = session.get_one(WalletRow, payer)
        sums = sums_of(session, row, Period(since, until))
        entries = list(entries_of(session, row, Period(since, until)))
        pages = list[Entry]()
        while page := page_of(
            session, row, Period(since, until), before=pages[-1] if pages else None, limit=size
        ):
            pages += page
        earlier = sums_of(session, row, Period(until=since))
        then = balance(session, wallet(payer, "EUR"), until - datetime.resolution)
    assert sums.starting_minor + sums.refilled_minor - sums.spent_minor == sums.ending_minor
    assert (sums.starting_minor, sums.ending_minor) == (sum(before), sum(before) + sum(during))
    assert (earlier.ending_minor, then) == (sums.starting_minor, sums.ending_minor)
    assert sums.refilled_minor == sum(amount for amount in during if amount > 0)
    assert sums.movements == len(entries) == len(during)
    assert pages == entries
    order = [(entry.at, entry.amount_minor % 3 == 0, entry.id) for entry in entries]
    assert order == sorted(order, reverse=True)
    for newer, older in pairwise(entries):
        assert newer.balance_minor - newer.amount_minor == older.balance_minor
    if entries:
        assert entries[0].balance_minor == sums.ending_minor
        assert entries[-1].balance_minor - entries[-1].amount_minor == sums.starting_minor


def test_showing_twenty_reads_twenty(sqlite_engine: Engine) -> None:
    """A page is read along the index of each side: no scan of all the movements."""
    payer = new_wallet(sqlite_engine)
    move(sqlite_engine, payer, [(0, 1)] * 50)
    with snapshot(sqlite_engine) as session:
        row = session.get_one(WalletRow, payer)
        newest = page_of(session, row, Period(), limit=20)
        page = page_of(session, row, Period(), before=newest[-1], limit=20)
        asked = statements._newest(payer, Period(), newest[-1], 20)  # noqa: SLF001 - how it is asked
        words = asked.compile(sqlite_engine, compile_kwargs={"literal_binds": True})
        said = [row[-1] for row in session.execute(text(f"EXPLAIN QUERY PLAN {words}"))]
    assert [entry.balance_minor for entry in page] == list(range(30, 10, -1))
    assert not [line for line in said if "SCAN posting" in line]
    assert sum("USING INDEX ix_posting" in line for line in said) == 2


@pytest.fixture
def shop(desk: Desk) -> Desk:
    """Ana topped up 50.00 in February and bought an eSIM in March; the store is in Lisbon."""
    write_setting(desk, "time_zone", "Europe/Lisbon")
    add_user(desk, ANA)
    february = at(desk, datetime(2026, 2, 28, 23, 59, tzinfo=UTC))
    top_up(february, ANA, amount="50.00", pay="manual", key="t1")
    small_shop(desk)
    sell(desk, sku="ES-5GB-30D", pay="wallet", customer=ANA, key="k1")
    return desk


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        (None, None, (0, 5000, 1250, 3750, 2)),
        ("2026-02-01", "2026-03-01", (0, 5000, 0, 5000, 1)),
        ("2026-03-01", "2026-04-01", (5000, 0, 1250, 3750, 1)),
        ("2026-03-01", "2026-03-01", (5000, 0, 0, 5000, 0)),
        ("2026-03-01T10:00:00Z", None, (5000, 0, 1250, 3750, 1)),
        (None, "2026-03-01T10:00:00Z", (0, 5000, 0, 5000, 1)),
    ],
)
def test_a_period_is_half_open(
    shop: Desk, since: str | None, until: str | None, expected: tuple[int, ...]
) -> None:
    """Its first instant belongs to it, its last one to the next; days are the store's."""
    view = wallet_statement(shop, ANA, since=since, until=until)
    sums = (view.starting_minor, view.refilled_minor, view.spent_minor, view.ending_minor)
    assert (*sums, len(view.entries)) == expected


@pytest.mark.parametrize(
    ("since", "until", "code"),
    [
        ("2026-03-02", "2026-03-01", "refused"),
        ("March", None, "bad_time"),
        ("2026-03-01T10", None, "bad_time"),
    ],
)
def test_refused_periods(shop: Desk, since: str, until: str | None, code: str) -> None:
    """The end before the start, words, an instant without a zone."""
    with pytest.raises(Refused) as refusal:
        wallet_statement(shop, ANA, since=since, until=until)
    assert (refusal.value.field, refusal.value.code) == ("from", code)


def test_a_wallet_as_it_was(shop: Desk) -> None:
    """Balance, limit and history at the end of a past instant."""
    configure_wallet(at(shop, shop.clock() + timedelta(days=1)), ANA, minimum="-5.00")
    march = datetime(2026, 3, 1, tzinfo=UTC)
    before, then, now = (
        show_wallet(shop, ANA, as_of=instant)
        for instant in (march - timedelta(days=9), march, march + timedelta(days=9))
    )
    assert [view.balance_minor for view in (before, then, now)] == [0, 5000, 3750]
    assert [view.minimum_minor for view in (before, then, now)] == [0, 0, -500]
    assert [len(view.history) for view in (before, then, now)] == [0, 1, 2]
    assert [len(view.changes) for view in (before, then, now)] == [0, 0, 1]
    assert now.changes[0]["new"] == {"minimum_minor": -500, "enabled": True}
    assert replace(show_wallet(shop, ANA), waiting_records=None) == now


def test_files(shop: Desk) -> None:
    """CSV begins and ends with the balances; the text fits 80 columns and has the four sums."""
    view = wallet_statement(shop, ANA, since="2026-03-01", until="2026-04-01")
    rows = list(csv.DictReader(statement_csv(view).splitlines()))
    assert [(row["amount"], row["balance"]) for row in rows] == [
        ("", "50.00"),
        ("-12.50", "37.50"),
        ("", "37.50"),
    ]
    page = statement_text(view)
    assert max(map(len, page.splitlines())) <= 80
    for words in ("50.00 EUR", "-12.50 EUR", "37.50 EUR", "2026-03-01 00:00"):
        assert words in page
