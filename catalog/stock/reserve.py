"""From available to sold: one profile is claimed by one statement, so it is sold at most once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Executable,
    Row,
    Table,
    and_,
    bindparam,
    case,
    func,
    or_,
    update,
)
from sqlmodel import Session, col, select

from catalog.esim.activation_code import ActivationCode
from catalog.esim.profile import ProfileState
from catalog.esim.tables import AVAILABLE, EsimRow, installable
from catalog.kernel.errors import Refused
from catalog.stock.tables import StockBatchRow
from catalog.tables import PlanRow

SWEEP = 5_000
"""Most profiles that one transaction withdraws."""

_ESIMS: Table = EsimRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it
_READ_BACK = {"populate_existing": True, "synchronize_session": False}
_RESERVED, _SOLD = "reserved", "sold"
_OF_BUYER: dict[str, Any] = {
    "stock_state": _SOLD,
    "sold_at": bindparam("at"),
    "company_id": bindparam("company"),
    "end_user_id": bindparam("end_user"),
}
_SELL = select(EsimRow).from_statement(
    update(_ESIMS)
    .where(_ESIMS.c.order_id == bindparam("for_order"), _ESIMS.c.stock_state == "reserved")
    .values(reserved_until=None, **_OF_BUYER)
    .returning(_ESIMS)
)


def _free() -> dict[str, Any]:
    """Back on the shelf, unless the batch was taken back meanwhile."""
    batch = select(StockBatchRow.state).where(StockBatchRow.id == EsimRow.batch_id)
    stands = batch.scalar_subquery() == "approved"
    state = case((stands, "available"), else_="withdrawn")
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
    row = _claim(session, plan, _SOLD, values, now)
    return row.EsimRow if row else None


def _claim(
    session: Session, plan: PlanRow, state: str, values: dict[str, Any], now: datetime
) -> Row[Any] | None:
    """Take a free profile to a state; the row of it that the statement gives back."""
    operator = {"of_operator": plan.operator} if plan.operator else {}
    shelves = (("plan", {"of_plan": plan.id}), ("operator" if operator else "any", operator))
    # Every free row may have been locked by others who then gave up: wait before "sold out".
    for wait in (False, True):
        for shelf, whose in shelves:
            claiming = _claiming(shelf, state, wait=wait)
            given = values | whose | {"today": now.date()}
            found = session.execute(claiming, given, execution_options=_READ_BACK)
            if row := found.first():
                return row
        if not wait:
            _release_expired(session, now)
    return None


@cache
def _claiming(shelf: str, state: str, *, wait: bool) -> Executable:
    """One statement that finds a free profile and takes it."""
    without_plan = _ESIMS.c.plan_id.is_(None)
    stock = {
        "plan": _ESIMS.c.plan_id == bindparam("of_plan"),
        "operator": and_(without_plan, _ESIMS.c.operator == bindparam("of_operator")),
        "any": without_plan,
    }[shelf]
    free = (
        select(_ESIMS.c.id)
        .where(stock, AVAILABLE, installable(bindparam("today")))
        .order_by(_ESIMS.c.operator, _ESIMS.c.id)  # the order of ix_esim_available
        .limit(1)
        .with_for_update(skip_locked=not wait)
    )
    taken = update(_ESIMS).where(_ESIMS.c.id == free.scalar_subquery())
    if state == _RESERVED:
        aside = taken.values(
            stock_state=state,
            order_id=bindparam("for_order"),
            reserved_until=bindparam("until"),
        )
        return aside.returning(_ESIMS.c.id, _ESIMS.c.iccid)
    sold = taken.values(order_id=bindparam("for_order"), **_OF_BUYER).returning(_ESIMS)
    return select(EsimRow).from_statement(sold)


def _own(plan: PlanRow) -> ColumnElement[bool]:
    return col(EsimRow.plan_id) == plan.id


def _generic(plan: PlanRow) -> ColumnElement[bool]:
    without_plan = col(EsimRow.plan_id).is_(None)
    if not plan.operator:
        return without_plan
    return and_(without_plan, col(EsimRow.operator) == plan.operator)


def _change(session: Session, which: ColumnElement[bool], values: dict[str, Any]) -> EsimRow | None:
    """Change the row that the condition names, and read it back in the same statement."""
    statement = update(EsimRow).where(which).values(**values).returning(EsimRow)
    return session.execute(statement, execution_options=_READ_BACK).scalar_one_or_none()


def _release_expired(session: Session, now: datetime) -> None:
    ran_out = and_(col(EsimRow.stock_state) == "reserved", col(EsimRow.reserved_until) <= now)
    session.execute(update(EsimRow).where(ran_out).values(**_free()))


def release(session: Session, order_id: str) -> None:
    """Make an order's reserved profile available again; without a reservation nothing happens."""
    _change(session, _reserved_for(order_id), _free())


def mark_sold(
    session: Session, order_id: str, *, now: datetime, company_id: str, end_user_id: str | None
) -> EsimRow:
    """Turn an order's reservation into a sale; `Refused` when the reservation is gone."""
    values = {"for_order": order_id, "at": now, "company": company_id, "end_user": end_user_id}
    sold = session.execute(_SELL, values, execution_options=_READ_BACK)
    row: EsimRow | None = sold.scalar_one_or_none()
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
    installable = or_(col(EsimRow.install_by).is_(None), col(EsimRow.install_by) >= now.date())
    free = and_(col(EsimRow.id) == esim_id, col(EsimRow.stock_state) == "available", installable)
    values = {
        "stock_state": "sold",
        "sold_at": now,
        "company_id": company_id,
        "end_user_id": end_user_id,
    }
    return _change(session, free, values)


def _reserved_for(order_id: str) -> ColumnElement[bool]:
    return and_(col(EsimRow.order_id) == order_id, col(EsimRow.stock_state) == "reserved")


def withdraw(session: Session, esim_id: str) -> None:
    """Take a sold profile out of trade after a refund; it never becomes sellable again."""
    sold = and_(col(EsimRow.id) == esim_id, col(EsimRow.stock_state) == "sold")
    if _change(session, sold, {"stock_state": "withdrawn"}) is None:
        raise Refused("This eSIM is not sold; nothing has changed.", code="not_sold")


def withdraw_overdue(session: Session, now: datetime) -> int:
    """Take profiles off the shelf that no phone can install any more; at most `SWEEP` at once."""
    overdue = select(_ESIMS.c.id).where(AVAILABLE, _ESIMS.c.install_by < now.date()).limit(SWEEP)
    closed = {
        "stock_state": "withdrawn",
        "profile_state": ProfileState.UNAVAILABLE.value,
        "note": "its last day to install has passed",
    }
    statement = update(_ESIMS).where(_ESIMS.c.id.in_(overdue)).values(closed)
    return len(session.execute(statement.returning(_ESIMS.c.id)).all())


def available_count(session: Session, plan: PlanRow, now: datetime) -> int:
    """How many profiles could be sold for this plan now, generic stock included."""
    sellable = select(func.count()).select_from(EsimRow).where(AVAILABLE, installable(now.date()))
    return session.exec(sellable.where(or_(_own(plan), _generic(plan)))).one()


def code_of(row: EsimRow) -> ActivationCode:
    """The activation code of a profile, as supplied."""
    return ActivationCode(
        address=row.smdp_address,
        matching_id=row.matching_id,
        oid=row.oid or None,
        confirmation_required=row.confirmation_required,
    )
