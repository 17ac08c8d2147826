"""Statements, limits and transactions with commands alone."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from tests.journeys.shop_program import SPAIN, Shop

ANA = "ana@example.com"


@pytest.fixture
def spent(shop: Shop) -> Shop:
    """Ana topped up 50.00 and bought an eSIM for 12.50 out of it."""
    shop.ask("user", "add", ANA)
    shop.ask("wallet", "top-up", ANA, "--amount", "50.00", "--pay", "cash", "--key", "t1")
    shop.ask("sell", "--plan", SPAIN, "--pay", "wallet", "--customer", ANA, "--key", "k1")
    return shop


def test_a_statement_on_screen_and_as_files(spent: Shop, tmp_path: Path) -> None:
    """Four sums and the entries; a file that only its owner reads; other endings are wrong."""
    words = ("wallet", "statement", ANA, "--from", "2026-03-01", "--to", "2026-04-01")
    told = spent.ask(*words)
    assert [told[f"{name}_minor"] for name in ("starting", "refilled", "spent", "ending")] == [
        0,
        5000,
        1250,
        3750,
    ]
    assert (told["from"], told["to"]) == ("2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z")
    assert [entry["balance_minor"] for entry in told["entries"]] == [5000, 3750]
    assert "37.50 EUR" in spent.run(*words).out
    for name in ("march.csv", "march.txt"):
        file = tmp_path / name
        assert spent.ask(*words, "--out", str(file))["out"] == str(file)
        assert "37.50" in file.read_text()
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert spent.run(*words, "--out", str(tmp_path / "march.pdf")).exit_code == 2


def test_a_limit_is_changed_on_record(spent: Shop) -> None:
    """Who, when, old and new; as it was before; and what the wallet pays for."""
    spent.ask("wallet", "configure", ANA, "--minimum", "-5.00", "--disable")
    (change,) = spent.ask("wallet", "show", ANA)["changes"]
    assert change["old"] == {"minimum_minor": 0, "enabled": True}
    assert change["new"] == {"minimum_minor": -500, "enabled": False}
    assert change["actor"]
    assert change["at"] == "2026-03-01T10:00:00Z"
    before = spent.ask("wallet", "show", ANA, "--as-of", "2026-03-01T09:59:59Z")
    assert (before["balance_minor"], before["minimum_minor"], before["enabled"]) == (0, 0, True)
    paid = spent.ask("wallet", "esims", ANA)
    assert (paid["esims"], paid["missing_minor"]) == ([], None)


def test_transactions(spent: Shop) -> None:
    """Every field that is promised, and a filter."""
    found = spent.ask("transactions", "list")["transactions"]
    assert [one["type"] for one in found] == ["esim_purchase", "wallet_refill"]
    keys = {"date", "type", "destination", "amount_minor", "currency", "method", "end_user"}
    assert set(found[0]) >= keys | {"company", "status"}
    only = spent.ask("transactions", "list", "--method", "cash", "--customer", ANA)
    assert only["transactions"] == found[1:]
    assert "No transaction" in spent.run("transactions", "list", "--status", "failed").out
