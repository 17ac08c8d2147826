"""The bills: listed by page, run, approved, issued, paid, filtered, explained."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from catalog.kernel.database import transact
from catalog.kernel.settings import set_setting
from store_app.desk.bills import BillFilter, page_bills, read_bill
from store_app.desk.context import Desk
from store_app.desk.invoice_payments import pay_invoice
from store_app.desk.invoices import InvoiceView, list_invoices, run_bills
from store_app.desk.sales import top_up
from store_app.screens.bill_usage import BillUsageScreen
from store_app.screens.bill_words import filter_form
from store_app.screens.bills import BillsScreen
from store_app.screens.esim import EsimScreen
from store_app.screens.transactions import TransactionsScreen
from store_app.shell import Shell
from tests.screens.office_store import at, bill_office, fill_goods, fill_office
from tests.screens.shown import dialog, shown, status
from tests.screens.waiting import until

SIZES = [(80, 24), (120, 40)]


def host(desk: Desk) -> Shell:
    """The shell with this place alone."""
    return Shell({"bills": lambda: BillsScreen(desk)})


@pytest.fixture
def store(sqlite_desk: Desk, tmp_path: Path) -> Desk:
    """Two companies with subscriptions at 21 % VAT; a month has passed and is billed."""
    transact(sqlite_desk.engine, lambda session: set_setting(session, "vat_rate", "21"))
    fill_office(sqlite_desk, tmp_path)
    return bill_office(sqlite_desk)


async def listed(pilot: Pilot[None], text: str = "Borealis") -> None:
    """The list when this stands in it."""
    await until(pilot, lambda: text in shown(pilot))
    await pilot.pause()


async def marked(pilot: Pilot[None], company: str) -> None:
    """Move the cursor to the bill of a company and wait for its items."""
    screen = pilot.app.screen
    assert isinstance(screen, BillsScreen)
    await listed(pilot, company)
    await pilot.press("home")
    for _ in range(5):
        bill = screen.marked
        if bill and bill.company == company:
            break
        await pilot.press("down")
    await until(pilot, lambda: screen.query_one("#items").virtual_size.height > 1)


@pytest.mark.parametrize("size", SIZES)
async def test_bills_with_state_and_items(store: Desk, size: tuple[int, int]) -> None:
    """Number, company, state and total stand in a row; items with their tax below it."""
    async with host(store).run_test(size=size) as pilot:
        await marked(pilot, "Acme [Travel]")
        lines = shown(pilot).splitlines()
        acme = next(line for line in lines if "Acme [Travel]" in line)
        assert acme.split()[1] == "INV-000001"
        assert "open" in acme
        assert acme.split()[-2:] == ["65.22", "EUR"]
        await until(pilot, lambda: "65.22 EUR to pay: p notes the money" in shown(pilot))
        await until(pilot, lambda: "monthly fee" in shown(pilot))
        assert "11.32 EUR VAT (21 %)" in shown(pilot)
        await marked(pilot, "Borealis")
        assert "waits" in next(line for line in shown(pilot).splitlines() if "Borealis" in line)
        await until(pilot, lambda: "a approves it" in shown(pilot))


async def test_number_and_company_stay_whole_in_a_small_terminal(store: Desk) -> None:
    """At 60 columns the days of the bill and of its payment go, nothing is cut."""
    async with host(store).run_test(size=(60, 20)) as pilot:
        await marked(pilot, "Acme [Travel]")
        head = next(line for line in shown(pilot).splitlines() if "Number" in line)
        assert head.split() == ["Number", "Company", "State", "Total"]
        acme = next(line for line in shown(pilot).splitlines() if "Acme [Travel]" in line)
        assert acme.split()[1] == "INV-000001"
        assert acme.split()[-3:] == ["open", "65.22", "EUR"]


async def test_nothing_yet_says_what_to_do(sqlite_desk: Desk) -> None:
    """The empty list names the keys."""
    async with host(sqlite_desk).run_test(size=(80, 24)) as pilot:
        await listed(pilot, "No bill yet.")
        assert "press s on an" in shown(pilot)


async def test_the_bill_run(sqlite_desk: Desk, tmp_path: Path) -> None:
    """It asks up to when, says how many bills it made, and makes none twice."""
    fill_office(sqlite_desk, tmp_path)
    later = at(sqlite_desk, 31)
    async with host(later).run_test(size=(80, 24)) as pilot:
        await listed(pilot, "No bill yet.")
        for said in ("2 pre-bills wait for approval", "No period has ended that is not billed"):
            await pilot.press("r")
            await dialog(pilot, "Bill run")
            await pilot.press("f10")
            await until(pilot, lambda: said in status(pilot))  # noqa: B023 - awaited here
    assert len(list_invoices(later)) == 2


async def test_a_run_beyond_today_is_asked_about(sqlite_desk: Desk, tmp_path: Path) -> None:
    """A day is read in the store's zone; no is no; a word is refused where it stands."""
    fill_office(sqlite_desk, tmp_path)
    async with host(sqlite_desk).run_test(size=(80, 24)) as pilot:
        await listed(pilot, "No bill yet.")
        await pilot.press("r")
        await dialog(pilot, "Bill run")
        pilot.app.screen.query_one(Input).value = "soon"
        await pilot.press("f10")
        await dialog(pilot, "is no day such as 2026-04-01")
        pilot.app.screen.query_one(Input).value = "2026-04-02"
        await pilot.press("f10")
        await dialog(pilot, "which is still to come?")
        await pilot.press("enter")
        await until(pilot, lambda: "Nothing was billed" in status(pilot))
        assert list_invoices(sqlite_desk) == []
        await pilot.press("r")
        await dialog(pilot, "Bill run")
        pilot.app.screen.query_one(Input).value = "2026-04-02"
        await pilot.press("f10")
        await dialog(pilot, "which is still to come?")
        await pilot.press("y")
        await until(pilot, lambda: "2 pre-bills wait for approval" in status(pilot))


async def test_approve_then_issue(store: Desk) -> None:
    """a, i and one question with company and total; the safe answer has the focus."""
    async with host(store).run_test(size=(80, 24)) as pilot:
        await marked(pilot, "Borealis")
        await pilot.press("a")
        await until(pilot, lambda: "is approved" in status(pilot))
        await until(pilot, lambda: "i issues it as an invoice" in shown(pilot))
        await pilot.press("i")
        await dialog(pilot, "to Borealis?")
        assert "Total 121.00 EUR" in shown(pilot)
        assert pilot.app.focused is pilot.app.screen.query_one("#no")
        await pilot.press("y")
        await until(pilot, lambda: "INV-000002 is issued to Borealis" in status(pilot))
    assert [bill.state for bill in list_invoices(store)] == ["open", "open"]


async def test_all_of_the_list_are_approved(store: Desk) -> None:
    """A asks once with number and total; of a filtered list only those; again there is none."""
    async with host(store).run_test(size=(80, 24)) as pilot:
        await marked(pilot, "Borealis")
        pilot.app.screen.wanted = BillFilter(company="Acme [Travel]")  # type: ignore[attr-defined]  # the bills
        await pilot.press("A")
        await until(pilot, lambda: "No pre-bill of this list" in status(pilot))
        pilot.app.screen.wanted = BillFilter()  # type: ignore[attr-defined]  # the bills
        await pilot.press("A")
        await dialog(pilot, "Approve 1 pre-bill?")
        assert "Total 121.00 EUR" in shown(pilot)
        assert pilot.app.focused is pilot.app.screen.query_one("#no")
        await pilot.press("y")
        await until(pilot, lambda: "1 pre-bill is approved" in status(pilot))
        await pilot.press("A")
        await until(pilot, lambda: "No pre-bill of this list" in status(pilot))
    assert {bill.state for bill in list_invoices(store)} == {"approved", "open"}


async def test_keys_follow_the_state(store: Desk) -> None:
    """A bill that waits is not paid, an open one not approved."""
    async with host(store).run_test(size=(80, 24)) as pilot:
        screen = pilot.app.screen
        await marked(pilot, "Acme [Travel]")
        assert screen.check_action("take_payment", ())
        assert not screen.check_action("approve", ())
        await marked(pilot, "Borealis")
        assert not screen.check_action("take_payment", ())
        assert not screen.check_action("issue", ())
        assert screen.check_action("approve", ())


async def test_payment_in_parts(store: Desk) -> None:
    """What is open stands in the field; too much or nothing is refused; y twice pays once."""
    async with host(store).run_test(size=(80, 24)) as pilot:
        await marked(pilot, "Acme [Travel]")
        await pilot.press("p")
        await dialog(pilot, "INV-000001 of Acme [Travel]")
        amount = pilot.app.screen.query_one(Input)
        assert amount.value == "65.22"
        amount.value = "66"
        await pilot.press("f10")
        await dialog(pilot, "65.22 EUR are open")
        amount.value = "-1"
        await pilot.press("f10")
        await dialog(pilot, "Type an amount above zero.")
        amount.value = "20"
        await pilot.press("f10")
        await dialog(pilot, "Note 20.00 EUR for INV-000001?")
        await pilot.press("y", "y")
        await until(pilot, lambda: "45.22 EUR are still open" in status(pilot))
        await until(pilot, lambda: "part paid" in shown(pilot))
    (bill,) = page_bills(store, BillFilter(company="Acme [Travel]"))
    assert (bill.paid_minor, bill.state) == (2000, "part_paid")


async def test_money_for_an_invoice_is_a_transaction(store: Desk) -> None:
    """It is listed with its number; Enter shows what is behind the invoice; p knows no receipt."""
    pay_invoice(store, "INV-000001", amount="20.00", method="bank", key="t")
    shell = Shell({"transactions": lambda: TransactionsScreen(store)})
    async with shell.run_test(size=(120, 40)) as pilot:
        await listed(pilot, "INV-000001")
        row = next(line for line in shown(pilot).splitlines() if "INV-000001" in line)
        assert all(words in row for words in ("Invoice", "20.00 EUR", "bank", "Acme [Travel]"))
        await pilot.press("p")
        await until(pilot, lambda: "has no receipt" in status(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, BillUsageScreen))
        await until(pilot, lambda: "what is behind it" in shown(pilot))


async def test_payment_by_wallet_says_what_it_holds(store: Desk) -> None:
    """Without a wallet it says so; with one it is paid in full."""
    async with host(store).run_test(size=(80, 24)) as pilot:
        for step in ("no wallet", "topped up"):
            await marked(pilot, "Acme [Travel]")
            await pilot.press("p")
            await dialog(pilot, "How it came")
            pilot.app.screen.query_one("#field-0").value = "wallet"  # type: ignore[attr-defined]  # a Select
            await pilot.press("f10")
            if step == "no wallet":
                await until(pilot, lambda: "has no wallet; nothing was paid" in status(pilot))
                top_up(store, "Acme [Travel]", amount="100.00", pay="manual", key="w")
        await dialog(pilot, "It holds 100.00 EUR")
        await pilot.press("y")
        await until(pilot, lambda: "It is paid." in status(pilot))


async def test_filter_by_company_and_state(store: Desk) -> None:
    """F narrows, the title says by what, 0 shows all again."""
    async with host(store).run_test(size=(80, 24)) as pilot:
        await listed(pilot)
        await pilot.press("f")
        await dialog(pilot, "Show only")
        pilot.app.screen.query_one("#field-0").value = "Borealis"  # type: ignore[attr-defined]  # a Select
        await pilot.press("f10")
        await until(pilot, lambda: "Bills: Borealis (0 shows all)" in shown(pilot))
        await until(pilot, lambda: "INV-000001" not in shown(pilot))
        await pilot.press("f")
        await dialog(pilot, "Show only")
        pilot.app.screen.query_one("#field-1").value = "paid"  # type: ignore[attr-defined]  # a Select
        await pilot.press("f10")
        await listed(pilot, "No bill matches")
        await pilot.press("0")
        await listed(pilot, "INV-000001")
    assert filter_form(BillFilter(state="overdue"), [])


@pytest.mark.parametrize("size", SIZES)
async def test_enter_explains_a_bill(store: Desk, size: tuple[int, int]) -> None:
    """Charges with their eSIM, the usage under them by country; Enter opens the eSIM."""
    async with host(store).run_test(size=size) as pilot:
        await marked(pilot, "Acme [Travel]")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, BillUsageScreen))
        await until(pilot, lambda: "used in NL" in shown(pilot))
        lines = shown(pilot).splitlines()
        assert any("monthly fee" in line and "31 of 31" in line for line in lines)
        assert any("used in NL" in line and "10.25 GB" in line for line in lines)
        assert ("2026-03-01 2026-04-01" in shown(pilot)) == (size[0] >= 120)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, EsimScreen))
        await pilot.press("escape", "escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, BillsScreen))


def test_pages_follow_each_other(desk: Desk, tmp_path: Path) -> None:
    """On either engine pages hold every bill once, in the order of the whole list."""
    fill_goods(desk, tmp_path)
    fill_more(desk)
    whole = page_bills(at(desk, 70))
    walked: list[InvoiceView] = []
    last = None
    while page := page_bills(at(desk, 70), after=last, limit=2):
        walked, last = walked + page, page[-1]
    assert walked == whole
    assert len(whole) == 4
    assert [bill.bill_on for bill in whole] == sorted((b.bill_on for b in whole), reverse=True)
    for state in ("pre_bill", "approved", "open", "overdue", "paid"):
        found = page_bills(at(desk, 70), BillFilter(state=state))
        assert found == [bill for bill in whole if bill.state == state]


def fill_more(desk: Desk) -> None:
    """Two months of two companies; the first bill of one of them is overdue by then."""
    from store_app.desk.assignments import assign_esim
    from store_app.desk.invoices import approve_invoice, issue_invoice
    from tests.screens.counter_store import iccid

    for number, company in enumerate(("Acme [Travel]", "Borealis")):
        assign_esim(desk, iccid(number), plan="BUNDLE", company=company)
    first = run_bills(at(desk, 31)).invoices[0].ref
    approve_invoice(at(desk, 31), first)
    issue_invoice(at(desk, 31), first)
    run_bills(at(desk, 62))


def test_the_tax_of_items_adds_up(store: Desk) -> None:
    """The parts of the tax are those of the bill, rounded once."""
    for bill in page_bills(store):
        items = read_bill(store, bill.ref).items
        assert sum(item.tax_minor for item in items) == bill.tax_minor
        assert sum(item.total_minor for item in items) == bill.total_minor
