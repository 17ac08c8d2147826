"""What a store says of its eSIMs: its word on their service fits what became of them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CompoundSelect, Select, and_, exists, literal, or_, select, union_all

from catalog.esim.record import SERVICE
from catalog.esim.tables import EsimRow
from checkout.billing.numbers import FORMER
from checkout.billing.tables import LineRow
from checkout.orders.replacement_tables import ReplacementRow
from checkout.orders.swap_tables import SimSwapRow
from store_app.invariants.rule import Rule, named, table_of

ESIMS = table_of(EsimRow)
LINES = table_of(LineRow)
REPLACEMENTS = table_of(ReplacementRow)
SWAPS = table_of(SimSwapRow)
_CARDS = (SWAPS.c.esim_id, SWAPS.c.blank_id)


def _archived() -> Select[Any]:
    """ESIMs that were archived by hand and would still be served or billed."""
    ended = exists().where(LINES.c.id == SERVICE.c.esim_id, LINES.c.ended_at.is_not(None))
    return select(literal("eSIM"), SERVICE.c.esim_id).where(SERVICE.c.word == "archived", ~ended)


def _held() -> Select[Any]:
    """Lines that are held back without a word of the store, or the other way round."""
    said = exists().where(SERVICE.c.esim_id == LINES.c.id)
    return select(literal("line"), LINES.c.id).where(LINES.c.is_held != said)


def _words() -> Select[Any]:
    """Words on eSIMs that nobody has."""
    in_stock = ESIMS.c.stock_state.in_(("available", "reserved"))
    return (
        select(literal("eSIM"), ESIMS.c.id)
        .join(SERVICE, SERVICE.c.esim_id == ESIMS.c.id)
        .where(or_(in_stock, ESIMS.c.company_id.is_(None)), SERVICE.c.word != "pending")
    )


def _former() -> Select[Any]:
    """Profiles that were replaced and are still somebody's, for sale, or known to no log."""
    return (
        select(literal("eSIM"), REPLACEMENTS.c.former_id)
        .outerjoin(ESIMS, ESIMS.c.id == REPLACEMENTS.c.former_id)
        .where(or_(ESIMS.c.id.is_(None), ESIMS.c.stock_state != "withdrawn"))
    )


def _numbers() -> Select[Any]:
    """Numbers of replaced profiles that do not lead to the line that had them."""
    place = and_(REPLACEMENTS.c.former_id == ESIMS.c.id, FORMER.c.line_id == REPLACEMENTS.c.esim_id)
    mine = exists().where(place, ESIMS.c.iccid_key == FORMER.c.iccid_key)
    again = exists().where(LINES.c.iccid_key == FORMER.c.iccid_key)
    return select(literal("number"), FORMER.c.iccid_key).where(or_(~mine, again))


def _pending() -> CompoundSelect[Any]:
    """ESIMs that wait for a SIM swap that is over, and swaps whose cards do not wait."""
    open_ = SWAPS.c.state.in_(("waiting", "unknown"))
    asked = exists().where(open_, or_(*(column == SERVICE.c.esim_id for column in _CARDS)))
    left = select(literal("eSIM"), SERVICE.c.esim_id).where(SERVICE.c.word == "pending", ~asked)
    waits = [
        exists().where(SERVICE.c.esim_id == column, SERVICE.c.word == "pending")
        for column in _CARDS
    ]
    return union_all(left, select(literal("SIM swap"), SWAPS.c.id).where(open_, ~and_(*waits)))


RULES = (
    Rule("each eSIM that was archived by hand has ended", named(_archived)),
    Rule("a line is held back while the store says so", named(_held)),
    Rule("an eSIM is pending as long as its SIM swap is open", named(_pending)),
    Rule("each replaced profile is out of trade", named(_former)),
    Rule("each replaced number leads to the line that had it", named(_numbers)),
    Rule("only what is somebody's is suspended or archived", named(_words)),
)
