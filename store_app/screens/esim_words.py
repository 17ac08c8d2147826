"""A sold eSIM in words: the cells of the list and the lines of its page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from store_app.present import NOTHING, instant, money, size, waiting_words
from store_app.screens.month_words import month_cell, month_sentence
from store_app.widgets.balance_bar import filled_cells, level
from store_app.widgets.lazy_list import Cell, Column, Toned
from store_app.words import _, plural

if TYPE_CHECKING:
    from store_app.desk.esims import EsimView

Tone = Literal["success", "warning", "error", "muted"]

COLUMNS: Final = (
    Column("ICCID", 11),
    Column(_("Plan"), 12, flex=3, priority=2),
    Column(_("Customer"), 12, flex=2, priority=3),
    Column(_("State"), 8),
    Column(_("Left"), 15),
    Column(_("Days"), 4, align="right", priority=1),
    Column(_("As of"), 18, priority=4),
    Column(_("Whole ICCID"), 20, priority=5),
)
_TAIL: Final = 10
_BAR_CELLS: Final = 3

_STATES: Final[dict[str, tuple[str, Tone]]] = {
    "activation_ready": (_("Ready"), "muted"),
    "active": (_("Active"), "success"),
    "suspended": (_("Off"), "warning"),
    "archived": (_("Ended"), "muted"),
    "pending": (_("Pending"), "warning"),
    "available": (_("Free"), "muted"),
    "blank": (_("Blank"), "muted"),
}
_REASONS: Final[dict[str, tuple[str, Tone]]] = {
    "depleted": (_("Used up"), "warning"),
    "expired": (_("Expired"), "warning"),
    "refunded": (_("Refunded"), "error"),
    "wallet at its limit": (_("Limit"), "warning"),
    "mrc unpaid": (_("MRC due"), "warning"),
    "wallet disabled": (_("No wallet"), "warning"),
    "invoice unpaid": (_("Unpaid"), "warning"),
    "data of the period used up": (_("Used up"), "warning"),
    "assignment ended": (_("Ended"), "muted"),
    "suspended by hand": (_("By hand"), "warning"),
}
_SENTENCES: Final = {
    "depleted": _("Off: all data is used."),
    "expired": _("Off: the validity is over."),
    "refunded": _("Ended: it was refunded."),
    "wallet at its limit": _("Off: the wallet is at its limit. A top-up resumes it."),
    "mrc unpaid": _("Off: the wallet cannot pay the month. A top-up resumes it."),
    "suspended by hand": _("Off: suspended by hand."),
    "archived by hand": _("Ended: archived."),
    "SIM swap under way": _("A SIM swap is under way."),
    "wallet disabled": _("Off: the wallet that pays is switched off. Enable it with F5, m."),
}
_STATE_SENTENCES: Final = {
    "activation_ready": _("Ready: sold, not used yet."),
    "active": _("Active."),
    "suspended": _("Off."),
    "archived": _("Ended."),
    "available": _("A terminal, not used yet."),
    "blank": _("A blank SIM."),
}


def state_cell(view: EsimView) -> Toned:
    """The state in one word, the reason first, because it says what to do."""
    text, tone = _REASONS.get(view.status_reason) or _STATES.get(
        view.status, (view.status, "muted")
    )
    return Toned(text, tone)


def state_sentence(view: EsimView) -> str:
    """The state with its reason, then what to do next."""
    own = month_sentence(view)
    if own:
        return own
    state = _SENTENCES.get(view.status_reason) or _STATE_SENTENCES.get(view.status, view.status)
    return f"{state} {view.next_action}".rstrip()


def left_words(view: EsimView) -> str:
    """Data left of the size of the present balance; of PAYGO the money that is left."""
    if view.charged_minor is not None and view.currency is not None:
        held, charged = view.wallet_balance_minor, view.charged_minor
        return _("{held} in the wallet, {charged} charged for usage").format(
            held=money(held, view.currency), charged=money(charged, view.currency)
        )
    if view.period_ends_at is not None and view.data_total_bytes is None:
        return _("no limit")
    if view.sold_at is None:
        return _("in stock")
    if not view.data_total_bytes:
        return _("nothing left")
    left, total = size(view.data_left_bytes), size(view.data_total_bytes)
    return _("{left} of {total} left").format(left=left, total=total)


def gauge(view: EsimView) -> tuple[int, int]:
    """What is left of how much: bytes, or for PAYGO what the wallet can pay and what it paid."""
    if view.wallet_available_minor is not None:
        return view.wallet_available_minor, view.wallet_available_minor + (view.charged_minor or 0)
    return view.data_left_bytes or 0, view.data_total_bytes or 0


def left_cell(view: EsimView) -> Cell:
    """A short bar, the data or the money left in words, and a sign when they are old."""
    if view.period_ends_at is not None and view.data_total_bytes is None:
        return month_cell(view)
    left, total = gauge(view)
    full = filled_cells(left, total, _BAR_CELLS)
    mark = " !" if view.stale else ""
    words = money(left, view.currency or "") if view.charged_minor is not None else size(left)
    text = f"{'█' * full}{'░' * (_BAR_CELLS - full)} {words}{mark}"
    state = level(left, total)
    if state == "empty":
        return Toned(text, "error")
    return Toned(text, "warning") if state or view.stale else text


def days_words(days_left: int | None) -> str:
    """Days left as a sentence; the clock may not be running yet."""
    if days_left is None:
        return _("counted from first use")
    return plural("{days} day", "{days} days", days_left).format(days=days_left)


def as_of_words(view: EsimView, zone: str = "UTC") -> str:
    """How old the figures are and whose, marked when they are older than they should be.

    Once an eSIM has ended, nobody reports on it any more.
    """
    if has_ended(view):
        return NOTHING
    stale = _("stale, ") if view.stale else ""
    source = f" ({view.source})" if view.source else ""
    waiting = waiting_words(view.waiting_records)
    return f"{stale}{instant(view.as_of, zone)}{source}{waiting and f'; {waiting}'}"


def row_cells(view: EsimView, zone: str = "UTC") -> tuple[Cell, ...]:
    """One row of the list, in the order of `COLUMNS`.

    The end of an ICCID tells cards apart; the whole number stands where there is room for it. An
    eSIM sold by its code alone is known by its order.
    """
    number = f"~{view.iccid[-_TAIL:]}" if view.iccid else view.name
    at = NOTHING if has_ended(view) else instant(view.as_of, zone)
    as_of = f"{'! ' if view.stale else ''}{at}"
    return (
        number,
        view.plan_name or NOTHING,
        view.end_user or view.company or NOTHING,
        state_cell(view),
        left_cell(view),
        NOTHING if view.days_left is None else str(view.days_left),
        Toned(as_of, "warning" if view.stale else "muted"),
        view.iccid or NOTHING,
    )


def has_ended(view: EsimView) -> bool:
    """Whether nothing more will happen on it: refunded, or long unused."""
    return view.status == "archived"
