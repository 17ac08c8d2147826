"""Automatic refills and kept cards on screen: set, said in words, paused, approved, removed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest
from textual.pilot import Pilot

from catalog.kernel.database import transact
from catalog.kernel.errors import Refused
from catalog.kernel.settings import set_setting
from store_app import collecting
from store_app.desk.auto_refill_views import show_auto_refill
from store_app.desk.auto_refills import set_wallet_refill
from store_app.desk.context import Desk
from store_app.desk.sales import sell
from store_app.desk.saved_cards import check_card, save_card, show_card
from store_app.desk.upkeep import write_setting
from store_app.desk.wallets import show_wallet
from store_app.screens.checkout import CheckoutScreen
from store_app.screens.esim import EsimScreen
from store_app.screens.refills import RefillsScreen
from store_app.screens.wallets import WalletsScreen
from store_app.shell import Shell
from tests.card_shop import with_card
from tests.mail_server import mail_server
from tests.screens.counter_store import fill_store
from tests.screens.shown import dialog, shown, status
from tests.screens.till_store import fill, opened, text_of
from tests.screens.waiting import until
from tests.stripe_double import StripeDouble

ANA = "ana@example.com"


@pytest.fixture
def store(
    sqlite_desk: Desk, tmp_path: Path, stripe_double: StripeDouble, monkeypatch: pytest.MonkeyPatch
) -> Desk:
    """A sale to Ana, a wallet of 30.00 of hers, cards taken, and no waiting in tests."""
    monkeypatch.setattr(collecting, "SOON_S", 0.1)
    monkeypatch.setattr(collecting, "LATER_S", 0.1)
    desk = with_card(sqlite_desk, stripe_double)
    fill_store(desk, tmp_path)
    return desk


def kept(desk: Desk, double: StripeDouble) -> Desk:
    """Ana's card is kept."""
    save_card(desk, ANA, agreed=True)
    double.pay()
    assert check_card(desk, ANA).state == "saved"
    return desk


def wallets(desk: Desk) -> Shell:
    """The shell with the wallets alone."""
    return Shell({"wallets": lambda: WalletsScreen(desk)})


def esim(desk: Desk) -> Shell:
    """The shell with the page of Ana's eSIM."""
    iccid = str(sell(desk, sku="ES-5GB-30D", pay="cash", key="own", customer=ANA).iccid)
    return Shell({"esims": lambda: EsimScreen(desk, iccid)})


async def at_ana(pilot: Pilot[None]) -> None:
    """The cursor on Ana's wallet, with what refills it."""
    await until(pilot, lambda: "Auto refill (f)" in shown(pilot))
    await pilot.press("down")
    await until(pilot, lambda: f"{ANA}: 30.00 EUR to spend" in shown(pilot))


async def test_a_card_is_kept_on_screen(store: Desk, stripe_double: StripeDouble) -> None:
    """The words to agree to, the page as a QR code, what is kept; then it is removed."""
    async with wallets(store).run_test(size=(100, 40)) as pilot:
        await at_ana(pilot)
        assert "Card (g): none is kept" in shown(pilot)
        await pilot.press("g")
        await dialog(pilot, "is it agreed?")
        assert "until the card is removed" in " ".join(shown(pilot).replace("│", "").split())
        assert pilot.app.focused is pilot.app.screen.query_one("#no")
        await pilot.press("y")
        await until(pilot, lambda: isinstance(pilot.app.screen, CheckoutScreen))
        stripe_double.pay()
        await until(pilot, lambda: "visa ending in 4242" in status(pilot))
        await until(pilot, lambda: "Card (g): visa ending" in shown(pilot))
        await pilot.press("g")
        await dialog(pilot, "Remove the card of")
        await pilot.press("y")
        await until(pilot, lambda: "is removed" in status(pilot))
    assert show_card(store, ANA).state == "none"


async def test_not_agreed_or_given_up_keeps_nothing(
    store: Desk, stripe_double: StripeDouble
) -> None:
    """No at the words asks nobody; Esc on the page closes it at the provider."""
    async with wallets(store).run_test(size=(100, 40)) as pilot:
        await at_ana(pilot)
        await pilot.press("g")
        await dialog(pilot, "is it agreed?")
        await pilot.press("n")
        await until(pilot, lambda: isinstance(pilot.app.screen, WalletsScreen))
        assert stripe_double.sessions == {}
        await pilot.press("g")
        await dialog(pilot, "is it agreed?")
        await pilot.press("y")
        await until(pilot, lambda: isinstance(pilot.app.screen, CheckoutScreen))
        await pilot.press("escape")
        await until(pilot, lambda: "No card is kept" in status(pilot))
    (session,) = stripe_double.sessions.values()
    assert session["status"] == "expired"


async def test_a_wallet_refills_itself(store: Desk, stripe_double: StripeDouble) -> None:
    """Set with a threshold, an amount and caps; said in words; switched off."""
    kept(store, stripe_double)
    async with wallets(store).run_test(size=(100, 40)) as pilot:
        await at_ana(pilot)
        await pilot.press("f")
        await dialog(pilot, "by itself")
        await pilot.press(*"35", "enter", *"20", "enter", "f10")
        await until(pilot, lambda: "Auto refill: under 35.00 EUR: 20.00 EUR" in status(pilot))
        assert show_wallet(store, ANA).balance_minor == 5_000
        await until(pilot, lambda: "the kept card; on" in " ".join(shown(pilot).split()))
        await pilot.press("f")
        await dialog(pilot, "Switch it off")
        await pilot.press("down", "enter")
        await until(pilot, lambda: "Auto refill: off" in status(pilot))
    assert show_auto_refill(store, ANA).state == "off"


async def test_an_esim_refills_itself(store: Desk, stripe_double: StripeDouble) -> None:
    """Its page says so, with the threshold, the refill and what pays."""
    kept(store, stripe_double)
    async with esim(store).run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: "Auto refill off" in " ".join(shown(pilot).split()))
        await pilot.press("f")
        await dialog(pilot, "by itself")
        await pilot.press("f10")
        await until(pilot, lambda: "under 100 MB: 1GB from the kept card; on" in status(pilot))


async def test_a_paused_refill_is_approved_from_the_queue(
    store: Desk, stripe_double: StripeDouble
) -> None:
    """J lists it first, Enter shows the QR code, the payment makes the refill."""
    kept(store, stripe_double)
    stripe_double.set_behaviour("asks")
    set_wallet_refill(store, ANA, amount="20.00", threshold="35.00")
    async with wallets(store).run_test(size=(120, 40)) as pilot:
        await at_ana(pilot)
        assert "has to approve" in " ".join(shown(pilot).split())
        await pilot.press("j")
        await until(pilot, lambda: isinstance(pilot.app.screen, RefillsScreen))
        await until(pilot, lambda: "paused: the owner of the" in shown(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, CheckoutScreen))
        stripe_double.pay()
        await until(pilot, lambda: "Paid by card. Receipt" in status(pilot))
        await pilot.press("x")
        await until(pilot, lambda: "not refilled by itself" in status(pilot))
    assert show_wallet(store, ANA).balance_minor == 5_000


async def test_the_page_is_sent_from_the_queue(store: Desk, stripe_double: StripeDouble) -> None:
    """Why it was not sent stands there; e sends it, and says to whom."""
    kept(store, stripe_double)
    stripe_double.set_behaviour("asks")
    set_wallet_refill(store, ANA, amount="20.00", threshold="35.00")
    with mail_server() as (postbox, address):
        async with Shell({"refills": lambda: RefillsScreen(store)}).run_test(
            size=(120, 40)
        ) as pilot:
            await until(pilot, lambda: "paused: the owner of the" in shown(pilot))
            await pilot.press("e")
            await until(pilot, lambda: "not sent: No mail server is set" in status(pilot))
            for name, text in (("mail_from", "till@shop.example"), ("mail_security", "none")):
                write_setting(store, name, text)
            write_setting(store, "mail_server", address)
            await pilot.press("e")
            await until(pilot, lambda: f"the page was sent to {ANA}" in status(pilot))
    assert postbox.recipients == [ANA]


async def test_the_first_screen_says_who_is_waited_for(
    store: Desk, stripe_double: StripeDouble
) -> None:
    """A paused refill stands on the home screen, with why nobody was told."""
    kept(store, stripe_double)
    stripe_double.set_behaviour("asks")
    set_wallet_refill(store, ANA, amount="20.00", threshold="35.00")
    async with opened(store) as (app, pilot):
        await until(pilot, lambda: "Not told by e-mail" in text_of(app))
        assert ANA in text_of(app)


async def test_paying_by_card_offers_to_keep_it(store: Desk, stripe_double: StripeDouble) -> None:
    """A top-up by card asks once; yes keeps the card that pays."""
    async with wallets(store).run_test(size=(100, 40)) as pilot:
        await at_ana(pilot)
        pilot.app.screen.heading = replace(pilot.app.screen.heading, card="CARDS IN TEST MODE")  # type: ignore[attr-defined]  # the screen of wallets
        await pilot.press("t")
        await dialog(pilot, "Top up whose wallet?")
        await pilot.press("enter")
        await dialog(pilot, "Top up the wallet of")
        await pilot.press(*"10", "enter")
        await dialog(pilot, "Card")
        await pilot.press("d")
        await dialog(pilot, "Take 10.00 EUR")
        await pilot.press("y")
        await dialog(pilot, "is it agreed?")
        await pilot.press("y")
        await until(pilot, lambda: isinstance(pilot.app.screen, CheckoutScreen))
        stripe_double.pay()
        await until(pilot, lambda: "Paid by card. Receipt" in status(pilot))
        await until(pilot, lambda: "Card (g): visa" in shown(pilot))


async def test_a_demo_store_asks_how_its_card_behaves(sqlite_desk: Desk, tmp_path: Path) -> None:
    """Labelled as what it is; no page, no phone."""
    fill_store(sqlite_desk, tmp_path)
    transact(sqlite_desk.engine, lambda session: set_setting(session, "demo", "true"))
    async with wallets(sqlite_desk).run_test(size=(100, 40)) as pilot:
        await at_ana(pilot)
        await pilot.press("g")
        await dialog(pilot, "is it agreed?")
        await pilot.press("y")
        await dialog(pilot, "OFFLINE DEMO CARD: how does it behave?")
        await pilot.press("down", "enter")
        await until(pilot, lambda: "ending in 0091" in status(pilot))


async def test_refills_keep_no_clerk_waiting(sqlite_desk: Desk, tmp_path: Path) -> None:
    """The open store carries them out beside the sale, and a refusal there troubles nobody."""
    ran = Event()

    def work() -> None:
        ran.set()
        raise Refused("nobody reads this")

    async with opened(fill(sqlite_desk, tmp_path)) as (app, pilot):
        assert app.desk is not None
        app.desk.beside(work)
        await until(pilot, ran.is_set)


async def test_an_esim_is_refilled_by_card_on_a_phone(
    store: Desk, stripe_double: StripeDouble
) -> None:
    """Which refill, the card, the words about keeping it declined, the page, the data."""
    async with esim(store).run_test(size=(100, 40)) as pilot:
        screen = pilot.app.screen
        await until(pilot, lambda: "Auto refill off" in " ".join(shown(pilot).split()))
        await until(pilot, lambda: isinstance(screen, EsimScreen) and screen.heading is not None)
        await pilot.press("r")
        await dialog(pilot, "1GB")
        await pilot.press("enter")
        await dialog(pilot, "Card")
        await pilot.press("d")
        await dialog(pilot, "Charge 4.00 EUR")
        await pilot.press("y")
        await dialog(pilot, "is it agreed?")
        await pilot.press("n")
        await until(pilot, lambda: isinstance(pilot.app.screen, CheckoutScreen))
        stripe_double.pay()
        await until(pilot, lambda: "Paid by card. Receipt" in status(pilot))
        await until(pilot, lambda: "6 GB" in shown(pilot))
    assert show_card(store, ANA).state == "none"
