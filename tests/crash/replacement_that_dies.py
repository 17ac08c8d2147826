"""One live replacement in a process of its own that kills itself at a chosen moment.

Run as: python -m tests.crash.replacement_that_dies STORE MOMENT ICCID
A moment is a number: every commit and every call of the supplier has one before it and one after.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime

from sqlalchemy import Connection, event

from catalog.kernel.database import open_engine
from catalog.suppliers.es2plus import Es2Plus
from store_app.desk.context import Desk
from store_app.desk.replacements import replace_esim
from tests.crash.card_that_dies import Moments

NOW = datetime(2026, 3, 1, 10, tzinfo=UTC)


def main(store: str, fatal: int, iccid: str) -> None:
    """Replace an eSIM, dying at the fatal moment."""
    moments, engine = Moments(fatal), open_engine(store)

    def commit(connection: Connection) -> None:
        if connection.get_execution_options().get("reading"):
            return
        moments.pass_by()
        connection.connection.dbapi_connection.commit()  # type: ignore[union-attr]
        moments.pass_by()

    event.listen(engine, "commit", commit)
    for verb in ("order_download", "confirm"):
        setattr(Es2Plus, verb, moments.around(getattr(Es2Plus, verb)))
    desk = Desk(engine=engine, clock=lambda: NOW, actor="tester", register_id="R1")
    replace_esim(desk, iccid, reason="deleted", key="r1")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
