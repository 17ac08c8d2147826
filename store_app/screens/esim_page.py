"""What the page of one eSIM shows: read at once, and put into words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from catalog.esim.profile import ProfileState, profile_words
from catalog.kernel.errors import StoreError
from store_app.present import NOTHING, instant, money, size
from store_app.screens.esim_words import as_of_words, days_words, has_ended
from store_app.words import _

if TYPE_CHECKING:
    from store_app.desk.context import Desk
    from store_app.desk.esims import EsimView
    from store_app.desk.sales import RefillOption

Facts = tuple[tuple[str, str], ...]
"""Lines of a label and its words."""

DAYS: Final = 14
"""Days in the plot of usage."""


@dataclass(frozen=True, slots=True)
class EsimPage:
    """What the page shows, read at once; `receipt` is the one of the sale."""

    view: EsimView
    usage: list[tuple[str, int]]
    refills: list[RefillOption]
    receipt: str | None


def read_page(desk: Desk, named: str) -> EsimPage:
    """Everything about one eSIM but its code."""
    from store_app.desk.esims import esim_usage, show_esim
    from store_app.desk.orders import show_order
    from store_app.desk.sales import refill_options

    view = show_esim(desk, named)
    if view.order is None:
        return EsimPage(view, [], [], None)
    try:
        refills = refill_options(desk, named)
    except StoreError:
        refills = []
    usage = esim_usage(desk, named, DAYS)
    return EsimPage(view, usage, refills, show_order(desk, view.order).receipt)


def line_facts(page: EsimPage, zone: str = "UTC") -> Facts:
    """The balance and its clock, whose it is and on what phone, and what more data costs."""
    view = page.view
    prices = [
        f"{size(each.data_bytes)} {money(each.total_minor, each.currency)}" for each in page.refills
    ]
    return (
        (_("Days left"), NOTHING if has_ended(view) else days_words(view.days_left)),
        (_("Data used"), size(view.data_used_bytes)),
        (_("Expires"), instant(view.expires_at, zone)),
        (_("As of"), as_of_words(view, zone)),
        (_("Customer"), view.end_user or NOTHING),
        (_("Profile"), profile_words(ProfileState(view.profile_state))),
        (_("Refills"), ", ".join(prices) or _no_refills(view)),
    )


def _no_refills(view: EsimView) -> str:
    return NOTHING if has_ended(view) else _("none for this plan")


def sale_facts(page: EsimPage, zone: str = "UTC") -> Facts:
    """The sale it comes from, its first use, and what was used beyond the balance."""
    view = page.view
    overrun = size(view.overrun_bytes) if view.overrun_bytes else _("none")
    return (
        (_("Sold"), instant(view.sold_at, zone)),
        (_("Activated"), instant(view.activated_at, zone)),
        (_("Company"), view.company or NOTHING),
        (_("Order"), view.order or NOTHING),
        (_("Receipt"), page.receipt or NOTHING),
        (_("Overrun"), overrun),
    )
