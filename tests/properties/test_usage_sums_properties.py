"""A sum per line and record by record are the same: to the byte and to the cent."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, event, select
from sqlmodel import Session

from catalog.kernel.database import open_engine, snapshot, transact
from catalog.kernel.ids import new_id
from checkout.billing import usage_charging, usage_feed, usage_prepaid
from checkout.billing.ledger import balance, wallet
from checkout.billing.line_rows import LINES
from checkout.billing.lines import open_line
from checkout.billing.paygo_rows import PAYGO
from checkout.billing.usage_feed import UsageImport, feed
from checkout.billing.usage_files import UsageRow
from tests.paygo import MB, SOLD, iccid, new_wallet, tariff
from tests.paygo import sell as sell_paygo

NOW = SOLD + timedelta(days=30)
MINUTES = st.integers(0, 29 * 24 * 60)
SIZES = st.one_of(st.sampled_from([0, 1, 99 * MB, 100 * MB]), st.integers(0, 40 * MB))
RECORDS = st.lists(
    st.tuples(
        st.integers(0, 3), MINUTES, SIZES, st.sampled_from(["ES", "CH", "MC", ""]), st.booleans()
    ),
    max_size=14,
)


@pytest.fixture(scope="module")
def engines(
    tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path
) -> Iterator[list[Engine]]:
    """Two stores in which the same happens."""
    made = []
    for name in ("sums", "each"):
        path = tmp_path_factory.mktemp("agree") / f"{name}.db"
        shutil.copyfile(sqlite_template, path)
        made.append(open_engine(str(path)))
        event.listen(made[-1], "connect", lambda dbapi, _: dbapi.execute("PRAGMA synchronous=OFF"))
    yield made
    for one in made:
        one.dispose()


def lines(engine: Engine, first: int, size: int, *, days: int, money: int, mrc: int) -> str:
    """Two prepaid lines, and two PAYGO lines of one wallet, which is given back."""
    for number in (first, first + 1):
        sold = {"line_id": new_id(), "grant_id": new_id(), "source": "O", "actor": "clerk"}
        terms = {"validity_days": days, "start": "first_usage", "start_at": None}

        def work(session: Session, number: int = number, more: Any = sold | terms) -> None:
            open_line(session, iccid=iccid(number), data_bytes=size, now=SOLD, **more)

        transact(engine, work)
    payer = new_wallet(engine, money)
    for number in (first + 2, first + 3):
        sell_paygo(engine, payer, number, tariff(mrc_minor=mrc, tax_rate=2100))
    return payer


def picture(engine: Engine, first: int, payer: str) -> list[Any]:
    """What the lines and their wallet are, without which step it was and how it was told."""
    keys = [iccid(first + number) for number in range(4)]
    columns = [one for one in LINES.c if one.name not in ("id", "number", "expiry_import_id")]
    kept = [one for one in PAYGO.c if one.name not in ("line_id", "line_number", "wallet_id")]
    found = (
        select(*columns, *kept)
        .join(PAYGO, PAYGO.c.line_id == LINES.c.id, isouter=True)
        .where(LINES.c.iccid_key.in_(keys))
        .order_by(LINES.c.iccid_key)
    )
    with snapshot(engine) as session:
        rows = [
            {name: value for name, value in row.items() if name != "last_step"}
            for row in session.execute(found).mappings()
        ]
        return [*rows, balance(session, wallet(payer, "EUR"))]


def by_each(engine: Engine, rows: list[UsageRow], now: datetime) -> UsageImport:
    """The import with every line taken record by record."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(usage_prepaid, "is_plain_prepaid", lambda _now: pl.lit(value=False))
        patch.setattr(usage_charging, "_is_sum", lambda _tariffs, _run: pl.lit(value=False))
        return feed(engine, rows, source="mno", now=now)


@given(
    records=RECORDS,
    size=st.one_of(st.sampled_from([1, 100 * MB]), st.integers(1, 400 * MB)),
    days=st.sampled_from([1, 10, 40]),
    money=st.one_of(st.just(0), st.integers(0, 600), st.just(10**6)),
    mrc=st.sampled_from([0, 0, 100]),
    cut=st.integers(0, 14),
)
@settings(max_examples=60)
@pytest.mark.long
def test_sums_are_their_records(
    engines: list[Engine],
    records: list[tuple[int, int, int, str, bool]],
    *,
    size: int,
    days: int,
    money: int,
    mrc: int,
    cut: int,
) -> None:
    """Random batches in two files: the same balances, meters, money and answers either way."""
    sums, each = engines
    first = _next_number(sums)
    payers = [lines(engine, first, size, days=days, money=money, mrc=mrc) for engine in engines]
    rows = [
        UsageRow(
            place + 2,
            f"{first}-{place}",
            iccid(first + line),
            SOLD + timedelta(minutes=1 + minute),
            count,
            country,
            counter and place % 7 == 0,
        )
        for place, (line, minute, count, country, counter) in enumerate(records)
    ]
    for part in (rows[:cut], rows[cut:]):
        done = feed(sums, part, source="mno", now=NOW), by_each(each, part, NOW)
        assert done[0] == done[1]
    assert picture(sums, first, payers[0]) == picture(each, first, payers[1])


def _next_number(engine: Engine) -> int:
    with snapshot(engine) as session:
        return len(session.execute(select(LINES.c.number)).all()) + 1


def test_the_bench_takes_sums(engines: list[Engine], monkeypatch: pytest.MonkeyPatch) -> None:
    """Ordinary usage never comes to the slow way, or the property above would prove nothing."""
    engine = engines[0]
    first = _next_number(engine)
    lines(engine, first, 400 * MB, days=40, money=10_000, mrc=0)
    slow: list[object] = []
    monkeypatch.setattr(usage_prepaid, "_rate_each", slow.append)
    monkeypatch.setattr(usage_charging, "charge_each", slow.append)
    at = SOLD + timedelta(hours=1)
    rows = [UsageRow(n + 2, f"{first}-{n}", iccid(first + n % 4), at, MB, "ES") for n in range(20)]
    assert feed(engine, rows, source="mno", now=NOW).applied == 20
    assert len(rows) < usage_feed.BATCH
    assert slow == []
