"""The ledger on both engines: balances that move only with postings, at any instant."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from catalog.kernel.database import snapshot, transact
from catalog.kernel.ids import new_id
from checkout.billing.ledger import (
    Account,
    Posting,
    balance,
    bank,
    card_clearing,
    drawer,
    lock,
    movements,
    post,
    revenue,
    tax,
    wallet,
)
from checkout.billing.tables import LedgerAccountRow, PostingRow

NOW = datetime(2026, 3, 1, tzinfo=UTC)
DRAWER = drawer("R1", "EUR")
REVENUE = revenue("EUR")


def posting(
    debit: Account, credit: Account, amount: int, *, kind: str = "sale", at: datetime = NOW
) -> Posting:
    """A posting about nothing in particular."""
    return Posting(debit, credit, amount, kind, "because", "O-1", new_id(), "clerk", at, at)


def write(engine: Engine, *postings: Posting) -> None:
    """Post in one transaction."""
    transact(engine, lambda session: post(session, postings))


def read(engine: Engine, account: Account, at: datetime | None = None) -> int:
    """A balance."""
    with snapshot(engine) as session:
        return balance(session, account, at)


def test_balances_by_side(engine: Engine) -> None:
    """Cash grows by debits, revenue and tax by credits; tracked and derived agree."""
    write(engine, posting(DRAWER, REVENUE, 1250), posting(DRAWER, tax("EUR"), 263))
    write(engine, posting(REVENUE, DRAWER, 250, kind="refund"))
    assert [read(engine, each) for each in (DRAWER, REVENUE, tax("EUR"))] == [1263, 1000, 263]
    assert [read(engine, each, NOW) for each in (DRAWER, REVENUE)] == [1263, 1000]
    assert read(engine, bank("EUR")) == read(engine, card_clearing("EUR"), NOW) == 0


def test_balance_at_a_past_instant(engine: Engine) -> None:
    """Any past balance is the replay of what had happened by then."""
    purse = wallet(new_id(), "EUR")
    for days, amount in enumerate([100, 20, 3]):
        write(engine, posting(bank("EUR"), purse, amount, at=NOW + timedelta(days=days)))
    seen = [read(engine, purse, NOW + timedelta(days=days)) for days in (-1, 0, 1, 2)]
    assert seen == [0, 100, 120, 123]
    assert read(engine, purse) == 123


def test_movements_are_signed_and_running(engine: Engine) -> None:
    """Each movement as the account sees it, with the balance after it."""
    purse = wallet(new_id(), "EUR")
    write(engine, posting(bank("EUR"), purse, 500, kind="top_up"))
    write(engine, posting(purse, REVENUE, 120, at=NOW + timedelta(hours=1)))
    with snapshot(engine) as session:
        seen = [(each.kind, each.amount, each.balance) for each in movements(session, purse)]
    assert seen == [("top_up", 500, 500), ("sale", -120, 380)]


def test_nothing_is_posted_for_zero(engine: Engine) -> None:
    """A sale without tax has no posting of tax."""
    write(engine, posting(DRAWER, tax("EUR"), 0))
    with snapshot(engine) as session:
        assert session.exec(select(PostingRow)).all() == []
        assert session.exec(select(LedgerAccountRow)).all() == []


@pytest.mark.parametrize("bad", [posting(DRAWER, REVENUE, -1), posting(DRAWER, revenue("USD"), 5)])
def test_nonsense_is_refused(engine: Engine, bad: Posting) -> None:
    """An amount moves forwards, in one unit."""
    with pytest.raises(ValueError, match="positive amount of one unit"):
        write(engine, bad)


def test_both_sides_are_different_accounts(engine: Engine) -> None:
    """The database itself refuses to move value from an account to itself."""
    with pytest.raises(IntegrityError):
        write(engine, posting(DRAWER, DRAWER, 5))


def test_a_locked_limit_holds_under_concurrency(engine: Engine) -> None:
    """Of many who draw on one wallet at once only as many succeed as it can pay."""
    purse = wallet(new_id(), "EUR")
    write(engine, posting(bank("EUR"), purse, 500))

    def draw(_n: int) -> bool:
        def work(session: Session) -> bool:
            covered = lock(session, [purse])[purse.id] >= 100
            if covered:
                post(session, [posting(purse, REVENUE, 100)])
            return covered

        return transact(engine, work)

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(draw, range(12))) == 5
    assert read(engine, purse) == read(engine, purse, NOW) == 0


def test_accounts_are_made_after_a_rollback_too(engine: Engine) -> None:
    """What was made in a transaction that failed is made by the next that needs it."""

    def work(session: Session, *, fails: bool) -> None:
        post(session, [posting(bank("EUR"), REVENUE, 5)])
        if fails:
            raise LookupError

    for fails in (True, False, False):
        with suppress(LookupError):
            transact(engine, partial(work, fails=fails))
    with snapshot(engine) as session:
        rows = session.exec(select(LedgerAccountRow)).all()
        assert sorted(row.kind for row in rows) == ["bank", "revenue"]
        assert balance(session, REVENUE) == 10
