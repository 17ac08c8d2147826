"""The doctor: every invariant of a store, proved by reading it, changing nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine
from sqlalchemy.exc import DatabaseError
from sqlmodel import Session

from catalog.kernel.database import file_of, is_server_session, snapshot
from catalog.kernel.errors import Unavailable
from catalog.kernel.server_schema import server_revision
from catalog.kernel.sqlite_file import integrity, read_stamp
from store_app.invariants import (
    amounts,
    balances,
    documents,
    drawers,
    esims,
    goods,
    invoices,
    ledger,
    on_invoice,
    paygo,
    profiles,
    refills,
    refunds,
    rows,
    subscriptions,
    suppliers,
    usage,
    wallets,
)
from store_app.upgrade import CURRENT

RULES = (
    *ledger.RULES,
    *balances.RULES,
    *paygo.RULES,
    *usage.RULES,
    *wallets.RULES,
    *subscriptions.RULES,
    *invoices.RULES,
    *on_invoice.RULES,
    *amounts.RULES,
    *goods.RULES,
    *profiles.RULES,
    *esims.RULES,
    *refills.RULES,
    *refunds.RULES,
    *suppliers.RULES,
    *documents.RULES,
    *drawers.RULES,
    *rows.RULES,
)
_SHOWN = 3
_WHOLE = "the database is whole"
_UNREADABLE = "the database can't be read here; restore a backup"


@dataclass(frozen=True, slots=True)
class Check:
    """One invariant, whether it holds, and the first breaches when it does not."""

    name: str
    ok: bool
    detail: str


def examine(engine: Engine, now: datetime) -> list[Check]:
    """Check everything in one snapshot; never raises for what is wrong in the data."""
    checks: list[Check] = []
    with suppress(DatabaseError, Unavailable), snapshot(engine) as session:
        checks = [
            _verdict(_WHOLE, _damage(session)),
            _verdict("the schema is this version's", _wrong_schema(engine, session)),
            *(_verdict(rule.name, rule.breaches(session, now)) for rule in RULES),
        ]
    return checks or [Check(_WHOLE, ok=False, detail=_UNREADABLE)]


def _verdict(name: str, breaches: Iterator[str]) -> Check:
    shown, count = [], 0
    try:
        for breach in breaches:
            count += 1
            if count <= _SHOWN:
                shown.append(breach)
    except DatabaseError:
        return Check(name, ok=False, detail=_UNREADABLE)
    more = f" and {count - _SHOWN} more" if count > _SHOWN else ""
    return Check(name, ok=not count, detail=", ".join(shown) + more)


def _damage(session: Session) -> Iterator[str]:
    if not is_server_session(session):  # a server checks its own pages
        said = integrity(session.connection())
        if said != "ok":
            yield said


def _wrong_schema(engine: Engine, session: Session) -> Iterator[str]:
    path = file_of(engine)
    if path is None:
        found = int(server_revision(session.connection()) or 0)
    else:
        stamp = read_stamp(path)
        found = stamp.schema if stamp else 0
    if found != CURRENT.number:
        yield f"schema {found} instead of {CURRENT.number}"
