"""Companies, users, wallets, settings and the care of a store from the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.journeys.shop_program import SPAIN, Shop, run


def test_companies_are_added_shown_and_listed(shop: Shop) -> None:
    """With their own currency, VAT rate and credit line."""
    words = ("--currency", "EUR", "--vat-rate", "18", "--credit-limit", "500.00")
    added = shop.ask("company", "add", "Acme Travel", *words)
    assert (
        added.items()
        >= {
            "name": "Acme Travel",
            "currency": "EUR",
            "vat_rate": 1800,
            "credit_limit_minor": 50000,
        }.items()
    )
    owes = {"owed_minor": 0, "left_minor": 50000}
    assert shop.ask("company", "show", "Acme Travel") == added | owes
    assert added in shop.ask("company", "list")["companies"]
    assert "18 %" in shop.run("company", "show", "Acme Travel").out
    assert "Acme Travel" in shop.run("company", "list").out
    assert shop.refused("company", "show", "Nobody") == "unknown_company"


def test_the_credit_limit_is_said_to_be_for_invoices(shop: Shop) -> None:
    """What a wallet may owe is its own minimum, and the help says where that is set."""
    assert "wallet configure" in shop.run("company", "add", "--help").out
    shop.ask("company", "add", "Acme", "--credit-limit", "500.00")
    assert "Credit on invoice" in shop.run("company", "show", "Acme").out


def test_users_belong_to_a_company(shop: Shop) -> None:
    """The walk-in company when none is named."""
    shop.ask("company", "add", "Acme")
    added = shop.ask("user", "add", "ana@example.com", "--name", "Ana Lima", "--company", "Acme")
    assert added.items() >= {"email": "ana@example.com", "company": "Acme"}.items()
    assert shop.ask("user", "show", "ana@example.com") == added
    assert shop.ask("user", "add", "bo@example.com")["company"] == "Walk-in"
    assert len(shop.ask("user", "list")["users"]) == 2
    assert "Ana Lima" in shop.run("user", "list").out
    assert "Acme" in shop.run("user", "show", "ana@example.com").out
    assert shop.refused("user", "show", "no@example.com") == "unknown_customer"


def test_a_user_has_a_vat_rate_of_his_own(shop: Shop) -> None:
    """It is not the company's; without one the store's applies."""
    shop.ask("company", "add", "Acme", "--vat-rate", "18")
    words = ("--company", "Acme", "--vat-rate", "7.5")
    assert shop.ask("user", "add", "ana@example.com", *words)["vat_rate"] == 750
    assert shop.ask("user", "add", "bo@example.com", "--company", "Acme")["vat_rate"] is None
    assert "VAT      7.5 %" in shop.run("user", "show", "ana@example.com").out
    assert "the store's" in shop.run("user", "list").out
    assert shop.refused("user", "add", "cy@example.com", "--vat-rate", "101") == "bad_setting"


def test_a_wallet_is_configured(shop: Shop) -> None:
    """A negative minimum is a credit line; a disabled wallet does not pay."""
    shop.ask("company", "add", "Acme")
    done = shop.ask("wallet", "configure", "Acme", "--minimum", "-500.00", "--enable")
    assert (done["minimum_minor"], done["enabled"]) == (-50000, True)
    sell = ("sell", "--plan", SPAIN, "--pay", "company-wallet", "--company", "Acme")
    assert shop.ask(*sell)["state"] == "delivered"
    assert shop.ask("wallet", "configure", "Acme", "--disable")["enabled"] is False
    shop.refused(*sell)
    assert shop.ask("wallet", "list")["wallets"][0]["owner"] == "Acme"


def test_settings_are_listed_and_set(shop: Shop) -> None:
    """Every setting by its name; an impossible value changes nothing."""
    assert shop.ask("settings", "list")["settings"]["vat_rate"] == "21"
    assert shop.ask("settings", "set", "vat_rate", "9") == {"name": "vat_rate", "value": "9"}
    assert shop.refused("settings", "set", "vat_rate", "900") == "bad_setting"
    assert shop.refused("settings", "set", "colour", "red") == "unknown_setting"
    assert shop.ask("settings", "list")["settings"]["demo"] == "false"
    assert "vat_rate             9\n" in shop.run("settings", "list").out
    assert "shop_name            (empty)" in shop.run("settings", "list").out
    assert shop.run("settings", "set", "time_zone", "Europe/Madrid").out.endswith("Madrid.\n")


def test_init_makes_a_store_and_may_be_repeated(tmp_path: Path) -> None:
    """The first call decides currency and VAT; the next one only upgrades."""
    path = tmp_path / "new" / "store.db"
    words = ("init", "--store", str(path), "--json")
    made = run(*words, "--currency", "USD", "--vat-rate", "21").document
    assert set(made) >= {"store", "schema"}
    assert run(*words).document == made
    shop = Shop(path)
    assert shop.ask("settings", "list")["settings"]["currency"] == "USD"
    assert f"The store at {shop.path} is ready" in shop.run("init").out


def test_maintain_does_what_is_due(shop: Shop) -> None:
    """Every count is there, and a second run has nothing left to do."""
    done = shop.ask("maintain")
    keys = {"expired", "charged", "fired", "refilled", "sent", "reconciled"}
    assert set(done) >= keys
    assert not any(shop.ask("maintain").values())
    assert "expired" in shop.run("maintain").out


def test_a_backup_brings_the_store_back(shop: Shop, tmp_path: Path) -> None:
    """What was sold after the backup is gone after the restore, what was before is there."""
    before = shop.ask("sell", "--plan", SPAIN, "--pay", "cash")["order"]
    copy = tmp_path / "copy.db"
    done = shop.ask("backup", str(copy))
    assert done == {"bytes": copy.stat().st_size, "checked": True}
    shop.ask("sell", "--plan", SPAIN, "--pay", "cash")
    assert shop.ask("restore", str(copy))["checked"] is True
    orders = shop.ask("order", "list")["orders"]
    assert [order["order"] for order in orders] == [before]
    assert "checked" in shop.run("backup", str(copy)).out


def test_a_broken_backup_is_refused(shop: Shop, tmp_path: Path) -> None:
    """Neither a missing nor a foreign file replaces the store."""
    foreign = tmp_path / "foreign.db"
    foreign.write_text("not a store")
    for file in (foreign, tmp_path / "none.db"):
        shop.refused("restore", str(file))
    assert shop.ask("plans", "list")["plans"]


def test_the_doctor_finds_a_sound_store_sound(shop: Shop) -> None:
    """Each check has a name and a detail; exit code 0."""
    shop.ask("sell", "--plan", SPAIN, "--pay", "cash")
    checks = shop.ask("doctor")["checks"]
    assert checks
    assert all(set(check) >= {"name", "ok", "detail"} for check in checks)
    assert checks[0]["name"] in shop.run("doctor").out


def test_the_doctor_exits_1_on_a_breach(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The document still holds every check."""
    from store_app.doctor import Check

    breach = Check(name="ledger", ok=False, detail="off by 1")
    monkeypatch.setattr("store_app.desk.upkeep.doctor", lambda _desk: [breach])
    said = shop.run("doctor", "--json")
    assert said.exit_code == 1
    assert said.document["checks"] == [{"name": "ledger", "ok": False, "detail": "off by 1"}]
    assert "BREACH" in shop.run("doctor").out


def test_changes_are_made_and_read_with_commands(shop: Shop) -> None:
    """Of a company and of a user: what, from what, to what, by whom."""
    shop.ask("company", "add", "Acme")
    changed = shop.ask("company", "set", "Acme", "--name", "Acme Travel", "--vat-rate", "18")
    assert (changed["name"], changed["vat_rate"]) == ("Acme Travel", 1800)
    (name, rate) = shop.ask("company", "log", "Acme Travel")["changes"]
    assert (name["field"], name["old"], name["new"]) == ("name", "Acme", "Acme Travel")
    assert (rate["field"], rate["old"], rate["new"]) == ("vat_rate", "", "18")
    assert all(each["actor"] and each["at"].endswith("Z") for each in (name, rate))
    shop.ask("user", "add", "ana@example.com")
    assert "Nothing was changed" in shop.run("user", "log", "ana@example.com").out
    words = ("--name", "Ana", "--company", "Acme Travel", "--email", "ana.lima@example.com")
    assert shop.ask("user", "set", "ana@example.com", *words)["company"] == "Acme Travel"
    assert "Walk-in" in shop.run("user", "log", "ana.lima@example.com").out
    assert shop.refused("user", "log", "ana@example.com") == "unknown_customer"
