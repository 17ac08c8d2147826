"""The log of a SQLite store is copied into it beside a long run of transactions, and never lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from catalog.kernel import log_copying
from catalog.kernel.database import transact
from catalog.kernel.log_copying import log_copied_apart
from catalog.kernel.tables import NumberSeriesRow

_PAGE = 4_096


def _write(engine: Engine, first: int, count: int) -> None:
    """So many transactions of a few pages each."""
    for number in range(first, first + count):
        rows = [NumberSeriesRow(name=f"{number}-{part}" + "x" * 900) for part in range(20)]
        transact(engine, lambda session, rows=rows: session.add_all(rows))  # type: ignore[misc]  # bound at once


def _file(engine: Engine) -> Path:
    return Path(str(engine.url.database))


def _log_size(engine: Engine) -> int:
    return _file(engine).with_name(_file(engine).name + "-wal").stat().st_size


def _setting(engine: Engine) -> int:
    """After how many pages a commit of the pooled connection copies the log."""
    found: Any = transact(
        engine,
        lambda session: (
            session.connection().exec_driver_sql("PRAGMA wal_autocheckpoint").scalar_one()
        ),
    )
    return int(found)


def test_commits_leave_the_copying_to_the_thread_and_all_is_copied_at_the_end(
    sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No commit of the run copies; when it is over everything logged is in the store itself."""
    monkeypatch.setattr(log_copying, "_AGAIN_S", 3_600)
    with log_copied_apart(sqlite_engine) as engine:
        before = _file(engine).stat().st_size
        _write(engine, 0, 300)
        assert _setting(engine) == 0
        assert _file(engine).stat().st_size == before
    assert _file(sqlite_engine).stat().st_size > before + 300 * _PAGE
    assert _setting(sqlite_engine) == 1_000


def test_a_log_that_is_too_long_begins_anew(
    sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However much is written, the log stays near what it may hold."""
    monkeypatch.setattr(log_copying, "_AGAIN_S", 0.001)
    monkeypatch.setattr(log_copying, "_MOST_PAGES", 50)
    with log_copied_apart(sqlite_engine) as engine:
        _write(engine, 0, 50)
        _write(engine, 50, 1_000)
        assert _log_size(engine) < 1_000 * 5 * _PAGE // 2


def test_a_failure_to_copy_loses_nothing(
    sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody can copy while another run does; what was committed is there all the same."""
    monkeypatch.setattr(log_copying, "_AGAIN_S", 0.001)
    with log_copied_apart(sqlite_engine) as one, log_copied_apart(sqlite_engine) as other:
        _write(one, 0, 20)
        _write(other, 20, 20)
    with Session(sqlite_engine) as session:
        names = session.exec(select(NumberSeriesRow.name)).all()
    assert len([name for name in names if name.endswith("x" * 900)]) == 40 * 20


def test_a_server_copies_its_own_log(postgresql_engine: Engine) -> None:
    """PostgreSQL needs none of this: its engine is given back as it is."""
    with log_copied_apart(postgresql_engine) as engine:
        assert engine is postgresql_engine
