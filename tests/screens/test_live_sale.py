"""A live sale on the screens: it waits in words, and what is reported shows by itself."""

from __future__ import annotations

import time
from functools import partial

import httpx
import pytest
from textual.widgets import Input

from catalog.kernel.database import file_of
from store_app.app import StoreApp
from store_app.desk.context import Desk
from store_app.first_look import first_look
from store_app.http import Listening
from store_app.screens.activation import ActivationScreen
from store_app.screens.esim import EsimScreen
from store_app.screens.payment import PaymentScreen
from store_app.screens.storefront import StorefrontScreen
from store_app.shelf import read_shelf
from store_app.widgets.confirm import Confirm
from tests.live_shop import buy, is_sound, live_shop, only, refusal
from tests.peers.listening_peer import listening_peer
from tests.peers.smdp_peer import Served
from tests.screens.shown import dialog
from tests.screens.till_store import home, opened, shown_code, status, text_of, to_payment
from tests.screens.waiting import until

LARGE = (120, 40)
EID = "89049032123451234512345678901235"
AGREED = "a-word-of-the-supplier"


async def test_a_live_plan_is_sold_like_any_other(sqlite_desk: Desk, served: Served) -> None:
    """The shelf says live, the payment says that the eSIM is ordered, the code appears."""
    async with opened(live_shop(sqlite_desk, served), LARGE) as (app, pilot):
        await until(pilot, lambda: "live" in text_of(app))
        await to_payment(app, pilot, "spain")
        await pilot.press("c", "enter")
        screen = await shown_code(app, pilot)
        assert screen.delivery is not None
        assert screen.delivery.code.iccid in served.smdp.profiles
        is_sound(sqlite_desk)


async def test_esc_leaves_a_slow_supplier_and_loses_nothing(
    sqlite_desk: Desk, served: Served
) -> None:
    """While the supplier is asked the clerk may go on; the sale shows itself when it is done."""
    served.smdp.faults["confirmOrder"] = ["hang after"]
    shop = live_shop(sqlite_desk, served, timeout_s=30)
    async with opened(shop, LARGE) as (app, pilot):
        await to_payment(app, pilot, "spain")
        await pilot.press("c", "enter")
        await until(pilot, lambda: served.smdp.count("confirmOrder"))
        assert "ordering the eSIM" in status(app)
        await pilot.press("escape", "escape")
        await until(pilot, lambda: isinstance(app.screen, StorefrontScreen))
        assert not isinstance(app.screen, PaymentScreen)
        served.smdp.let_go.set()
        screen = await shown_code(app, pilot)
        assert screen.delivery is not None
        assert len(served.smdp.profiles) == 1
        is_sound(shop)


async def test_a_supplier_that_is_sold_out_gives_the_cart_back(
    sqlite_desk: Desk, served: Served
) -> None:
    """The reason stands there, the money is back, and the cart is as it was."""
    served.smdp.stock = 0
    shop = live_shop(sqlite_desk, served)
    async with opened(shop, LARGE) as (app, pilot):
        await to_payment(app, pilot, "spain")
        await pilot.press("c", "enter")
        await until(pilot, lambda: "has no profile of this type left" in status(app))
        assert len(app.till.cart.lines) == 1
        assert only(shop).state == "refunded"
        is_sound(shop)


async def test_a_phone_is_named_where_its_supplier_wants_it(
    sqlite_desk: Desk, served: Served
) -> None:
    """Without it the sale is refused in words; it is asked for together with the buyer."""
    served.smdp.wants_eid = True
    shop = live_shop(sqlite_desk, served, wants_eid=True)
    async with opened(shop, LARGE) as (app, pilot):
        await to_payment(app, pilot, "spain")
        await pilot.press("c", "enter")
        await until(pilot, lambda: "ties each eSIM to one phone" in status(app))
        await pilot.press("b")
        await dialog(pilot, "EID of the phone")
        app.screen.query_one("#field-2", Input).value = EID[:-1]
        await pilot.press("f10")
        await dialog(pilot, "Nothing was sold.")
        app.screen.query_one("#field-2", Input).value = EID
        await pilot.press("f10")
        await until(pilot, lambda: f"walk-in, EID {EID}" in text_of(app))
        await pilot.press("c", "enter")
        await shown_code(app, pilot)
    assert [profile.eid for profile in served.smdp.profiles.values()] == [EID]
    is_sound(shop)


async def test_what_is_paid_and_unknown_stands_on_the_home_screen(
    sqlite_desk: Desk, served: Served
) -> None:
    """Ctrl+R asks again without ordering again, Ctrl+T gives the money back after asking."""
    served.smdp.faults["downloadOrder"] = ["HTTP 500"]
    shop = live_shop(sqlite_desk, served)
    assert refusal(shop).code == "checking"
    async with opened(shop, LARGE) as (app, pilot):
        await until(pilot, lambda: "Paid, not delivered" in text_of(app))
        await pilot.press("ctrl+r")
        await until(pilot, lambda: "nobody knows" in status(app))
        assert served.smdp.count("downloadOrder") == 1
        await pilot.press("ctrl+t")
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        await pilot.press("y")
        await until(pilot, lambda: "from the drawer" in status(app))
        assert only(shop).state == "refunded"
        assert home(app)
        is_sound(shop)


@pytest.mark.parametrize("page", [ActivationScreen, EsimScreen])
async def test_what_a_supplier_reports_shows_within_two_seconds(
    sqlite_desk: Desk, served: Served, page: type[ActivationScreen | EsimScreen]
) -> None:
    """Downloaded, then installed, on the activation and on the page of the eSIM."""
    shop = live_shop(sqlite_desk, served)
    sale = buy(shop)
    with listening_peer(shop, Listening(secret=AGREED)) as base:
        async with opened(shop, LARGE) as (app, pilot):
            named = [sale.order] if page is ActivationScreen else str(sale.iccid)
            await app.push_screen(page(shop, named))  # type: ignore[arg-type]  # each page's own
            await until(pilot, lambda: str(sale.iccid) in text_of(app))
            for point, words in ((3, "downloaded, not yet installed"), (4, "installed, not known")):
                _report(base, str(sale.iccid), point)
                told = time.monotonic()
                await until(pilot, partial(_shows, app, words))
                assert time.monotonic() - told < 2


def _shows(app: StoreApp, words: str) -> bool:
    return words in text_of(app)


def _report(base: str, iccid: str, point: int) -> None:
    answer = httpx.post(
        f"{base}/gsma/rsp2/es2plus/handleDownloadProgressInfo",
        json={"iccid": iccid, "notificationPointId": point},
        headers={"Authorization": f"Bearer {AGREED}"},
        trust_env=False,
    )
    assert answer.status_code == 204


def test_the_first_look_knows_what_is_live(sqlite_desk: Desk, served: Served) -> None:
    """What stands there before the store is open is what the store then says."""
    shop = live_shop(sqlite_desk, served)
    path = file_of(shop.engine)
    assert path is not None
    (card,) = first_look(path)
    assert (card.is_live, card.available) == (True, 0)
    assert (card,) == read_shelf(shop)
