"""Where the rows of an upload go, chunk by chunk: into a batch, or nowhere (a dry run)."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from sqlalchemy import Column, Engine, MetaData, String, Table, insert
from sqlmodel import Session, select

from catalog.esim.tables import EsimRow
from catalog.kernel.database import (
    chunks,
    insert_new,
    open_engine,
    snapshot,
    transact,
    unit_of_work,
)
from catalog.kernel.ids import new_id
from catalog.kernel.row_errors import RowError
from catalog.stock.batches import locked_loading
from catalog.stock.duplicates import IN_THIS_FILE, Taken, card_of, own_code_of, taken_in_store
from catalog.stock.tables import StockErrorRow
from catalog.stock.verdicts import Profile

_PROFILES = EsimRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it
_ERRORS = StockErrorRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it


class Loader(Protocol):
    """Takes the acceptable rows of a file and finds the duplicates among them."""

    def take(self, profiles: Sequence[Profile], refused: Sequence[RowError]) -> list[RowError]:
        """Keep the profiles that are new; a refusal for each of the others."""


class BatchLoader:
    """Writes each chunk into a batch in a transaction of its own; nothing is sellable yet."""

    def __init__(self, engine: Engine, batch_id: str) -> None:
        self.engine, self.batch_id = engine, batch_id

    def take(self, profiles: Sequence[Profile], refused: Sequence[RowError]) -> list[RowError]:
        """Insert what is new; the unique keys of the store decide, whoever else is writing."""
        rows = [
            {"id": new_id(), "batch_id": self.batch_id, **profile.columns} for profile in profiles
        ]

        def work(session: Session) -> list[RowError]:
            batch = locked_loading(session, self.batch_id)
            fresh = insert_new(session, _PROFILES, rows, "id")
            left = [p for row, p in zip(rows, profiles, strict=True) if row["id"] not in fresh]
            duplicates = _refusals(taken_in_store(session, left, batch.reference), left)
            _keep_errors(session, self.batch_id, [*refused, *duplicates])
            batch.accepted += len(fresh)
            batch.rejected += len(refused) + len(duplicates)
            batch.duplicates += len(duplicates)
            return duplicates

        return transact(self.engine, work)


def _refusals(taken: Taken, left: Sequence[Profile]) -> list[RowError]:
    gone = "The ICCID or code is there already."  # its other holder was taken back just now
    return [taken.refusal(p) or RowError(p.line, "iccid", gone) for p in left]


def _keep_errors(session: Session, batch_id: str, errors: Sequence[RowError]) -> None:
    rows = [
        {"batch_id": batch_id, "line": e.line, "field": e.field, "reason": e.reason} for e in errors
    ]
    if rows:
        session.execute(insert(_ERRORS), rows)


_SEEN = Table("seen", MetaData(), Column("key", String, primary_key=True))


class DryLoader:
    """Gives the verdicts of a real upload and writes nothing to the store.

    What it must remember of the file is on disk, so that a large file needs no large memory.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory(prefix="esim-store-")
        self._seen = open_engine(str(Path(self._folder.name) / "seen.db"))
        _SEEN.metadata.create_all(self._seen)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._seen.dispose()
        self._folder.cleanup()

    def take(self, profiles: Sequence[Profile], refused: Sequence[RowError]) -> list[RowError]:
        """Compare with the store and with the accepted rows of earlier chunks."""
        del refused
        with snapshot(self.engine) as session:
            taken = taken_in_store(session, profiles)
        duplicates, keys = [], []
        with unit_of_work(self._seen) as session:
            _add_seen(session, taken, profiles)
            for profile in profiles:
                if refusal := taken.refusal(profile):
                    duplicates.append(refusal)
                else:
                    taken.add(profile)
                    keys += _keys(profile)
            insert_new(session, _SEEN, [{"key": key} for key in keys], "key")
        return duplicates


def _keys(profile: Profile) -> list[str]:
    card, code = card_of(profile), own_code_of(profile)
    return [*([card] if card else []), *(["$".join(code)] if code else [])]


def _add_seen(session: Session, taken: Taken, profiles: Sequence[Profile]) -> None:
    wanted = [key for profile in profiles for key in _keys(profile)]
    for part in chunks(wanted):
        for key in session.exec(select(_SEEN.c.key).where(_SEEN.c.key.in_(part))):
            address, dollar, matching_id = key.partition("$")
            if dollar:
                taken.codes[address, matching_id] = IN_THIS_FILE
            else:
                taken.cards[address] = IN_THIS_FILE
