"""A supplier in words, the same in a terminal and on the screens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from store_app.cli.layout import pairs, paragraphs, table
from store_app.present import instant
from store_app.words import _

if TYPE_CHECKING:
    from store_app.desk.suppliers import DownloadView, SupplierView

_TAIL: Final = 9
UNFINISHED_TITLES: Final = (_("Order"), _("State"), "ICCID", _("Since (UTC)"), _("Why"))


def supplier_words(view: SupplierView) -> str:
    """How it is reached, its plans, and the orders that are not finished."""
    rows = [unfinished_cells(each) for each in view.unfinished]
    return paragraphs(pairs(_reached(view)), table(UNFINISHED_TITLES, rows) if rows else "")


def _reached(view: SupplierView) -> list[tuple[str, str]]:
    return [
        (_("Supplier"), view.name),
        (_("Address"), view.label or view.url),
        (_("Trusted by"), view.ca),
        (_("Certificate"), view.cert),
        (_("Private key"), view.key),
        (_("Requester"), view.requester),
        (_("SM-DP+ address"), view.smdp_address),
        (_("Protocol"), "" if view.label else view.protocol),
        (_("Demands"), ", ".join(_demands(view))),
        (_("Plans"), ", ".join(view.plans)),
    ]


def _demands(view: SupplierView) -> list[str]:
    """What every profile of a supplier is ordered with."""
    demanded = (
        (_("a confirmation code"), view.confirmation),
        (_("the phone's EID"), view.wants_eid),
    )
    return [words for words, is_so in demanded if is_so]


def unfinished_cells(each: DownloadView) -> Sequence[str]:
    """One order that is not finished: which, how far, since when, and what keeps it.

    A replacement is named by the end of the number of its eSIM.
    """
    name = f"~{each.order[-_TAIL:]}" if each.replaces else each.order
    return (name, each.state, each.iccid or "", instant(each.created_at), each.reason)


def answered_words(view: SupplierView) -> str:
    """What is said after a test that went well."""
    words = _("{name} answers and accepts this store. Nothing was ordered.")
    return words.format(name=view.name)
