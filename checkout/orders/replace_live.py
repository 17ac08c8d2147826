"""A replacement whose profile comes from a supplier: ordered once, exchanged when it is there.

The eSIM keeps the profile that it has until then, and pays nothing. What is ordered for it goes
through the same steps as the profile of a sale.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session, select

from catalog.esim.record import Who, word_on
from catalog.esim.tables import EsimRow
from catalog.kernel.errors import Refused
from catalog.kernel.requests import Request, forget
from catalog.suppliers.ordering import close, download_of, give_up
from catalog.tables import PlanRow
from checkout.orders.deliver_live import add_profile, profile_of
from checkout.orders.live import begin_download, live_terms
from checkout.orders.purchase import checked_eid
from checkout.orders.replace import change_profile, plans_of, refuse_ordered
from checkout.orders.replacement_tables import LiveReplacementRow, ReplacementRow
from checkout.orders.service import refuse_held, running, running_one, who
from checkout.orders.sold_esims import esim_named

Need = Callable[[str], None]
"""Told the id of a supplier that is needed; it may want to ask that first."""


def begin_replacement(
    session: Session,
    request: Request,
    made_id: str,
    name: str,
    *,
    reason: str,
    eid: str | None,
    need: Need,
) -> LiveReplacementRow | None:
    """Write that another profile is ordered for a sold eSIM; None when its plan has no supplier.

    A supplier that wants the phone is told the one that is named, or else that of the profile that
    it has now.

    Raises:
        Refused: it has ended, a change is under way, or the supplier wants a phone that nobody
            told.

    """
    esim, _line = running(session, name)
    refuse_held(session, esim.id, but="suspended")
    refuse_ordered(session, esim.id)
    found = _terms(session, esim, checked_eid(eid) or esim.eid)
    if found is None:
        return None
    plan, terms = found
    need(str(terms["supplier_id"]))
    made = LiveReplacementRow(
        id=made_id,
        esim_id=esim.id,
        plan_id=plan.id,
        request_key=request.key,
        reason=who(request, reason).reason,
        actor=request.actor,
        at=request.now,
    )
    session.add(made)
    begin_download(session, made.id, terms, request.now)
    session.flush()
    return made


def _terms(session: Session, esim: EsimRow, eid: str) -> tuple[PlanRow, Mapping[str, Any]] | None:
    """The plan whose supplier makes the new profile, and the terms of that."""
    if esim.line_kind != "esim":
        return None
    told = {"eid": eid}
    for plan in plans_of(session, esim):
        terms = live_terms(session, plan, told)
        if terms:
            return plan, told | terms
    return None


def replacement_of(session: Session, made_id: str, *, lock: bool = False) -> LiveReplacementRow:
    """The replacement of an id."""
    return session.get_one(
        LiveReplacementRow, made_id, with_for_update=lock, populate_existing=lock
    )


def ordered_for(session: Session, name: str) -> LiveReplacementRow:
    """The replacement that is being ordered for an eSIM, or `Refused` when none is."""
    esim = esim_named(session, name)
    open_ = (LiveReplacementRow.esim_id == esim.id, LiveReplacementRow.state == "ordered")
    found = session.exec(select(LiveReplacementRow).where(*open_)).first()
    if found is None:
        raise Refused(
            "No profile is being ordered for this eSIM; nothing has changed.",
            code="not_ordered",
            field="iccid",
        )
    return found


def exchange_ordered(session: Session, made: LiveReplacementRow, now: datetime) -> EsimRow | None:
    """Give the eSIM of a locked replacement the profile that was released for it, once.

    None when it is not there yet, when a SIM swap is under way, or when the eSIM has ended
    meanwhile: then the profile is given back to its supplier.

    Raises:
        Refused: the store has an eSIM of that number or code already.

    """
    download = download_of(session, made.id, lock=True)
    if made.state != "ordered" or download is None or download.state != "released":
        return None
    try:
        esim, _line = running_one(session, made.esim_id)
    except Refused:
        give_up_replacement(session, made, now)
        return None
    word = word_on(session, esim.id)
    if word is not None and word.word == "pending":
        return None
    spare = profile_of(download, session.get_one(PlanRow, made.plan_id))
    add_profile(session, spare)
    done = ReplacementRow(
        id=made.id,
        esim_id=esim.id,
        former_id=esim.id,
        kind="replacement",
        reason=made.reason,
        actor=made.actor,
        at=now,
    )
    change_profile(session, esim, spare, done, Who(made.actor, now, made.reason))
    close(session, made.id, now)
    made.state, made.ended_at = "done", now
    session.add(made)
    session.flush()
    return esim


def give_up_replacement(session: Session, made: LiveReplacementRow, now: datetime) -> None:
    """End a locked replacement whose profile will not come, or is wanted no more; its key is free.

    The eSIM is as it was. What was allocated is given back to the supplier.
    """
    give_up(session, made.id, now)
    made.state, made.ended_at = "given_up", now
    session.add(made)
    forget(session, made.request_key)
    session.flush()
