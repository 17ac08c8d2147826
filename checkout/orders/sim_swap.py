"""SIM swap: a phone number and all that its line has go to a blank card, or stay where they are.

Each try is claimed and written before the operator is asked, and its next instant with it, so
that whoever dies in between has simply been silent (accounts: SIM swap).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement
from sqlmodel import Session, and_, col, or_, select

from catalog.esim.record import Who
from catalog.esim.tables import EsimRow
from catalog.kernel.errors import Refused
from catalog.kernel.ids import new_id
from catalog.kernel.requests import Request
from catalog.stock.spares import give_back_spare, take_spare, use_spare
from catalog.suppliers.number_moves import Answer, Move, Said
from checkout.billing.line_rows import lock_lines
from checkout.orders.replace import change_profile
from checkout.orders.replacement_tables import ReplacementRow
from checkout.orders.service import refuse_held, running, say_of_line, who
from checkout.orders.sold_esims import esim_named
from checkout.orders.swap_tables import SimSwapRow

RETRIES: Final = 5
FIRST_RETRY: Final = timedelta(hours=1)
"""From the first try on."""
APART: Final = timedelta(minutes=20)
_LEASE: Final = timedelta(minutes=2)


def begin_swap(session: Session, request: Request, name: str, to: str, reason: str) -> SimSwapRow:
    """Write that the number of a sold eSIM will go to a blank card; both are pending until then.

    Raises:
        Refused: it has ended, has no number, or is held; the card is not blank, not free, or of
            another operator.

    """
    esim, _line = running(session, name)
    refuse_held(session, esim.id)
    found = esim_named(session, to)
    blank = session.get_one(EsimRow, found.id, with_for_update=True, populate_existing=True)
    _check(esim, blank)
    take_spare(session, blank)
    by = who(request, reason)
    for one in (esim, blank):
        say_of_line(session, one.id, "pending", by)
    swap = SimSwapRow(
        id=new_id(),
        esim_id=esim.id,
        blank_id=blank.id,
        old_iccid=esim.iccid,
        new_iccid=blank.iccid,
        msisdn=esim.msisdn,
        call_id=new_id(),
        due_at=request.now,
        reason=by.reason,
        actor=request.actor,
        begun_at=request.now,
    )
    session.add(swap)
    session.flush()
    return swap


def due_swaps(session: Session, now: datetime) -> list[str]:
    """Ids of the swaps whose next try is due and that nobody is asking for, the oldest first."""
    statement = select(SimSwapRow.id).where(_due(now)).order_by(col(SimSwapRow.due_at))
    return list(session.exec(statement.limit(200)).all())


def claim_try(session: Session, swap_id: str, now: datetime) -> Move | None:
    """Take the next try of a swap, to be asked for after the commit; None when none is due."""
    mine = select(SimSwapRow).where(SimSwapRow.id == swap_id, _due(now)).with_for_update()
    swap = session.exec(mine.execution_options(populate_existing=True)).first()
    if swap is None:
        return None
    if swap.tries > RETRIES:  # the last try was never answered, nor will another be made
        swap.state, swap.busy_until = "unknown", None
        session.add(swap)
        return None
    swap.tries += 1
    first = swap.tries == 1
    swap.due_at = now + (FIRST_RETRY if first else APART)
    swap.busy_until = now + _LEASE
    session.add(swap)
    session.flush()
    return Move(swap.call_id, swap.msisdn, swap.old_iccid, swap.new_iccid, swap.tries)


def hear(session: Session, swap_id: str, answer: Answer, now: datetime) -> SimSwapRow:
    """Take what became of a try; what came after the end changes nothing.

    After the last retry a no restores both cards, and silence waits for a person: nobody knows
    on which card the number is.
    """
    swap = _locked(session, swap_id)
    if swap.state != "waiting":
        return swap
    swap.answer, swap.busy_until = answer.reason, None
    if answer.said is Said.DONE:
        _succeed(session, swap, now)
    elif swap.tries > RETRIES and answer.said is Said.NO:
        _fail(session, swap, now)
    elif swap.tries > RETRIES:
        swap.state = "unknown"
    session.add(swap)
    session.flush()
    return swap


def tell(session: Session, request: Request, name: str, *, done: bool) -> SimSwapRow:
    """What the operator has told a person of the swap of an eSIM: it is over."""
    swap = _locked(session, swap_of(session, name).id)
    if swap.state not in ("waiting", "unknown"):
        raise Refused(
            f"This SIM swap is {swap.state} already; nothing has changed.",
            code="ended",
            field="iccid",
        )
    swap.answer = f"told by {request.actor}"
    (_succeed if done else _fail)(session, swap, request.now)
    session.add(swap)
    session.flush()
    return swap


def swap_of(session: Session, name: str) -> SimSwapRow:
    """The latest SIM swap of an eSIM, by either of its numbers."""
    esim_id = esim_named(session, name).id
    mine = or_(col(SimSwapRow.esim_id) == esim_id, col(SimSwapRow.blank_id) == esim_id)
    latest = select(SimSwapRow).where(mine).order_by(col(SimSwapRow.id).desc())
    swap = session.exec(latest.limit(1)).first()
    if swap is None:
        raise Refused(
            "This eSIM has no SIM swap; nothing has changed. Begin one: esim swap ICCID --to CARD.",
            code="no_swap",
            field="iccid",
        )
    return swap


def _due(now: datetime) -> ColumnElement[bool]:
    is_free = or_(col(SimSwapRow.busy_until).is_(None), col(SimSwapRow.busy_until) <= now)
    return and_(col(SimSwapRow.state) == "waiting", col(SimSwapRow.due_at) <= now, is_free)


def _locked(session: Session, swap_id: str) -> SimSwapRow:
    """A swap with its line and both records, in the order that every change locks them."""
    swap = session.get_one(SimSwapRow, swap_id)
    lock_lines(session, "id", [swap.esim_id])
    for esim_id in sorted((swap.esim_id, swap.blank_id)):
        session.get_one(EsimRow, esim_id, with_for_update=True, populate_existing=True)
    return session.get_one(SimSwapRow, swap_id, with_for_update=True, populate_existing=True)


def _check(esim: EsimRow, blank: EsimRow) -> None:
    if not esim.msisdn:
        raise Refused(
            "This eSIM has no phone number that could be moved; nothing has changed. Replace it "
            "instead: esim replace.",
            code="no_number",
            field="iccid",
        )
    if blank.msisdn or not blank.iccid:
        raise Refused(
            "The other card is not blank: it has a number of its own. Nothing has changed.",
            code="not_blank",
            field="to",
        )
    if blank.operator != esim.operator:
        raise Refused(
            "The other card is another operator's; nothing has changed.",
            code="other_operator",
            field="to",
        )


def _succeed(session: Session, swap: SimSwapRow, now: datetime) -> None:
    """The eSIM has the new card; the old one is archived."""
    esim, blank, by = _both(session, swap, now)
    use_spare(session, blank.lot)
    made = ReplacementRow(
        id=new_id(),
        esim_id=esim.id,
        former_id=blank.id,
        kind="sim_swap",
        reason=swap.reason,
        actor=swap.actor,
        at=now,
    )
    change_profile(session, esim, blank, made, by)
    _end(session, swap, "done", by)


def _fail(session: Session, swap: SimSwapRow, now: datetime) -> None:
    """The eSIM keeps its card; the blank one is free again."""
    _esim, blank, by = _both(session, swap, now)
    give_back_spare(session, blank)
    _end(session, swap, "failed", by)


def _both(session: Session, swap: SimSwapRow, now: datetime) -> tuple[EsimRow, EsimRow, Who]:
    esim = session.get_one(EsimRow, swap.esim_id)
    blank = session.get_one(EsimRow, swap.blank_id)
    return esim, blank, Who(swap.actor, now, "SIM swap")


def _end(session: Session, swap: SimSwapRow, state: str, by: Who) -> None:
    for esim_id in (swap.esim_id, swap.blank_id):
        say_of_line(session, esim_id, "", by)
    swap.state, swap.ended_at, swap.busy_until = state, by.at, None
