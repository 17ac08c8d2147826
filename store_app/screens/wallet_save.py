"""The statement that the screen shows, as a CSV file in the person's Downloads."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from store_app.desk.context import Desk


def save_statement(desk: Desk, owner: str, months_ago: int | None) -> str:
    """Write the statement of a month, or of all of them; the path of the file."""
    from store_app.delivery import save_privately
    from store_app.desk.statements import month_statement
    from store_app.statement_text import statement_csv

    view = month_statement(desk, owner, months_ago)
    zone = ZoneInfo(view.time_zone)
    month = "all" if view.since is None else f"{view.since.astimezone(zone):%Y-%m}"
    name = re.sub(r"[^\w@.-]+", "-", view.owner)
    return save_privately(f"statement-{name}-{month}.csv", statement_csv(view).encode())
