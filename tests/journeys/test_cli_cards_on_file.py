"""Cards on file with commands alone, against Stripe's double on a port of this machine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.journeys.shop_program import SPAIN, Shop
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
def known(shop: Shop) -> Shop:
    """The shop knows Ana."""
    shop.ask("user", "add", ANA)
    return shop


def test_a_card_from_consent_to_removal(known: Shop, stripe_double: StripeDouble) -> None:
    """Refused with the words to agree to, asked for, kept, shown, removed."""
    shown = known.run("wallet", "card", ANA)
    assert "until the card is removed" in " ".join(shown.out.split())
    assert known.refused("wallet", "card", ANA, "--save") == "consent_needed"
    asked = known.ask("wallet", "card", ANA, "--save", "--agreed")
    assert asked["checkout_url"].startswith("https://checkout.stripe.com/")
    assert "Type it at" in known.run("wallet", "card", ANA).out
    stripe_double.pay()
    kept = known.ask("wallet", "card", ANA, "--check")
    assert (kept["state"], kept["last4"]) == ("saved", "4242")
    assert "checkout_url" not in kept
    assert "visa ending in 4242, until 12/2030" in known.run("wallet", "card", ANA).out
    assert known.ask("wallet", "card", ANA, "--remove")["state"] == "none"
    assert known.refused("wallet", "card", ANA, "--remove") == "no_card_kept"
    assert known.run("wallet", "card", ANA, "--save", "--remove").exit_code == 2


def test_a_payment_keeps_its_card(known: Shop, stripe_double: StripeDouble) -> None:
    """`--keep-card` on a top-up, a sale and a refill; only with it."""
    words = ("wallet", "top-up", ANA, "--amount", "20", "--pay", "card")
    topped = known.ask(*words, "--key", "t1", "--keep-card")
    stripe_double.pay()
    assert known.ask("order", "check", topped["order"])["state"] == "delivered"
    assert known.ask("wallet", "card", ANA)["state"] == "saved"
    sold = known.ask(
        *("sell", "--plan", SPAIN, "--pay", "card", "--customer", ANA, "--key", "s1"),
        "--keep-card",
    )
    stripe_double.pay()
    order = known.ask("order", "check", sold["order"])
    refilled = known.ask(
        *("refill", order["iccid"], "--refill", "1GB", "--pay", "card", "--key", "r1"),
        "--keep-card",
    )
    assert refilled["state"] == "placed"
    stripe_double.pay()
    assert known.ask("order", "check", refilled["order"])["state"] == "delivered"
    assert known.ask("esim", "show", order["iccid"])["data_left_bytes"] == 6_000_000_000
    known.ask("maintain")
    assert [one["customer"] is None for one in stripe_double.cards.values()] == [True, True, False]


def test_the_page_may_be_closed(known: Shop) -> None:
    """Given up: nothing is kept, and the page takes no card any more."""
    known.ask("wallet", "card", ANA, "--save", "--agreed")
    assert known.ask("wallet", "card", ANA, "--cancel")["state"] == "none"
