"""Orders on invoice: within the credit at once, above it when paid, and undone by credit notes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from catalog.kernel.database import snapshot
from catalog.kernel.errors import Refused
from checkout.billing.ledger import balance, receivable, revenue, tax
from store_app.desk.context import Desk
from store_app.desk.credit_notes import credit_invoice, give_back_credit, void_invoice
from store_app.desk.esims import show_esim
from store_app.desk.invoice_payments import pay_invoice
from store_app.desk.invoices import InvoiceView, list_invoices, show_invoice
from store_app.desk.orders import (
    cancel_order,
    receipt_text,
    refund_order,
    refund_verdict,
    resume_order,
    show_order,
)
from store_app.desk.people import add_company, add_user, show_company
from store_app.desk.sales import Sale, quote, refill, sell, top_up
from store_app.desk.shifts import close_shift, open_shift, x_report
from store_app.desk.stock import stock_summary
from store_app.desk.upkeep import maintain
from store_app.desk.wallets import show_wallet
from tests.office import later, sound
from tests.shop import add_stock, small_shop

SKU = "ES-5GB-30D"
TOTAL = 1_513
"""12.50 with 21 % VAT."""


@pytest.fixture
def shop(desk: Desk) -> Desk:
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


def test_a_refund_is_a_credit_note(shop: Desk) -> None:
    """By the rules of all refunds; the eSIM is withdrawn and the receivable is gone."""
    sale = buy(shop)
    assert refund_verdict(shop, sale.order).destination == "invoice"
    view = refund_order(shop, sale.order, key="r1", amount="5.00")
    assert view.refunds[0]["number"] == "CRN-000001"
    assert (owed(shop), invoice(shop).open_minor) == (TOTAL - 500, TOTAL - 500)
    view = refund_order(shop, sale.order, key="r2", supervisor="mia", reason="no coverage")
    assert view.state == "refunded"
    assert (owed(shop), earned(shop)) == (0, (0, 0))
    assert invoice(shop).state == "void"
    assert "CREDIT NOTE CRN-000002" in receipt_text(shop, "CRN-000002")
    assert show_esim(shop, str(sale.iccid)).status == "archived"
    assert sound(shop)


def test_credit_of_a_paid_invoice_pays_the_next(shop: Desk) -> None:
    """What was paid is the company's credit: it pays when the next invoice is issued."""
    buy(shop)
    pay_invoice(shop, "INV-000001", amount="15.13", method="bank", key="p1")
    done = credit_invoice(shop, "INV-000001", amount="5.00", reason="late", key="c1")
    assert (done["number"], done["credit_minor"], done["state"]) == ("CRN-000001", 500, "paid")
    again = credit_invoice(shop, "INV-000001", amount="5.00", reason="late", key="c1")
    assert again == done | {"replayed": True}
    note = invoice(shop, "CRN-000001")
    assert (note.total_minor, note.preceding, note.reason) == (-500, "INV-000001", "late")
    assert owed(shop) == -500
    buy(shop, "k2")
    view = invoice(shop, "INV-000002")
    assert (view.state, view.paid_minor, view.open_minor) == ("part_paid", 500, TOTAL - 500)
    assert invoice(shop).open_minor == 0
    assert sound(shop)


def test_credit_never_exceeds_the_invoice(shop: Desk) -> None:
    """Two together are at most the whole; the numbers stay without a gap."""
    buy(shop)
    credit_invoice(shop, "INV-000001", amount="10.00")
    for amount in ("5.14", "0.00", "-1.00"):
        with pytest.raises(Refused) as refusal:
            credit_invoice(shop, "INV-000001", amount=amount)
        assert refusal.value.code == "above_invoice"
    assert credit_invoice(shop, "INV-000001")["number"] == "CRN-000002"
    for document in ("INV-000001", "CRN-000001"):
        with pytest.raises(Refused):
            credit_invoice(shop, document)
    assert earned(shop) == (0, 0)
    assert sound(shop)


def test_void_takes_back_what_is_not_paid(shop: Desk) -> None:
    """A credit note for all of it; once something is paid it is refused."""
    sale = buy(shop)
    done = void_invoice(shop, "INV-000001", key="v1")
    assert (done["state"], done["open_minor"]) == ("void", 0)
    assert show_order(shop, sale.order).state == "refunded"
    with pytest.raises(Refused) as refusal:
        pay_invoice(shop, "INV-000001", amount="1.00", method="bank")
    assert refusal.value.code == "not_payable"
    buy(shop, "k2")
    pay_invoice(shop, "INV-000002", amount="1.00", method="bank")
    with pytest.raises(Refused) as refusal:
        void_invoice(shop, "INV-000002")
    assert refusal.value.code == "not_voidable"
    assert sound(shop)


@pytest.mark.parametrize("by", ["cancel", "void"])
def test_a_waiting_order_is_cancelled_with_its_invoice(shop: Desk, by: str) -> None:
    """Whichever is undone, the other is too, and the profile is free again."""
    add_company(shop, "Poor")
    sale = sell(shop, sku=SKU, pay="invoice", company="Poor", key="k1", when_paid=True)
    if by == "cancel":
        cancel_order(shop, sale.order)
    else:
        void_invoice(shop, "INV-000001")
    assert show_order(shop, sale.order).state == "cancelled"
    assert (invoice(shop).state, available(shop)) == ("void", 3)
    assert sound(shop)


def test_cash_for_an_invoice_goes_through_the_drawer(shop: Desk) -> None:
    """Tendered, change, receipt without VAT, and the Z report knows of it."""
    buy(shop)
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


def test_credit_pays_an_open_invoice_when_told(shop: Desk) -> None:
    """Not more than there is."""
    buy(shop, "k1")
    buy(shop, "k2")
    pay_invoice(shop, "INV-000001", amount="15.13", method="bank")
    credit_invoice(shop, "INV-000001", amount="3.00")
    with pytest.raises(Refused) as refusal:
        pay_invoice(shop, "INV-000002", amount="3.01", method="credit")
    assert refusal.value.code == "credit_too_low"
    done = pay_invoice(shop, "INV-000002", amount="3.00", method="credit")
    assert done["open_minor"] == TOTAL - 300
    assert sound(shop)


def test_money_that_is_only_noted_is_no_card(shop: Desk) -> None:
    """A card is collected; what is noted came another way, and the ways are named."""
    buy(shop)
    with pytest.raises(Refused) as refusal:
        pay_invoice(shop, "INV-000001", amount="1.00", method="card")
    assert "Use bank, cash, wallet or credit" in refusal.value.message


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


def test_credited_twice_at_once_is_within_the_invoice(shop: Desk) -> None:
    """Three of 10.00 each out of 15.13: one note, no gap in its series."""
    buy(shop)

    def take_back(number: int) -> str:
        try:
            return str(
                credit_invoice(shop, "INV-000001", amount="10.00", key=f"c{number}")["number"]
            )
        except Refused as refusal:
            return refusal.code

    with ThreadPoolExecutor(3) as pool:
        said = sorted(pool.map(take_back, range(3)))
    assert said == ["CRN-000001", "above_invoice", "above_invoice"]
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
