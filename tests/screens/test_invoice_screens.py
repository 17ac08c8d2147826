"""Invoices on the screens: sold on, with the credit said first; corrected, given back, written."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Select

from store_app.app import StoreApp
from store_app.desk.context import Desk
from store_app.desk.invoice_payments import pay_invoice
from store_app.desk.invoices import list_invoices, show_invoice
from store_app.desk.people import add_company
from store_app.desk.sales import sell
from store_app.desk.sales_together import sell_together
from store_app.screens.bills import BillsScreen
from store_app.screens.payment import PaymentScreen
from store_app.screens.storefront import StorefrontScreen
from store_app.shell import Shell
from tests.screens.shown import dialog, shown
from tests.screens.shown import status as said
from tests.screens.till_store import (
    fill,
    home,
    opened,
    orders,
    shown_code,
    text_of,
    to_payment,
)
from tests.screens.waiting import until


def on_invoice(desk: Desk, folder: Path, limit: str) -> Desk:
    """The till's store with a company that may owe so much."""
    fill(desk, folder)
    add_company(desk, "Acme", credit_limit=limit)
    return desk


async def for_acme(app: StoreApp, pilot: Pilot[None]) -> None:
    """Go to the payment of one eSIM, and name the company as its buyer."""
    await to_payment(app, pilot, "spain")
    assert isinstance(app.screen, PaymentScreen)
    app.till.reprice(app.till.cart.lines, customer="", company="Acme")
    app.screen.show_cart()
    await until(pilot, lambda: "a on account" in text_of(app))


async def test_invoice_is_offered_to_companies_only(sqlite_desk: Desk, tmp_path: Path) -> None:
    """Without a company the key does nothing."""
    async with opened(on_invoice(sqlite_desk, tmp_path, "20.00")) as (app, pilot):
        await to_payment(app, pilot, "spain")
        await pilot.press("a")
        await pilot.pause()
        assert isinstance(app.screen, PaymentScreen)
        assert "a on account" not in text_of(app)


async def test_within_the_credit_the_code_is_shown(sqlite_desk: Desk, tmp_path: Path) -> None:
    """Limit, open and left stand in the question; y delivers."""
    desk = on_invoice(sqlite_desk, tmp_path, "20.00")
    async with opened(desk) as (app, pilot):
        await for_acme(app, pilot)
        await pilot.press("a")
        await dialog(pilot, "Limit 20.00 EUR, open 0.00 EUR, left 20.00 EUR. 7.90 EUR left")
        await pilot.press("y")
        await shown_code(app, pilot)
    (order,) = orders(desk)
    assert (order.state, order.method, order.receipt) == ("delivered", "invoice", "INV-000001")


async def test_above_the_credit_it_waits_for_its_money(sqlite_desk: Desk, tmp_path: Path) -> None:
    """The question says so; after y the storefront names the invoice."""
    desk = on_invoice(sqlite_desk, tmp_path, "5.00")
    async with opened(desk) as (app, pilot):
        await for_acme(app, pilot)
        await pilot.press("a")
        await dialog(pilot, "delivered when it is paid.")
        await pilot.press("y")
        await until(pilot, lambda: isinstance(app.screen, StorefrontScreen))
        await until(pilot, lambda: "Issued: INV-000001." in text_of(app))
        assert not app.till.cart.lines
        assert home(app).is_current
    (order,) = orders(desk)
    assert order.state == "placed"
    assert show_invoice(desk, "INV-000001").invoice.order == order.order


async def test_a_cart_is_one_invoice(sqlite_desk: Desk, tmp_path: Path) -> None:
    """The question names the total of that invoice; y delivers both, on one number."""
    desk = on_invoice(sqlite_desk, tmp_path, "40.00")
    async with opened(desk) as (app, pilot):
        await for_acme(app, pilot)
        app.till.add(app.till.cart.lines[0])
        await pilot.press("a")
        await dialog(pilot, "Bill 24.20 EUR?")
        await pilot.press("y")
        await shown_code(app, pilot)
    assert [order.state for order in orders(desk)] == ["delivered"] * 2
    assert {order.receipt for order in orders(desk)} == {"INV-000001"}


async def test_a_cart_above_the_credit_waits_as_one(sqlite_desk: Desk, tmp_path: Path) -> None:
    """Neither is delivered, both are on the invoice that the storefront names once."""
    desk = on_invoice(sqlite_desk, tmp_path, "15.00")
    async with opened(desk) as (app, pilot):
        await for_acme(app, pilot)
        app.till.add(app.till.cart.lines[0])
        await pilot.press("a")
        await dialog(pilot, "delivered when it is paid.")
        await pilot.press("y")
        await until(pilot, lambda: "Issued: INV-000001. " in text_of(app))
        assert not app.till.cart.lines
    assert [order.state for order in orders(desk)] == ["placed"] * 2


@pytest.fixture
def billed(sqlite_desk: Desk, tmp_path: Path) -> Desk:
    """One eSIM on an invoice of 12.10 that is paid."""
    desk = on_invoice(sqlite_desk, tmp_path, "20.00")
    sell(desk, sku="ES-5", pay="invoice", company="Acme", key="k1")
    pay_invoice(desk, "INV-000001", amount="12.10", method="bank")
    return desk


async def test_an_invoice_is_corrected_and_its_money_given_back(billed: Desk) -> None:
    """C asks for amount and reason and says what follows; g gives back what was paid."""
    async with Shell({"bills": lambda: BillsScreen(billed)}).run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: "INV-000001" in shown(pilot))
        await pilot.pause()
        await pilot.press("c")
        await dialog(pilot, "Credit note for INV-000001 of Acme")
        pilot.app.screen.query(Input).first().value = "2.10"
        await pilot.press("f10")
        await dialog(pilot, "2.10 EUR were paid: they become the company's credit.")
        await pilot.press("y")
        await until(pilot, lambda: "CRN-000001 takes back 2.10 EUR" in said(pilot))
        await until(pilot, lambda: "leaves 2.10 EUR to the company" in shown(pilot))
        await pilot.press("g")
        await dialog(pilot, "2.10 EUR of Acme")
        await pilot.press("f10")
        await dialog(pilot, "Give 2.10 EUR back?")
        await pilot.press("y")
        await until(pilot, lambda: "went back to Acme" in said(pilot))
    assert show_invoice(billed, "INV-000001").invoice.open_minor == 0
    assert {view.number for view in list_invoices(billed)} == {"INV-000001", "CRN-000001"}


async def test_one_order_of_an_invoice_is_credited(sqlite_desk: Desk, tmp_path: Path) -> None:
    """C asks of which; the amount left as it is means all of that one."""
    desk = on_invoice(sqlite_desk, tmp_path, "40.00")
    wanted = [("ES-5", "k-1"), ("ES-5", "k-2")]
    done = sell_together(desk, wanted, company="Acme", pay="invoice")
    async with Shell({"bills": lambda: BillsScreen(desk)}).run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: "INV-000001" in shown(pilot))
        await pilot.pause()
        await pilot.press("c")
        await dialog(pilot, "Credit note for INV-000001 of Acme")
        pilot.app.screen.query_one(Select).value = done.orders[1]
        await pilot.press("f10")
        await dialog(pilot, f"the eSIM of {done.orders[1]} is taken back")
        await pilot.press("y")
        await until(pilot, lambda: f"CRN-000001 takes back all of {done.orders[1]}" in said(pilot))
    assert [order.state for order in orders(desk)] == ["delivered", "refunded"]


def starts_as_pdf(path: Path) -> bool:
    """Whether a file is a PDF by its first signs."""
    return path.read_bytes()[:5] == b"%PDF-"


async def test_an_invoice_is_written_as_pdf(billed: Desk) -> None:
    """S writes it and says where; nothing else is written."""
    async with Shell({"bills": lambda: BillsScreen(billed)}).run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: "INV-000001" in shown(pilot))
        await pilot.pause()
        await pilot.press("s")
        await until(pilot, lambda: "INV-000001 is in" in said(pilot))
        path = Path(said(pilot).removeprefix("INV-000001 is in ").removesuffix("."))
    assert starts_as_pdf(path)


async def test_cash_for_an_invoice_counts_the_change(sqlite_desk: Desk, tmp_path: Path) -> None:
    """How it came, how much, what was handed over; then change and receipt."""
    desk = on_invoice(sqlite_desk, tmp_path, "20.00")
    sell(desk, sku="ES-5", pay="invoice", company="Acme", key="k1")
    async with Shell({"bills": lambda: BillsScreen(desk)}).run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: "INV-000001" in shown(pilot))
        await pilot.pause()
        await pilot.press("p")
        await dialog(pilot, "INV-000001 of Acme")
        pilot.app.screen.query_one(Select).value = "cash"
        await pilot.press("f10")
        await dialog(pilot, "Cash for INV-000001")
        pilot.app.screen.query_one(Input).value = "20.00"
        await pilot.press("f10")
        await dialog(pilot, "Note 12.10 EUR for INV-000001?")
        await pilot.press("y")
        await until(pilot, lambda: "Change: 7.90 EUR. Receipt R1-000001." in said(pilot))
