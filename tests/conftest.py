"""What every test can ask for: an empty store on each engine, a desk on it, and a clean world."""

from __future__ import annotations

import asyncio
import gc
import os
import shutil
import sqlite3
import sys
import uuid
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from functools import wraps
from inspect import iscoroutinefunction
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests.peers.postgres_peer import PostgresPeer

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from store_app.desk.context import Desk
    from tests.peers.smdp_peer import Served
    from tests.stripe_double import StripeDouble

NOW = datetime(2026, 3, 1, 10, tzinfo=UTC)
"""The instant at which every desk of the tests stands."""

# The same examples on every run; `--hypothesis-profile=explore` looks for new ones.
_PATIENT = [HealthCheck.too_slow, HealthCheck.differing_executors]
settings.register_profile(
    "steady", derandomize=True, deadline=None, database=None, suppress_health_check=_PATIENT
)
settings.register_profile("explore", deadline=None, max_examples=1_000)
settings.load_profile("steady")

_ASYNC_LIMIT_S = 120
_PEER = pytest.StashKey[PostgresPeer]()


def pytest_configure(config: pytest.Config) -> None:
    """Name the PostgreSQL server of this run; the workers of one run share it."""
    run = os.environ.setdefault("ESIM_TEST_RUN", uuid.uuid4().hex[:8])
    config.stash[_PEER] = PostgresPeer(run)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server when the whole run, and not only one worker, is over."""
    if not hasattr(config, "workerinput"):
        config.stash[_PEER].stop()


def pytest_collection_finish() -> None:
    """Let the collector pass over what stays until the end: a fifth of the time went there."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Bound every asynchronous test: a screen that waits for ever fails instead of hanging."""
    for item in items:
        if isinstance(item, pytest.Function) and iscoroutinefunction(item.obj):
            item.obj = _bounded(item.obj)


def _bounded(test: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    @wraps(test)
    async def run(*args: object, **kwargs: object) -> None:
        async with asyncio.timeout(_ASYNC_LIMIT_S):
            await test(*args, **kwargs)

    return run


@pytest.fixture(scope="session", autouse=True)
def _one_compiler() -> Iterator[None]:
    from tests.one_compiler import engine_of_many

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("catalog.kernel.database.create_engine", engine_of_many)
        yield


@pytest.fixture(autouse=True)
def _clean_world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("ESIM_STORE_")]:
        monkeypatch.delenv(name)
    home = tmp_path / "home"
    monkeypatch.setenv("HOME", str(home))
    for name in ("DATA", "CONFIG", "CACHE", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(home / name.lower()))


@pytest.fixture(autouse=True)
def _honest_doubles() -> Iterator[None]:
    """No request to Stripe and no answer of a double may break Stripe's own description."""
    yield
    double = sys.modules.get("tests.stripe_double")
    if double is not None:
        broken = [wrong for each in double.EVERY_DOUBLE for wrong in each.broken]
        double.EVERY_DOUBLE.clear()
        assert broken == []


@pytest.hookimpl(trylast=True, specname="pytest_collection_modifyitems")
def begin_with_the_long(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let each worker begin with its part of the long tests: none is left alone with one."""
    workers: int = getattr(config, "workerinput", {}).get("workercount", 1)
    long = [item for item in items if item.get_closest_marker("long")]
    rest = [item for item in items if not item.get_closest_marker("long")]
    share = -(-len(rest) // workers)
    items[:] = [
        item
        for each in range(workers)
        for item in (*long[each::workers], *rest[each * share : (each + 1) * share])
    ]


@pytest.fixture(scope="session")
def postgres(pytestconfig: pytest.Config) -> PostgresPeer:
    """The PostgreSQL server of this run; a test that cannot have it fails."""
    return pytestconfig.stash[_PEER]


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with every table, to be copied for each test."""
    from catalog.kernel.database import open_engine
    from catalog.kernel.sqlite_file import stamp
    from store_app.schema import METADATA
    from store_app.upgrade import CURRENT

    path = tmp_path_factory.mktemp("template") / "empty.db"
    engine = open_engine(str(path))
    with engine.begin() as connection:
        METADATA.create_all(connection)
        stamp(connection, CURRENT.number)
    engine.dispose()  # the last connection folds the write-ahead log into the file
    return path


@pytest.fixture
def sqlite_engine(sqlite_template: Path, tmp_path: Path) -> Iterator[Engine]:
    """An empty store in a SQLite file of its own."""
    from catalog.kernel.database import open_engine

    shutil.copyfile(sqlite_template, tmp_path / "store.db")
    engine = _hasty(open_engine(str(tmp_path / "store.db")))
    yield engine
    engine.dispose()


def _hasty(engine: Engine) -> Engine:
    """Do not wait for the disk; the program itself does."""
    from sqlalchemy import event

    @event.listens_for(engine, "connect")
    def _(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA synchronous=OFF")

    return engine


@pytest.fixture
def postgresql_engine(postgres: PostgresPeer) -> Iterator[Engine]:
    """An empty store in a PostgreSQL database of its own."""
    from catalog.kernel.database import open_engine

    with postgres.database() as url:
        engine = open_engine(url)
        yield engine
        engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> Engine:
    """An empty store with every table, on each engine in turn."""
    made: Engine = request.getfixturevalue(f"{request.param}_engine")
    return made


@pytest.fixture
def desk(engine: Engine) -> Desk:
    """A desk on each engine in turn, its clock standing at `NOW`."""
    return _desk(engine)


@pytest.fixture
def sqlite_desk(sqlite_engine: Engine) -> Desk:
    """A desk on SQLite alone, its clock standing at `NOW`."""
    return _desk(sqlite_engine)


def _desk(engine: Engine) -> Desk:
    from store_app.desk.context import Desk

    return Desk(engine=engine, clock=lambda: NOW, actor="tester", register_id="R1")


@pytest.fixture
def stripe_double(monkeypatch: pytest.MonkeyPatch) -> StripeDouble:
    """Stripe within the process."""
    from tests.stripe_double import StripeDouble

    monkeypatch.setattr("stripe.HTTPClient._sleep_time_seconds", lambda *_: 0)
    return StripeDouble()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """An SM-DP+ that no request of the test may displease."""
    from tests.peers.smdp_peer import smdp_peer

    with smdp_peer(tmp_path) as made:
        yield made
        assert made.smdp.broken == []


@pytest.fixture
def nothing_known() -> None:
    """What an earlier test has computed of a period's costs proves nothing in this one."""
    from tests.subscriptions import forget

    forget()
