"""Payment: charged once, only when told to, and honest about what was sold and what not."""

from __future__ import annotations

from pathlib import Path
from threading import Event

import pytest
from textual.widgets import Input, Static

from catalog.kernel.database import transact
from catalog.kernel.settings import set_setting
from store_app.app import StoreApp
from store_app.desk import sales
from store_app.desk.context import Desk
from store_app.desk.esims import list_esims
from store_app.desk.people import add_company, add_user
from store_app.desk.shifts import close_shift
from store_app.desk.wallets import show_wallet
from store_app.screens.activation import ActivationScreen
from store_app.screens.payment import PaymentScreen
from store_app.screens.picker import Picker
from store_app.screens.storefront import StorefrontScreen
from store_app.widgets.confirm import Confirm
from store_app.widgets.form import Form
from tests.screens.till_store import (
    fill,
    find,
    home,
    opened,
    orders,
    search_of,
    shown_code,
    status,
    text_of,
    to_payment,
)
from tests.screens.waiting import until

SIZES = [(80, 24), (120, 40)]


@pytest.mark.parametrize("size", SIZES)
async def test_lines_sums_and_start_rule_are_shown_first(
    sqlite_desk: Desk, tmp_path: Path, size: tuple[int, int]
) -> None:
    """Before any tender: item, start rule, net, VAT, total, and nothing outside the window."""
    async with opened(fill(sqlite_desk, tmp_path), size) as (app, pilot):
        await to_payment(app, pilot, "spain")
        await until(pilot, lambda: "Validity starts" in text_of(app))
        shown = text_of(app)
        for words in (
            "Spain 5 GB",
            "Validity starts at first use and lasts 30 days.",
            "Net 10.00 EUR   VAT 2.10 EUR   Total 12.10 EUR",
            "c cash",
        ):
            assert words in shown
        assert all(app.screen.region.contains_region(each.region) for each in app.screen.query("*"))


async def test_three_keys_from_the_search_to_the_code(sqlite_desk: Desk, tmp_path: Path) -> None:
    """Enter, c, Enter: exact cash, one order, its code on the screen."""
    desk = fill(sqlite_desk, tmp_path)
    async with opened(desk) as (app, pilot):
        await find(app, pilot, "spain")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, PaymentScreen))
        await pilot.press("c", "enter")
        screen = await shown_code(app, pilot)
        (order,) = orders(desk)
        assert (order.state, order.total_minor, order.method) == ("delivered", 1210, "cash")
        assert screen.delivery is not None
        assert screen.delivery.change_minor == 0
        assert not app.till.cart.lines


async def test_any_number_of_enters_charges_once(
    sqlite_desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One order, one profile, and the code stays on the screen."""
    monkeypatch.setattr(ActivationScreen, "SETTLE_S", 60)
    desk = fill(sqlite_desk, tmp_path)
    async with opened(desk) as (app, pilot):
        await to_payment(app, pilot, "spain")
        await pilot.press("c", *["enter"] * 5)
        await shown_code(app, pilot)
        assert len(orders(desk)) == 1
        assert len(list_esims(desk)) == 1


async def test_messages_in_one_instant_charge_once(sqlite_desk: Desk, tmp_path: Path) -> None:
    """Also when three submissions arrive before the loop turns once."""
    desk = fill(sqlite_desk, tmp_path)
    async with opened(desk) as (app, pilot):
        await to_payment(app, pilot, "spain")
        await pilot.press("c")
        field = app.screen.query_one("#tendered", Input)
        for _ in range(3):
            field.post_message(Input.Submitted(field, field.value))
        await shown_code(app, pilot)
        assert len(orders(desk)) == 1


async def test_typed_cash_replaces_the_total_and_shows_the_change(
    sqlite_desk: Desk, tmp_path: Path
) -> None:
    """The change is counted while typing; too little is said and charges nothing."""
    desk = fill(sqlite_desk, tmp_path)
    async with opened(desk) as (app, pilot):
        await to_payment(app, pilot, "spain")
        await pilot.press("c", "1")
        await until(pilot, lambda: "11.10 EUR missing" in text_of(app))
        await pilot.press("enter")
        await until(pilot, lambda: "11.10 EUR are missing" in status(app))
        await pilot.press("5")
        await until(pilot, lambda: "Change 2.90 EUR" in text_of(app))
        await pilot.press("enter")
        screen = await shown_code(app, pilot)
        assert screen.delivery is not None
        assert screen.delivery.change_minor == 290


async def test_esc_never_charges(sqlite_desk: Desk, tmp_path: Path) -> None:
    """Out of the cash field, out of the payment, out of the question: no order, cart kept."""
    desk = fill(sqlite_desk, tmp_path)
    async with opened(desk) as (app, pilot):
        await to_payment(app, pilot, "spain")
        await pilot.press("c", "escape")
        assert isinstance(app.screen, PaymentScreen)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, StorefrontScreen))
        assert app.focused is search_of(app)
        assert len(app.till.cart.lines) == 1
        assert orders(desk) == []


async def test_lines_are_removed(sqlite_desk: Desk, tmp_path: Path) -> None:
    """Delete takes a line out, minus does not; without lines the clerk is back at the search."""
    async with opened(fill(sqlite_desk, tmp_path)) as (app, pilot):
        await find(app, pilot, "JP-3")
        await pilot.press("f7")
        await until(pilot, lambda: not home(app).is_choosing)
        await to_payment(app, pilot, "spain")
        await pilot.press("delete")
        assert [line.sku for line in app.till.cart.lines] == ["ES-5"]
        await pilot.press("minus", "minus")
        assert [line.sku for line in app.till.cart.lines] == ["ES-5"]
        await pilot.press("delete")
        await until(pilot, lambda: isinstance(app.screen, StorefrontScreen))
        assert app.focused is search_of(app)


async def add_both(app: StoreApp, pilot: object) -> None:
    """Two lines, Japan and Spain, and the payment."""
    await find(app, pilot, "JP-3")  # type: ignore[arg-type]  # the pilot of this app
    await pilot.press("f7")  # type: ignore[attr-defined]  # as above
    await until(pilot, lambda: not home(app).is_choosing)  # type: ignore[arg-type]  # as above
    await to_payment(app, pilot, "spain")  # type: ignore[arg-type]  # as above


async def test_several_lines_are_several_orders_with_one_change(
    sqlite_desk: Desk, tmp_path: Path
) -> None:
    """24.20 and 12.10 for 40: the last order carries the change of 3.70."""
    desk = fill(sqlite_desk, tmp_path)
    async with opened(desk) as (app, pilot):
        await add_both(app, pilot)
        await pilot.press("c", *"40", "enter")
        screen = await shown_code(app, pilot)
        assert [order.total_minor for order in orders(desk)] == [2420, 1210]
        assert "1 of 2" in text_of(app)
        assert screen.change_minor == 370


async def test_what_is_refused_stays_in_the_cart(sqlite_desk: Desk, tmp_path: Path) -> None:
    """Sold out between the choice and the payment: said what was sold and what not."""
    desk = fill(sqlite_desk, tmp_path, profiles=1)
    async with opened(desk) as (app, pilot):
        await add_both(app, pilot)
        sales.sell(desk, sku="ES-5", pay="cash", key="another register")
        await pilot.press("c", *"40", "enter")
        await shown_code(app, pilot)
        said = status(app)
        assert "Sold: 日本 [red]Japan[/] café." in said
        assert "still in the cart: Spain 5 GB" in said
        assert [line.sku for line in app.till.cart.lines] == ["ES-5"]
        assert len(orders(desk)) == 2


async def test_a_refusal_keeps_everything(sqlite_desk: Desk, tmp_path: Path) -> None:
    """The shift was closed meanwhile: a sentence, the cart, and no order."""
    desk = fill(sqlite_desk, tmp_path)
    async with opened(desk) as (app, pilot):
        await to_payment(app, pilot, "spain")
        close_shift(desk, counted="100.00")
        await pilot.press("c", "enter")
        await until(pilot, lambda: "No shift is open" in status(app))
        assert len(app.till.cart.lines) == 1
        assert orders(desk) == []


async def test_a_crash_is_a_sentence_and_keeps_the_key(
    sqlite_desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unexpected error says so; trying again asks about the same payment."""
    desk, sell, keys = fill(sqlite_desk, tmp_path), sales.sell, []

    def broken(*args: object, key: str, **body: object) -> object:
        keys.append(key)
        if len(keys) == 1:
            raise RuntimeError("disk on fire")
        return sell(*args, key=key, **body)  # type: ignore[arg-type]  # handed on as it came

    monkeypatch.setattr(sales, "sell", broken)
    async with opened(desk) as (app, pilot):
        await to_payment(app, pilot, "spain")
        await pilot.press("c", "enter")
        await until(pilot, lambda: "did not expect" in status(app))
        assert "disk on fire" not in text_of(app)
        await pilot.press("c", "enter")
        await shown_code(app, pilot)
        assert keys[0] == keys[1]
        assert len(orders(desk)) == 1


async def test_leaving_the_screen_never_loses_the_result(
    sqlite_desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Esc while it is being sold: the code comes all the same."""
    desk, sell, go = fill(sqlite_desk, tmp_path), sales.sell, Event()

    def slow(*args: object, **body: object) -> object:
        go.wait(10)
        return sell(*args, **body)  # type: ignore[arg-type]  # handed on as it came

    monkeypatch.setattr(sales, "sell", slow)
    async with opened(desk) as (app, pilot):
        await to_payment(app, pilot, "spain")
        await pilot.press("c", "enter", "escape")
        await until(pilot, lambda: isinstance(app.screen, StorefrontScreen))
        await pilot.press("f10")
        assert isinstance(app.screen, StorefrontScreen)
        await find(app, pilot, "JP-3")
        await pilot.press("f7")
        await until(pilot, lambda: "nothing was added" in status(app))
        go.set()
        await shown_code(app, pilot)
        assert len(orders(desk)) == 1


async def test_the_wallet_is_charged_after_a_question(sqlite_desk: Desk, tmp_path: Path) -> None:
    """Picked by a part of the address; balance before and after; Esc charges nothing."""
    desk = fill(sqlite_desk, tmp_path)
    for name in ("bob@example.org", "ana@example.org"):
        add_user(desk, name)
    sales.top_up(desk, "ana@example.org", amount="50.00", pay="cash", key="deposit")
    before = show_wallet(desk, "ana@example.org").balance_minor
    async with opened(desk) as (app, pilot):
        await to_payment(app, pilot, "spain")
        await pilot.press("w")
        await until(pilot, lambda: isinstance(app.screen, Picker))
        await pilot.press(*"an", "enter")
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        assert app.focused is not None
        assert app.focused.id == "no"
        detail = str(app.screen.query_one("#detail", Static).content)
        assert "Spain 5 GB  10.00 EUR" in detail
        assert "the wallet of ana@example.org" in detail
        assert "Its balance: 50.00 EUR before, 40.00 EUR after." in detail
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, PaymentScreen))
        assert show_wallet(desk, "ana@example.org").balance_minor == before
        await pilot.press("w")
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        await pilot.press("y", "y", "y")
        await shown_code(app, pilot)
        assert show_wallet(desk, "ana@example.org").balance_minor == before - 1000
        assert [order.method for order in orders(desk)][-1] == "wallet"


async def test_a_wallet_that_can_not_pay_is_told_before_the_question(
    sqlite_desk: Desk, tmp_path: Path
) -> None:
    """No wallet, an unknown address, too little in it: a sentence and no question."""
    desk = fill(sqlite_desk, tmp_path)
    add_company(desk, "Acme")
    add_user(desk, "ana@example.org")
    sales.top_up(desk, "ana@example.org", amount="5.00", pay="cash", key="deposit")
    async with opened(desk) as (app, pilot):
        await to_payment(app, pilot, "spain")
        await pilot.press("k")
        await until(pilot, lambda: isinstance(app.screen, Picker))
        await pilot.press("enter")
        await until(pilot, lambda: "Acme has no wallet" in status(app))
        await pilot.press("w")
        await until(pilot, lambda: isinstance(app.screen, Picker))
        await pilot.press("escape")
        await until(pilot, lambda: "No wallet was chosen" in status(app))
        await pilot.press("w")
        await until(pilot, lambda: isinstance(app.screen, Picker))
        await pilot.press("enter")
        await until(pilot, lambda: "5.00 EUR are missing" in status(app))
        await pilot.press("b")
        await until(pilot, lambda: isinstance(app.screen, Form))
        app.screen.query_one(Input).value = "new@example.org"
        await pilot.press("enter")
        await until(pilot, lambda: "new@example.org" in text_of(app))
        await until(pilot, lambda: isinstance(app.screen, PaymentScreen))
        await pilot.press("w")
        await until(pilot, lambda: "no customer" in status(app))
        assert len(orders(desk)) == 1


async def test_the_card_is_there_in_the_demo_only(sqlite_desk: Desk, tmp_path: Path) -> None:
    """A real store has no card; the demo's card says OFFLINE DEMO CARD everywhere."""
    desk = fill(sqlite_desk, tmp_path)
    async with opened(desk) as (app, pilot):
        await to_payment(app, pilot, "spain")
        await pilot.press("d")
        assert isinstance(app.screen, PaymentScreen)
        assert "CARD" not in text_of(app)
    transact(desk.engine, lambda session: set_setting(session, "demo", "true"))
    async with opened(desk) as (app, pilot):
        await to_payment(app, pilot, "spain")
        await until(pilot, lambda: "d OFFLINE DEMO CARD" in text_of(app))
        assert "DEMO · OFFLINE DEMO CARD" in text_of(app).splitlines()[0]
        await pilot.press("d")
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        assert "OFFLINE DEMO CARD" in str(app.screen.query_one("#detail", Static).content)
        await pilot.press("y")
        await shown_code(app, pilot)
        assert orders(desk)[-1].method == "card"
