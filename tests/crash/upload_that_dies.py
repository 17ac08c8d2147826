"""An upload, or a decision, that kills its process at a chosen commit."""

from __future__ import annotations

import os
import signal
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, event

from catalog.kernel.database import open_engine
from catalog.stock import clearing, import_stock
from store_app.desk.context import Desk
from store_app.desk.stock import decide_batch
from store_app.desk.stock import import_stock as upload

NOW = datetime(2026, 3, 1, 10, tzinfo=UTC)


def main(store: str, file: str, decision: str, commit: int, moment: str) -> None:
    """Do it, dying with the n-th commit: just before it, or just after."""
    engine = open_engine(store)
    import_stock.CHUNK = clearing.SLICE = 20
    seen = 0

    def count(connection: Connection) -> None:
        nonlocal seen
        if connection.get_execution_options().get("reading"):
            return
        seen += 1
        if seen < commit:
            return
        if moment == "after":
            connection.connection.dbapi_connection.commit()  # type: ignore[union-attr]
        os.kill(os.getpid(), signal.SIGKILL)

    event.listen(engine, "commit", count)
    desk = Desk(engine=engine, clock=lambda: NOW, actor="tester", register_id="R1")
    if decision == "upload":
        upload(desk, Path(file), operator="Telefonica", approve=True, key="u1")
    else:
        decide_batch(desk, file, "rollback", key="d1")
