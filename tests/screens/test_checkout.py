"""A card that is paid on a phone: its code, its time, its end, and a screen that stays alive."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from threading import Event
from time import thread_time

import httpx
import pytest
import zxingcpp
from textual.pilot import Pilot

from store_app import collecting
from store_app.app import StoreApp
from store_app.desk.card_orders import reconcile
from store_app.desk.context import Desk
from store_app.desk.esims import list_esims
from store_app.desk.register_readers import use_reader
from store_app.desk.sales import sell
from store_app.desk.upkeep import write_setting
from store_app.screens.checkout import CheckoutScreen
from store_app.screens.payment import PaymentScreen
from store_app.screens.reader_pay import ReaderScreen
from store_app.screens.storefront import StorefrontScreen
from store_app.widgets.confirm import Confirm
from store_app.widgets.form import Form
from store_app.widgets.qr_code import QrCode
from tests.card_shop import begin, with_card
from tests.mail_server import mail_server
from tests.screens.till_store import (
    fill,
    home,
    opened,
    orders,
    shown_code,
    status,
    text_of,
    to_payment,
)
from tests.screens.waiting import until
from tests.shop import small_shop
from tests.stripe_double import StripeDouble
from tests.stripe_faults import lost, only, unreachable
from tests.stripe_readers import READER

LARGE = (120, 50)


@pytest.fixture
def till(
    sqlite_desk: Desk, tmp_path: Path, stripe_double: StripeDouble, monkeypatch: pytest.MonkeyPatch
) -> Desk:
    """A till that takes cards and does not let tests wait."""
    monkeypatch.setattr(collecting, "SOON_S", 0.1)
    monkeypatch.setattr(collecting, "LATER_S", 0.1)
    return with_card(fill(sqlite_desk, tmp_path), stripe_double)


async def to_checkout(app: StoreApp, pilot: Pilot[None], text: str = "spain") -> CheckoutScreen:
    """Search, Enter, d, and the page to pay on."""
    await to_payment(app, pilot, text)
    await until(pilot, lambda: "paid on a phone" in text_of(app))
    await pilot.press("d")
    await until(pilot, lambda: isinstance(app.screen, CheckoutScreen))
    screen = app.screen
    assert isinstance(screen, CheckoutScreen)
    return screen


async def test_the_code_the_amount_the_time_and_the_mode_are_shown(
    till: Desk, tmp_path: Path
) -> None:
    """A phone reads the whole link; amount, countdown, steps and test mode stand beside it."""
    async with opened(till, LARGE) as (app, pilot):
        assert "CARDS IN TEST MODE" in text_of(app).splitlines()[0]
        screen = await to_checkout(app, pilot)
        await until(pilot, lambda: "Give up" in text_of(app))
        shown = text_of(app)
        for words in ("12.10 EUR", "15:00 left", "CARDS IN TEST MODE", "Spain 5 GB", "Esc"):
            assert words in shown
        assert len(screen.paying.page_url) > 390
        await pilot.press("s")
        await until(pilot, lambda: "Saved:" in status(app))
        assert _read(tmp_path) == screen.paying.page_url
        await pilot.press("escape")
        await until(pilot, lambda: not app.till.is_selling)


def _read(folder: Path) -> str:
    import cv2

    (picture,) = folder.rglob("pay-*.png")
    (found,) = zxingcpp.read_barcodes(cv2.imread(str(picture)))
    return str(found.text)


async def test_paid_goes_to_the_activation_by_itself(
    till: Desk, stripe_double: StripeDouble
) -> None:
    """Nobody presses a key after the customer has paid; one page is for all eSIMs of a cart."""
    async with opened(till, LARGE) as (app, pilot):
        await to_payment(app, pilot, "spain")
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, StorefrontScreen))
        await to_checkout(app, pilot)
        for words in ("24.20 EUR", "2 eSIMs: Spain 5 GB, Spain 5 GB"):
            assert words in text_of(app)
        stripe_double.pay()
        screen = await shown_code(app, pilot)
        assert screen.delivery is not None
        assert [order.state for order in orders(till)] == ["delivered", "delivered"]
        assert (len(stripe_double.sessions), "1 of 2" in text_of(app)) == (1, True)
        assert not app.till.cart.lines


async def test_what_of_a_cart_can_not_be_delivered_is_said(
    till: Desk, stripe_double: StripeDouble
) -> None:
    """One of two profiles went away while it was paid: one code, the rest named, its money back."""
    async with opened(till, LARGE) as (app, pilot):
        await to_payment(app, pilot, "spain")
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, StorefrontScreen))
        await to_checkout(app, pilot)
        late = replace(till, clock=lambda: till.clock() + timedelta(minutes=20))
        for key in ("k1", "k2"):  # one profile was free, another one's reservation ran out
            sell(late, sku="ES-5", pay="cash", key=key)
        stripe_double.pay()
        app.desk = late
        reconcile(late)
        await shown_code(app, pilot)
        await until(pilot, lambda: "still in the cart: Spain 5 GB" in text_of(app))
    assert [each["amount"] for each in stripe_double.refunds] == [1210]


async def test_escape_closes_the_page_at_stripe_and_keeps_the_cart(
    till: Desk, stripe_double: StripeDouble
) -> None:
    """The session is expired, the order cancelled, the cart as it was."""
    async with opened(till, LARGE) as (app, pilot):
        await to_checkout(app, pilot)
        await pilot.press("escape")
        await until(pilot, lambda: not app.till.is_selling)
        await until(pilot, lambda: "is cancelled; nothing was charged" in status(app))
        assert isinstance(app.screen, PaymentScreen)
        assert [each["status"] for each in stripe_double.sessions.values()] == ["expired"]
        assert [order.state for order in orders(till)] == ["cancelled"]
        assert len(app.till.cart.lines) == 1


async def test_paying_while_it_is_given_up_still_shows_the_code(
    till: Desk, stripe_double: StripeDouble
) -> None:
    """The customer was quicker than Escape: the eSIM is shown, not a sentence about nothing."""
    async with opened(till, LARGE) as (app, pilot):

        def quicker(
            request: httpx.Request, carry_out: Callable[[], httpx.Response]
        ) -> httpx.Response:
            del request
            if list(stripe_double.sessions.values())[-1]["status"] == "open":
                stripe_double.pay()
            return carry_out()

        await to_checkout(app, pilot)
        with stripe_double.wrong(only("POST", ".*/expire", quicker)):
            await pilot.press("escape")
            await shown_code(app, pilot)
        assert [order.state for order in orders(till)] == ["delivered"]


async def test_a_stall_keeps_nobody_waiting(till: Desk, stripe_double: StripeDouble) -> None:
    """Stripe says nothing for a minute: keys are answered, and Escape leaves within a second."""
    release = Event()

    def stalls(request: httpx.Request, carry_out: Callable[[], httpx.Response]) -> httpx.Response:
        del request
        release.wait(60)
        return carry_out()

    async with opened(till, LARGE) as (app, pilot):
        await to_checkout(app, pilot)
        with stripe_double.wrong(stalls):
            await pilot.press("y")
            await until(pilot, lambda: "Copied" in status(app))
            began = thread_time()  # the screen's own time: the machine may be busy
            await pilot.press("escape")
            await until(pilot, lambda: not isinstance(app.screen, CheckoutScreen))
            assert thread_time() - began < 1
            assert not release.is_set()
            await until(pilot, lambda: "Giving it up" in status(app))
            await pilot.press("f3")
            await until(pilot, lambda: type(app.screen).__name__ == "EsimsScreen")
            assert app.till.is_selling
            release.set()
            await until(pilot, lambda: not app.till.is_selling)
        await until(pilot, lambda: "nothing was charged" in status(app))


async def test_an_answer_that_is_missing_is_said_and_asked_for_again(
    till: Desk, stripe_double: StripeDouble
) -> None:
    """Without a network the screen says that it is checking; with one it goes on."""
    async with opened(till, LARGE) as (app, pilot):
        await to_checkout(app, pilot)
        with stripe_double.wrong(unreachable):
            await until(pilot, lambda: "Checking" in status(app))
        stripe_double.pay()
        await shown_code(app, pilot)


async def test_an_unknown_start_keeps_its_key(till: Desk, stripe_double: StripeDouble) -> None:
    """The page's answer was lost: the same cart is paid with the same session."""
    async with opened(till, LARGE) as (app, pilot):
        await to_payment(app, pilot, "spain")
        await until(pilot, lambda: "paid on a phone" in text_of(app))
        with stripe_double.wrong(lost):
            await pilot.press("d")
            await until(pilot, lambda: "being checked" in status(app))
        await pilot.press("d")
        await until(pilot, lambda: isinstance(app.screen, CheckoutScreen))
        assert len(stripe_double.sessions) == 1
        stripe_double.pay()
        await shown_code(app, pilot)
        assert len(orders(till)) == 1


@pytest.mark.parametrize("size", [(80, 24), (60, 20)])
async def test_a_small_window_offers_the_link(till: Desk, size: tuple[int, int]) -> None:
    """No room for a code of 390 characters: it says so, and gives the link in words."""
    async with opened(till, size) as (app, pilot):
        screen = await to_checkout(app, pilot)
        await until(pilot, lambda: "Too small for the code" in text_of(app))
        for words in (
            "12.10 EUR",
            "15:00 left",
            "CARDS IN TEST",
            "3  Wait here",
            "it needs 73 x 37",
        ):
            assert words in text_of(app)
        shown = "".join(line.strip() for line in text_of(app).splitlines())
        assert screen.paying.page_url[:60] in shown
        await pilot.press("y")
        await until(pilot, lambda: "Copied" in status(app))
        assert app.clipboard == screen.paying.page_url
        await pilot.press("escape")
        await until(pilot, lambda: not app.till.is_selling)


async def test_a_code_that_fills_the_window_keeps_its_steps(till: Desk) -> None:
    """80 x 40: amount, time and mode above the code, the steps or what was done below it."""
    async with opened(till, (80, 40)) as (app, pilot):
        screen = await to_checkout(app, pilot)
        await until(pilot, lambda: "wait here" in text_of(app) and "Give up" in text_of(app))
        assert screen.query_one(QrCode).is_scannable
        for words in ("12.10 EUR", "15:00 left", "CARDS IN TEST MODE"):
            assert words in text_of(app)
        await pilot.press("p")
        await until(pilot, lambda: f"pay-{screen.paying.order}.txt" in text_of(app))
        assert screen.query_one(QrCode).is_scannable
        await pilot.press("escape")
        await until(pilot, lambda: not app.till.is_selling)


def _says(app: StoreApp, words: str) -> bool:
    return words in status(app)


async def test_the_link_goes_by_e_mail(till: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The address is asked for and the message is there; a refusal is a sentence."""
    monkeypatch.setattr(collecting, "SOON_S", 1)  # Pilot waits after each key until nothing runs
    with mail_server() as (postbox, address):
        for name, text in (("mail_from", "till@shop.example"), ("mail_security", "none")):
            write_setting(till, name, text)
        async with opened(till) as (app, pilot):
            screen = await to_checkout(app, pilot)
            for server, said in (("", "mail_server"), (address, "Sent: the link to ana@")):
                write_setting(till, "mail_server", server)
                await pilot.press("e")
                await until(pilot, lambda: isinstance(app.screen, Form))
                await pilot.press(*"ana@example.com", "enter")
                await until(pilot, partial(_says, app, said))
            await pilot.press("escape")
            await until(pilot, lambda: not app.till.is_selling)
    assert screen.paying.page_url in postbox.messages[0].get_content()


async def test_a_payment_left_open_is_shown_again(
    sqlite_desk: Desk, stripe_double: StripeDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a crash Ctrl+R brings the page back; paid, its code is shown."""
    monkeypatch.setattr(collecting, "SOON_S", 0.1)
    till = with_card(small_shop(sqlite_desk), stripe_double)
    sale = begin(till)
    async with opened(till, LARGE) as (app, pilot):
        await until(pilot, lambda: sale.order in text_of(app))
        await pilot.press("ctrl+r")
        await until(pilot, lambda: isinstance(app.screen, CheckoutScreen))
        stripe_double.pay()
        await shown_code(app, pilot)
        assert len(list_esims(till)) == 1
        assert home(app)


async def test_money_that_came_in_wrongly_is_not_said_to_be_none(
    till: Desk, stripe_double: StripeDouble
) -> None:
    """Paid with another amount: it says that it was paid, and where its money is."""
    async with opened(till, LARGE) as (app, pilot):
        await to_checkout(app, pilot)
        stripe_double.pay(amount_total=1)
        await until(pilot, lambda: "was paid and is not delivered" in status(app))
        assert "nothing was charged" not in text_of(app)


async def test_money_without_goods_stands_on_the_home_screen(
    sqlite_desk: Desk, stripe_double: StripeDouble
) -> None:
    """Paid and not delivered: the first screen says so, and Ctrl+T gives it back after asking."""
    till = with_card(small_shop(sqlite_desk), stripe_double)
    sale = begin(till)
    stripe_double.pay(amount_total=1)
    async with opened(till, LARGE) as (app, pilot):
        await until(pilot, lambda: "Paid, not delivered" in text_of(app))
        await pilot.press("ctrl+t")
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        await pilot.press("y")
        await until(pilot, lambda: f"{sale.order} goes back to the card" in status(app))
        assert [each["amount"] for each in stripe_double.refunds] == [1]
        assert orders(till)[0].payments[0]["state"] == "returned"


@pytest.mark.parametrize("size", [(80, 24), (60, 20)])
async def test_a_card_is_held_to_the_reader(
    till: Desk, stripe_double: StripeDouble, size: tuple[int, int]
) -> None:
    """Refused, then another card: the reason is said, the cart is kept, the code shows."""
    use_reader(till, READER)
    async with opened(till, size) as (app, pilot):
        await to_payment(app, pilot, "spain")
        await until(pilot, lambda: "r card, held to Counter 1" in text_of(app))
        await pilot.press("r")
        await until(pilot, lambda: "Give up" in text_of(app))
        for words in ("12.10 EUR", "15:00 left", "CARDS IN TEST", "holds the card", "3  Wait"):
            assert words in text_of(app)
        await pilot.press("x")
        await until(pilot, lambda: "card_declined" in text_of(app))
        await pilot.press("r")
        await until(pilot, lambda: isinstance(app.screen, ReaderScreen))
        stripe_double.hold()
        await shown_code(app, pilot)
    assert [order.state for order in orders(till)] == ["cancelled", "delivered"]


async def test_escape_takes_the_payment_back_from_the_reader(
    till: Desk, stripe_double: StripeDouble
) -> None:
    """The reader is free again, nothing was charged, the cart is as it was."""
    use_reader(till, READER)
    async with opened(till) as (app, pilot):
        await to_payment(app, pilot, "spain")
        await until(pilot, lambda: "r card, held to Counter 1" in text_of(app))
        await pilot.press("r")
        await until(pilot, lambda: isinstance(app.screen, ReaderScreen))
        await pilot.press("escape")
        await until(pilot, lambda: "is cancelled; nothing was charged" in text_of(app))
        assert stripe_double.readers[READER]["action"] is None
        assert len(app.till.cart.lines) == 1
