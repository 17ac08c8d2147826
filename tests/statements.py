"""What a piece of work asks of the database: its statements, lookups and commits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Engine, event


@dataclass(slots=True)
class Asked:
    """Statements with their parameters in the order they were run, and commits of changes."""

    statements: list[tuple[str, Any]] = field(default_factory=list)
    commits: int = 0

    @property
    def lookups(self) -> list[tuple[str, Any]]:
        """The statements that read."""
        return [asked for asked in self.statements if asked[0].startswith("SELECT")]


@contextmanager
def counted(engine: Engine) -> Iterator[Asked]:
    """Everything that is asked of an engine meanwhile."""
    asked = Asked()

    def run(_connection: Connection, _cursor: object, statement: str, values: Any, *_: Any) -> None:
        if not statement.startswith("BEGIN"):
            asked.statements.append((statement, values))

    def commit(connection: Connection) -> None:
        asked.commits += not connection.get_execution_options().get("reading")

    event.listen(engine, "before_cursor_execute", run)
    event.listen(engine, "commit", commit)
    yield asked
    event.remove(engine, "before_cursor_execute", run)
    event.remove(engine, "commit", commit)
