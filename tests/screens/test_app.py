"""The store as a whole: its start, its places, and the rules that every screen of a sale keeps."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from threading import Event

import pytest
from textual.pilot import Pilot
from textual.screen import Screen

from catalog.kernel.errors import Unavailable
from store_app.actions import PLACES, by_id
from store_app.app import StoreApp
from store_app.desk.context import Desk
from store_app.desk.esims import show_esim
from store_app.desk.sales import sell
from store_app.desk.usage import import_usage
from store_app.first_look import first_look
from store_app.reachable import reachable
from store_app.screens.storefront import StorefrontScreen
from store_app.shelf import read_shelf
from tests.screens.till_store import (
    fill,
    find,
    home,
    opened,
    orders,
    shown_code,
    status,
    text_of,
    to_payment,
)
from tests.screens.waiting import until

SIZES = [(80, 24), (120, 40)]
SCREENS = ("storefront", "payment", "activation")
ROOT = Path(__file__).parents[2]


async def go(app: StoreApp, pilot: Pilot[None], screen: str) -> Screen[object]:
    """Walk to one of the screens of a sale."""
    if screen != "storefront":
        await to_payment(app, pilot, "spain")
    if screen == "activation":
        await pilot.press("c", "enter")
        await shown_code(app, pilot)
    await pilot.pause()
    return app.screen


def test_the_first_paint_needs_no_database() -> None:
    """Neither the database layer nor word lists are imported before the first paint."""
    heavy = ("sqlalchemy", "sqlmodel", "babel", "pycountry", "qrcode", "stdnum", "rapidfuzz")
    program = f"import sys, store_app.app; print([m for m in {heavy} if m in sys.modules])"
    shown = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert shown.stdout.strip() == "[]"


def test_the_first_look_is_the_shelf(sqlite_desk: Desk, tmp_path: Path) -> None:
    """What is shown before the database layer is there is what it reads afterwards."""
    fill(sqlite_desk, tmp_path)
    assert first_look(tmp_path / "store.db") == read_shelf(sqlite_desk)


@pytest.mark.parametrize("content", [None, b"", b"no database at all, but long enough"])
def test_what_cannot_be_looked_at_is_left_alone(tmp_path: Path, content: bytes | None) -> None:
    """A missing, empty or foreign file shows nothing and stays as it is."""
    path = tmp_path / "store.db"
    if content is not None:
        path.write_bytes(content)
    assert first_look(path) == ()
    assert (path.read_bytes() if path.exists() else None) == content


async def test_plans_are_seen_before_the_store_is_open(sqlite_desk: Desk, tmp_path: Path) -> None:
    """The first look is searchable while the desk is being opened, and Enter waits for it."""
    fill(sqlite_desk, tmp_path)
    gate = Event()

    def slowly() -> Desk:
        gate.wait(10)
        return sqlite_desk

    app = StoreApp(slowly, lambda: first_look(tmp_path / "store.db"))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, StorefrontScreen))
        await until(pilot, lambda: "Spain 5 GB" in text_of(app))
        await pilot.press("f3")
        assert "still being opened" in status(app)
        await find(app, pilot, "spain")
        await pilot.press("enter")
        gate.set()
        await until(pilot, lambda: type(app.screen).__name__ == "PaymentScreen")


async def test_a_store_that_cannot_be_opened_is_a_sentence() -> None:
    """The screen stands and says what is wrong."""

    def broken() -> Desk:
        raise Unavailable("The store can't be opened; nothing has changed.")

    app = StoreApp(broken)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, StorefrontScreen))
        await until(pilot, lambda: "can't be opened" in status(app))
        assert app.is_running


@pytest.mark.parametrize("place", PLACES)
async def test_every_place_opens(sqlite_desk: Desk, tmp_path: Path, place: str) -> None:
    """F2 to F6 and F12 lead to a screen of that name, and Esc leads home."""
    async with opened(fill(sqlite_desk, tmp_path)) as (app, pilot):
        await pilot.press(by_id()[f"global.{place}"].key)
        await until(pilot, lambda: app.current_mode == place)
        await pilot.pause()
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is home(app))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("screen", SCREENS)
async def test_keys_lead_somewhere_and_the_footer_fits(
    sqlite_desk: Desk, tmp_path: Path, screen: str, size: tuple[int, int]
) -> None:
    """No dead key, nothing outside the window, lines as wide as it."""
    async with opened(fill(sqlite_desk, tmp_path), size) as (app, pilot):
        here = await go(app, pilot, screen)
        for active in here.active_bindings.values():
            name = active.binding.action.rpartition(".")[2].partition("(")[0]
            nodes = (active.node, here, app)
            assert any(hasattr(node, f"action_{name}") for node in nodes), active.binding
        assert all(key.region.right <= size[0] for key in here.query("FooterKey"))
        assert {len(line) <= size[0] for line in text_of(app).splitlines()} == {True}
        assert len(reachable(here)) > 8


@pytest.mark.parametrize("screen", SCREENS)
async def test_f1_explains_where_one_is(sqlite_desk: Desk, tmp_path: Path, screen: str) -> None:
    """The help has the screen's own sentence and its own keys."""
    async with opened(fill(sqlite_desk, tmp_path)) as (app, pilot):
        here = await go(app, pilot, screen)
        await pilot.press("f1")
        await until(pilot, lambda: type(app.screen).__name__ == "HelpScreen")
        words = " ".join(str(app.screen.query_one("#help").render()).split())
        assert " ".join(str(getattr(here, "HELP")).split())[:40] in words  # noqa: B009 - of any screen


@pytest.mark.parametrize("screen", SCREENS)
async def test_esc_goes_back_and_writes_nothing(
    sqlite_desk: Desk, tmp_path: Path, screen: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From everywhere Esc leads to the storefront without another order."""
    monkeypatch.setattr("store_app.screens.activation.ActivationScreen.SETTLE_S", 0)
    async with opened(fill(sqlite_desk, tmp_path)) as (app, pilot):
        await go(app, pilot, screen)
        before = len(orders(sqlite_desk))
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is home(app))
        assert len(orders(sqlite_desk)) == before
        assert app.focused is not None
        assert app.focused.id == "search"


@pytest.mark.parametrize("screen", SCREENS)
async def test_small_and_large_windows(sqlite_desk: Desk, tmp_path: Path, screen: str) -> None:
    """60 x 20 works, below it a polite sentence, and back again the screen is the same."""
    async with opened(fill(sqlite_desk, tmp_path)) as (app, pilot):
        here = await go(app, pilot, screen)
        await pilot.resize_terminal(60, 20)
        await pilot.pause()
        assert app.screen is here
        await pilot.resize_terminal(40, 10)
        await until(pilot, lambda: "Please enlarge" in text_of(app))
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: app.screen is here)


async def test_usage_of_a_killed_import_is_counted_while_the_store_is_open(
    sqlite_desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen when the store opens, counted at the second look; nobody gives a command."""
    fill(sqlite_desk, tmp_path)
    iccid = str(sell(sqlite_desk, sku="ES-5", pay="cash", key="k").iccid)
    path = tmp_path / "usage.csv"
    path.write_text(
        "event_id,iccid,started_at,bytes,country\n"
        f"e1,{iccid},{sqlite_desk.clock().isoformat()},1000000,ES\n"
    )

    def die(*_given: object, **_named: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("checkout.billing.usage_feed.apply_batch", die)
        with pytest.raises(KeyboardInterrupt):
            import_usage(sqlite_desk, path, source="mno")
    assert show_esim(sqlite_desk, iccid).waiting_records == 1
    monkeypatch.setattr("store_app.app._SECOND_LOOK_S", 0.1)
    async with StoreApp(lambda: sqlite_desk).run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: show_esim(sqlite_desk, iccid).data_used_bytes == 1_000_000)
    assert show_esim(sqlite_desk, iccid).waiting_records == 0
