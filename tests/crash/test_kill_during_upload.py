"""kill -9 at every commit of an upload and of a rollback: nothing of it is half done."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import func, select

from catalog.esim.tables import EsimRow
from catalog.kernel.database import snapshot
from catalog.stock.batches import LEASE
from store_app.desk.context import Desk
from store_app.desk.stock import decide_batch, import_stock, list_batches, stock_summary
from store_app.desk.upkeep import doctor, maintain
from tests.crash.own_processes import died
from tests.crash.upload_that_dies import main
from tests.shop import at
from tests.stock_files import row, write

ROWS = 50
COMMITS = 5
"""Begin, three chunks of at most twenty rows, the end."""
UPLOADS = [(commit, moment) for commit in range(1, COMMITS + 1) for moment in ("before", "after")]


def for_sale(desk: Desk) -> int:
    """How many profiles could be sold."""
    return sum(level.available for level in stock_summary(desk))


def stored(desk: Desk) -> int:
    """How many profiles there are at all."""
    with snapshot(desk.engine) as session:
        return session.exec(select(func.count()).select_from(EsimRow)).one()


def sound(desk: Desk) -> None:
    """The doctor has no complaint."""
    assert [check for check in doctor(desk) if not check.ok] == []


@pytest.mark.parametrize(("commit", "moment"), UPLOADS)
def test_the_same_upload_ends_what_was_killed(
    desk: Desk, tmp_path: Path, commit: int, moment: str
) -> None:
    """All of it is for sale, or nothing; the same key ends in one batch."""
    path = write(tmp_path / "a.csv", map(row, range(ROWS)))
    assert died(main, desk, str(path), "upload", commit, moment) == -9
    is_whole = (commit, moment) == (COMMITS, "after")
    assert for_sale(desk) == (ROWS if is_whole else 0)
    sound(desk)
    done = import_stock(desk, path, operator="Telefonica", approve=True, key="u1")
    assert (done.accepted, done.state, done.replayed) == (ROWS, "approved", is_whole)
    assert (for_sale(desk), stored(desk), len(list_batches(desk))) == (ROWS, ROWS, 1)
    sound(desk)


@pytest.mark.parametrize(("commit", "moment"), [(1, "after"), (3, "before"), (4, "after")])
def test_what_a_killed_upload_left_is_cleared(
    desk: Desk, tmp_path: Path, commit: int, moment: str
) -> None:
    """Maintenance forgets it once nobody can be at it any more."""
    path = write(tmp_path / "a.csv", map(row, range(ROWS)))
    assert died(main, desk, str(path), "upload", commit, moment) == -9
    maintain(at(desk, desk.clock() + LEASE + timedelta(seconds=1)))
    assert (stored(desk), list_batches(desk)) == (0, [])
    sound(desk)


@pytest.mark.parametrize(("commit", "moment"), [(1, "before"), (1, "after"), (3, "after")])
def test_a_killed_rollback_is_ended_by_its_key(
    desk: Desk, tmp_path: Path, commit: int, moment: str
) -> None:
    """From its first commit on nothing of the batch is for sale."""
    path = write(tmp_path / "a.csv", map(row, range(ROWS)))
    done = import_stock(desk, path, operator="Telefonica", approve=True)
    assert died(main, desk, str(done.batch), "rollback", commit, moment) == -9
    assert for_sale(desk) == (ROWS if moment == "before" else 0)
    sound(desk)
    decide_batch(desk, str(done.batch), "rollback", key="d1")
    assert (stored(desk), for_sale(desk)) == (0, 0)
    sound(desk)


def test_an_upload_is_so_many_commits(desk: Desk, tmp_path: Path) -> None:
    """A process told to die at the next one lives."""
    path = write(tmp_path / "a.csv", map(row, range(ROWS)))
    assert died(main, desk, str(path), "upload", COMMITS + 1, "before") == 0
