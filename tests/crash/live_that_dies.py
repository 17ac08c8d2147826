"""One live sale, or one live replacement, that kills its process at a chosen moment.

A moment is a number: every commit and every call of the supplier has one before it and one after.
"""

from __future__ import annotations

from catalog.suppliers.es2plus import Es2Plus
from store_app.desk.context import Desk
from store_app.desk.replacements import replace_esim
from store_app.desk.sales import sell
from tests.crash.moments import Moments, dying_desk


def main(store: str, fatal: int, company: str | None = None) -> None:
    """Sell for cash, or on a company's invoice, dying at the fatal moment."""
    desk, pay = _dying(store, fatal), "invoice" if company else "cash"
    sell(desk, sku="ES-5GB-30D", pay=pay, company=company, key="k1")


def replacement(store: str, fatal: int, iccid: str) -> None:
    """Replace an eSIM, dying at the fatal moment."""
    replace_esim(_dying(store, fatal), iccid, reason="deleted", key="r1")


def _dying(store: str, fatal: int) -> Desk:
    moments = Moments(fatal)
    moments.around_all(Es2Plus, "order_download", "confirm")
    return dying_desk(store, moments)
