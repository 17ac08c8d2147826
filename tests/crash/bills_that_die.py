"""`esim-store bill run` that kills its process at a chosen moment.

Every commit has a moment before it and one after, every line of a bill one before it is written. A
moment of 0 never comes.
"""

from __future__ import annotations

import os
import signal
from contextlib import redirect_stdout
from functools import partial
from io import StringIO
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


def run(store: str, moment: int, batch: int, as_of: str) -> int:
    """Bill until a day, so many subscriptions in one transaction; the status of the command."""
    die_at(moment)
    invoices.run_bills = partial(invoices.run_bills, batch=batch)
    with redirect_stdout(StringIO()):
        return main(["--store", store, "--json", "bill", "run", "--as-of", as_of])
