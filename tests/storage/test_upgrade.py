"""A store upgrades itself: alone, all or nothing, with a copy, and never downwards."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine, inspect

from catalog.kernel.database import open_engine
from catalog.kernel.errors import Refused
from catalog.kernel.server_schema import server_revision
from catalog.kernel.sqlite_file import APPLICATION_ID, read_stamp
from store_app.schema import METADATA
from store_app.upgrade import CURRENT, MIGRATIONS, Schema, upgrade
from tests.peers.postgres_peer import PostgresPeer

ROOT = Path(__file__).parents[2]
NEXT = CURRENT.number + 1
REBUILD = f'''
"""A revision that rebuilds a parent table, as later versions will."""
import os
import signal

import sqlalchemy as sa
from alembic import op

revision, down_revision = "{NEXT:04d}", "{CURRENT.number:04d}"
branch_labels = depends_on = None


def upgrade():
    with op.batch_alter_table("parent", recreate="always") as table:
        table.add_column(sa.Column("colour", sa.String(), server_default="red"))
    op.create_table("late", sa.Column("id", sa.Integer(), primary_key=True))
    if os.environ.get("BREAK") == "raise":
        raise RuntimeError("in the middle")
    if os.environ.get("BREAK") == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if os.environ.get("BREAK") == "orphan":
        op.execute(sa.delete(sa.table("parent")))
'''
FAMILY = """
CREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE child (id INTEGER PRIMARY KEY,
                    parent_id INTEGER NOT NULL REFERENCES parent (id) ON DELETE CASCADE);
INSERT INTO parent VALUES (1, 'one'), (2, 'two');
INSERT INTO child VALUES (1, 1), (2, 1), (3, 2);
"""


@pytest.fixture
def later(tmp_path: Path) -> Schema:
    """The schema of a later version, one revision ahead."""
    folder = tmp_path / "later"
    folder.mkdir()
    (folder / "next_revision.py").write_text(REBUILD)
    return Schema(NEXT, (MIGRATIONS / "versions", folder))


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store of this version with a parent, its children, and one setting."""
    path = tmp_path / "shop" / "store.db"
    upgrade(str(path))
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(FAMILY)
    return path


def _ask(path: Path, question: str) -> object:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(question).fetchone()[0]


def _tables(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as connection:
        return {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}


def _start(path: Path, later: Schema, fault: str = "") -> subprocess.Popen[bytes]:
    folders = tuple(str(folder) for folder in later.folders)
    program = (
        "from pathlib import Path; from store_app.upgrade import Schema, upgrade\n"
        f"upgrade({str(path)!r}, schema=Schema({later.number}, tuple(map(Path, {folders!r}))))"
    )
    environment = os.environ | {"BREAK": fault, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", program]
    return subprocess.Popen(command, env=environment, stderr=subprocess.PIPE)


def _finish(process: subprocess.Popen[bytes]) -> tuple[int, str]:
    _out, said = process.communicate(timeout=60)
    return process.returncode, said.decode()


def test_a_new_file_is_stamped_and_private(store: Path) -> None:
    """The header says whose file it is and its schema; others on the machine can't read it."""
    stamp = read_stamp(store)
    assert stamp is not None
    assert (stamp.application_id, stamp.schema) == (APPLICATION_ID, CURRENT.number)
    assert store.stat().st_mode & 0o077 == 0


def test_children_survive_the_rebuild_of_their_parent(store: Path, later: Schema) -> None:
    """ON DELETE CASCADE deletes nothing while a parent table is rebuilt."""
    upgrade(str(store), schema=later)
    assert _ask(store, "SELECT count(*) FROM child") == 3
    assert _ask(store, "SELECT count(*) FROM parent WHERE colour = 'red'") == 2
    assert _ask(store, "PRAGMA user_version") == NEXT


def test_a_checked_copy_is_kept_before_an_upgrade(store: Path, later: Schema) -> None:
    """The copy is the store as it was; there is none for a new store."""
    assert not (store.parent / "backups").exists()
    upgrade(str(store), schema=later)
    (copy,) = (store.parent / "backups").iterdir()
    assert _ask(copy, "PRAGMA user_version") == CURRENT.number
    assert "late" not in _tables(copy)


def test_only_the_last_three_copies_are_kept(store: Path, later: Schema) -> None:
    """Old copies make room for new ones."""
    copies = store.parent / "backups"
    copies.mkdir()
    for age in range(1, 6):
        old = copies / f"store-before-000{age}-from-0000.db"
        old.touch()
        os.utime(old, (age, age))
    upgrade(str(store), schema=later)
    assert len(list(copies.iterdir())) == 3


def test_four_processes_at_once_upgrade_once(store: Path, later: Schema) -> None:
    """One upgrades, the others wait and find nothing to do; one copy is made."""
    runs = [_finish(each) for each in [_start(store, later) for _ in range(4)]]
    assert [code for code, _said in runs] == [0, 0, 0, 0], runs
    assert len(list((store.parent / "backups").iterdir())) == 1
    assert _ask(store, "SELECT count(*) FROM child") == 3


@pytest.mark.parametrize(
    ("fault", "said"), [("raise", "in the middle"), ("orphan", "the store is as it was")]
)
def test_an_upgrade_that_fails_leaves_the_old_store(
    store: Path, later: Schema, fault: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An exception or lost parents: nothing changed, and the next start upgrades."""
    monkeypatch.setenv("BREAK", fault)
    with pytest.raises((RuntimeError, Refused), match=said):
        upgrade(str(store), schema=later)
    _check_old_then_upgrade(store, later, monkeypatch)


def test_a_kill_before_commit_leaves_the_old_store(
    store: Path, later: Schema, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed with the changes written and not committed: the next start upgrades."""
    assert _finish(_start(store, later, "kill"))[0] == -signal.SIGKILL
    _check_old_then_upgrade(store, later, monkeypatch)


def _check_old_then_upgrade(store: Path, later: Schema, patch: pytest.MonkeyPatch) -> None:
    assert _ask(store, "PRAGMA user_version") == CURRENT.number
    assert "late" not in _tables(store)
    assert _ask(store, "SELECT count(*) FROM child") == 3
    patch.delenv("BREAK", raising=False)
    upgrade(str(store), schema=later)
    assert _ask(store, "PRAGMA user_version") == NEXT


def test_a_newer_store_is_refused_and_unchanged(store: Path, later: Schema) -> None:
    """An older program does not touch what a newer one made."""
    upgrade(str(store), schema=later)
    before = store.read_bytes()
    with pytest.raises(Refused, match="newer version") as refusal:
        upgrade(str(store))
    assert refusal.value.code == "newer_store"
    assert store.read_bytes() == before


@pytest.mark.parametrize("content", [b"a letter to a friend, not a database\n" * 40, None])
def test_somebody_elses_file_is_refused(tmp_path: Path, content: bytes | None) -> None:
    """A text file and another program's database are left alone."""
    path = tmp_path / "other.db"
    if content is None:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("CREATE TABLE theirs (id)")
    else:
        path.write_bytes(content)
    before = path.read_bytes()
    with pytest.raises(Refused) as refusal:
        upgrade(str(path))
    assert refusal.value.code == "not_a_store"
    assert path.read_bytes() == before


def test_too_little_space_stops_an_upgrade(
    store: Path, later: Schema, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without room for a copy and the rebuilt tables nothing is begun."""
    free = type("usage", (), {"free": 10})
    monkeypatch.setattr("shutil.disk_usage", lambda _path: free)
    with pytest.raises(Refused) as refusal:
        upgrade(str(store), schema=later)
    assert refusal.value.code == "no_space"
    assert _ask(store, "PRAGMA user_version") == CURRENT.number


@pytest.fixture
def empty_server(postgres: PostgresPeer) -> Iterator[str]:
    """The address of an empty database on the server."""
    with postgres.database(empty=True) as url:
        yield url


def test_a_server_is_upgraded_only_when_told(empty_server: str) -> None:
    """A database that others share is changed by its operator, not by whoever comes first."""
    with pytest.raises(Refused) as refusal:
        upgrade(empty_server)
    assert refusal.value.code == "not_upgraded"
    assert upgrade(empty_server, told=True) == CURRENT.number
    assert upgrade(empty_server) == CURRENT.number


def test_a_newer_server_store_is_refused(empty_server: str, later: Schema) -> None:
    """The revision on the server decides, as the header of a file does."""
    upgrade(empty_server, told=True)
    engine = open_engine(empty_server)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0099'")
        assert server_revision(connection) == "0099"
    engine.dispose()
    with pytest.raises(Refused, match="newer version"):
        upgrade(empty_server, told=True, schema=later)


@pytest.fixture(params=["sqlite", "postgresql"])
def migrated(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A store made by its revisions, on each engine."""
    if request.param == "sqlite":
        address = str(tmp_path / "migrated.db")
    else:
        address = request.getfixturevalue("empty_server")
    upgrade(address, told=True)
    engine = open_engine(address)
    yield engine
    engine.dispose()


def test_the_revisions_make_what_the_models_say(migrated: Engine) -> None:
    """Nothing is left for the next revision, on either engine."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with migrated.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


def test_checks_and_partial_indexes_are_those_of_the_models(
    migrated: Engine, request: pytest.FixtureRequest
) -> None:
    """What a comparison of metadata does not see: CHECK names and conditions of indexes."""
    name = "postgresql" if "postgresql" in str(migrated.url) else "sqlite"
    created: Engine = request.getfixturevalue(f"{name}_engine")
    for table in METADATA.tables:
        assert _details(migrated, table) == _details(created, table), table


def _details(engine: Engine, table: str) -> tuple[dict[str, str], dict[str, tuple[bool, str]]]:
    seen = inspect(engine)
    checks = {str(each["name"]): each["sqltext"] for each in seen.get_check_constraints(table)}
    indexes = {
        str(each["name"]): (bool(each["unique"]), _options(each.get("dialect_options", {})))
        for each in seen.get_indexes(table)
    }
    return checks, indexes


def _options(options: Mapping[str, object]) -> str:
    return str(sorted((name, str(value)) for name, value in options.items()))
