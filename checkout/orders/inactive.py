"""Prepaid eSIMs that nobody has refilled for years: their operator's terms end them."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import exists, select
from sqlmodel import Session, col

from catalog.esim.record import Who, word_on
from catalog.esim.tables import EsimRow
from checkout.billing.line_rows import GRANTS, LINES, lock_lines
from checkout.orders.service import end_service

SWEEP = 500
"""Most eSIMs that one transaction archives."""


def archive_inactive(
    session: Session, *, days: int, now: datetime, actor: str, after: str = ""
) -> tuple[int, str | None]:
    """Archive some that had neither sale nor refill for so many days.

    Returns how many, and the id after which the next ones are looked for; None at the end. One
    whose SIM swap is under way waits until that is over.
    """
    found = _not_refilled(session, now - timedelta(days=days), after)
    by = Who(actor, now, f"no refill for {days} days")
    lines, count = lock_lines(session, "id", found), 0
    for esim_id in found:
        word, line = word_on(session, esim_id), lines[esim_id]
        if line.state.ended_at is None and (word is None or word.word == "suspended"):
            end_service(session, session.get_one(EsimRow, esim_id, with_for_update=True), line, by)
            count += 1
    return count, found[-1] if len(found) == SWEEP else None


def _not_refilled(session: Session, until: datetime, after: str) -> list[str]:
    """The ids of running prepaid eSIMs to which nothing was given after an instant."""
    given_later = exists().where(GRANTS.c.line_id == LINES.c.id, GRANTS.c.at > until)
    wanted = (
        select(col(EsimRow.id))
        .join(LINES, LINES.c.id == EsimRow.id)
        .where(col(EsimRow.sold_at) <= until)
        .where(LINES.c.kind == "prepaid", LINES.c.ended_at.is_(None), ~given_later)
    )
    if after:
        wanted = wanted.where(col(EsimRow.id) > after)
    return list(session.execute(wanted.order_by(col(EsimRow.id)).limit(SWEEP)).scalars())
