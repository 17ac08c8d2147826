"""SIM swaps at the desk: begun once, asked for until it is known, told by a person if need be.

No operator is asked inside a transaction: a try is written, committed, asked for, recorded.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from catalog.esim.tables import EsimRow
from catalog.kernel.database import snapshot, transact
from catalog.kernel.ids import new_id
from catalog.kernel.settings import load_settings
from catalog.suppliers.number_moves import NumberMover, mover_of
from checkout.orders import sim_swap
from checkout.orders.swap_tables import SimSwapRow
from store_app.desk.context import Desk
from store_app.desk.counter import request_of
from store_app.desk.once import once


@dataclass(frozen=True, slots=True)
class Swap:
    """A SIM swap: from which card to which, how far, and what the operator said last.

    Attributes:
        state: `waiting`, `unknown` (a person has to ask), `done` or `failed`.
        due_at: when it is tried again; None once it is over or unknown.
        operator: the label of an offline operator; empty for a real one.

    """

    iccid: str
    old_iccid: str
    new_iccid: str
    msisdn: str
    state: str
    tries: int
    due_at: datetime | None
    answer: str
    operator: str
    replayed: bool = False


def swap_sim(desk: Desk, iccid: str, to: str, *, reason: str = "", key: str | None = None) -> Swap:
    """Move the number of a sold eSIM to a blank card, and ask the operator at once."""
    verb, body = "esim swap", {"iccid": iccid, "to": to, "reason": reason}
    request = request_of(desk, verb, key or new_id(), **body)

    def work(session: Session) -> dict[str, Any]:
        return {"swap": sim_swap.begin_swap(session, request, iccid, to, reason).id}

    done, replayed = once(desk, verb, key, work, **body)
    carry_on_swap(desk, done["swap"])
    return _view(desk, done["swap"], replayed=replayed)


def tell_swap(desk: Desk, iccid: str, *, done: bool, key: str | None = None) -> Swap:
    """End a SIM swap as the operator has told a person."""
    verb, body = "esim swap told", {"iccid": iccid, "done": done}
    request = request_of(desk, verb, key or new_id(), **body)

    def work(session: Session) -> dict[str, Any]:
        return {"swap": sim_swap.tell(session, request, iccid, done=done).id}

    told, replayed = once(desk, verb, key, work, **body)
    return _view(desk, told["swap"], replayed=replayed)


def show_swap(desk: Desk, iccid: str) -> Swap:
    """The latest SIM swap of an eSIM."""
    with snapshot(desk.engine) as session:
        swap_id = sim_swap.swap_of(session, iccid).id
    return _view(desk, swap_id, replayed=False)


def carry_on_swaps(desk: Desk) -> int:
    """Ask for every swap that is due; how many have ended."""
    with snapshot(desk.engine) as session:
        due = sim_swap.due_swaps(session, desk.clock())
    return sum(carry_on_swap(desk, swap_id) for swap_id in due)


def carry_on_swap(desk: Desk, swap_id: str) -> bool:
    """Make the next try of a swap when it is due; whether it has ended with it."""
    move = transact(desk.engine, lambda session: sim_swap.claim_try(session, swap_id, desk.clock()))
    if move is None:
        return False
    answer = _mover(desk).move(move)
    ended = transact(
        desk.engine,
        lambda session: sim_swap.hear(session, swap_id, answer, desk.clock()).ended_at,
    )
    return ended is not None


def _mover(desk: Desk) -> NumberMover:
    with snapshot(desk.engine) as session:
        return mover_of(demo=load_settings(session).demo)


def _view(desk: Desk, swap_id: str, *, replayed: bool) -> Swap:
    with snapshot(desk.engine) as session:
        row = session.get_one(SimSwapRow, swap_id)
        number = session.get_one(EsimRow, row.esim_id).iccid
    return Swap(
        iccid=number,
        old_iccid=row.old_iccid,
        new_iccid=row.new_iccid,
        msisdn=row.msisdn,
        state=row.state,
        tries=row.tries,
        due_at=row.due_at if row.state == "waiting" else None,
        answer=row.answer,
        operator=_mover(desk).label,
        replayed=replayed,
    )
