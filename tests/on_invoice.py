"""A shop where Acme buys on invoice within a credit, and short ways to look at what came of it."""

from __future__ import annotations

from typing import Any

from catalog.kernel.database import snapshot
from checkout.billing.ledger import balance, receivable, revenue, tax
from store_app.desk.context import Desk
from store_app.desk.invoices import InvoiceView, show_invoice
from store_app.desk.people import add_company, show_company
from store_app.desk.sales import Sale, sell
from store_app.desk.stock import stock_summary
from tests.shop import small_shop

SKU = "ES-5GB-30D"
TOTAL = 1_513
"""12.50 with 21 % VAT."""


def credit_shop(desk: Desk) -> Desk:
    """Three profiles, 21 % VAT, an open shift, and Acme with a credit of 40.00: two eSIMs."""
    small_shop(desk, vat_rate="21")
    add_company(desk, "Acme", credit_limit="40.00")
    return desk


def buy(desk: Desk, key: str = "k1", **more: Any) -> Sale:
    """One eSIM on Acme's invoice."""
    return sell(desk, sku=SKU, pay="invoice", company="Acme", key=key, **more)


def invoice(desk: Desk, number: str = "INV-000001") -> InvoiceView:
    """One document as it is now."""
    return show_invoice(desk, number).invoice


def owed(desk: Desk) -> int:
    """What Acme owes by the ledger."""
    with snapshot(desk.engine) as session:
        return balance(session, receivable(show_company(desk, "Acme").uuid, "EUR"))


def earned(desk: Desk) -> tuple[int, int]:
    """Revenue and VAT of the store."""
    with snapshot(desk.engine) as session:
        return balance(session, revenue("EUR")), balance(session, tax("EUR"))


def available(desk: Desk) -> int:
    """Profiles that are free."""
    return sum(level.available for level in stock_summary(desk))
