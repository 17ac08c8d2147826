"""Wallets: balances, history, top-ups with VAT before paying, new owners, minimum."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlmodel import Session, select
from textual.pilot import Pilot
from textual.widgets import Input, Select

from catalog.kernel.database import transact
from catalog.kernel.settings import set_setting
from checkout.billing.ledger import Posting, post, revenue, wallet
from checkout.billing.tables import WalletRow
from store_app.desk.context import Desk
from store_app.desk.people import add_user, list_companies, list_users
from store_app.desk.sales import sell
from store_app.desk.shifts import open_shift
from store_app.desk.wallets import configure_wallet, list_wallets, show_wallet
from store_app.screens.esim import EsimScreen
from store_app.screens.wallets import WalletsScreen
from store_app.shell import Shell
from store_app.widgets.lazy_list import LazyList
from tests.paygo import SKU, paygo
from tests.screens.counter_store import fill_people
from tests.screens.shown import dialog, shown, status
from tests.screens.waiting import until
from tests.shop import add_plans, add_stock

SIZES = [(80, 24), (120, 40)]


def host(desk: Desk) -> Shell:
    """The shell with this place alone."""
    return Shell({"wallets": lambda: WalletsScreen(desk)})


@pytest.fixture
def store(sqlite_desk: Desk) -> Desk:
    """An open shift, and wallets of Acme and Ana."""
    open_shift(sqlite_desk, float_amount="100.00")
    fill_people(sqlite_desk)
    return sqlite_desk


async def read(pilot: Pilot[None]) -> None:
    """The screen when wallets and history have been read."""
    await until(pilot, lambda: "to spend" in shown(pilot))


@pytest.mark.parametrize("size", SIZES)
async def test_balances_and_history(store: Desk, size: tuple[int, int]) -> None:
    """The history follows the cursor; names are data, not markup."""
    async with host(store).run_test(size=size) as pilot:
        await read(pilot)
        assert "Acme [Travel]: 50.00 EUR to spend" in shown(pilot)
        await pilot.press("down")
        await until(pilot, lambda: "ana@example.com: 30.00 EUR to spend" in shown(pilot))
        await until(pilot, lambda: "+30.00" in shown(pilot))
        await pilot.press("enter")
        assert pilot.app.focused is pilot.app.screen.query_one("#history")
        await pilot.press("escape")
        assert pilot.app.focused is pilot.app.screen.query_one("#wallets")


async def test_top_up_shows_vat_before_paying(store: Desk) -> None:
    """Net, VAT and total first, then cash with change, one question, one order."""
    transact(store.engine, lambda session: set_setting(session, "vat_rate", "21"))
    async with host(store).run_test(size=(80, 24)) as pilot:
        await read(pilot)
        await pilot.press("t")
        await dialog(pilot, "Top up whose wallet?")
        await pilot.press(*"ana", "enter")
        await dialog(pilot, "Top up the wallet of ana@example.com")
        await pilot.press(*"10", "enter")
        await dialog(pilot, "10.00 EUR into the wallet, VAT 21 % 2.10 EUR, to pay 12.10 EUR")
        await pilot.press("c", *"20", "enter")
        await dialog(pilot, "Given 20.00 EUR, change 7.90 EUR")
        assert pilot.app.focused is pilot.app.screen.query_one("#no")
        await pilot.press("y", "y")
        await until(pilot, lambda: "ana@example.com has 40.00 EUR" in status(pilot))
        assert "Change: 7.90 EUR." in status(pilot)
        assert pilot.app.focused is pilot.app.screen.query_one("#wallets")
    assert show_wallet(store, "ana@example.com").balance_minor == 4000


async def test_the_marked_owner_is_offered_first(store: Desk) -> None:
    """Enter takes the wallet under the cursor; money by hand needs no drawer."""
    async with host(store).run_test(size=(80, 24)) as pilot:
        await read(pilot)
        await pilot.press("t")
        await dialog(pilot, "Top up whose wallet?")
        await pilot.press("enter")
        await dialog(pilot, "Top up the wallet of Acme [Travel]")
        await pilot.press(*"25", "enter")
        await dialog(pilot, "By hand")
        await pilot.press("m")
        await dialog(pilot, "Take 25.00 EUR")
        await pilot.press("y")
        await until(pilot, lambda: "Acme [Travel] has 75.00 EUR" in status(pilot))


async def test_a_very_large_top_up_is_asked_about_twice(store: Desk) -> None:
    """A digit too many is caught before the payment; up to the limit nothing more is asked."""
    async with host(store).run_test(size=(80, 24)) as pilot:
        await read(pilot)
        for amount, answer in (("10000.01", "enter"), ("10000.01", "y"), ("10000", "")):
            await pilot.press("t")
            await dialog(pilot, "Top up whose wallet?")
            await pilot.press("enter")
            await dialog(pilot, "Top up the wallet of Acme [Travel]")
            await pilot.press(*amount, "enter")
            if answer:
                await dialog(pilot, "Is it really 10000.01 EUR?")
                assert "More than 10000.00 EUR" in shown(pilot)
                assert pilot.app.focused is pilot.app.screen.query_one("#no")
                await pilot.press(answer)
            if answer == "enter":
                await until(pilot, lambda: "Nothing was topped up" in status(pilot))
            else:
                await dialog(pilot, f"{amount if answer else '10000.00'} EUR into the wallet")
                await pilot.press("m")
                await dialog(pilot, "Take 10000")
                await pilot.press("y")
                await until(pilot, lambda: "Topped up" in status(pilot))
    assert show_wallet(store, "Acme [Travel]").balance_minor == 5000 + 1_000_001 + 1_000_000


async def test_esc_at_each_step_charges_nothing(store: Desk) -> None:
    """Picker, amount, tender, question: Esc leaves the wallets as they were."""
    steps = (("enter",), ("5", "enter"), ("c", "enter"))
    async with host(store).run_test(size=(80, 24)) as pilot:
        await read(pilot)
        for depth in range(4):
            await pilot.press("t")
            await dialog(pilot, "Top up whose wallet?")
            titles = ("Top up the wallet of Acme", "into the wallet", "Take 5.00 EUR")
            for keys, title in zip(steps[:depth], titles, strict=False):
                await pilot.press(*keys)
                await dialog(pilot, title)
            await pilot.press("escape")
            await until(pilot, lambda: not pilot.app.screen.is_modal)
    assert show_wallet(store, "Acme [Travel]").balance_minor == 5000


async def test_cash_without_a_shift_is_refused_in_words(sqlite_desk: Desk) -> None:
    """The store's sentence is shown and nothing is booked."""
    add_user(sqlite_desk, "bo@example.com")
    async with host(sqlite_desk).run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "There are no wallets yet" in shown(pilot))
        await pilot.press("t")
        await dialog(pilot, "bo@example.com")
        await pilot.press("enter")
        await dialog(pilot, "Amount")
        await pilot.press(*"10", "enter")
        await dialog(pilot, "c Cash")
        await pilot.press("c", "enter")
        await dialog(pilot, "Take 10.00 EUR")
        await pilot.press("y")
        await until(pilot, lambda: "No shift is open" in status(pilot))
    assert all(view.balance_minor == 0 for view in list_wallets(sqlite_desk))


async def test_new_customer_and_company(store: Desk) -> None:
    """An @ makes a customer; a card number is refused; a doubled name is said."""
    async with host(store).run_test(size=(80, 24)) as pilot:
        await read(pilot)
        await pilot.press("n")
        await dialog(pilot, "New company or customer")
        pilot.app.screen.query_one("#field-0", Input).value = "4111 1111 1111 1111"
        await pilot.press("f10")
        await dialog(pilot, "looks like a card number")
        pilot.app.screen.query_one("#field-0", Input).value = "Cy@Example.com"
        pilot.app.screen.query_one("#field-1", Input).value = "Acme [Travel]"
        await pilot.press("f10")
        await until(pilot, lambda: "Added: cy@example.com" in status(pilot))
        await pilot.press("n")
        await dialog(pilot, "New company or customer")
        pilot.app.screen.query_one("#field-0", Input).value = "Acme [Travel]"
        await pilot.press("f10")
        await until(pilot, lambda: status(pilot).startswith("! "))
    assert {user.email: user.company for user in list_users(store)}["cy@example.com"] == (
        "Acme [Travel]"
    )
    assert len([firm for firm in list_companies(store) if firm.name.startswith("Acme")]) == 1


async def test_a_minimum_below_zero_is_a_credit_line(store: Desk) -> None:
    """It adds to what may be spent."""
    async with host(store).run_test(size=(80, 24)) as pilot:
        await read(pilot)
        await pilot.press("m")
        await dialog(pilot, "How far down")
        pilot.app.screen.query_one("#field-0", Input).value = "-20.00"
        await pilot.press("f10")
        await until(pilot, lambda: "may go down to -20.00 EUR" in status(pilot))
        await until(pilot, lambda: "Acme [Travel]: 70.00 EUR to spend" in shown(pilot))


async def test_months_with_their_sums(store: Desk) -> None:
    """- shows this month, then the ones before; + goes back to all of them."""
    async with host(store).run_test(size=(80, 24)) as pilot:
        await read(pilot)
        await until(pilot, lambda: "Latest movements" in shown(pilot))
        await pilot.press("minus")
        await until(pilot, lambda: "start 0.00, in 50.00, out 0.00, end 50.00 EUR" in shown(pilot))
        assert "March 2026" in shown(pilot)
        await pilot.press("minus")
        await until(pilot, lambda: "February 2026: start 0.00, in 0.00" in shown(pilot))
        assert "No movement in this month." in shown(pilot)
        await pilot.press("plus", "plus")
        await until(pilot, lambda: "Latest movements" in shown(pilot))


async def test_a_long_history_is_read_as_it_is_walked(store: Desk) -> None:
    """The first page is a hundred; near its end the next is there, and the cursor stays."""
    sell_many(store, 230)
    async with host(store).run_test(size=(80, 24)) as pilot:
        await read(pilot)
        await pilot.press("enter")
        history = pilot.app.screen.query_one("#history", LazyList)
        await until(pilot, lambda: history.virtual_size.height == 101)
        await pilot.press("end")
        await until(pilot, lambda: history.virtual_size.height == 201)
        assert history.index == 99
        await pilot.press("end")
        await until(pilot, lambda: history.virtual_size.height == 232)
        await pilot.press("end")
        await until(pilot, lambda: "+50.00" in shown(pilot))


def sell_many(store: Desk, count: int) -> None:
    """Movements of one cent out of the wallet of Acme, without the sales behind them."""

    def work(session: Session) -> None:
        payer = session.exec(select(WalletRow).where(WalletRow.owner_kind == "company")).one()
        now, account = store.clock(), wallet(payer.id, "EUR")
        post(
            session,
            [
                Posting(account, revenue("EUR"), 1, "usage", "a", "T", payer.id, "me", now, now)
                for _ in range(count)
            ],
        )

    transact(store.engine, work)


async def test_the_paygo_esims_of_a_wallet(store: Desk) -> None:
    """Which it pays for, that they are off, and the money that makes them run; Enter opens one."""
    add_plans(store, paygo(mrc="2.00", mrc_anchor="assignment"))
    add_stock(store, SKU, 2, first=100)
    for number in range(2):
        sell(store, sku=SKU, pay="cash", customer="ana@example.com", key=f"k{number}")
    configure_wallet(store, "ana@example.com", minimum="40.00")
    async with host(store).run_test(size=(80, 24)) as pilot:
        await read(pilot)
        await pilot.press("v", "down")
        await until(pilot, lambda: "Pays for 2 PAYGO eSIMs" in shown(pilot))
        assert "14.01 EUR credit or more makes all run" in shown(pilot)
        assert "ana@example.com: 14.00 EUR below its minimum" in shown(pilot)
        assert "Limit" in shown(pilot)
        await pilot.press("enter", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, EsimScreen))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, WalletsScreen))
        await pilot.press("v")
        await until(pilot, lambda: "Latest movements" in shown(pilot))


async def test_a_pack_next_to_the_free_amount(store: Desk) -> None:
    """50.00 for 45.00 is chosen, shown with its total, and credited."""
    add_plans(store, paygo())
    async with host(store).run_test(size=(80, 24)) as pilot:
        await read(pilot)
        await pilot.press("t")
        await dialog(pilot, "Top up whose wallet?")
        await pilot.press("enter")
        await dialog(pilot, "50.00 for 45.00 EUR")
        await pilot.press("down", "enter")
        await dialog(pilot, "Acme [Travel]: 50.00 EUR into the wallet, to pay 45.00 EUR")
        await pilot.press("m")
        await dialog(pilot, "Take 45.00 EUR")
        await pilot.press("y")
        await until(pilot, lambda: "Acme [Travel] has 100.00 EUR" in status(pilot))


async def test_switching_a_wallet_off(store: Desk) -> None:
    """It pays nothing, and every line about it says so."""
    async with host(store).run_test(size=(80, 24)) as pilot:
        await read(pilot)
        await pilot.press("m")
        await dialog(pilot, "May it pay?")
        pilot.app.screen.query_one("#field-1", Select).value = "off"
        await pilot.press("f10")
        await until(pilot, lambda: "is switched off and pays nothing" in status(pilot))
        await until(pilot, lambda: "Acme [Travel]: switched off" in shown(pilot))
    assert not show_wallet(store, "Acme [Travel]").enabled


async def test_the_statement_is_saved(store: Desk) -> None:
    """The month that is shown, in a file whose name says whose and which."""
    async with host(store).run_test(size=(80, 24)) as pilot:
        await read(pilot)
        await pilot.press("minus")
        await until(pilot, lambda: "March 2026" in shown(pilot))
        await pilot.press("s")
        await until(pilot, lambda: "Saved: " in status(pilot))
        (file,) = Path.home().rglob("statement-Acme-Travel--2026-03.csv")
    assert "+" not in file.read_text()
    assert "50.00,50.00,EUR" in file.read_text()


async def test_all_money(store: Desk) -> None:
    """H opens it: filters by keys, months, and receipts."""
    async with host(store).run_test(size=(80, 24)) as pilot:
        await read(pilot)
        await pilot.press("h")
        await until(
            pilot, lambda: "Transactions: all" in shown(pilot) and "by hand" in shown(pilot)
        )
        await pilot.press("2")
        await until(pilot, lambda: "Transactions: cash" in shown(pilot))
        assert "by hand" not in shown(pilot)
        await pilot.press("p")
        await dialog(pilot, "RECEIPT")
        await pilot.press("escape")
        await pilot.press("3")
        await until(pilot, lambda: "Transactions: cash, open" in shown(pilot))
        assert "No transaction matches" in shown(pilot)
        await pilot.press("0")
        await until(pilot, lambda: "Transactions: all" in shown(pilot))
        await pilot.press("f")
        await dialog(pilot, "Customer's e-mail address")
        pilot.app.screen.query_one("#field-0", Input).value = "nobody@example.com"
        await pilot.press("f10")
        await until(pilot, lambda: "There is no customer" in status(pilot))
        await pilot.press("0", "minus", "minus")
        await until(pilot, lambda: "from 2026-02-01, before 2026-03-01" in shown(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, WalletsScreen))
