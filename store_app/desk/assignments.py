"""Assigning eSIMs at the desk: a plan or a pool and an owner without a sale, and the end of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from catalog.esim.tables import EsimRow
from catalog.kernel.ids import new_id
from catalog.kernel.settings import load_settings
from checkout.orders.assign import Wish, assign, end
from store_app.desk.context import Desk
from store_app.desk.counter import request_of
from store_app.desk.esims import view_of
from store_app.desk.once import once


@dataclass(frozen=True, slots=True)
class Assigned:
    """An eSIM after its assignment, as it was first answered."""

    iccid: str | None
    plan: str | None
    pool: str | None
    company: str | None
    end_user: str | None
    status: str
    replayed: bool


def assign_esim(
    desk: Desk,
    iccid: str,
    *,
    plan: str | None = None,
    pool: str | None = None,
    company: str | None = None,
    user: str | None = None,
    key: str | None = None,
) -> Assigned:
    """Give an eSIM its plan or pool, its company and its end user; names not given stay."""
    body = {"iccid": iccid, "plan": plan, "pool": pool, "company": company, "user": user}
    request = request_of(desk, "assign", key or new_id(), **body)
    wish = Wish(iccid, plan, pool, company, user)

    def work(session: Session) -> dict[str, Any]:
        row = assign(session, request, wish, load_settings(session))
        return _answer(session, desk, row)

    answer, replayed = once(desk, "assign", key, work, **body)
    return Assigned(**answer, replayed=replayed)


def end_assignment(desk: Desk, iccid: str, *, key: str | None = None) -> Assigned:
    """End what an eSIM was assigned; it stays its company's."""
    request = request_of(desk, "end", key or new_id(), iccid=iccid)

    def work(session: Session) -> dict[str, Any]:
        return _answer(session, desk, end(session, request, iccid))

    answer, replayed = once(desk, "end", key, work, iccid=iccid)
    return Assigned(**answer, replayed=replayed)


def _answer(session: Session, desk: Desk, row: EsimRow) -> dict[str, Any]:
    view = view_of(session, row, desk.clock())
    return {
        "iccid": view.iccid,
        "plan": view.plan,
        "pool": view.pool,
        "company": view.company,
        "end_user": view.end_user,
        "status": view.status,
    }
