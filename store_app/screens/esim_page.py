"""What the page of one eSIM shows: read at once, and put into words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from catalog.esim.profile import ProfileState, profile_words
from catalog.kernel.errors import StoreError
from store_app.present import NOTHING, instant, money, size
from store_app.refill_words import whole_words
from store_app.screens.esim_words import as_of_words, days_words, has_ended
from store_app.screens.month_words import month_facts
from store_app.words import _

if TYPE_CHECKING:
    from checkout.billing.subscriptions.state import SubscriptionState
    from store_app.desk.auto_refill_views import AutoRefillView
    from store_app.desk.context import Desk
    from store_app.desk.esims import EsimView
    from store_app.desk.sales import RefillOption

Facts = tuple[tuple[str, str], ...]
"""Lines of a label and its words."""

_KINDS: Final = {"sim": _("a physical SIM"), "terminal": _("a satellite terminal")}
DAYS: Final = 14
"""Days in the plot of usage."""


@dataclass(frozen=True, slots=True)
class EsimPage:
    """What the page shows, read at once.

    Attributes:
        receipt: the one of the sale.
        auto: how it is refilled by itself; None when that was never set.
        month: what is billed by the month has and costs in the running period.

    """

    view: EsimView
    usage: list[tuple[str, int]]
    refills: list[RefillOption]
    receipt: str | None
    month: SubscriptionState | None = None
    auto: AutoRefillView | None = None


def read_page(desk: Desk, named: str) -> EsimPage:
    """Everything about one eSIM but its code."""
    from store_app.desk.auto_refill_views import find_auto_refill
    from store_app.desk.esims import esim_usage, show_esim
    from store_app.desk.month import running_month
    from store_app.desk.order_views import show_order
    from store_app.desk.sales import refill_options

    view = show_esim(desk, named)
    if view.sold_at is None:
        return EsimPage(view, [], [], None)
    try:
        refills = refill_options(desk, named)
    except StoreError:
        refills = []
    usage = esim_usage(desk, named, DAYS)
    receipt = show_order(desk, view.order).receipt if view.order else None
    auto = find_auto_refill(desk, named) if refills else None
    return EsimPage(view, usage, refills, receipt, running_month(desk, named), auto)


def may(action: str, page: EsimPage) -> bool:
    """Whether an eSIM has what an action of its page needs."""
    view, ended = page.view, page.view.status == "archived"
    is_sold = view.sold_at is not None
    if action in {"hold", "retire", "replace"}:
        return is_sold and not ended and view.word != "pending"
    if action == "swap":
        return is_sold and not ended and bool(view.msisdn)
    if action == "auto":
        return bool(page.refills) and not ended
    if view.order is None:
        return _may_assigned(action, page)
    if action == "identify":
        return view.iccid is None
    return action != "assign" and not (ended and action in {"refill", "code"})


def _may_assigned(action: str, page: EsimPage) -> bool:
    """Whether an eSIM that was not sold has this: free in stock, or assigned to a company."""
    view = page.view
    if action == "assign":
        free = {"activation_ready", "available", "blank"}
        return view.sold_at is not None or view.status in free
    if view.sold_at is None:
        return False
    is_over = view.status == "archived"
    has = {"explain": True, "code": not is_over, "refill": bool(page.refills) and not is_over}
    return has.get(action, False)


def line_facts(page: EsimPage, zone: str = "UTC") -> Facts:
    """The balance and its clock, whose it is and on what phone, and what more data costs."""
    view = page.view
    if page.month is not None:
        return (
            *month_facts(view, page.month, zone),
            (_("As of"), as_of_words(view, zone)),
            (_("Customer"), view.end_user or NOTHING),
            _kind_fact(view),
        )
    prices = [
        f"{size(each.data_bytes)} {money(each.total_minor, each.currency)}" for each in page.refills
    ]
    return (
        (_("Days left"), NOTHING if _is_idle(view) else days_words(view.days_left)),
        (_("Data used"), size(view.data_used_bytes)),
        (_("Expires"), instant(view.expires_at, zone)),
        (_("As of"), as_of_words(view, zone)),
        (_("Customer"), view.end_user or NOTHING),
        _kind_fact(view),
        (_("Refills"), ", ".join(prices) or _no_refills(view)),
        *(((_("Auto refill"), whole_words(page.auto, zone)),) if page.refills else ()),
    )


def _is_idle(view: EsimView) -> bool:
    """Whether nothing runs on it: not yet, or not any more."""
    return view.sold_at is None or has_ended(view)


def _kind_fact(view: EsimView) -> tuple[str, str]:
    """Where the profile is; of a line that has none, what it is instead."""
    if view.line_kind != "esim":
        return _("Kind"), _KINDS[view.line_kind]
    return _("Profile"), profile_words(ProfileState(view.profile_state))


def _no_refills(view: EsimView) -> str:
    held = {"suspended": _("once it is resumed (h)"), "pending": _("once the swap has ended")}
    return NOTHING if _is_idle(view) else held.get(view.word, _("none for this plan"))


def sale_facts(page: EsimPage, zone: str = "UTC") -> Facts:
    """The sale it comes from, its first use, what was used beyond the balance; what is noted."""
    return (*_sale_facts(page, zone), *_noted(page.view))


def _noted(view: EsimView) -> Facts:
    noted = ((_("Why"), view.word_reason), (_("Labels"), ", ".join(view.labels)))
    return tuple((label, words) for label, words in (*noted, (_("Note"), view.note)) if words)


def _sale_facts(page: EsimPage, zone: str) -> Facts:
    view = page.view
    if view.order is None:
        return _assigned_facts(page, zone)
    overrun = size(view.overrun_bytes) if view.overrun_bytes else _("none")
    return (
        (_("Sold"), instant(view.sold_at, zone)),
        (_("Activated"), instant(view.activated_at, zone)),
        (_("Company"), view.company or NOTHING),
        (_("Order"), view.order or NOTHING),
        (_("Receipt"), page.receipt or NOTHING),
        (_("Overrun"), overrun),
    )


def _assigned_facts(page: EsimPage, zone: str) -> Facts:
    """Whose it is without a sale; of stock only that it is there."""
    view = page.view
    if view.sold_at is None:
        return ((_("Plan"), view.plan_name or _("any of its operator")),)
    facts = [
        (_("Assigned"), instant(view.sold_at, zone)),
        (_("Activated"), instant(view.activated_at, zone)),
        (_("Company"), view.company or NOTHING),
    ]
    if view.pool:
        facts.append((_("Pool"), view.pool))
    if view.overrun_bytes:
        facts.append((_("Not billed"), size(view.overrun_bytes)))
    return tuple(facts)
