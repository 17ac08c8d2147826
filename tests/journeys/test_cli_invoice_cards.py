"""Invoices, refills and top-ups that are collected from the command line, against the double."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from store_app.settings import log_file
from tests.journeys.shop_program import SPAIN, Shop
from tests.stripe_double import TEST_KEY, StripeDouble
from tests.stripe_server import serving

NUMBER = "INV-000001"


@pytest.fixture(autouse=True)
def address(stripe_double: StripeDouble, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Stripe's double on a port, and the key to it in the environment."""
    with serving(stripe_double) as url:
        monkeypatch.setenv("ESIM_STORE_STRIPE_BASE", url)
        monkeypatch.setenv("ESIM_STORE_STRIPE_KEY", TEST_KEY)
        monkeypatch.setenv("ESIM_STORE_NOW", "2026-03-01T10:00:00Z")
        yield url


@pytest.fixture
def owing(shop: Shop) -> Shop:
    """Acme owes 15.13."""
    shop.ask("company", "add", "Acme", "--credit-limit", "20.00", "--email", "ap@acme.example")
    shop.ask("sell", "--plan", SPAIN, "--pay", "invoice", "--company", "Acme", "--key", "k1")
    return shop


def test_an_invoice_is_paid_by_card(owing: Shop, stripe_double: StripeDouble) -> None:
    """`--pay card` prints the page, `order check` notes it, the same key tells of it."""
    pay = ("invoice", "pay", NUMBER, "--pay", "card", "--key", "p1")
    placed = owing.ask(*pay)
    assert (placed["state"], placed["number"], placed["open_minor"]) == ("placed", NUMBER, 1513)
    assert f"order check {placed['order']}" in owing.run(*pay).out
    assert owing.ask("invoice", "show", NUMBER)["collecting"] == placed["order"]
    assert owing.refused("invoice", "pay", NUMBER, "--pay", "card") == "being_collected"
    stripe_double.pay()
    assert owing.ask("order", "check", placed["order"])["state"] == "delivered"
    done = owing.ask(*pay)
    assert (done["replayed"], done["invoice_state"], done["open_minor"]) == (True, "paid", 0)
    assert "RECEIPT R1-000001" in owing.run(*pay).out
    assert owing.run("invoice", "pay", NUMBER, "--method", "bank").exit_code == 2
    assert all(check["ok"] for check in owing.ask("doctor")["checks"])


def test_stripe_sends_one_and_its_page_is_in_no_log(
    owing: Shop, stripe_double: StripeDouble
) -> None:
    """`invoice collect` prints the page; `maintain` notes the money; nothing of it is logged."""
    sent = owing.ask("invoice", "collect", NUMBER, "--via", "stripe", "--key", "c1")
    assert sent["checkout_url"].startswith("https://invoice.stripe.com/")
    assert "invoice.stripe.com" in owing.run("invoice", "collect", NUMBER, "--key", "c1").out
    assert "Collected by" in owing.run("invoice", "show", NUMBER).out
    stripe_double.pay_invoice()
    assert owing.ask("maintain")["reconciled"] == 1
    assert owing.ask("invoice", "show", NUMBER)["state"] == "paid"
    logging.shutdown()
    path = log_file()
    assert "stripe.com" not in (path.read_text() if path.exists() else "")


def test_refills_and_top_ups_at_the_reader(shop: Shop) -> None:
    """`--reader` as for a sale: a test card, `order check`; other ways to pay have none."""
    shop.ask("reader", "use", "Counter 1")
    top_up = ("wallet", "top-up", "ana@example.com", "--amount", "10.00", "--pay")
    shop.ask("user", "add", "ana@example.com")
    placed = shop.ask(*top_up, "card", "--reader", "--key", "t1")
    shop.ask("reader", "present", placed["order"])
    assert shop.ask("order", "check", placed["order"])["state"] == "delivered"
    assert shop.ask("wallet", "show", "ana@example.com")["balance_minor"] == 1000
    sold = shop.ask("sell", "--plan", SPAIN, "--pay", "cash", "--key", "s1")
    refill = ("refill", sold["order"], "--refill", "1GB", "--pay")
    placed = shop.ask(*refill, "card", "--reader", "--key", "r1")
    shop.ask("reader", "present", placed["order"])
    assert shop.ask("order", "check", placed["order"])["state"] == "delivered"
    for words in (top_up, refill):
        assert shop.run(*words, "cash", "--reader").exit_code == 2
