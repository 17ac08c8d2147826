"""Orders that wait for the money of their invoice, and the ways in which it comes in."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from catalog.kernel.errors import Refused
from store_app.desk.context import Desk
from store_app.desk.credit_notes import credit_invoice, give_back_credit
from store_app.desk.esims import show_esim
from store_app.desk.invoice_payments import pay_invoice
from store_app.desk.order_views import show_order
from store_app.desk.orders import receipt_text, refund_order, refund_verdict, resume_order
from store_app.desk.people import add_company
from store_app.desk.sales import refill, sell, top_up
from store_app.desk.shifts import close_shift, open_shift, x_report
from store_app.desk.upkeep import maintain
from store_app.desk.wallets import show_wallet
from tests.office import later, sound
from tests.on_invoice import SKU, TOTAL, available, buy, credit_shop, invoice
from tests.shop import add_stock


@pytest.fixture
def shop(desk: Desk) -> Desk:
    """Three profiles, 21 % VAT, an open shift, and Acme with a credit of 40.00: two eSIMs."""
    return credit_shop(desk)


def test_when_paid_waits_and_is_delivered_by_its_payment(shop: Desk) -> None:
    """Reserved until the invoice is due; the transfer delivers it, no code before."""
    add_company(shop, "Poor")
    sale = sell(shop, sku=SKU, pay="invoice", company="Poor", key="k1", when_paid=True)
    assert (sale.state, sale.iccid, sale.activation_code) == ("placed", None, "")
    assert show_order(shop, sale.order).deadline_at == shop.clock() + timedelta(days=14)
    assert available(shop) == 2
    again = sell(shop, sku=SKU, pay="invoice", company="Poor", key="k1", when_paid=True)
    assert (again.state, again.replayed) == ("placed", True)
    with pytest.raises(Refused) as refusal:
        resume_order(shop, sale.order)
    assert refusal.value.code == "waits_for_payment"
    part = pay_invoice(shop, "INV-000001", amount="10.00", method="bank", key="p1")
    assert (part["state"], part["order_state"]) == ("part_paid", "placed")
    done = pay_invoice(shop, "INV-000001", amount="5.13", method="bank", key="p2")
    assert (done["state"], done["order_state"]) == ("paid", "delivered")
    told = sell(shop, sku=SKU, pay="invoice", company="Poor", key="k1", when_paid=True)
    assert (told.state, told.replayed) == ("delivered", True)
    assert told.activation_code.startswith("LPA:1$")
    assert sound(shop)


def test_paid_late_takes_another_profile_or_waits_for_stock(shop: Desk) -> None:
    """After its day the eSIM may go to others; the money is kept with the order's name on it."""
    add_company(shop, "Poor")
    sale = sell(shop, sku=SKU, pay="invoice", company="Poor", key="k1", when_paid=True)
    late = later(shop, 15)
    assert maintain(late).reconciled == 0
    for number in range(3):
        sell(late, sku=SKU, pay="cash", key=f"c{number}")
    done = pay_invoice(late, "INV-000001", amount="15.13", method="bank", key="p1")
    assert (done["state"], done["order_state"]) == ("paid", "paid")
    assert sound(late)
    with pytest.raises(Refused) as refusal:
        resume_order(late, sale.order)
    assert refusal.value.code == "sold_out"
    add_stock(late, SKU, 1, first=50)
    assert maintain(late).reconciled == 1
    assert show_order(late, sale.order).state == "delivered"
    assert sound(late)


def test_paid_and_never_delivered_is_refunded_by_a_credit_note(shop: Desk) -> None:
    """Without stock the money goes back: first as credit, then by bank."""
    add_company(shop, "Poor")
    sale = sell(shop, sku=SKU, pay="invoice", company="Poor", key="k1", when_paid=True)
    late = later(shop, 15)
    for number in range(3):
        sell(late, sku=SKU, pay="cash", key=f"c{number}")
    pay_invoice(late, "INV-000001", amount="15.13", method="bank", key="p1")
    assert refund_verdict(late, sale.order).allowed
    assert refund_order(late, sale.order, key="r1").state == "refunded"
    assert invoice(late).open_minor == -TOTAL
    back = give_back_credit(late, "INV-000001", method="bank", key="b1")
    assert (back["amount_minor"], back["credit_minor"]) == (TOTAL, 0)
    assert sound(late)


def test_cash_for_an_invoice_goes_through_the_drawer(shop: Desk) -> None:
    """Tendered, change, receipt without VAT, and the Z report knows of it."""
    buy(shop)
    with pytest.raises(Refused, match=r"10.00 EUR.*nothing was paid, 15.13 EUR of INV-000001"):
        pay_invoice(shop, "INV-000001", amount="15.00", method="cash", tendered="5.00")
    done = pay_invoice(
        shop, "INV-000001", amount="15.13", method="cash", tendered="20.00", key="p1"
    )
    assert (done["change_minor"], done["receipt"], done["state"]) == (487, "R1-000001", "paid")
    text = receipt_text(shop, "R1-000001")
    assert "Payment of invoice INV-000001" in text
    assert "VAT" not in text
    assert x_report(shop).expected_minor == 10_000 + TOTAL
    totals = close_shift(shop, counted="115.13").totals
    assert totals["invoice_payments"] == [
        {"method": "cash", "currency": "EUR", "total_minor": TOTAL}
    ]
    assert totals["by_tender"] == [{"method": "invoice", "currency": "EUR", "total_minor": TOTAL}]
    buy(shop, "k2")
    with pytest.raises(Refused) as refusal:
        pay_invoice(shop, "INV-000002", amount="1.00", method="cash")
    assert refusal.value.code == "no_open_shift"
    open_shift(shop, float_amount="0.00")
    credit_invoice(shop, "INV-000001", amount="1.00")
    with pytest.raises(Refused) as refusal:
        give_back_credit(shop, "INV-000001", method="cash")
    assert refusal.value.code == "drawer_too_low"
    assert sound(shop)


def test_the_wallet_pays_and_gets_back_without_its_vat(shop: Desk) -> None:
    """Its deposits were taxed: it gives the net, and is given back the net."""
    top_up(shop, "Acme", amount="20.00", pay="manual", key="t1")
    buy(shop)
    done = pay_invoice(shop, "INV-000001", amount="15.13", method="wallet", key="p1")
    assert (done["wallet_minor"], show_wallet(shop, "Acme").balance_minor) == (1_250, 750)
    credit_invoice(shop, "INV-000001")
    give_back_credit(shop, "INV-000001", method="wallet")
    assert show_wallet(shop, "Acme").balance_minor == 2_000
    assert sound(shop)


def test_money_that_is_only_noted_is_no_card(shop: Desk) -> None:
    """A card is collected; what is noted came another way, and the ways are named."""
    buy(shop)
    with pytest.raises(Refused) as refusal:
        pay_invoice(shop, "INV-000001", amount="1.00", method="card")
    assert "Use bank, cash, wallet or credit" in refusal.value.message


def test_paid_twice_at_once_is_delivered_once(shop: Desk) -> None:
    """Two clerks note the same transfer: one is refused, the eSIM is handed over once."""
    add_company(shop, "Poor")
    sale = sell(shop, sku=SKU, pay="invoice", company="Poor", key="k1", when_paid=True)

    def note(number: int) -> str:
        try:
            done = pay_invoice(shop, "INV-000001", amount="15.13", method="bank", key=f"p{number}")
        except Refused as refusal:
            return refusal.code
        return str(done["order_state"])

    with ThreadPoolExecutor(3) as pool:
        said = sorted(pool.map(note, range(3)))
    assert said == ["delivered", "not_payable", "not_payable"]
    assert show_order(shop, sale.order).state == "delivered"
    assert sound(shop)


def test_a_refill_whose_esim_was_taken_back_keeps_its_money(shop: Desk) -> None:
    """The payment is noted, the data is nowhere to go to, and finance credits it."""
    add_company(shop, "Poor")
    sale = sell(shop, sku=SKU, pay="cash", company="Poor", key="k1")
    waits = refill(shop, sale.order, refill="1GB", pay="invoice", key="r1", when_paid=True)
    assert waits.state == "placed"
    refund_order(shop, sale.order, key="b1", supervisor="mia", reason="no coverage")
    done = pay_invoice(shop, "INV-000001", amount="4.84", method="bank")
    assert (done["state"], done["order_state"]) == ("paid", "paid")
    assert maintain(shop).reconciled == 0
    assert credit_invoice(shop, "INV-000001")["credit_minor"] == 484
    assert show_order(shop, waits.order).state == "refunded"
    assert sound(shop)


def test_a_waiting_refill_is_delivered_by_its_payment(shop: Desk) -> None:
    """The data comes with the money."""
    add_company(shop, "Poor")
    sale = sell(shop, sku=SKU, pay="cash", company="Poor", key="k1")
    before = show_esim(shop, str(sale.iccid)).data_left_bytes
    refill(shop, sale.order, refill="1GB", pay="invoice", key="r1", when_paid=True)
    assert show_esim(shop, str(sale.iccid)).data_left_bytes == before
    pay_invoice(shop, "INV-000001", amount="4.84", method="bank")
    assert show_esim(shop, str(sale.iccid)).data_left_bytes == (before or 0) + 10**9
    assert sound(shop)
