"""A PAYGO eSIM from the price list to its limit and back, with commands alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.journeys.shop_program import Shop, stock_lines

PLAN = """
[[plan]]
sku = "PAYGO-EU"
kind = "paygo"
operator = "Telefonica"
regions = ["europe"]
currency = "EUR"
price = "1.00"
rate_per_mb = "0.0045"
country_rates = { CH = "0.02" }
barred = ["MC"]
mrc = "1.00"
[[plan.refill]]
id = "50"
credit = "50.00"
price = "45.00"
"""
ANA = "ana@example.com"
SELL = ("sell", "--plan", "PAYGO-EU", "--pay", "wallet", "--customer", ANA)
KEYS = {
    "iccid",
    "status",
    "profile_state",
    "plan",
    "company",
    "end_user",
    "data_left_bytes",
    "data_used_bytes",
    "days_left",
    "activated_at",
    "expires_at",
    "overrun_bytes",
    "as_of",
    "source",
    "charged_minor",
    "wallet_balance_minor",
    "rate_words",
}


@pytest.fixture
def roaming(shop: Shop, tmp_path: Path) -> Shop:
    """The shop with a PAYGO plan, profiles for it, and a customer."""
    (tmp_path / "paygo.toml").write_text(PLAN)
    (tmp_path / "more.csv").write_text(stock_lines(5, first=1000))
    shop.ask("plans", "import", str(tmp_path / "paygo.toml"))
    upload = ("stock", "import", str(tmp_path / "more.csv"), "--operator", "Telefonica")
    shop.ask(*upload, "--plan", "PAYGO-EU", "--approve")
    shop.ask("user", "add", ANA)
    return shop


def usage(shop: Shop, folder: Path, iccid: str, *rows: str) -> dict[str, object]:
    """Import records of `event,started_at,bytes,country`."""
    lines = ["event_id,iccid,started_at,bytes,country"]
    for row in rows:
        event, rest = row.split(",", 1)
        lines.append(f"{event},{iccid},{rest}")
    file = folder / "usage.csv"
    file.write_text("\n".join(lines) + "\n")
    return shop.ask("usage", "import", str(file), "--source", "mno")


def test_from_the_pack_to_the_limit_and_back(
    roaming: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Buy a pack, sell, use, be charged each month, stop at the limit, go on after a top-up."""
    assert roaming.refused(*SELL) == "no_wallet"
    assert roaming.refused("sell", "--plan", "PAYGO-EU", "--pay", "cash") == "customer_needed"
    pack = ("wallet", "top-up", ANA, "--pack", "50", "--pay", "cash", "--tendered", "60.00")
    bought = roaming.ask(*pack, "--key", "p1")
    assert (bought["total_minor"], bought["tax_minor"]) == (5445, 945)
    assert (bought["balance_minor"], bought["change_minor"]) == (5000, 555)
    sale = roaming.ask(*SELL, "--key", "k1")
    iccid = sale["iccid"]
    assert (sale["total_minor"], sale["tax_minor"]) == (100, 0)
    assert roaming.ask("esim", "show", iccid).keys() >= KEYS

    rows = (
        "e1,2026-03-01T10:00:00Z,1000000000,ES",
        "e2,2026-03-01T10:00:00Z,10000000,CH",
        "e3,2026-03-01T10:00:00Z,7000000,MC",
    )
    done = usage(roaming, tmp_path, iccid, *rows)
    assert (done["applied"], done["charged_minor"], done["overrun_bytes"]) == (3, 470, 0)
    assert usage(roaming, tmp_path, iccid, *rows)["charged_minor"] == 0
    view = roaming.ask("esim", "show", iccid)
    assert (view["status"], view["data_left_bytes"], view["charged_minor"]) == ("active", None, 470)
    assert (view["wallet_balance_minor"], view["barred_bytes"]) == (4900 - 100 - 470, 7_000_000)
    assert view["rate_words"].startswith("0.0045 EUR per MB")
    kinds = [entry["kind"] for entry in roaming.ask("esim", "explain", iccid)["entries"]]
    assert kinds == ["mrc", "usage", "served", "barred"]

    monkeypatch.setenv("ESIM_STORE_NOW", "2026-04-01T10:00:00Z")
    assert roaming.ask("maintain")["charged"] == 1
    assert roaming.ask("maintain")["charged"] == 0
    done = usage(roaming, tmp_path, iccid, "e4,2026-04-01T10:00:00Z,10000000000,ES")
    assert (done["charged_minor"], done["suspended"]) == (4230, 1)
    assert done["overrun_bytes"] == 600_000_000
    view = roaming.ask("esim", "show", iccid)
    assert (view["status"], view["status_reason"]) == ("suspended", "wallet at its limit")
    roaming.ask("wallet", "top-up", ANA, "--amount", "5.00", "--pay", "manual")
    assert roaming.ask("esim", "show", iccid)["status"] == "active"
    assert roaming.ask("wallet", "show", ANA)["balance_minor"] == 500
    assert all(check["ok"] for check in roaming.ask("doctor")["checks"])


def test_the_words_tell_money_and_rates(roaming: Shop, tmp_path: Path) -> None:
    """People read what it costs, what it has cost, and what each entry was."""
    roaming.ask("wallet", "top-up", ANA, "--amount", "5.00", "--pay", "manual")
    iccid = roaming.ask(*SELL)["iccid"]
    usage(roaming, tmp_path, iccid, "e1,2026-03-01T10:00:00Z,100000000,ES")
    shown = roaming.run("esim", "show", iccid).out
    assert "0.0045 EUR per MB" in shown
    assert "0.45 EUR" in shown
    assert "2.55 EUR" in shown
    assert "Data left" not in shown
    told = roaming.run("esim", "explain", iccid).out
    assert "-0.45 EUR" in told
    assert "MRC of the month from 2026-03-01" in told
    assert "usage of 1 eSIM, 1 record" in roaming.run("wallet", "show", ANA).out


def test_packs_and_amounts_exclude_each_other(roaming: Shop) -> None:
    """One of the two is said, and an unknown pack is refused."""
    top_up = ("wallet", "top-up", ANA, "--pay", "manual")
    assert roaming.refused(*top_up) == "bad_amount"
    assert roaming.refused(*top_up, "--amount", "5.00", "--pack", "50") == "bad_amount"
    assert roaming.refused(*top_up, "--pack", "51") == "unknown_pack"
