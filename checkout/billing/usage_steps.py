"""Steps of applying a batch: how large they are, what they come to, what they leave behind."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from time import sleep
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Engine, Table, literal, select
from sqlmodel import Session

from catalog.kernel.bulk import Columns, insert_rows, update_rows
from catalog.kernel.bulk_reads import among
from catalog.kernel.database import from_micros, is_server_session, transact
from checkout.billing.usage_files import UsageRow
from checkout.billing.usage_postings import STEPS

if TYPE_CHECKING:
    import polars as pl

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Pace:
    """How much one transaction takes: a clerk's sale waits no longer than for one of these.

    Attributes:
        records: that land together.
        lines: whose sums are applied together.
        each: records that are taken one by one together.
        rest_s: how long the store is left alone after a transaction, for who waits to write.

    """

    records: int
    lines: int
    each: int
    rest_s: float = 0

    def take(self, engine: Engine, work: Callable[[Session], T]) -> T:
        """One transaction, and a rest."""
        done = transact(engine, work)
        sleep(self.rest_s)
        return done


@dataclass(frozen=True, slots=True)
class Outcome:
    """What steps came to, besides the balances.

    Attributes:
        suspended: lines that stopped, with or without usage of their own.
        left: numbers of lines that are left for steps that take each record by itself.

    """

    charged_minor: int = 0
    overrun_bytes: int = 0
    suspended: int = 0
    steps: int = 0
    left: tuple[int, ...] = ()

    def __add__(self, other: Outcome) -> Outcome:
        """Both together; what is left concerns only who asked for the step."""
        return Outcome(
            self.charged_minor + other.charged_minor,
            self.overrun_bytes + other.overrun_bytes,
            self.suspended + other.suspended,
            self.steps + other.steps,
        )


Step = Callable[[Session, int], Outcome]
"""Some records of a batch, applied in one transaction under the number of its step."""

Steps = Generator[Step, Outcome | None, None]
"""Steps to be taken one after the other; what each came to is sent back, None when it `Moved`."""


class Moved(Exception):
    """A line is no longer as it was when the step was computed: compute it again."""


def lock_rows(session: Session, table: Table, key: str, keys: pl.Series) -> None:
    """Lock rows in the order of their keys; a SQLite store is locked as a whole already."""
    if is_server_session(session):
        mine = among(session, table.c[key], keys)
        wanted = select(literal(1)).select_from(table).where(mine)
        session.execute(wanted.order_by(*table.primary_key.columns).with_for_update())


def change_rows(
    session: Session, table: Table, key: str, columns: Columns, was: pl.DataFrame
) -> None:
    """Change rows that are still as they were read; `Moved` when one of them is not."""
    if update_rows(session, table, key, columns, was.to_dict()) != was.height:
        raise Moved


def insert_steps(session: Session, step: int, lines: pl.DataFrame, amounts: dict[str, Any]) -> None:
    """Write a step's posting of each line; `lines` are totals with the line's `last_step`."""
    names = {"number": "line", "last_step": "previous", "records": "records"} | {
        name: name for name in ("last_place", "first_hour", "last_hour")
    }
    columns = {column: lines[name] for name, column in names.items()}
    insert_rows(session, STEPS, columns | {"step": step} | _NOTHING | amounts)


_NOTHING = {"from_line": False} | dict.fromkeys(
    ("served_bytes", "overrun_bytes", "barred_bytes", "charged_minor", "tax_minor"), 0
)


def usage_rows(records: pl.DataFrame) -> list[tuple[int, UsageRow]]:
    """Records as values with the number of their line, in the order of arrival."""
    columns = ("number", "place", "event_id", "started_at", "bytes", "country", "cumulative")
    return [
        (number, UsageRow(place, event_id, "", from_micros(at), count, country, cumulative))
        for number, place, event_id, at, count, country, cumulative in records.sort("place")
        .select(columns)
        .iter_rows()
    ]
