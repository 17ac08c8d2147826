"""One shop twice, on both engines: every command is given to both and answered alike."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field, is_dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import event

from catalog.kernel.database import open_engine
from catalog.kernel.errors import Refused
from store_app.desk.context import Desk
from store_app.desk.upkeep import doctor
from tests.peers.postgres_peer import PostgresPeer

Command = Callable[["Store"], Any]

_OWN = ("order", "receipt", "number", "activation_code", "qr_payload")
"""Random or secret: they differ between two stores."""
_PRESENT = ("history", "minimum_minor", "held_minor")
"""Told as they are now, also in the answer to a repeated key."""


@dataclass
class Store:
    """A store on one engine; the orders by which it knows each card, and its bills by age."""

    address: str
    desk: Desk
    orders: dict[str, str] = field(default_factory=dict)
    bills: list[str] = field(default_factory=list)

    def restart(self) -> None:
        """Another process opens the same store."""
        self.desk.engine.dispose()
        self.desk = replace(self.desk, engine=_opened(self.address))


@dataclass
class TwoStores:
    """The same shop on SQLite and on PostgreSQL, with one clock."""

    stores: list[Store]
    now: datetime
    done: list[tuple[Command, Any]] = field(default_factory=list)

    def both(self, command: Command, *, keyed: bool = False) -> Any:
        """The one answer of both stores, or the code of their refusal.

        A keyed command that was carried out may be given again, by `again`.
        """
        first, second = (_answer(command, store) for store in self.stores)
        assert first == second
        if keyed and not isinstance(first, str):
            assert first["replayed"] is False
            self.done.append((command, first))
        return first

    def again(self, number: int) -> None:
        """An earlier command with its key: the first answer, and nothing is done."""
        command, answer = self.done[number % len(self.done)]
        assert self.both(command) == answer | {"replayed": True}

    def restart(self) -> None:
        """Both programs are started again."""
        for store in self.stores:
            store.restart()

    def unsound(self) -> list[str]:
        """What the doctor finds in either store."""
        checks = [check for store in self.stores for check in doctor(store.desk)]
        return [f"{check.name}: {check.detail}" for check in checks if not check.ok]


@contextmanager
def two_stores(
    postgres: PostgresPeer, template: Path, folder: Path, now: datetime
) -> Iterator[TwoStores]:
    """Two empty stores; `template` is an empty SQLite store."""
    with ExitStack() as stack:
        file = folder / "store.db"
        shutil.copyfile(template, file)
        both = TwoStores([], now)
        for address in (str(file), stack.enter_context(postgres.database())):
            desk = Desk(_opened(address), lambda: both.now, "tester", "R1")
            both.stores.append(Store(address, desk))
        try:
            yield both
        finally:
            for store in both.stores:
                store.desk.engine.dispose()


def _opened(address: str) -> Any:
    engine = open_engine(address)
    if engine.dialect.name == "sqlite":  # the program itself waits for the disk
        event.listen(engine, "connect", lambda dbapi, _: dbapi.execute("PRAGMA synchronous=OFF"))
    return engine


def _answer(command: Command, store: Store) -> Any:
    try:
        return _comparable(command(store))
    except Refused as refusal:
        return refusal.code


def _comparable(answer: Any) -> Any:
    """An answer without what is each store's own."""
    if is_dataclass(answer) and not isinstance(answer, type):
        answer = asdict(answer)
    if isinstance(answer, dict):
        kept = {name: value for name, value in answer.items() if name not in _OWN + _PRESENT}
        return {name: _comparable(value) for name, value in kept.items()}
    return [_comparable(one) for one in answer] if isinstance(answer, list) else answer
