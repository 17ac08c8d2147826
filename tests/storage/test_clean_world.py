"""The world that conftest gives: real engines, desks, and nothing of the machine's own."""

from __future__ import annotations

import os
from pathlib import Path

from catalog.kernel.database import is_server, transact
from catalog.kernel.numbering import next_number
from store_app.desk.context import Desk


def test_a_desk_stands_on_an_empty_store(desk: Desk, tmp_path: Path) -> None:
    """Each test starts with tables and no rows, on either engine, far from the real home."""
    assert transact(desk.engine, lambda session: next_number(session, "any")) == 1
    assert Path(os.environ["HOME"]).is_relative_to(tmp_path)


def test_the_engine_is_what_its_name_says(desk: Desk, request: object) -> None:
    """PostgreSQL is a real server; SQLite is a file."""
    name = request.node.callspec.params["engine"]  # type: ignore[attr-defined]  # pytest's own
    assert is_server(desk.engine) is (name == "postgresql")
