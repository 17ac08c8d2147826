"""The card that pays a sale on the screen: kept only once its owner has agreed, off by default."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from store_app import collecting
from store_app.app import StoreApp
from store_app.desk.context import Desk
from store_app.desk.people import add_company
from store_app.desk.saved_cards import show_card
from store_app.screens.checkout import CheckoutScreen
from store_app.screens.payment import PaymentScreen
from store_app.till import Till
from store_app.widgets.confirm import Confirm
from store_app.widgets.form import Form
from tests.card_shop import with_card
from tests.peers import stripe_description as description
from tests.screens.till_store import fill, opened, shown_code, status, text_of, to_payment
from tests.screens.waiting import until
from tests.stripe_double import StripeDouble

ANA = "ana@example.com"
SESSIONS = "/v1/checkout/sessions"


@pytest.fixture
def till(
    sqlite_desk: Desk, tmp_path: Path, stripe_double: StripeDouble, monkeypatch: pytest.MonkeyPatch
) -> Desk:
    """A till that takes cards and does not let tests wait."""
    monkeypatch.setattr(collecting, "SOON_S", 0.1)
    return with_card(fill(sqlite_desk, tmp_path), stripe_double)


async def to_card(app: StoreApp, pilot: Pilot[None]) -> None:
    """The payment, with the way to pay by card."""
    await to_payment(app, pilot, "spain")
    await until(pilot, lambda: "card, paid on a phone" in text_of(app))


async def sold_to(pilot: Pilot[None], app: StoreApp, customer: str) -> None:
    """Name the buyer."""
    await pilot.press("b")
    await until(pilot, lambda: isinstance(app.screen, Form))
    app.screen.query_one(Input).value = customer
    await pilot.press("enter")
    await until(pilot, lambda: isinstance(app.screen, PaymentScreen))
    await until(pilot, lambda: customer in text_of(app))


def asked(double: StripeDouble) -> dict[str, Any]:
    """What the latest page was opened with, for its payment."""
    found = description.typed("POST", SESSIONS, double.bodies(SESSIONS)[-1][1].decode())
    intent: dict[str, Any] = found["payment_intent_data"]
    return intent


async def paid_by_card(app: StoreApp, pilot: Pilot[None], double: StripeDouble) -> None:
    """Press d, pay on the page, see the code."""
    await pilot.press("d")
    await until(pilot, lambda: isinstance(app.screen, CheckoutScreen))
    double.pay()
    await shown_code(app, pilot)


async def test_agreed_it_is_kept(till: Desk, stripe_double: StripeDouble) -> None:
    """The words with the owner's name, no in focus; yes keeps the card that pays."""
    async with opened(till) as (app, pilot):
        await to_card(app, pilot)
        await sold_to(pilot, app, ANA)
        await pilot.press("g")
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        words = " ".join(text_of(app).replace("│", "").split())
        assert f"{ANA} agrees that" in words
        assert "until the card is removed" in words
        assert app.focused is app.screen.query_one("#no")
        await pilot.press("y")
        await until(pilot, lambda: f"is kept for {ANA}, as agreed" in text_of(app))
        await paid_by_card(app, pilot, stripe_double)
    assert asked(stripe_double)["setup_future_usage"] == "off_session"
    view = show_card(till, ANA)
    assert (view.state, view.last4, view.consent_by) == ("saved", "4242", till.actor)


async def answered(app: StoreApp, pilot: Pilot[None], key: str) -> None:
    """Press g and answer the question."""
    await pilot.press("g")
    await until(pilot, lambda: isinstance(app.screen, Confirm))
    await pilot.press(key)
    await until(pilot, lambda: isinstance(app.screen, PaymentScreen))


@pytest.mark.parametrize("key", ["", "n", "escape", "y"])
async def test_without_agreement_it_is_not(
    till: Desk, stripe_double: StripeDouble, key: str
) -> None:
    """Not asked, refused, left, or agreed and taken back: nothing of the card is asked for."""
    async with opened(till) as (app, pilot):
        await to_card(app, pilot)
        await sold_to(pilot, app, ANA)
        assert "The card that pays is not kept. g: keep it" in text_of(app)
        if key:
            await answered(app, pilot, key)
        if key == "y":
            await until(pilot, lambda: "as agreed" in text_of(app))
            await pilot.press("g")
        await until(pilot, lambda: "The card that pays is not kept" in text_of(app))
        await paid_by_card(app, pilot, stripe_double)
    assert "setup_future_usage" not in asked(stripe_double)
    assert show_card(till, ANA).state == "none"


async def test_somebody_has_to_be_named(till: Desk) -> None:
    """A walk-in has no card on file: nothing is said of keeping it, and the key tells why."""
    async with opened(till) as (app, pilot):
        await to_card(app, pilot)
        assert "kept" not in text_of(app)
        await pilot.press("g")
        await until(pilot, lambda: "say who buys first (b)" in status(app))
        assert isinstance(app.screen, PaymentScreen)


async def test_another_buyer_has_not_agreed(till: Desk, stripe_double: StripeDouble) -> None:
    """Who buys is changed after the question: the agreement was not his."""
    add_company(till, "Acme")
    async with opened(till) as (app, pilot):
        await to_card(app, pilot)
        await sold_to(pilot, app, ANA)
        await answered(app, pilot, "y")
        await until(pilot, lambda: "as agreed" in text_of(app))
        await sold_to(pilot, app, "bob@example.com")
        await until(pilot, lambda: "The card that pays is not kept" in text_of(app))
        await sold_to(pilot, app, ANA)
        await until(pilot, lambda: "The card that pays is not kept" in text_of(app))
        await paid_by_card(app, pilot, stripe_double)
    assert "setup_future_usage" not in asked(stripe_double)


async def test_one_card_of_a_whole_cart_is_kept(till: Desk, stripe_double: StripeDouble) -> None:
    """Two eSIMs, one payment, one agreement, one card."""
    async with opened(till) as (app, pilot):
        await to_card(app, pilot)
        payer: Till = app.till
        payer.add(payer.cart.lines[0])
        await sold_to(pilot, app, ANA)
        await answered(app, pilot, "y")
        await until(pilot, lambda: "as agreed" in text_of(app))
        await paid_by_card(app, pilot, stripe_double)
    assert asked(stripe_double)["setup_future_usage"] == "off_session"
    assert show_card(till, ANA).state == "saved"
