"""From available to sold: one profile is claimed by one statement, so it is sold at most once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Executable,
    Select,
    and_,
    bindparam,
    case,
    func,
    or_,
    select,
    true,
    update,
)
from sqlmodel import Session, col

from catalog.esim.activation_code import ActivationCode
from catalog.esim.profile import ProfileState
from catalog.esim.tables import AVAILABLE, EsimRow
from catalog.kernel.errors import Refused
from catalog.kernel.new_rows import read_row
from catalog.stock.lots import (
    ESIMS,
    LOTS,
    count,
    count_withdrawn,
    is_generic,
    lot_is_open,
    on_shelf,
    sellable_lots,
)
from catalog.stock.tables import OPEN
from catalog.tables import PlanRow

SWEEP = 5_000
"""Most profiles that one transaction withdraws."""

_READ_BACK = {"populate_existing": True, "synchronize_session": False}
_RESERVED, _SOLD = "reserved", "sold"
_OF_BUYER: dict[str, Any] = {
    "stock_state": _SOLD,
    "sold_at": bindparam("at"),
    "company_id": bindparam("company"),
    "end_user_id": bindparam("end_user"),
}
_SET_ASIDE: dict[str, Any] = {"stock_state": _RESERVED, "reserved_until": bindparam("until")}
_SELL = (
    update(ESIMS)
    .where(ESIMS.c.order_id == bindparam("for_order"), ESIMS.c.stock_state == "reserved")
    .values(reserved_until=None, **_OF_BUYER)
    .returning(ESIMS)
)


def _free() -> dict[str, Any]:
    """Back on the shelf, unless the batch was taken back meanwhile."""
    state = case((lot_is_open(), "available"), else_="withdrawn")
    return {"stock_state": state, "reserved_until": None, "order_id": None}


@dataclass(frozen=True, slots=True)
class Reserved:
    """A profile that was set aside; its ICCID is empty where the supplier gave the code alone."""

    id: str
    iccid: str


def reserve(
    session: Session, *, plan: PlanRow, order_id: str, until: datetime, now: datetime
) -> Reserved | None:
    """Set a profile aside for an order, or None when the plan is sold out.

    The plan's own stock goes first, then its operator's generic stock (any operator's, for a
    plan without one). When nothing is free, reservations that ran out before `now` are freed.
    A profile whose install-by date has passed is never handed out.
    """
    values = {"for_order": order_id, "until": until}
    row = _claim(session, plan, _RESERVED, values, now)
    return Reserved(row.id, row.iccid) if row else None


def sell_free(
    session: Session,
    *,
    plan: PlanRow,
    order_id: str,
    now: datetime,
    company_id: str,
    end_user_id: str | None,
) -> EsimRow | None:
    """Sell a profile to an order that is paid in this transaction: chosen as `reserve` does."""
    values = {"for_order": order_id, "at": now, "company": company_id, "end_user": end_user_id}
    return _claim(session, plan, _SOLD, values, now)


def _claim(
    session: Session, plan: PlanRow, state: str, values: dict[str, Any], now: datetime
) -> EsimRow | None:
    """Take a free profile to a state, and count that it left the shelf of its lot."""
    whose = {"of_plan": plan.id} | ({"of_operator": plan.operator} if plan.operator else {})
    given = values | whose | {"today": now.date()}
    # Every free row may have been locked by others who then gave up: wait before "sold out".
    for wait in (False, True):
        found = _find(session, state, given, wait=wait)
        if found is not None:
            count(session, {found.lot: 1})
            return found
        if not wait:
            _release_expired(session, now)
    return None


def _find(session: Session, state: str, given: dict[str, Any], *, wait: bool) -> EsimRow | None:
    """A free profile of the first lot that has one by its count; else of any lot."""
    is_bound = "of_operator" in given
    row = read_row(session, EsimRow, _claiming(state, is_bound=is_bound, wait=wait), given)
    if row is not None:
        return row
    # Counts of sales that are not finished yet are not seen: look into each lot.
    lots = session.execute(_lots(is_bound=is_bound), given).scalars().all()
    into = _claiming_in_lot(state, wait=wait)
    tries = (read_row(session, EsimRow, into, given | {"lot_": lot}) for lot in lots)
    return next((found for found in tries if found is not None), None)


@cache
def _lots(*, is_bound: bool) -> Select[Any]:
    """The lots that serve a plan and are not empty: its own, then generic ones, oldest first."""
    own = LOTS.c.plan_id == bindparam("of_plan")
    operator = LOTS.c.operator == bindparam("of_operator") if is_bound else true()
    generic = and_(is_generic(), operator)
    lots = sellable_lots(bindparam("today", type_=LOTS.c.install_by.type), LOTS.c.number)
    order = (LOTS.c.plan_id.is_(None), LOTS.c.operator, LOTS.c.number)
    return lots.where(or_(own, generic), on_shelf() > 0).order_by(*order)


@cache
def _claiming(state: str, *, is_bound: bool, wait: bool) -> Executable:
    """One statement that finds a free profile and takes it."""
    return _claim_of(_lots(is_bound=is_bound).limit(1).scalar_subquery(), state, wait=wait)


@cache
def _claiming_in_lot(state: str, *, wait: bool) -> Executable:
    lot = select(LOTS.c.number).where(LOTS.c.number == bindparam("lot_"), OPEN)
    return _claim_of(lot.scalar_subquery(), state, wait=wait)


def _claim_of(lot: ColumnElement[int], state: str, *, wait: bool) -> Executable:
    free = (
        select(ESIMS.c.id)
        .where(ESIMS.c.lot == lot, AVAILABLE)
        .order_by(ESIMS.c.id)  # the order of ix_esim_available
        .limit(1)
        .with_for_update(skip_locked=not wait)
    )
    change = _OF_BUYER if state == _SOLD else _SET_ASIDE
    taken = update(ESIMS).where(ESIMS.c.id == free.scalar_subquery())
    taken = taken.values(order_id=bindparam("for_order"), **change)
    return taken.returning(ESIMS)


def _change(session: Session, which: ColumnElement[bool], values: dict[str, Any]) -> EsimRow | None:
    """Change the row that the condition names, and read it back in the same statement."""
    statement = update(EsimRow).where(which).values(**values).returning(EsimRow)
    return session.execute(statement, execution_options=_READ_BACK).scalar_one_or_none()


def _release_expired(session: Session, now: datetime) -> None:
    ran_out = and_(col(EsimRow.stock_state) == "reserved", col(EsimRow.reserved_until) <= now)
    freed = update(ESIMS).where(ran_out).values(**_free())
    rows = session.execute(freed.returning(ESIMS.c.lot, ESIMS.c.stock_state)).all()
    _count_back(session, [(lot, state) for lot, state in rows])


def release(session: Session, order_id: str) -> None:
    """Make an order's reserved profile available again; without a reservation nothing happens."""
    row = _change(session, _reserved_for(order_id), _free())
    if row is not None:
        _count_back(session, [(row.lot, row.stock_state)])


def _count_back(session: Session, freed: Iterable[tuple[int | None, str]]) -> None:
    """Profiles are on the shelf again, or withdrawn where their lot was closed meanwhile."""
    back: Counter[int | None] = Counter()
    for lot, state in freed:
        if state == "available":
            back[lot] -= 1
        else:
            count_withdrawn(session, lot)
    count(session, back)


def mark_sold(
    session: Session, order_id: str, *, now: datetime, company_id: str, end_user_id: str | None
) -> EsimRow:
    """Turn an order's reservation into a sale; `Refused` when the reservation is gone."""
    values = {"for_order": order_id, "at": now, "company": company_id, "end_user": end_user_id}
    row = read_row(session, EsimRow, _SELL, values)
    if row is None:
        raise Refused(
            "The eSIM that was set aside for this order is no longer reserved; nothing was sold. "
            "Cancel the order or start a new sale.",
            code="reservation_gone",
        )
    return row


def take(
    session: Session, esim_id: str, *, now: datetime, company_id: str, end_user_id: str | None
) -> EsimRow | None:
    """Give a free profile to a company without an order, or None when it is not free any more."""
    for_sale = sellable_lots(now.date(), LOTS.c.number).where(LOTS.c.number == EsimRow.lot)
    free = and_(
        col(EsimRow.id) == esim_id, col(EsimRow.stock_state) == "available", for_sale.exists()
    )
    values = {
        "stock_state": "sold",
        "sold_at": now,
        "company_id": company_id,
        "end_user_id": end_user_id,
    }
    row = _change(session, free, values)
    if row is not None:
        count(session, {row.lot: 1})
    return row


def _reserved_for(order_id: str) -> ColumnElement[bool]:
    return and_(col(EsimRow.order_id) == order_id, col(EsimRow.stock_state) == "reserved")


def withdraw(session: Session, esim_id: str) -> None:
    """Take a sold profile out of trade after a refund; it never becomes sellable again."""
    sold = and_(col(EsimRow.id) == esim_id, col(EsimRow.stock_state) == "sold")
    row = _change(session, sold, {"stock_state": "withdrawn"})
    if row is None:
        raise Refused("This eSIM is not sold; nothing has changed.", code="not_sold")
    count_withdrawn(session, row.lot)


def withdraw_overdue(session: Session, now: datetime) -> int:
    """Take profiles off the shelf that no phone can install any more; at most `SWEEP` at once."""
    past = select(LOTS.c.number).where(LOTS.c.install_by < now.date(), OPEN, on_shelf() > 0)
    lot = session.execute(past.order_by(LOTS.c.number).limit(1)).scalar()
    if lot is None:
        return 0
    overdue = select(ESIMS.c.id).where(ESIMS.c.lot == lot, AVAILABLE)
    closed = {
        "stock_state": "withdrawn",
        "profile_state": ProfileState.UNAVAILABLE.value,
        "note": "its last day to install has passed",
    }
    statement = update(ESIMS).where(ESIMS.c.id.in_(overdue.order_by(ESIMS.c.id).limit(SWEEP)))
    found = session.execute(statement.values(closed).returning(ESIMS.c.id)).all()
    count(session, {lot: len(found)}, withdrawn=True)
    return len(found)


def available_count(session: Session, plan: PlanRow, now: datetime) -> int:
    """How many profiles could be sold for this plan now, generic stock included."""
    operator = LOTS.c.operator == plan.operator if plan.operator else true()
    generic = and_(is_generic(), operator)
    left = sellable_lots(now.date(), func.coalesce(func.sum(on_shelf()), 0))
    return int(session.execute(left.where(or_(LOTS.c.plan_id == plan.id, generic))).scalar_one())


def code_of(row: EsimRow) -> ActivationCode:
    """The activation code of a profile, as supplied."""
    return ActivationCode(
        address=row.smdp_address,
        matching_id=row.matching_id,
        oid=row.oid or None,
        confirmation_required=row.confirmation_required,
    )
