"""One SIM swap that kills its process at a chosen moment.

A moment is a number: every commit and the call of the operator have one before and one after.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Connection, event

from catalog.kernel.database import open_engine
from catalog.suppliers.number_moves import OfflineMover
from store_app.desk.context import Desk
from store_app.desk.sim_swaps import swap_sim
from tests.crash.card_that_dies import Moments

NOW = datetime(2026, 3, 1, 10, tzinfo=UTC)


def main(store: str, fatal: int, old: str, new: str) -> None:
    """Swap, dying at the fatal moment."""
    moments, engine = Moments(fatal), open_engine(store)

    def commit(connection: Connection) -> None:
        if connection.get_execution_options().get("reading"):
            return
        moments.pass_by()
        connection.connection.dbapi_connection.commit()  # type: ignore[union-attr]
        moments.pass_by()

    event.listen(engine, "commit", commit)
    OfflineMover.move = moments.around(OfflineMover.move)  # type: ignore[method-assign]
    desk = Desk(engine=engine, clock=lambda: NOW, actor="tester", register_id="R1")
    swap_sim(desk, old, new, key="k1")
