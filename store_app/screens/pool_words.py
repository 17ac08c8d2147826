"""Pools in words: rows, members with their share, what is left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from store_app.present import NOTHING, day, money, size
from store_app.widgets.balance_bar import filled_cells, level
from store_app.widgets.lazy_list import Cell, Column, Toned
from store_app.words import _, plural

if TYPE_CHECKING:
    from datetime import datetime

    from store_app.desk.pool_pages import PoolLine, PoolMember

COLUMNS: Final = (
    Column(_("Pool"), 10, flex=2),
    Column(_("Company"), 10, flex=2),
    Column(_("Plan"), 14, flex=1, priority=2),
    Column("eSIMs", 5, align="right"),
    Column(_("Left"), 15),
    Column(_("Until"), 10, priority=1),
    Column(_("Overage"), 13, align="right"),
)
MEMBER_COLUMNS: Final = (
    Column("eSIM", 11),
    Column(_("User"), 12, flex=1),
    Column(_("Plan"), 12, flex=1, priority=1),
    Column(_("Used"), 9, align="right"),
    Column(_("Share of the pool"), 18),
    Column(_("Whole ICCID"), 20, priority=2),
)
_BAR: Final = 3
_SHARE: Final = 12
_TAIL: Final = 10


def pool_cells(line: PoolLine, zone: str = "UTC") -> tuple[Cell, ...]:
    """One pool, in the order of `COLUMNS`."""
    return (
        line.pool,
        line.company,
        line.plan,
        str(line.members),
        left_cell(line),
        day_of(line.ends, zone),
        overage_cell(line),
    )


def left_cell(line: PoolLine) -> Cell:
    """A short bar and the data left; a word where there is no service."""
    if line.state == "archived":
        return Toned(_("ended"), "muted")
    if line.state == "suspended":
        return Toned(_("unpaid"), "warning")
    full = filled_cells(line.left_bytes, line.included_bytes, _BAR)
    text = f"{'█' * full}{'░' * (_BAR - full)} {size(line.left_bytes)}"
    state = level(line.left_bytes, line.included_bytes)
    if state == "empty":
        return Toned(text, "error")
    return Toned(text, "warning") if state else text


def overage_cell(line: PoolLine) -> Cell:
    """What goes beyond the data, in money so far."""
    over = line.used_bytes - line.included_bytes
    if over <= 0:
        return NOTHING
    if not line.has_price:
        return Toned(_("used up"), "error")
    return Toned(money(line.overage_minor, line.currency), "warning")


def member_cells(one: PoolMember, included_bytes: int) -> tuple[Cell, ...]:
    """One member, in the order of `MEMBER_COLUMNS`."""
    return (
        f"~{one.iccid[-_TAIL:]}" if one.iccid else NOTHING,
        one.end_user or NOTHING,
        one.plan,
        size(one.used_bytes),
        share_words(one.used_bytes, included_bytes),
        one.iccid or NOTHING,
    )


def share_words(used_bytes: int, included_bytes: int) -> str:
    """How much of the pool's data is used, as a bar and in percent; beyond it the bar is full.

    >>> share_words(250, 1000)
    '███░░░░░░░░░ 25 %'
    """
    if included_bytes <= 0:
        return NOTHING
    full = filled_cells(min(used_bytes, included_bytes), included_bytes, _SHARE)
    return f"{'█' * full}{'░' * (_SHARE - full)} {used_bytes * 100 // included_bytes} %"


def state_words(line: PoolLine) -> str:
    """Whose pool it is, how many share it, and its state with the next step."""
    members = plural("{count} eSIM", "{count} eSIMs", line.members).format(count=line.members)
    said = {
        "archived": _("Ended."),
        "suspended": _("Off: its invoice is unpaid. F12 issues it and notes the money."),
    }.get(line.state, _("Active.") if line.members else _("Empty: a adds an eSIM."))
    return f"{line.company}, {line.plan}, {members}. {said}"


def left_words(line: PoolLine) -> str:
    """What is left of the data of the period."""
    left, whole = size(line.left_bytes), size(line.included_bytes)
    return _("{left} of {whole} left").format(left=left, whole=whole)


def period_words(line: PoolLine, zone: str = "UTC") -> str:
    """The period, and what goes beyond its data."""
    span = _("Period {begins} to {ends}").format(
        begins=day_of(line.begins, zone), ends=day_of(line.ends, zone)
    )
    over = line.used_bytes - line.included_bytes
    if over <= 0:
        return _("{span}, no overage so far").format(span=span)
    if not line.has_price:
        return _("{span}, {over} beyond its data: service stops").format(span=span, over=size(over))
    words = _("{span}, overage so far {over}: {price}")
    price = money(line.overage_minor, line.currency)
    return words.format(span=span, over=size(over), price=price)


def day_of(at: datetime | None, zone: str) -> str:
    """The day of an instant in the store's time zone."""
    return NOTHING if at is None else day(at.astimezone(ZoneInfo(zone)).date())
