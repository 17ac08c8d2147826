"""The page of one eSIM: state, balance, refill, refund, explanation and code."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from store_app.desk.context import Desk
from store_app.desk.esim_codes import esim_code
from store_app.desk.esims import show_esim
from store_app.desk.order_views import list_orders, show_order
from store_app.desk.sales import sell
from store_app.desk.shifts import current_shift, open_shift
from store_app.desk.stock import import_stock
from store_app.desk.usage import import_usage
from store_app.desk.wallets import configure_wallet
from store_app.screens.esim import EsimScreen
from store_app.shell import Shell
from store_app.widgets.confirm import Confirm
from store_app.widgets.qr_code import QrCode
from tests.card_shop import sold as card_sold
from tests.card_shop import with_card
from tests.conftest import NOW
from tests.screens.counter_store import fill_plans, fill_store, iccid
from tests.screens.shown import dialog, shown, status
from tests.screens.waiting import until
from tests.stripe_double import StripeDouble

SIZES = [(80, 24), (120, 40)]


@dataclass(frozen=True, slots=True)
class Sold:
    """A store with one sold eSIM."""

    desk: Desk
    iccid: str
    order: str

    def host(self) -> Shell:
        """The shell with the page of the eSIM."""
        return Shell({"esim": lambda: EsimScreen(self.desk, self.iccid)})

    def at(self, hours: int) -> Sold:
        """The same store some hours later."""
        later = NOW + timedelta(hours=hours)
        return replace(self, desk=replace(self.desk, clock=lambda: later))


@pytest.fixture
def sold(sqlite_desk: Desk, tmp_path: Path) -> Sold:
    """An open shift and Ana's Spanish eSIM, bought for cash."""
    sale = fill_store(sqlite_desk, tmp_path)
    return Sold(sqlite_desk, sale.iccid or "", sale.order)


def use(sold: Sold, folder: Path, *megabytes: int) -> None:
    """Usage records of so many megabytes, one hour apart."""
    rows = [
        f"u{number},{sold.iccid},{(NOW + timedelta(hours=number)).isoformat()},{mb * 10**6},ES"
        for number, mb in enumerate(megabytes, start=1)
    ]
    file = folder / "usage.csv"
    file.write_text("\n".join(["event_id,iccid,started_at,bytes,country", *rows]) + "\n")
    import_usage(sold.at(len(megabytes)).desk, file, source="Telefonica")


async def opened(pilot: Pilot[None]) -> None:
    """The page when it has been read."""
    await until(pilot, lambda: getattr(pilot.app.screen, "page", None))
    await until(pilot, lambda: "GB left" in shown(pilot) and "x Refund" in shown(pilot))


@pytest.mark.parametrize("size", SIZES)
async def test_the_page_tells_state_and_balance(
    sold: Sold, tmp_path: Path, size: tuple[int, int]
) -> None:
    """State, next action, bar, facts, prices of refills and the plot fit the window."""
    use(sold, tmp_path, 500, 700)
    async with sold.at(2).host().run_test(size=size) as pilot:
        await opened(pilot)
        text = shown(pilot)
        assert "Active. Nothing to do: it is in use." in text
        assert "not yet reported as installed" in text
        assert "3.8 GB of 5 GB left" in text
        assert "1 GB 4.00 EUR, 3 GB 9.00 EUR" in text
        assert "R1-000003" in text
        assert "30 days" in text
        assert "█" in text
        assert "stale" not in text
        assert "LPA:" not in text
        assert esim_code(sold.desk, sold.iccid).matching_id not in text


async def test_old_figures_are_marked_stale(sold: Sold, tmp_path: Path) -> None:
    """Older than an hour: the word stands in the bar and beside the instant."""
    use(sold, tmp_path, 500)
    async with sold.at(30).host().run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        assert "! stale, as of 2026-03-01 11:00" in shown(pilot)


async def test_refill_for_cash_once(sold: Sold) -> None:
    """Option, cash with change, one question, one order; the focus is back on the page."""
    async with sold.host().run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await pilot.press("r")
        await dialog(pilot, "9.00 EUR")
        await pilot.press("down", "enter")
        await dialog(pilot, "Refill of 3 GB for Spain 5 GB")
        await pilot.press("c", *"10", "enter")
        await dialog(pilot, "charge 9.00 EUR?")
        assert "Given 10.00 EUR, change 1.00 EUR" in shown(pilot)
        assert pilot.app.focused is pilot.app.screen.query_one("#no")
        await pilot.press("y", "y", "y")
        await until(pilot, lambda: "8 GB left" in status(pilot))
        assert "Change: 1.00 EUR." in status(pilot)
        assert len(list_orders(sold.desk, method="cash")) == 3
        await until(pilot, lambda: "8 GB of 8 GB left" in shown(pilot))
        assert pilot.app.focused is pilot.app.screen.query_one("#page")


async def test_refill_from_the_wallet(sold: Sold) -> None:
    """Ana's own wallet pays."""
    async with sold.host().run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await pilot.press("r")
        await dialog(pilot, "4.00 EUR")
        await pilot.press("enter")
        await dialog(pilot, "Customer's wallet")
        assert "Demo card" not in shown(pilot)
        await pilot.press("w")
        await dialog(pilot, "charge 4.00 EUR?")
        await pilot.press("y")
        await until(pilot, lambda: "6 GB left" in status(pilot))
        assert list_orders(sold.desk, method="wallet")[0].total_minor == 400


async def test_too_little_cash_is_said_in_the_dialog(sold: Sold) -> None:
    """The amount that is missing; Esc steps back one at a time and charges nothing."""
    async with sold.host().run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await pilot.press("r")
        await dialog(pilot, "4.00 EUR")
        await pilot.press("enter")
        await dialog(pilot, "Cash")
        await pilot.press("c", *"3", "enter")
        await dialog(pilot, "1.00 EUR are missing")
        await pilot.press("escape")
        await until(pilot, lambda: "are missing" not in shown(pilot))
        assert pilot.app.screen.is_modal
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, EsimScreen))
        assert len(list_orders(sold.desk)) == 3


async def test_a_refused_charge_is_a_sentence(sold: Sold) -> None:
    """A wallet that may not go so far down: the page says so, nothing is added."""
    configure_wallet(sold.desk, "ana@example.com", minimum="28.00")
    async with sold.host().run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await pilot.press("r")
        await dialog(pilot, "4.00 EUR")
        await pilot.press("enter")
        await dialog(pilot, "Customer's wallet")
        assert "Company's wallet" not in shown(pilot)
        await pilot.press("k", "w")
        await dialog(pilot, "charge 4.00 EUR?")
        await pilot.press("y")
        await until(pilot, lambda: status(pilot).startswith("! "))
        assert show_esim(sold.desk, sold.iccid).data_left_bytes == 5 * 10**9


async def test_unused_is_refunded_with_the_safe_button_first(sold: Sold) -> None:
    """The rule is read before the question; the drawer pays; the eSIM has ended."""
    async with sold.host().run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await pilot.press("x")
        await dialog(pilot, "Never downloaded, no byte used")
        assert "in cash from the drawer" in " ".join(shown(pilot).split())
        await pilot.press("f10")
        await dialog(pilot, "Say why it is given back.")
        await pilot.press(*"unused", "enter")
        await dialog(pilot, "Give back 12.50 EUR in cash from the drawer?")
        assert "Reason: unused" in shown(pilot)
        assert isinstance(pilot.app.screen, Confirm)
        assert pilot.app.focused is pilot.app.screen.query_one("#no")
        assert show_order(sold.desk, sold.order).refunds == []
        await pilot.press("y")
        await until(pilot, lambda: "Given back: 12.50 EUR" in status(pilot))
        await until(pilot, lambda: "Ended" in shown(pilot))
        assert "nothing left" in shown(pilot)
        assert "of 0 B" not in shown(pilot)
        assert "EUR" not in next(line for line in shown(pilot).splitlines() if "Refills" in line)
        assert "(sale)" not in shown(pilot)
        shift = current_shift(sold.desk)
        assert shift is not None
        assert shift.expected_minor == 14250 - 1250
        assert len(show_order(sold.desk, sold.order).refunds) == 1


@pytest.mark.parametrize(
    ("status_there", "words"), [("succeeded", "Given back: 12.50 EUR"), ("pending", "On its way")]
)
async def test_a_card_sale_goes_back_to_its_card(
    sold: Sold, stripe_double: StripeDouble, status_there: str, words: str
) -> None:
    """The same questions; the answer says whether the bank has it already."""
    desk, stripe_double.refund_status = with_card(sold.desk, stripe_double), status_there
    order = card_sold(desk, stripe_double)
    mine = Sold(desk, show_order(desk, order).iccid or "", order)
    async with mine.host().run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await pilot.press("x")
        await dialog(pilot, "to the card it was paid with")
        await pilot.press("f10")
        await dialog(pilot, "Say why it is given back.")
        await pilot.press(*"unused", "enter")
        await dialog(pilot, "Give back 12.50 EUR")
        await pilot.press("y")
        await until(pilot, lambda: words in status(pilot))
    assert [each["amount"] for each in stripe_double.refunds] == [1250]


async def test_used_needs_a_supervisor_and_a_reason(sold: Sold, tmp_path: Path) -> None:
    """The fields are there, empty ones are refused, and both are kept with the refund."""
    use(sold, tmp_path, 500)
    async with sold.at(1).host().run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await pilot.press("x")
        await dialog(pilot, "Data was used.")
        await pilot.press("f10")
        await dialog(pilot, "A supervisor and a reason are needed here.")
        pilot.app.screen.query_one("#field-0", Input).value = "5.00"
        await pilot.press(*"Mia", "enter", *"slow", "enter")
        await dialog(pilot, "Give back 5.00 EUR")
        assert "Supervisor: Mia" in shown(pilot)
        await pilot.press("y")
        await until(pilot, lambda: "Given back: 5.00 EUR" in status(pilot))
        refund = show_order(sold.desk, sold.order).refunds[0]
        assert refund["reason"] == "slow (supervisor: Mia)"
        await pilot.press("x")
        await dialog(pilot, "A part was refunded before.")


async def test_esc_at_every_question_gives_nothing_back(sold: Sold) -> None:
    """Form, then question: Esc leaves the order as it was."""
    async with sold.host().run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await pilot.press("x")
        await dialog(pilot, "Never downloaded")
        pilot.app.screen.query_one("#field-2", Input).value = "unused"
        await pilot.press("f10")
        await dialog(pilot, "Give back 12.50 EUR")
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, EsimScreen))
        assert show_order(sold.desk, sold.order).refunds == []


async def test_explain_lists_grants_and_usage(sold: Sold, tmp_path: Path) -> None:
    """Each line with the balance after it; Esc is one step back."""
    use(sold, tmp_path, 500, 700)
    async with sold.at(2).host().run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await pilot.press("e")
        await until(pilot, lambda: "+5 GB" in shown(pilot))
        text = shown(pilot)
        assert "-1.2 GB" in text
        assert "3.8 GB" in text
        assert sold.order in text
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, EsimScreen))


async def test_the_code_is_shown_on_request_only(sold: Sold) -> None:
    """The QR code fits 80 x 24 beside the two lines to type; Esc hides it again."""
    code = esim_code(sold.desk, sold.iccid)
    async with sold.host().run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await pilot.press("a")
        await until(pilot, lambda: code.matching_id in shown(pilot))
        assert pilot.app.screen.query_one(QrCode).is_scannable
        await pilot.press("escape")
        await opened(pilot)
        assert code.matching_id not in shown(pilot)


async def test_the_receipt_is_read_again(sold: Sold) -> None:
    """As it was printed."""
    async with sold.host().run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await pilot.press("p")
        await dialog(pilot, "RECEIPT R1-000003")
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, EsimScreen))


async def test_an_esim_sold_by_its_code_gets_its_number(sqlite_desk: Desk, tmp_path: Path) -> None:
    """The key g asks for the ICCID; a broken one is refused in the form, a good one is kept."""
    fill_plans(sqlite_desk, tmp_path, count=0)
    codes = tmp_path / "codes.txt"
    codes.write_text("LPA:1$smdp.example.com$ONLY-CODE\n", encoding="utf-8")
    import_stock(sqlite_desk, codes, operator="Telefonica", plan_sku="ES-5GB-30D", approve=True)
    open_shift(sqlite_desk, float_amount="0")
    sale = sell(sqlite_desk, sku="ES-5GB-30D", pay="cash", key="by-code")
    host = Shell({"esim": lambda: EsimScreen(sqlite_desk, sale.order)})
    async with host.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "a Code" in shown(pilot))
        await pilot.press("g")
        await dialog(pilot, f"Which number has the eSIM of {sale.order}?")
        host.screen.query_one(Input).value = "12"
        await pilot.press("f10")
        await dialog(pilot, "18 to 20")
        host.screen.query_one(Input).value = iccid(7)
        await pilot.press("f10")
        await until(pilot, lambda: "The number is known now" in status(pilot))
    assert show_esim(sqlite_desk, iccid(7)).order == sale.order
