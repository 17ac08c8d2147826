"""The floor: retries, time, keys and numbers do the same on both engines."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from time import monotonic

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.exc import DBAPIError, OperationalError, StatementError
from sqlmodel import Session, select

from catalog.kernel import database
from catalog.kernel.database import snapshot, transact, unit_of_work
from catalog.kernel.errors import IdempotencyConflict, Unavailable
from catalog.kernel.inserts import insert_new
from catalog.kernel.numbering import next_number
from catalog.kernel.requests import Request, claim, finish, forget
from catalog.kernel.settings import load_settings, set_setting
from catalog.kernel.tables import NumberSeriesRow, RequestRow, SettingRow
from catalog.kernel.trouble import is_transient

NOW = datetime(2026, 3, 1, 10, tzinfo=UTC)


class _Said(Exception):
    """What a PostgreSQL driver says: an error with an SQLSTATE."""

    def __init__(self, sqlstate: str) -> None:
        super().__init__(sqlstate)
        self.sqlstate = sqlstate


def _wrapped(cause: BaseException) -> DBAPIError:
    return OperationalError("UPDATE …", {}, cause)


def _request(key: str = "k1", **body: object) -> Request:
    return Request(key=key, verb="sell", body=body, actor="tester", now=NOW)


@pytest.mark.parametrize(
    ("cause", "again"),
    [
        (sqlite3.OperationalError("database is locked"), True),
        (sqlite3.OperationalError("database table is locked"), True),
        (sqlite3.OperationalError("no such table: plan"), False),
        (_Said("40001"), True),
        (_Said("40P01"), True),
        (_Said("55P03"), True),
        (_Said("08006"), True),
        (_Said("57P01"), True),
        (_Said("23505"), False),
        (ValueError("anything else"), False),
    ],
)
def test_only_passing_trouble_is_tried_again(cause: Exception, again: bool) -> None:
    """A busy database is asked again; a wrong statement is not."""
    assert is_transient(_wrapped(cause)) is again
    assert not is_transient(cause)


def test_work_runs_again_until_it_succeeds(engine: Engine) -> None:
    """What a failed run wrote is gone, so that the effect happens once."""
    tries = []

    def work(session: Session) -> int:
        tries.append(1)
        number = next_number(session, "tries")
        if len(tries) < 4:
            raise _wrapped(_Said("40001"))
        return number

    assert transact(engine, work) == 1
    assert len(tries) == 4


def test_endless_trouble_is_said_in_words(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the last try the person is told that nothing has changed."""
    monkeypatch.setattr(database, "RETRIES", 2)

    def work(session: Session) -> None:
        next_number(session, "tries")
        raise _wrapped(_Said("40P01"))

    with pytest.raises(Unavailable, match="nothing has changed"):
        transact(engine, work)
    with snapshot(engine) as session:
        assert session.get(NumberSeriesRow, "tries") is None


def test_a_lock_held_by_another_is_waited_for(
    sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLITE_BUSY from a real second writer is passing trouble too."""
    monkeypatch.setattr(database, "BUSY_TIMEOUT_MS", 1)
    held, release = threading.Event(), threading.Event()

    def hold() -> None:
        with unit_of_work(sqlite_engine) as session:
            next_number(session, "shared")
            held.set()
            release.wait(10)

    def work(session: Session) -> int:
        return next_number(session, "shared")

    with ThreadPoolExecutor() as pool:
        holding = pool.submit(hold)
        held.wait(10)
        waiting = pool.submit(transact, sqlite_engine, work)
        release.set()
        holding.result(10)
        assert waiting.result(10) == 2


@pytest.mark.parametrize(
    ("pragma", "code"), [("query_only = ON", "read_only"), ("max_page_count = 1", "disk_full")]
)
def test_a_store_that_takes_nothing_says_why(sqlite_engine: Engine, pragma: str, code: str) -> None:
    """A full disk and a file that may not be written are no unexpected errors."""

    @event.listens_for(sqlite_engine, "connect")
    def _(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute(f"PRAGMA {pragma}")

    rows = [{"name": f"n{number}", "value": "x" * 1000} for number in range(500)]
    table = SettingRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it
    with pytest.raises(Unavailable) as refusal:
        transact(sqlite_engine, lambda session: insert_new(session, table, rows, "name"))
    assert refusal.value.code == code


def test_a_lock_that_never_ends_is_waited_for_once(
    sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole wait has a limit, however many tries there might be."""
    monkeypatch.setattr(database, "BUSY_TIMEOUT_MS", 50)
    monkeypatch.setattr(database, "BUSY_WAIT_S", 0.1)
    tries = []

    def work(session: Session) -> None:
        tries.append(next_number(session, "shared"))

    began = monotonic()
    with sqlite3.connect(str(sqlite_engine.url.database)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable) as refusal:
            transact(sqlite_engine, work)
    assert refusal.value.code == "busy"
    assert tries == []
    assert monotonic() - began < 2
    holder.close()


def test_the_waits_fit_into_twenty_seconds() -> None:
    """A clerk is told within the time that a customer stands still."""
    assert database.BUSY_WAIT_S + database.BUSY_TIMEOUT_MS / 1000 <= 20


def test_a_dead_server_connection_is_replaced(postgresql_engine: Engine) -> None:
    """A backend that is terminated in the middle costs a retry, not the sale."""
    tries = []

    def work(session: Session) -> int:
        tries.append(1)
        number = next_number(session, "survivor")
        if len(tries) == 1:
            _terminate(postgresql_engine, session)
            next_number(session, "survivor")
        return number

    assert transact(postgresql_engine, work) == 1
    assert len(tries) == 2


def _terminate(engine: Engine, session: Session) -> None:
    own = session.connection().exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
    with engine.connect() as other:
        other.exec_driver_sql(f"SELECT pg_terminate_backend({own})")


@pytest.mark.parametrize("hours", [-5, 0, 9])
def test_instants_come_back_in_utc(engine: Engine, hours: int) -> None:
    """Whatever zone went in and whatever the driver says, `datetime.UTC` comes out."""
    local = NOW.astimezone(timezone(timedelta(hours=hours)))

    def work(session: Session) -> None:
        row = RequestRow(key="k", verb="v", body_hash="h", actor="a", created_at=local)
        session.add(row)

    transact(engine, work)
    with snapshot(engine) as session:
        stored = session.get_one(RequestRow, "k").created_at
    assert stored == NOW
    assert stored.tzinfo is UTC


def test_a_naive_instant_is_refused(engine: Engine) -> None:
    """Half an instant never reaches the database."""
    naive = NOW.replace(tzinfo=None)

    def work(session: Session) -> None:
        row = RequestRow(key="k", verb="v", body_hash="h", actor="a", created_at=naive)
        session.add(row)

    with pytest.raises(StatementError, match="naive"):
        transact(engine, work)


def test_insert_new_leaves_what_is_there(engine: Engine) -> None:
    """Only new keys go in and are named, however many chunks it takes."""
    table = SettingRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it
    old = [{"name": "a", "value": "first"}]
    rows = [{"name": "a", "value": "second"}]
    rows += [{"name": f"n{number}", "value": ""} for number in range(1_200)]
    assert transact(engine, lambda session: insert_new(session, table, old, "name")) == {"a"}
    fresh = transact(engine, lambda session: insert_new(session, table, rows, "name"))
    assert fresh == {f"n{number}" for number in range(1_200)}
    assert transact(engine, lambda session: insert_new(session, table, [], "name")) == set()
    with snapshot(engine) as session:
        assert session.get_one(SettingRow, "a").value == "first"


def test_a_key_stands_for_one_request(engine: Engine) -> None:
    """New, under way, done: the same request hears each; another body is refused."""
    request = _request(plan="ES")
    steps: list[Callable[[Session], object]] = [
        lambda session: claim(session, request, "order-1"),
        lambda session: claim(session, request, "order-2"),
        lambda session: finish(session, request.key, {"order": "O-1"}),
        lambda session: claim(session, request),
    ]
    new, underway, _, done = [transact(engine, step) for step in steps]
    assert (new.is_new, new.subject_id, new.result) == (True, "order-1", None)  # type: ignore[attr-defined]
    assert (underway.is_new, underway.subject_id) == (False, "order-1")  # type: ignore[attr-defined]
    assert done.result == {"order": "O-1"}  # type: ignore[attr-defined]
    with pytest.raises(IdempotencyConflict, match="k1"):
        transact(engine, lambda session: claim(session, _request(plan="FR")))


def test_a_refused_request_frees_its_key(engine: Engine) -> None:
    """A forgotten key is new again; a finished one is never forgotten."""
    request = _request()
    transact(engine, lambda session: claim(session, request))
    transact(engine, lambda session: forget(session, request.key))
    assert transact(engine, lambda session: claim(session, request)).is_new
    transact(engine, lambda session: finish(session, request.key, {"ok": True}))
    transact(engine, lambda session: forget(session, request.key))
    assert transact(engine, lambda session: claim(session, request)).result == {"ok": True}


def test_one_of_many_claims_of_a_key_is_new(engine: Engine) -> None:
    """Double Enter in eight places at once is one request."""
    with ThreadPoolExecutor(8) as pool:
        claims = [
            pool.submit(transact, engine, lambda session: claim(session, _request()))
            for _ in range(8)
        ]
        assert sum(each.result().is_new for each in claims) == 1


def test_numbers_have_no_gaps_under_rollback(engine: Engine) -> None:
    """A number taken by a transaction that fails is given again."""
    assert transact(engine, lambda session: next_number(session, "R1")) == 1

    def fail(session: Session) -> None:
        assert next_number(session, "R1") == 2
        raise ValueError("no document after all")

    with pytest.raises(ValueError, match="no document"):
        transact(engine, fail)
    assert transact(engine, lambda session: next_number(session, "R1")) == 2


def test_numbers_have_no_gaps_under_eight_threads(engine: Engine) -> None:
    """Each number is given once, to the last."""

    def work(session: Session) -> int:
        return next_number(session, "R1")

    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda _: transact(engine, work), range(80)))
    assert sorted(taken) == list(range(1, 81))


def test_a_snapshot_sees_one_moment(sqlite_engine: Engine) -> None:
    """What is committed meanwhile belongs to the next reader, and nobody waits."""
    transact(sqlite_engine, lambda session: set_setting(session, "currency", "EUR"))
    with snapshot(sqlite_engine) as session:
        assert load_settings(session).currency == "EUR"
        transact(sqlite_engine, lambda other: set_setting(other, "currency", "USD"))
        session.expire_all()
        assert session.exec(select(SettingRow.value)).one() == "EUR"
