"""Usage: what was taken in is in the balances."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlmodel import Session

from checkout.billing.usage_history import SOURCES
from checkout.billing.usage_postings import BATCHES
from store_app.invariants.rule import Rule

UNDER_WAY = timedelta(minutes=10)
"""So long an import may take between landing a batch and applying it."""


def _waiting(session: Session, now: datetime) -> Iterator[str]:
    """Batches that a killed import left behind; `maintain` or the next import applies them."""
    left = BATCHES.c.applied_at.is_(None) & (BATCHES.c.received_at < now - UNDER_WAY)
    named = select(SOURCES.c.name).join(BATCHES, BATCHES.c.source == SOURCES.c.number).where(left)
    for source in session.execute(named).scalars():
        yield f"source {source}: run maintain"


RULES = (Rule("usage that has landed is in the balances", _waiting),)
