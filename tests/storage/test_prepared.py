"""Statements that are compiled once write what the same statements write through SQLAlchemy."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, Table, insert, select
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from catalog.kernel.database import transact
from catalog.kernel.ids import new_id
from catalog.kernel.inserts import insert_if_new
from catalog.kernel.new_rows import read_row
from catalog.kernel.prepared import run
from catalog.kernel.tables import RequestRow
from catalog.repository import plan_row, save_plans
from checkout.accounts.tables import CompanyRow
from tests.shop import plan

NOW = datetime(2026, 3, 1, 10, tzinfo=UTC)
_COMPANIES: Table = CompanyRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it
_REQUESTS: Table = RequestRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it
_NEW = insert(_COMPANIES)


def _company(name: str) -> dict[str, Any]:
    named = {"id": new_id(), "name": name, "name_key": name, "currency": "EUR"}
    return named | {"vat_rate": None, "virtual": False, "created_at": NOW}


def test_rows_are_as_sqlalchemy_writes_them(engine: Engine) -> None:
    """Ids, instants, truths and nulls; columns that nobody names have their table's default."""

    def work(session: Session) -> list[Any]:
        run(session, _NEW, _company("one"))
        run(session, _NEW, _company("two"), _company("three"))
        session.execute(_NEW, _company("four"))
        return list(session.execute(select(_COMPANIES)).mappings())

    found = {row["name"]: dict(row) for row in transact(engine, work)}
    told = [{k: v for k, v in found[name].items() if k not in ("id", "name", "name_key")}
            for name in ("one", "two", "three", "four")]  # fmt: skip
    assert told == [told[-1]] * 4
    assert told[0]["created_at"] == NOW
    assert told[0]["credit_limit_minor"] == 0


def test_a_row_goes_in_once(engine: Engine) -> None:
    """The second of one key is left out, and says so."""
    row = {"key": "k", "verb": "sell", "body_hash": "h", "actor": "me", "created_at": NOW}
    given = row | {"subject_id": None}

    def work(session: Session) -> list[bool]:
        return [insert_if_new(session, _REQUESTS, given) for _ in range(2)]

    assert transact(engine, work) == [True, False]


def test_what_the_database_refuses_is_its_error(engine: Engine) -> None:
    """A broken constraint is the error that any other statement would raise."""
    one = _company("one")
    with pytest.raises(IntegrityError):
        transact(engine, lambda session: run(session, _NEW, one, one))


def test_a_row_that_is_read_is_one_of_the_sessions_rows(engine: Engine) -> None:
    """It is the same object as the session's own, changes to it are flushed, none is no row."""
    transact(engine, lambda session: save_plans(session, [plan()], NOW))

    def work(session: Session) -> None:
        row = plan_row(session, plan().sku)
        assert session.get_one(type(row), row.id) is row
        assert plan_row(session, row.sku) is row
        row.name = "Another"

    transact(engine, work)
    name = transact(engine, lambda session: plan_row(session, plan().sku).name)
    nobody = select(_COMPANIES).where(_COMPANIES.c.name == "nobody")
    assert name == "Another"
    assert transact(engine, lambda session: read_row(session, CompanyRow, nobody, {})) is None
