"""What a store says of its eSIMs: its word on their service fits what became of them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, exists, literal, or_, select

from catalog.esim.record import SERVICE
from catalog.esim.tables import EsimRow
from checkout.billing.tables import LineRow
from store_app.invariants.rule import Rule, named, table_of

ESIMS = table_of(EsimRow)
LINES = table_of(LineRow)


def _archived() -> Select[Any]:
    """ESIMs that were archived by hand and would still be served or billed."""
    ended = exists().where(LINES.c.id == SERVICE.c.esim_id, LINES.c.ended_at.is_not(None))
    return select(literal("eSIM"), SERVICE.c.esim_id).where(SERVICE.c.word == "archived", ~ended)


def _words() -> Select[Any]:
    """Words on eSIMs that nobody has."""
    in_stock = ESIMS.c.stock_state.in_(("available", "reserved"))
    return (
        select(literal("eSIM"), ESIMS.c.id)
        .join(SERVICE, SERVICE.c.esim_id == ESIMS.c.id)
        .where(or_(in_stock, ESIMS.c.company_id.is_(None)), SERVICE.c.word != "pending")
    )


RULES = (
    Rule("each eSIM that was archived by hand has ended", named(_archived)),
    Rule("only what is somebody's is suspended or archived", named(_words)),
)
