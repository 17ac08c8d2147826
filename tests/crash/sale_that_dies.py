"""One sale that kills its process at a chosen commit."""

from __future__ import annotations

import os
import signal
from datetime import UTC, datetime

from sqlalchemy import Connection, event

from catalog.kernel.database import open_engine
from store_app.desk.context import Desk
from store_app.desk.sales import sell

NOW = datetime(2026, 3, 1, 10, tzinfo=UTC)


def main(store: str, key: str, commit: int, moment: str) -> None:
    """Sell for cash, dying with the n-th commit: just before it, or just after."""
    engine = open_engine(store)
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
    sell(desk, sku="ES-5GB-30D", pay="cash", key=key, tendered="20.00")
