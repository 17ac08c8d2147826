"""The activation: a code that phones read, everything in words, and a way home."""

from __future__ import annotations

import stat
from datetime import date
from functools import partial
from pathlib import Path

import cv2
import pytest
import zxingcpp
from sqlalchemy import update
from sqlmodel import Session
from textual.pilot import Pilot
from textual.widgets import Digits

from catalog.esim.tables import EsimRow
from catalog.kernel.database import transact
from store_app.app import StoreApp
from store_app.desk.context import Desk
from store_app.desk.upkeep import write_setting
from store_app.screens.activation import ActivationScreen
from store_app.screens.receipt import ReceiptScreen
from store_app.screens.storefront import StorefrontScreen
from store_app.themes import OFFERED
from store_app.widgets.form import Form
from store_app.widgets.qr_code import QrCode
from tests.mail_server import mail_server
from tests.peers.own_process import free_port
from tests.screens.scanning import scan
from tests.screens.test_qr_code_widget import decode
from tests.screens.till_store import (
    CODES,
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


async def sold(app: StoreApp, pilot: Pilot[None], tendered: str = "") -> ActivationScreen:
    """A cash sale of the first Spanish profile."""
    await to_payment(app, pilot, "spain")
    await pilot.press("c", *tendered, "enter")
    return await shown_code(app, pilot)


def seen(app: StoreApp, color_system: str = "truecolor") -> str | None:
    """What a phone reads from the whole screen."""
    import pyte
    from rich.console import Console

    console = Console(color_system=color_system, force_terminal=True, _environ={})  # type: ignore[arg-type]  # one of Rich's names
    screen = pyte.Screen(*app.size)
    strips = app.screen._compositor.render_strips()  # noqa: SLF001 - the lines as they are painted
    pyte.Stream(screen).feed("\r\n".join(strip.render(console) for strip in strips))
    return decode(screen)


@pytest.mark.parametrize("size", SIZES)
async def test_code_words_and_change_stand_together(
    sqlite_desk: Desk, tmp_path: Path, size: tuple[int, int]
) -> None:
    """At 80 x 24 the whole code, its fields, the change, start rule and receipt are there."""
    desk = fill(sqlite_desk, tmp_path)
    async with opened(desk, size) as (app, pilot):
        await sold(app, pilot, "20")
        await until(pilot, lambda: seen(app) == CODES["ES-5"])
        shown = text_of(app)
        for words in (
            "CHANGE TO GIVE, EUR",
            "smdp-plus.operator.example",
            "K2-7HX0-91ZQ-44",
            "Confirmation code, to be given apart",
            "4711",
            "Validity starts at first use",
            str(orders(desk)[0].receipt),
            f"Support reference {orders(desk)[0].order}",
            "Installs once, on one phone",
        ):
            assert words in shown
        assert app.screen.query_one("#change", Digits).value == "7.90"
        qr = app.screen.query_one(QrCode)
        assert qr.is_scannable
        assert qr.size.width == 41
        await pilot.press(*["down"] * 12)
        await until(pilot, lambda: "Android link" in text_of(app))
        assert seen(app) == CODES["ES-5"]


async def test_terms_of_the_code(sqlite_desk: Desk, tmp_path: Path) -> None:
    """Install-by and whether it may be installed again, both links."""
    desk = fill(sqlite_desk, tmp_path)

    def flag(session: Session) -> None:
        session.exec(update(EsimRow).values(install_by=date(2030, 5, 1), reusable=True))

    transact(desk.engine, flag)
    async with opened(desk, (120, 40)) as (app, pilot):
        await sold(app, pilot)
        for words in (
            "Install by 2030-05-01",
            "Installs again on another phone",
            "iPhone link",
            "esimsetup.apple.com",
            "Android link",
            "esimsetup.android.com",
        ):
            assert words in text_of(app)


@pytest.mark.parametrize("theme", OFFERED)
@pytest.mark.parametrize("depth", ["truecolor", "standard"])
async def test_a_phone_reads_it_in_every_theme(
    sqlite_desk: Desk, tmp_path: Path, theme: str, depth: str
) -> None:
    """Light, dark, contrast and the terminal's colours."""
    async with opened(fill(sqlite_desk, tmp_path)) as (app, pilot):
        app.theme = theme
        await sold(app, pilot)
        await until(pilot, lambda: seen(app, depth) == CODES["ES-5"])


async def test_a_phone_reads_it_without_colour(
    sqlite_desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """NO_COLOR stops at the code."""
    monkeypatch.setenv("NO_COLOR", "1")
    async with opened(fill(sqlite_desk, tmp_path)) as (app, pilot):
        await sold(app, pilot)
        await until(pilot, lambda: seen(app) == CODES["ES-5"])


async def test_a_toast_does_not_cover_the_code(sqlite_desk: Desk, tmp_path: Path) -> None:
    """A message from elsewhere stays beside it."""
    desk = fill(sqlite_desk, tmp_path)
    async with opened(desk, notifications=True) as (app, pilot):
        screen = await sold(app, pilot)
        app.notify("A message that is long enough to need several lines in its corner.")
        await until(pilot, lambda: [toast for toast in screen.query("Toast") if toast.region.area])
        toast = screen.query_one("Toast")
        assert not toast.region.overlaps(screen.query_one(QrCode).region)
        await until(pilot, lambda: seen(app) == CODES["ES-5"])


async def test_a_second_enter_does_not_close_it(
    sqlite_desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For a moment the code stays whatever is pressed."""
    monkeypatch.setattr(ActivationScreen, "SETTLE_S", 60)
    async with opened(fill(sqlite_desk, tmp_path)) as (app, pilot):
        await to_payment(app, pilot, "spain")
        await pilot.press("c", "enter", "enter", "enter")
        screen = await shown_code(app, pilot)
        screen.action_done()
        assert app.screen is screen


@pytest.mark.parametrize("key", ["enter", "escape"])
async def test_done_leads_to_the_search_field(
    sqlite_desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    """Ready for the next customer: empty search, empty cart, one profile less."""
    monkeypatch.setattr(ActivationScreen, "SETTLE_S", 0)
    async with opened(fill(sqlite_desk, tmp_path)) as (app, pilot):
        await sold(app, pilot)
        await pilot.press(key)
        await until(pilot, lambda: isinstance(app.screen, StorefrontScreen))
        assert app.focused is search_of(app)
        assert search_of(app).value == ""
        await find(app, pilot, "spain")
        await until(pilot, lambda: (card := home(app).card) is not None and card.available == 2)


async def test_save_says_where_and_keeps_it_private(sqlite_desk: Desk, tmp_path: Path) -> None:
    """A PNG that decodes to the code, a drawing, a page, a text and a slip: for this user only."""
    async with opened(fill(sqlite_desk, tmp_path)) as (app, pilot):
        await sold(app, pilot)
        await pilot.press("s")
        await until(pilot, lambda: "Saved in " in status(app))
        files = saved(status(app).partition("Saved in ")[2].partition(":")[0])
        endings = ["-confirmation.txt", ".pdf", ".png", ".svg", ".txt"]
        assert all(str(path).endswith(end) for path, end in zip(files, endings, strict=True))
        assert all(path.name in status(app) for path in files)
        assert read_png(files[2]) == (0o600, CODES["ES-5"])


async def test_it_goes_by_e_mail(sqlite_desk: Desk, tmp_path: Path) -> None:
    """The address is asked for; what was not sent is said, and what was."""
    desk = fill(sqlite_desk, tmp_path)
    with mail_server() as (postbox, address):
        for name, text in (("mail_from", "till@shop.example"), ("mail_security", "none")):
            write_setting(desk, name, text)
        async with opened(desk) as (app, pilot):
            await sold(app, pilot)
            lost = f"127.0.0.1:{free_port()}"
            told = (("", "mail_server"), (lost, "tried again"), (address, "Sent to ana@"))
            for server, said in told:
                write_setting(desk, "mail_server", server)
                await pilot.press("e")
                await until(pilot, lambda: isinstance(app.screen, Form))
                await pilot.press(*"ana@example.com", "enter")
                await until(pilot, partial(says, app, said))
            await until(pilot, lambda: seen(app) == CODES["ES-5"])
    first, second = postbox.messages
    assert "4711" not in str(first.get_body())
    assert "4711" in second.get_content()


def says(app: StoreApp, words: str) -> bool:
    """Whether the status line says so, however it is broken."""
    return words in " ".join(status(app).split())


def saved(folder: str) -> list[Path]:
    """The files of a pack in a folder as the screen names it."""
    return sorted(Path(folder).expanduser().glob("esim-*"))


def read_png(path: Path) -> tuple[int, str]:
    """The permissions of a picture and the code in it."""
    read = zxingcpp.read_barcodes(cv2.imread(str(path)))
    return stat.S_IMODE(path.stat().st_mode), str(read[0].text)


async def test_copy_says_what_was_copied(sqlite_desk: Desk, tmp_path: Path) -> None:
    """The clipboard holds the exact code; the sentence does not repeat it."""
    async with opened(fill(sqlite_desk, tmp_path)) as (app, pilot):
        await sold(app, pilot)
        await pilot.press("y")
        await until(pilot, lambda: "Copied" in status(app))
        assert app.clipboard == CODES["ES-5"]


@pytest.mark.parametrize("key", ["p", "r"])
async def test_the_receipt_is_shown_and_saved(sqlite_desk: Desk, tmp_path: Path, key: str) -> None:
    """The receipt as it was issued; Esc leads back to the code."""
    async with opened(fill(sqlite_desk, tmp_path)) as (app, pilot):
        screen = await sold(app, pilot)
        await pilot.press(key)
        await until(pilot, lambda: isinstance(app.screen, ReceiptScreen))
        await until(pilot, lambda: "RECEIPT R1-000001" in text_of(app))
        await pilot.press("s")
        await until(pilot, lambda: "Saved: " in text_of(app))
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is screen)


async def test_several_esims_one_after_the_other(sqlite_desk: Desk, tmp_path: Path) -> None:
    """Next and before go round, each with its own code; the change is that of the whole sale."""
    async with opened(fill(sqlite_desk, tmp_path)) as (app, pilot):
        await find(app, pilot, "JP-3")
        await pilot.press("f7")
        await until(pilot, lambda: not home(app).is_choosing)
        await sold(app, pilot, "50")
        await until(pilot, lambda: seen(app) == CODES["JP-3"])
        assert app.screen.query_one("#change", Digits).value == "13.70"
        await pilot.press("n")
        await until(pilot, lambda: seen(app) == CODES["ES-5"])
        await pilot.press("right")
        await until(pilot, lambda: seen(app) == CODES["JP-3"])
        await pilot.press("left")
        await until(pilot, lambda: seen(app) == CODES["ES-5"])


async def test_enter_goes_through_all_of_them(
    sqlite_desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Enter shows the next eSIM and closes after the last."""
    monkeypatch.setattr(ActivationScreen, "SETTLE_S", 0)
    async with opened(fill(sqlite_desk, tmp_path)) as (app, pilot):
        await find(app, pilot, "JP-3")
        await pilot.press("f7")
        await until(pilot, lambda: not home(app).is_choosing)
        await sold(app, pilot, "50")
        await until(pilot, lambda: seen(app) == CODES["JP-3"])
        await pilot.press("enter")
        await until(pilot, lambda: seen(app) == CODES["ES-5"])
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, StorefrontScreen))


@pytest.mark.parametrize("label", ["JP-5GB-7D\r", "4006381333931\r"])
async def test_a_scan_does_not_close_it(
    sqlite_desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, label: str
) -> None:
    """The code stays, and says what the scan did: nothing."""
    monkeypatch.setattr(ActivationScreen, "SETTLE_S", 0)
    async with opened(fill(sqlite_desk, tmp_path)) as (app, pilot):
        screen = await sold(app, pilot)
        scan(app, label)
        await until(pilot, lambda: "looks like a scan" in status(app))
        await pilot.press("up", "up")
        assert app.screen is screen
        await until(pilot, lambda: seen(app) == CODES["ES-5"])


async def test_without_room_the_words_remain(sqlite_desk: Desk, tmp_path: Path) -> None:
    """At 60 x 20 a long code says what it needs, the words are there, and it comes back."""
    async with opened(fill(sqlite_desk, tmp_path)) as (app, pilot):
        await to_payment(app, pilot, "JP-3")
        await pilot.press("c", "enter")
        await shown_code(app, pilot)
        await pilot.resize_terminal(60, 20)
        await until(pilot, lambda: "The QR code needs" in text_of(app))
        assert "smdp.example" in text_of(app)
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: seen(app) == CODES["JP-3"])


async def test_no_secret_in_any_repr(sqlite_desk: Desk, tmp_path: Path) -> None:
    """Neither the delivery nor the screen tells the code to a log."""
    async with opened(fill(sqlite_desk, tmp_path)) as (app, pilot):
        screen = await sold(app, pilot)
        assert "K2-7HX0" not in repr(screen.delivery) + repr(screen)
