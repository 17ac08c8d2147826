"""Automatic refills with commands alone: set, fired by usage and sales, paused, approved, off."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.shop_program import SPAIN, Shop
from tests.mail_server import mail_server
from tests.stripe_double import TEST_KEY, StripeDouble
from tests.stripe_server import serving

ANA = "ana@example.com"


@pytest.fixture(autouse=True)
def address(stripe_double: StripeDouble, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Stripe's double on a port, and the key to it in the environment."""
    with serving(stripe_double) as url:
        monkeypatch.setenv("ESIM_STORE_STRIPE_BASE", url)
        monkeypatch.setenv("ESIM_STORE_STRIPE_KEY", TEST_KEY)
        monkeypatch.setenv("ESIM_STORE_NOW", "2026-03-01T10:00:00Z")
        yield url


@pytest.fixture
def kept(shop: Shop, stripe_double: StripeDouble) -> Shop:
    """Ana has a wallet of 50.00 and a kept card."""
    shop.ask("user", "add", ANA)
    shop.ask("wallet", "top-up", ANA, "--amount", "50", "--pay", "manual", "--key", "t0")
    shop.ask("wallet", "card", ANA, "--save", "--agreed")
    stripe_double.pay()
    shop.ask("wallet", "card", ANA, "--check")
    return shop


def test_an_esim_refills_itself_when_usage_comes_in(
    kept: Shop, stripe_double: StripeDouble, tmp_path: Path
) -> None:
    """Set, fired by the import of a usage file, shown, listed, switched off."""
    sold = kept.ask("sell", "--plan", SPAIN, "--pay", "cash", "--customer", ANA, "--key", "s")
    iccid = sold["iccid"]
    words = ("auto-refill", iccid, "--threshold", "200", "--refill", "1GB", "--pay", "card")
    done = kept.ask(*words, "--daily-cap", "2")
    assert (done["threshold_bytes"], done["refill"], done["pay"]) == (200_000_000, "1GB", "card")
    assert (done["state"], done["daily_cap"], done["monthly_cap"]) == ("on", 2, 30)
    usage = tmp_path / "cdr.csv"
    usage.write_text(
        f"event_id,iccid,started_at,bytes,country\ne1,{iccid},2026-03-01T10:00:00Z,4900000000,ES\n"
    )
    kept.ask("usage", "import", str(usage), "--source", "mno")
    assert kept.ask("esim", "show", iccid)["data_left_bytes"] == 1_100_000_000
    assert [one["amount_received"] for one in stripe_double.intents.values()] == [484]
    said = kept.run("auto-refill", iccid).out
    assert "under 200 MB: 1GB from the kept card" in said
    assert "1 of 2 in 24 hours" in said
    assert kept.ask("auto-refill")["auto_refills"][0]["iccid"] == iccid
    assert kept.ask("auto-refill", iccid, "--off")["state"] == "off"
    assert kept.refused("auto-refill", ANA) == "no_auto_refill"


def test_a_wallet_refills_itself_and_pauses_for_its_owner(
    kept: Shop, stripe_double: StripeDouble
) -> None:
    """Set, fired by a sale, paused by the bank, approved on a page, resumed, off."""
    words = ("wallet", "configure", ANA, "--auto-refill", "30", "--threshold", "40")
    told = kept.ask(*words, "--pay", "card")["auto_refill"]
    assert (told["threshold_minor"], told["amount_minor"], told["state"]) == (4000, 3000, "on")
    stripe_double.set_behaviour("asks")
    kept.ask("sell", "--plan", SPAIN, "--pay", "wallet", "--customer", ANA, "--key", "s")
    (paused,) = kept.ask("auto-refill", "--paused")["auto_refills"]
    assert (paused["owner"], paused["state"]) == (ANA, "paused")
    page = kept.ask("auto-refill", ANA, "--approve")
    assert page["checkout_url"].startswith("https://checkout.stripe.com/")
    assert page["checkout_url"] in kept.run("auto-refill", "--paused").out
    stripe_double.pay()
    assert kept.ask("maintain")["reconciled"] == 1
    shown = kept.ask("wallet", "show", ANA)
    assert (shown["balance_minor"], shown["auto_refill"]["state"]) == (6750, "on")
    assert "under 40.00 EUR: 30.00 EUR from the kept card; on" in kept.run(
        "wallet", "show", ANA
    ).out.replace("\n", " ")
    assert kept.ask("wallet", "configure", ANA, "--auto-refill", "off")["auto_refill"]["state"] == (
        "off"
    )
    assert kept.run(*words[:-2]).exit_code == 2


def test_maintain_says_how_many_were_refilled(kept: Shop, stripe_double: StripeDouble) -> None:
    """Declined first; the upkeep an hour later makes it, and says so."""
    stripe_double.set_behaviour("declines")
    words = ("wallet", "configure", ANA, "--auto-refill", "30", "--threshold", "60")
    assert kept.ask(*words)["auto_refill"]["next_try_at"] == "2026-03-01T11:00:00Z"
    stripe_double.set_behaviour("approves")
    with pytest.MonkeyPatch.context() as later:
        later.setenv("ESIM_STORE_NOW", "2026-03-01T11:00:00Z")
        assert kept.ask("maintain")["refilled"] == 1
        assert kept.ask("maintain")["refilled"] == 0


def test_wrong_words_are_said(kept: Shop) -> None:
    """Half of a setting, two wishes at once."""
    for words in (
        ("auto-refill", ANA, "--refill", "1GB"),
        ("auto-refill", ANA, "--refill", "1GB", "--pay", "card", "--off"),
    ):
        assert kept.run(*words).exit_code == 2
    assert kept.refused("auto-refill", ANA, "--off") == "no_auto_refill"


def test_the_owner_is_written_to_with_a_command(kept: Shop, stripe_double: StripeDouble) -> None:
    """Why it was not sent, then sent by the upkeep, and once more when a clerk asks."""
    stripe_double.set_behaviour("asks")
    words = ("wallet", "configure", ANA, "--auto-refill", "30", "--threshold", "60")
    told = kept.ask(*words, "--pay", "card")["auto_refill"]
    assert (told["state"], told["letter"]) == ("paused", "waiting")
    assert "not sent: No mail server is set" in kept.run("auto-refill", "--paused").out
    with mail_server() as (postbox, address):
        for pair in (("mail_from", "till@shop.example"), ("mail_security", "none")):
            kept.ask("settings", "set", *pair)
        kept.ask("settings", "set", "mail_server", address)
        assert kept.ask("maintain")["sent"] == 1
        assert kept.ask("auto-refill", ANA, "--mail")["letter_to"] == ANA
        assert kept.ask("maintain")["sent"] == 0
    assert postbox.recipients == [ANA, ANA]
