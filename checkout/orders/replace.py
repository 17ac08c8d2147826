"""Another profile for what was bought: the balance, the days and the money go on with it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from sqlmodel import Session, select

from catalog.esim.record import Change, Who, note_change
from catalog.esim.tables import EsimRow
from catalog.kernel.errors import Refused
from catalog.kernel.ids import new_id
from catalog.kernel.requests import Request
from catalog.repository import plan_value
from catalog.stock.exchange import exchange
from catalog.stock.reserve import reserve, sell_free
from catalog.stock.tables import StockLotRow
from catalog.suppliers.ordering import give_up
from catalog.tables import PlanRow
from checkout.billing.numbers import renumber_line
from checkout.orders.purchase import start_line
from checkout.orders.refill import plan_of
from checkout.orders.replacement_tables import LiveReplacementRow, ReplacementRow
from checkout.orders.service import refuse_held, running, who
from checkout.orders.tables import OrderRow

_UNTIL: Final = timedelta(minutes=2)


def replace_profile(session: Session, request: Request, name: str, reason: str) -> EsimRow:
    """Give a sold eSIM another profile of its plan from stock, free of charge.

    The line stays the same one, so that its balance, its clock and its payer are as they were to
    the byte; the old profile is withdrawn for good (ADR 87).

    Raises:
        Refused: it has ended, a change is under way, or no profile of its plan is left.

    """
    esim, _line = running(session, name)
    refuse_held(session, esim.id, but="suspended")
    refuse_ordered(session, esim.id)
    made = ReplacementRow(
        id=new_id(),
        esim_id=esim.id,
        former_id=esim.id,
        kind="replacement",
        reason=reason,
        actor=request.actor,
        at=request.now,
    )
    spare = _spare(session, esim, made.id, request)
    change_profile(session, esim, spare, made, who(request, reason))
    return esim


def change_profile(
    session: Session, esim: EsimRow, spare: EsimRow, made: ReplacementRow, by: Who
) -> None:
    """Exchange the profiles of a locked sold eSIM and a spare one, and tell both logs."""
    old = esim.iccid
    exchange(session, esim, spare, keeps_number=made.kind == "sim_swap")
    renumber_line(session, esim.id, esim.iccid, by.at)
    made.former_id, spare.note = spare.id, f"its eSIM is {esim.iccid or esim.id} now"
    session.add_all([made, spare])
    note_change(session, esim.id, Change("iccid", old, esim.iccid), by)
    note_change(session, spare.id, Change("iccid", esim.iccid, old), by)
    session.flush()


def deliver_other(session: Session, order: OrderRow, request: Request) -> EsimRow:
    """Deliver a locked order that is paid and has no profile yet from stock instead.

    What its supplier was asked for is given up, and cancelled there by whoever goes on with it.

    Raises:
        Refused: nothing is in stock, or the supplier is being asked just now.

    """
    give_up(session, order.id, request.now)
    row = session.get_one(PlanRow, order.plan_id)
    esim = sell_free(
        session,
        plan=row,
        order_id=order.id,
        now=request.now,
        company_id=order.company_id,
        end_user_id=order.end_user_id,
    )
    if esim is None:
        raise _none_left(row)
    order.esim_id, order.state, order.delivered_at = esim.id, "delivered", request.now
    session.add(order)
    start_line(session, order, plan_value(row), esim, actor=request.actor, now=request.now)
    return esim


def _spare(session: Session, esim: EsimRow, replacement_id: str, request: Request) -> EsimRow:
    """A free profile that serves the same plan, taken off its shelf."""
    plans = list(plans_of(session, esim))
    until = request.now + _UNTIL
    for plan in plans:  # the shelf goes first, as in a sale
        found = reserve(session, plan=plan, order_id=replacement_id, until=until, now=request.now)
        if found is not None:
            return session.get_one(EsimRow, found.id, populate_existing=True)
    raise _none_left(plans[0])


def refuse_ordered(session: Session, esim_id: str) -> None:
    """`Refused` while another profile is being ordered for an eSIM already."""
    open_ = (LiveReplacementRow.esim_id == esim_id, LiveReplacementRow.state == "ordered")
    if session.exec(select(LiveReplacementRow).where(*open_)).first() is not None:
        raise Refused(
            "Another profile is being ordered for this eSIM already; nothing has changed. See: "
            "order queue.",
            code="being_replaced",
            field="iccid",
        )


def plans_of(session: Session, esim: EsimRow) -> Iterator[PlanRow]:
    """The plan that it is on, and the one that its profile was stocked for."""
    plan = plan_of(session, esim)
    yield plan
    stocked = session.get_one(StockLotRow, esim.lot).plan_id if esim.lot is not None else None
    if stocked not in (None, plan.id):
        yield session.get_one(PlanRow, stocked)


def _none_left(plan: PlanRow) -> Refused:
    return Refused(
        f"No profile of {plan.name} is left in stock; nothing has changed. Upload stock, then "
        "replace it again, or refund it.",
        code="sold_out",
        field="iccid",
    )
