"""Cards beside sales: invoices, top-ups and refills are paid on a phone or at the reader."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from store_app import collecting
from store_app.desk.context import Desk
from store_app.desk.invoice_cards import collect_invoice
from store_app.desk.invoices import show_invoice
from store_app.desk.order_views import list_orders, show_order
from store_app.desk.orders import check_order
from store_app.desk.people import add_company
from store_app.desk.register_readers import use_reader
from store_app.desk.sales import refill, sell
from store_app.desk.wallets import show_wallet
from store_app.screens.bill_usage import BillUsageScreen
from store_app.screens.bills import BillsScreen
from store_app.screens.checkout import CheckoutScreen
from store_app.screens.esim import EsimScreen
from store_app.screens.reader_pay import ReaderScreen
from store_app.screens.transactions import TransactionsScreen
from store_app.screens.wallets import WalletsScreen
from store_app.shell import Shell
from tests.card_shop import with_card
from tests.screens.shown import dialog, shown, status
from tests.screens.waiting import until
from tests.shop import small_shop
from tests.stripe_double import StripeDouble
from tests.stripe_readers import READER

SKU = "ES-5GB-30D"


@pytest.fixture
def shop(sqlite_desk: Desk, stripe_double: StripeDouble, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Acme owes 12.50; cards go through Stripe's double, and there is a simulated reader."""
    monkeypatch.setattr(collecting, "SOON_S", 0.05)
    shop = with_card(small_shop(sqlite_desk), stripe_double)
    add_company(shop, "Acme", credit_limit="50.00")
    sell(shop, sku=SKU, pay="invoice", company="Acme", key="i1")
    use_reader(shop, READER)
    return shop


async def paid_at_reader(pilot: Pilot[None], words: str) -> None:
    """Hold a test card to the reader, and wait until the screen says that it is paid."""
    await until(pilot, lambda: isinstance(pilot.app.screen, ReaderScreen))
    await pilot.press("g")
    await until(pilot, lambda: words in status(pilot), 15)


async def to_payment_form(pilot: Pilot[None], way: str) -> None:
    """Press p on the invoice and choose how it is paid."""
    await until(pilot, lambda: "INV-000001" in shown(pilot))
    await pilot.pause()
    await pilot.press("p")
    await dialog(pilot, "How it came")
    pilot.app.screen.query_one("#field-0").value = way  # type: ignore[attr-defined]  # a Select
    await pilot.press("f10")


async def to_collecting(pilot: Pilot[None], way: str) -> None:
    """The same for a card, with the question after it."""
    await to_payment_form(pilot, way)
    await dialog(pilot, "Collect 12.50 EUR for INV-000001 by card?")
    await pilot.press("y")


async def test_an_invoice_is_paid_on_a_phone(shop: Desk, stripe_double: StripeDouble) -> None:
    """p, card: the page as a code; paid there, it is noted by itself."""
    async with Shell({"bills": lambda: BillsScreen(shop)}).run_test(size=(80, 40)) as pilot:
        await to_collecting(pilot, "card")
        await until(pilot, lambda: isinstance(pilot.app.screen, CheckoutScreen))
        await until(pilot, lambda: "Invoice INV-000001" in shown(pilot))
        stripe_double.pay()
        await until(pilot, lambda: "Paid by card" in status(pilot), 15)
        await until(pilot, lambda: "paid" in shown(pilot))
    assert show_invoice(shop, "INV-000001").invoice.state == "paid"


async def test_stripe_sends_an_invoice(shop: Desk, stripe_double: StripeDouble) -> None:
    """p, Stripe: the address is asked for, the page is in an e-mail, the screen is free again."""
    async with Shell({"bills": lambda: BillsScreen(shop)}).run_test(size=(80, 40)) as pilot:
        await to_payment_form(pilot, "sent")
        await dialog(pilot, "Stripe sends an invoice for INV-000001")
        await pilot.press(*"ap@acme.example", "f10")
        await dialog(pilot, "Send it to ap@acme.example, for 12.50 EUR?")
        await pilot.press("y")
        await until(pilot, lambda: "Stripe has sent it to ap@acme.example" in status(pilot))
    assert stripe_double.mailed == ["ap@acme.example"]


async def test_giving_up_leaves_the_invoice_open(shop: Desk) -> None:
    """Esc on the page expires it; nothing was charged."""
    async with Shell({"bills": lambda: BillsScreen(shop)}).run_test(size=(80, 40)) as pilot:
        await to_collecting(pilot, "card")
        await until(pilot, lambda: isinstance(pilot.app.screen, CheckoutScreen))
        await pilot.press("escape")
        await until(pilot, lambda: "nothing was charged" in status(pilot), 15)
    assert show_invoice(shop, "INV-000001").invoice.state == "open"
    assert list_orders(shop, state="cancelled")


async def test_an_invoice_is_paid_at_the_reader(shop: Desk) -> None:
    """p, reader: a test card is held to it; the invoice is paid."""
    async with Shell({"bills": lambda: BillsScreen(shop)}).run_test(size=(80, 40)) as pilot:
        await to_collecting(pilot, "reader")
        await paid_at_reader(pilot, "Paid by card")
    assert show_invoice(shop, "INV-000001").invoice.state == "paid"


async def test_a_wallet_is_topped_up_at_the_reader(shop: Desk) -> None:
    """t, the owner, an amount, r: the card is held to the reader and the money is there."""
    async with Shell({"wallets": lambda: WalletsScreen(shop)}).run_test(size=(80, 40)) as pilot:
        await until(pilot, lambda: "Reading…" not in shown(pilot))
        await pilot.pause()
        await pilot.press("t")
        await dialog(pilot, "Top up whose wallet?")
        await pilot.press(*"acme", "enter")
        await dialog(pilot, "Amount")
        await pilot.press(*"10", "enter")
        await dialog(pilot, "held to the reader")
        await pilot.press("r")
        await dialog(pilot, "Card, held to the reader")
        await pilot.press("y")
        await paid_at_reader(pilot, "Paid by card")
    assert show_wallet(shop, "Acme").balance_minor == 1_000


async def test_an_esim_is_refilled_at_the_reader(shop: Desk) -> None:
    """r, the refill, r: the card is held to the reader and the data is there."""
    sale = sell(shop, sku=SKU, pay="cash", key="s1")
    esim = str(sale.iccid)
    async with Shell({"esims": lambda: EsimScreen(shop, esim)}).run_test(size=(80, 40)) as pilot:
        await until(pilot, lambda: "GB left" in shown(pilot) and "x Refund" in shown(pilot))
        await pilot.press("r")
        await dialog(pilot, "Refill")
        await pilot.press("enter")
        await dialog(pilot, "held to the reader")
        await pilot.press("r")
        await dialog(pilot, "charge 4.00 EUR?")
        await pilot.press("y")
        await paid_at_reader(pilot, "Paid by card")
    assert list_orders(shop)[0].kind == "esim_refill"


async def test_a_card_payment_of_an_invoice_is_a_transaction(
    shop: Desk, stripe_double: StripeDouble
) -> None:
    """Enter shows what is behind the invoice, p the receipt of the card."""
    order = collect_invoice(shop, "INV-000001", key="c1").order
    stripe_double.pay()
    check_order(shop, order)
    shell = Shell({"transactions": lambda: TransactionsScreen(shop)})
    async with shell.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: "INV-000001" in shown(pilot))
        await pilot.pause()
        await pilot.press("p")
        await dialog(pilot, "Payment of invoice INV-000001")
        await pilot.press("escape")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, BillUsageScreen))


async def test_a_refill_is_refunded_from_the_list_of_money(shop: Desk) -> None:
    """X judges it, says what goes off the eSIM, and gives it back once."""
    sale = sell(shop, sku="ES-5GB-30D", pay="cash", key="s1")
    order = refill(shop, str(sale.iccid), refill="1GB", pay="cash", key="f1").order
    shell = Shell({"transactions": lambda: TransactionsScreen(shop)})
    async with shell.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: order in shown(pilot))
        await pilot.pause()
        await pilot.press("x")
        await dialog(pilot, "No byte used since the refill")
        await pilot.press("f10")
        await dialog(pilot, "Say why it is given back.")
        await pilot.press(*"unused", "enter")
        await dialog(pilot, "1 GB go off the eSIM.")
        await pilot.press("y")
        await until(pilot, lambda: "Given back:" in status(pilot))
    assert show_order(shop, order).state == "refunded"


async def test_a_sale_goes_into_the_wallet_of_its_customer(shop: Desk) -> None:
    """Whoever is known may choose; the question names the wallet."""
    order = sell(shop, sku=SKU, pay="cash", customer="ana@example.com", key="s1").order
    shell = Shell({"transactions": lambda: TransactionsScreen(shop)})
    async with shell.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: order in shown(pilot))
        await pilot.pause()
        await pilot.press("x")
        await dialog(pilot, "Where to")
        pilot.app.screen.query_one("#field-1").value = "wallet"  # type: ignore[attr-defined]  # a Select
        await pilot.press("f10")
        await dialog(pilot, "Say why it is given back.")
        await pilot.press(*"unused", "enter")
        await dialog(pilot, "Give back 12.50 EUR into the customer's wallet?")
        await pilot.press("y")
        await until(pilot, lambda: "Given back:" in status(pilot))
    assert show_wallet(shop, "ana@example.com").balance_minor == 1_250
