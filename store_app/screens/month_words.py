"""eSIMs that are billed by the month in words: state, what is left, what it costs so far."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from catalog.plans import data_words, rate_words
from store_app.present import NOTHING, instant, money, size
from store_app.widgets.lazy_list import Cell, Toned
from store_app.words import _, plural

if TYPE_CHECKING:
    from checkout.billing.subscriptions.state import SubscriptionState
    from checkout.billing.subscriptions.terms import Terms
    from store_app.desk.esims import EsimView

Facts = tuple[tuple[str, str], ...]

_SENTENCES: Final = {
    "invoice unpaid": _("Off: its invoice is unpaid. F12 makes and issues it, notes the money."),
    "data of the period used up": _("Off: the data of this period is used up. s changes the plan."),
    "assignment ended": _("Ended: its assignment is over. s assigns it again."),
}
_BILLED: Final = {
    "post": _("billed after the month"),
    "advance": _("billed in advance"),
    "pre": _("to be paid before the month"),
}


def month_sentence(view: EsimView) -> str:
    """The state with the next step, where others than sold eSIMs have their own; else nothing."""
    if view.sold_at is None and view.status == "activation_ready":
        return _("In stock: not sold or assigned yet. s assigns it to a company.")
    if view.sold_at is None and view.status == "available" and view.line_kind != "terminal":
        return _("In stock without a plan, not sold or assigned yet. s assigns it to a company.")
    said = _SENTENCES.get(view.status_reason)
    if said is not None:
        return said
    if view.throttled and view.status == "active":
        speed = speed_words(view.throttled_kbps or 0)
        return _("Active, slow: full-speed data is used up, {speed} for now.").format(speed=speed)
    if view.status == "activation_ready" and view.order is None:
        return _("Ready: assigned, not used yet. a shows the code to scan.")
    return ""


def month_cell(view: EsimView) -> Cell:
    """What the list says of an eSIM without data of its own: its speed, or its cost so far."""
    if view.status == "archived":
        return Toned(NOTHING, "muted")
    mark = " !" if view.stale else ""
    if view.high_speed_left_bytes is None:
        return f"{money(view.usage_minor, view.currency or '')} used{mark}"
    if view.throttled:
        return Toned(
            _("slow: {speed}").format(speed=speed_words(view.throttled_kbps or 0)), "warning"
        )
    return f"{size(view.high_speed_left_bytes)} fast{mark}"


def month_left(view: EsimView, month: SubscriptionState) -> str:
    """The line beside the bar: what is left of what, or what usage costs so far."""
    terms = month.terms
    if month.high_speed_left_bytes is not None:
        words = _("{left} of {whole} at full speed left {per}, then {speed}")
        return words.format(
            left=size(month.high_speed_left_bytes),
            whole=data_words(fast_bytes(month)),
            per=_("today") if terms.per == "day" else _("this month"),
            speed=speed_words(terms.throttled_kbps),
        )
    if month.included_bytes is None:
        words = _("{used} used this month, {cost} so far")
        return words.format(
            used=size(view.data_used_bytes), cost=money(month.usage_minor, terms.currency)
        )
    left, whole = size(month.left_bytes), size(month.included_bytes)
    if month.pool:
        return _("{left} of {whole} left in the pool").format(left=left, whole=whole)
    return _("{left} of {whole} left this month").format(left=left, whole=whole)


def month_gauge(month: SubscriptionState) -> tuple[int, int]:
    """Bytes left of bytes for the bar; nothing where there is no limit."""
    if month.high_speed_left_bytes is not None:
        return month.high_speed_left_bytes, fast_bytes(month)
    return month.left_bytes or 0, month.included_bytes or 0


def fast_bytes(month: SubscriptionState) -> int:
    """The data at full speed of a day or a period."""
    return max(month.terms.high_speed_bytes, month.high_speed_left_bytes or 0)


def month_facts(view: EsimView, month: SubscriptionState, zone: str = "UTC") -> Facts:
    """The period and its cost so far, in the order in which people ask."""
    ends = instant(month.period_ends, zone)
    days = plural("{ends}, in {days} day", "{ends}, in {days} days", view.days_left or 0)
    is_over = view.days_left is None
    return (
        (_("Renews"), NOTHING if is_over else days.format(ends=ends, days=view.days_left)),
        (_("Used by it"), size(month.used_bytes)),
        (_("Costs"), _cost_words(month)),
        (_("Fee"), _fee_words(month.terms)),
    )


def _cost_words(month: SubscriptionState) -> str:
    """What goes beyond the fee so far."""
    terms = month.terms
    if month.included_bytes is None:
        if not terms.is_per_mb:
            return _("the fee alone")
        return _("{cost} so far").format(cost=money(month.usage_minor, terms.currency))
    over = size(month.overage_bytes)
    if not month.overage_bytes:
        return _("the fee, no overage so far")
    if not terms.overage_size_bytes:
        return _("{over} more than paid for").format(over=over)
    words = _("overage {over}: {price}")
    return words.format(over=over, price=money(month.overage_minor, terms.currency))


def _fee_words(terms: Terms) -> str:
    if terms.is_per_mb:
        return rate_words(
            terms.currency,
            terms.rate_per_mb_micro,
            countries={},
            barred=(),
            mrc_minor=terms.fee_minor,
        )
    if not terms.fee_minor:
        return _("of its members, {billed}").format(billed=_BILLED[terms.billing])
    fee = money(terms.fee_minor, terms.currency)
    return _("{fee}, {billed}").format(fee=fee, billed=_BILLED[terms.billing])


def speed_words(kbps: int) -> str:
    """A speed as people say it: "1 Mbps", "512 kbps".

    >>> speed_words(1000), speed_words(1500), speed_words(512)
    ('1 Mbps', '1.5 Mbps', '512 kbps')
    """
    if kbps < 1000:
        return f"{kbps} kbps"
    return f"{kbps // 1000}.{kbps % 1000:03}".rstrip("0").rstrip(".") + " Mbps"
