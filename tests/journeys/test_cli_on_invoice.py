"""A company buys on invoice with commands alone, from its credit to the credit note and the PDF."""

from __future__ import annotations

import re
from pathlib import Path

from tests.journeys.shop_program import SPAIN, Shop

SELL = ("sell", "--plan", SPAIN, "--pay", "invoice", "--company", "Acme")


def test_on_invoice_from_credit_to_credit_note(shop: Shop, tmp_path: Path) -> None:
    """Delivered, refused above the limit, kept when told, paid, credited, printed; all sound."""
    shop.ask("company", "add", "Acme", "--credit-limit", "20.00", "--country", "ES")
    sold = shop.ask(*SELL, "--key", "k1")
    assert (sold["state"], sold["invoice"], sold["total_minor"]) == (
        "delivered",
        "INV-000001",
        1513,
    )
    assert shop.ask(*SELL, "--key", "k1")["replayed"]
    assert shop.refused(*SELL, "--key", "k2") == "credit_limit"
    waits = shop.ask(*SELL, "--key", "k3", "--when-paid")
    assert (waits["state"], waits["iccid"], waits["invoice"]) == ("placed", None, "INV-000002")
    assert "when INV-000002 is paid" in shop.run(*SELL, "--key", "k3", "--when-paid").out
    pay = ("invoice", "pay", "INV-000002", "--amount", "15.13", "--method", "bank", "--key", "p1")
    assert shop.ask(*pay)["order_state"] == "delivered"
    assert shop.ask("company", "show", "Acme")["owed_minor"] == 1513
    void = shop.ask("invoice", "void", "INV-000001", "--key", "v1")
    assert (void["number"], void["state"], void["order_state"]) == (
        "CRN-000001",
        "void",
        "refunded",
    )
    credit = ("invoice", "credit", "INV-000002", "--amount", "5", "--reason", "late", "--key", "c1")
    assert shop.ask(*credit)["credit_minor"] == 500
    assert shop.ask(*credit)["replayed"]
    assert shop.ask("invoice", "show", "INV-000002")["open_minor"] == -500
    said = shop.run("invoice", "show", "INV-000002").out
    assert re.search(r"Credit in their favour +5\.00 EUR", said)
    assert shop.ask("company", "show", "Acme")["owed_minor"] == -500
    assert re.search(r"Credit in their favour +5\.00 EUR", shop.run("company", "show", "Acme").out)
    assert re.search(r"CRN-000002 +credit ", shop.run("invoice", "list").out)
    back = shop.ask("invoice", "give-back", "INV-000002", "--method", "bank", "--key", "g1")
    assert back["amount_minor"] == 500
    numbers = {one["number"] for one in shop.ask("invoice", "list")["invoices"]}
    assert numbers == {"INV-000001", "INV-000002", "CRN-000001", "CRN-000002"}
    shown = shop.ask("invoice", "show", "CRN-000002")
    assert (shown["preceding"], shown["total_minor"]) == ("INV-000002", -500)
    methods = [one["method"] for one in shop.ask("transactions", "list")["transactions"]]
    assert methods.count("invoice") == 4
    out = tmp_path / "note.pdf"
    assert shop.ask("invoice", "pdf", "CRN-000002", "--out", str(out))["bytes"] > 1000
    assert out.read_bytes()[:5] == b"%PDF-"
    assert shop.refused("invoice", "pdf", "INV-000001", "--xml", "--out", str(out)) != ""
    assert all(check["ok"] for check in shop.ask("doctor")["checks"])


def test_cash_for_an_invoice_prints_its_receipt(shop: Shop) -> None:
    """With the change, for people too."""
    shop.ask("company", "add", "Acme", "--credit-limit", "20.00")
    shop.ask(*SELL, "--key", "k1")
    pay = ("invoice", "pay", "INV-000001", "--amount", "15.13", "--method", "cash")
    said = shop.run(*pay, "--tendered", "20.00", "--key", "p1")
    assert said.exit_code == 0
    assert "RECEIPT R1-000001" in said.out
    assert "4.87 EUR" in said.out
    assert "INVOICE INV-000001" in shop.run("order", "receipt", "INV-000001").out


def test_several_plans_on_one_invoice(shop: Shop) -> None:
    """One number for all, kept until it is paid; a part of it is of one order."""
    shop.ask("company", "add", "Acme", "--credit-limit", "20.00")
    both = (*SELL, "--plan", SPAIN)
    assert shop.refused(*both, "--key", "k1") == "credit_limit"
    waits = shop.ask(*both, "--when-paid", "--key", "k2")
    assert (waits["invoice"], waits["total_minor"]) == ("INV-000001", 3025)
    assert [one["state"] for one in waits["orders"]] == ["placed", "placed"]
    assert "invoice pay INV-000001" in shop.run(*both, "--when-paid", "--key", "k2").out
    pay = ("invoice", "pay", "INV-000001", "--amount", "30.25", "--method", "bank")
    assert [one["state"] for one in shop.ask(*pay, "--key", "p1")["orders"]] == ["delivered"] * 2
    credit = ("invoice", "credit", "INV-000001")
    assert shop.refused(*credit, "--amount", "5", "--key", "c1") == "order_needed"
    second = waits["orders"][1]["order"]
    done = shop.ask(*credit, "--order", second, "--key", "c2")
    assert (done["numbers"], done["credit_minor"]) == (["CRN-000001"], 1512)
    shown = shop.run("invoice", "show", "INV-000001").out
    assert second in shown
    assert "30.25 EUR" in shop.run("order", "receipt", second).out
    assert all(check["ok"] for check in shop.ask("doctor")["checks"])
