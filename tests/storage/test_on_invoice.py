"""Orders on invoice: within the credit at once, above it refused, one invoice for each."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from catalog.kernel.errors import Refused
from store_app.desk.context import Desk
from store_app.desk.credit_notes import credit_invoice
from store_app.desk.invoice_payments import pay_invoice
from store_app.desk.invoices import list_invoices, show_invoice
from store_app.desk.orders import (
    receipt_text,
)
from store_app.desk.people import add_company, add_user
from store_app.desk.sales import quote, refill, sell, top_up
from tests.office import sound
from tests.on_invoice import SKU, TOTAL, available, buy, credit_shop, earned, invoice, owed
from tests.shop import add_stock


@pytest.fixture
def shop(desk: Desk) -> Desk:
    """Three profiles, 21 % VAT, an open shift, and Acme with a credit of 40.00: two eSIMs."""
    return credit_shop(desk)


def test_within_the_limit_it_is_delivered_at_once(shop: Desk) -> None:
    """Code and invoice at once; the invoice is posted and is the receipt."""
    sale = buy(shop)
    assert (sale.state, sale.invoice, sale.receipt) == ("delivered", "INV-000001", "INV-000001")
    assert sale.activation_code.startswith("LPA:1$")
    view = invoice(shop)
    assert (view.state, view.total_minor, view.tax_minor) == ("open", TOTAL, 263)
    assert (view.order, view.company, view.kind) == (sale.order, "Acme", "order")
    (item,) = show_invoice(shop, "INV-000001").items
    assert (item.item, item.quantity, item.amount_minor) == ("Spain 5 GB", 1, 1_250)
    assert (owed(shop), earned(shop)) == (TOTAL, (1_250, 263))
    text = receipt_text(shop, "INV-000001")
    assert "INVOICE INV-000001" in text
    assert "2026-03-15" in text
    assert sound(shop)


def test_the_same_key_is_the_same_sale(shop: Desk) -> None:
    """One order, one invoice, one eSIM."""
    first, again = buy(shop), buy(shop)
    assert (again.order, again.replayed, again.iccid) == (first.order, True, first.iccid)
    assert len(list_invoices(shop)) == 1


def test_above_the_limit_it_is_refused(shop: Desk) -> None:
    """The third would make 45.39; nothing is written, and no number is lost."""
    buy(shop, "k1")
    buy(shop, "k2")
    with pytest.raises(Refused) as refusal:
        buy(shop, "k3")
    assert refusal.value.code == "credit_limit"
    assert "30.26" in refusal.value.message
    assert (available(shop), len(list_invoices(shop))) == (1, 2)
    assert sound(shop)


@pytest.mark.parametrize(
    ("more", "code"),
    [({}, "company_needed"), ({"customer": "bo@example.com"}, "company_needed")],
)
def test_only_companies_buy_on_invoice(shop: Desk, more: dict[str, Any], code: str) -> None:
    """Neither a walk-in customer nor the company of all of them."""
    with pytest.raises(Refused) as refusal:
        sell(shop, sku=SKU, pay="invoice", key="k1", **more)
    assert refusal.value.code == code


def test_refills_and_deposits_on_invoice(shop: Desk) -> None:
    """The data and the money are there at once; each has its invoice."""
    sale = buy(shop)
    done = refill(shop, sale.order, refill="1GB", pay="invoice", key="r1")
    assert (done.state, done.invoice, done.total_minor) == ("delivered", "INV-000002", 484)
    paid = top_up(shop, "Acme", amount="10.00", pay="invoice", key="t1")
    assert (paid.balance_minor, paid.invoice) == (1_000, "INV-000003")
    assert earned(shop) == (1_250 + 400, 263 + 84 + 210)
    with pytest.raises(Refused) as refusal:
        pay_invoice(shop, "INV-000003", amount="1.00", method="wallet")
    assert refusal.value.code == "method_not_offered"
    with pytest.raises(Refused) as refusal:
        top_up(shop, "Acme", amount="10.00", pay="invoice", key="t2")
    assert refusal.value.code == "credit_limit"
    credit_invoice(shop, "INV-000002")
    with pytest.raises(Refused) as refusal:
        credit_invoice(shop, "INV-000003")
    assert refusal.value.code == "not_creditable"
    assert sound(shop)


def test_an_end_user_of_a_company_is_billed_to_it(shop: Desk) -> None:
    """At the company's VAT rate, as it pays."""
    add_company(shop, "Abroad", vat_rate="0", credit_limit="100.00")
    add_user(shop, "bo@example.com", company="Abroad")
    sale = sell(shop, sku=SKU, pay="invoice", customer="bo@example.com", key="k1")
    assert (sale.total_minor, sale.tax_minor) == (1_250, 0)
    assert quote(shop, SKU, pay="invoice", company="Abroad").total_minor == 1_250
    with pytest.raises(Refused) as refusal:
        top_up(shop, "bo@example.com", amount="5.00", pay="invoice", key="t1")
    assert refusal.value.code == "company_needed"
    assert sound(shop)


def test_two_at_once_do_not_use_the_same_credit(shop: Desk) -> None:
    """Six orders at the same moment, credit for two: two are delivered, the others refused."""
    add_stock(shop, SKU, 4, first=50)

    def try_to_buy(number: int) -> str:
        try:
            return buy(shop, f"t{number}").state
        except Refused as refusal:
            return refusal.code

    with ThreadPoolExecutor(6) as pool:
        states = list(pool.map(try_to_buy, range(6)))
    assert sorted(states) == ["credit_limit"] * 4 + ["delivered"] * 2
    assert owed(shop) == 2 * TOTAL
    assert sound(shop)


def test_one_key_at_once_is_one_order(shop: Desk) -> None:
    """And one invoice; exactly one answer is not a replay."""
    with ThreadPoolExecutor(4) as pool:
        sales = list(pool.map(lambda _: buy(shop), range(4)))
    assert {sale.order for sale in sales} == {sales[0].order}
    assert [sale.replayed for sale in sales].count(False) == 1
    assert len(list_invoices(shop)) == 1
