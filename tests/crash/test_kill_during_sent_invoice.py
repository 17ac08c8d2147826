"""kill -9 between each two of the calls that send an invoice: one invoice, mailed, paid once."""

from __future__ import annotations

import pytest

from store_app.desk.card_orders import reconcile
from store_app.desk.context import Desk
from store_app.desk.invoice_cards import send_invoice
from store_app.desk.invoices import show_invoice
from store_app.desk.people import add_company
from store_app.desk.sales import sell
from tests.card_shop import with_card
from tests.crash.card_that_dies import main
from tests.crash.own_processes import died
from tests.office import sound
from tests.shop import small_shop
from tests.stripe_double import StripeDouble
from tests.stripe_server import serving

MOMENTS = 12
"""Before and after: the order's commit, the draft, its lines, finalizing, sending, the answer's
commit; lines are within the draft."""


def shop_of(desk: Desk, double: StripeDouble) -> Desk:
    """Acme owes 12.50."""
    shop = with_card(small_shop(desk), double)
    add_company(shop, "Acme", credit_limit="20.00", details={"email": "ap@acme.example"})
    sell(shop, sku="ES-5GB-30D", pay="invoice", company="Acme", key="i1")
    return shop


def die(desk: Desk, double: StripeDouble, moment: int) -> int:
    """Send the invoice in a process that kills itself; its exit status."""
    with serving(double) as address:
        return died(main, desk, address, "send", moment)


@pytest.mark.parametrize("moment", range(1, MOMENTS + 1))
def test_an_invoice_that_died_goes_on_with_its_key(
    sqlite_desk: Desk, stripe_double: StripeDouble, moment: int
) -> None:
    """Killed anywhere: the same key, or the upkeep, goes on; one invoice, one e-mail, paid once."""
    shop = shop_of(sqlite_desk, stripe_double)
    assert die(shop, stripe_double, moment) == -9
    reconcile(shop)
    send_invoice(shop, "INV-000001", key="k1")
    assert (len(stripe_double.invoices), len(stripe_double.mailed)) == (1, 1)
    stripe_double.pay_invoice()
    reconcile(shop)
    assert show_invoice(shop, "INV-000001").invoice.state == "paid"
    assert sound(shop)


def test_there_are_no_more_moments(sqlite_desk: Desk, stripe_double: StripeDouble) -> None:
    """A process told to die one moment later lives: every moment was tried."""
    assert die(shop_of(sqlite_desk, stripe_double), stripe_double, MOMENTS + 1) == 0
