"""`esim-store bill run` that kills its process at a chosen moment.

Every commit has a moment before it and one after, every line of a bill one before it is written. A
moment of 0 never comes.
"""

from __future__ import annotations

from contextlib import redirect_stdout
from functools import partial
from io import StringIO
from typing import Any

from sqlalchemy import Connection, Engine, event

from store_app.__main__ import main
from store_app.desk import invoices
from tests.crash.moments import Moments


def die_at(fatal: int) -> None:
    """Kill this process when so many moments have passed."""
    moments = Moments(fatal)
    moments.around_commits(Engine)

    def write(_connection: Connection, _cursor: object, statement: str, *_: Any) -> None:
        if statement.startswith("INSERT INTO invoice_line"):
            moments.pass_by()

    event.listen(Engine, "before_cursor_execute", write)


def run(store: str, moment: int, batch: int, as_of: str) -> int:
    """Bill until a day, so many subscriptions in one transaction; the status of the command."""
    die_at(moment)
    invoices.run_bills = partial(invoices.run_bills, batch=batch)
    with redirect_stdout(StringIO()):
        return main(["--store", store, "--json", "bill", "run", "--as-of", as_of])
