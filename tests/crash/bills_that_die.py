"""`esim-store bill run` in a process of its own that kills itself at a chosen moment.

Run as: python -m tests.crash.bills_that_die STORE AS_OF BATCH MOMENT
Every commit has a moment before it and one after, every line of a bill one before it is written. A
moment of 0 never comes.
"""

from __future__ import annotations

import os
import signal
import sys
from functools import partial
from typing import Any

from sqlalchemy import Connection, Engine, event

from store_app.__main__ import main
from store_app.desk import invoices


def die_at(fatal: int) -> None:
    """Kill this process when so many moments have passed."""
    left = fatal

    def pass_by() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def commit(connection: Connection) -> None:
        if connection.get_execution_options().get("reading"):
            return
        pass_by()
        connection.connection.dbapi_connection.commit()  # type: ignore[union-attr]
        pass_by()

    def write(_connection: Connection, _cursor: object, statement: str, *_: Any) -> None:
        if statement.startswith("INSERT INTO invoice_line"):
            pass_by()

    event.listen(Engine, "commit", commit)
    event.listen(Engine, "before_cursor_execute", write)


if __name__ == "__main__":
    store, as_of, batch, moment = sys.argv[1:]
    die_at(int(moment))
    invoices.run_bills = partial(invoices.run_bills, batch=int(batch))  # many transactions
    sys.exit(main(["--store", store, "--json", "bill", "run", "--as-of", as_of]))
