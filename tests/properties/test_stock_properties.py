"""Any mixture of good and broken rows: every row is accepted or refused, nothing is lost."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import select

from catalog.esim.tables import EsimRow
from catalog.kernel.database import open_engine, snapshot
from catalog.stock import import_stock as uploads
from store_app.desk.context import Desk
from store_app.schema import METADATA
from tests.stock_files import row, upload, write

NOW = datetime(2026, 3, 1, 10, tzinfo=UTC)

BROKEN = st.sampled_from(
    [
        "8.93E+18,LPA:1$smdp.example.com$A,,,",
        ",LPA:1$smdp.example.com$A,,,",
        "8931080000000000019,garbage,,,",
        "too,few",
        "one,two,three,four,five,six",
        '"8931080000000000019"x,,,,',
        "8931080000000000019,LPA:1$smdp.example.com$A,NOPE,,",
        "\0,\0,,,",
    ]
)
GOOD = st.integers(0, 15).map(row)
CLASH = st.tuples(st.integers(0, 15), st.integers(0, 15)).map(
    lambda pair: row(pair[0], code=f"UP-{pair[1]:08d}")
)


@settings(max_examples=25)
@given(
    rows=st.lists(st.one_of(GOOD, GOOD, CLASH, BROKEN), min_size=1, max_size=30),
    chunk=st.integers(1, 9),
)
def test_every_row_is_accepted_or_refused(rows: list[str], chunk: int) -> None:
    """The counts add up, a dry run agrees, and the store holds what was accepted."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(uploads, "CHUNK", chunk)
        engine = open_engine(str(Path(folder) / "store.db"))
        METADATA.create_all(engine)
        desk = Desk(engine, lambda: NOW, "tester", "R1")
        path = write(Path(folder) / "stock.csv", rows)
        dry, done = upload(desk, path, dry_run=True), upload(desk, path)
        with snapshot(engine) as session:
            stored = session.exec(select(EsimRow)).all()
        engine.dispose()
        assert done.accepted + done.rejected == len(rows)
        assert len(done.errors) == done.rejected >= done.duplicates
        assert (dry.accepted, dry.errors) == (done.accepted, done.errors)
        assert len({profile.iccid_key for profile in stored}) == len(stored) == done.accepted
        lines = [error.line for error in done.errors]
        assert lines == sorted(set(lines))
        assert set(lines) <= set(range(2, len(rows) + 2))
