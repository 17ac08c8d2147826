"""Refills, top-ups and card payments of invoices are given back with commands alone."""

from __future__ import annotations

from tests.journeys.shop_program import SPAIN, Shop

ANA = "ana@example.com"


def test_a_refill_and_a_top_up_go_back(shop: Shop) -> None:
    """Judged first; the refill into the wallet, and then the wallet's money to the drawer."""
    sold = shop.ask("sell", "--plan", SPAIN, "--pay", "cash", "--customer", ANA, "--key", "s1")
    added = shop.ask("refill", sold["iccid"], "--refill", "1GB", "--pay", "cash", "--key", "f1")
    verdict = shop.ask("order", "refund", added["order"], "--dry-run")
    assert (verdict["allowed"], verdict["destination"]) == (True, "drawer")
    assert verdict["data_bytes"] == 1_000_000_000
    back = ("order", "refund", added["order"], "--to", "wallet", "--key", "r1")
    assert shop.ask(*back)["refunds"][0]["destination"] == "wallet"
    assert shop.ask(*back)["replayed"]
    assert shop.ask("esim", "show", sold["iccid"])["data_left_bytes"] == 5_000_000_000
    money = ("wallet", "top-up", ANA, "--amount", "20.00", "--pay", "cash", "--key", "t1")
    paid = shop.ask(*money)
    done = shop.ask("order", "refund", paid["order"], "--amount", "12.10", "--key", "r2")
    assert done["state"] == "delivered"
    assert shop.ask("wallet", "show", ANA)["balance_minor"] == 400 + 2_000 - 1_000
    assert shop.refused("order", "refund", paid["order"], "--to", "wallet") == "not_refundable"
    told = shop.ask("transactions", "list", "--type", "refund")["transactions"]
    assert [one["amount_minor"] for one in told] == [-1_210, -484]
    assert all(check["ok"] for check in shop.ask("doctor")["checks"])


def test_an_invoice_leaves_nothing_to_a_card_that_did_not_pay_it(shop: Shop) -> None:
    """Paid by bank and credited: a card has nothing to get back, the bank has."""
    shop.ask("company", "add", "Acme", "--credit-limit", "20.00")
    shop.ask("sell", "--plan", SPAIN, "--pay", "invoice", "--company", "Acme", "--key", "k1")
    pay = ("invoice", "pay", "INV-000001", "--amount", "15.13", "--method", "bank", "--key", "p1")
    shop.ask(*pay)
    shop.ask("invoice", "credit", "INV-000001", "--amount", "5", "--key", "c1")
    back = ("invoice", "give-back", "INV-000001", "--method")
    assert shop.refused(*back, "card", "--key", "g1") == "bad_amount"
    assert shop.ask(*back, "bank", "--key", "g1")["amount_minor"] == 500
