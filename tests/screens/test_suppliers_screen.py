"""Suppliers on the screens: added, changed, removed, tested, and what they did told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Select, Static

from catalog.kernel.errors import Unavailable
from catalog.suppliers.access import Access
from store_app.desk.context import Desk
from store_app.desk.replacements import replace_esim
from store_app.desk.suppliers import list_suppliers, show_supplier
from store_app.screens.stock import StockScreen
from store_app.screens.suppliers import SuppliersScreen
from store_app.shell import Shell
from tests.live_shop import buy, is_sound, live_shop, only, refusal
from tests.peers.smdp_peer import REQUESTER, Served, smdp_peer
from tests.screens.shown import dialog, shown, status
from tests.screens.till_store import opened, shown_code, text_of
from tests.screens.waiting import until
from tests.shop import small_shop

SIZE = (120, 40)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """An SM-DP+ that no request of the test may displease."""
    with smdp_peer(tmp_path) as made:
        yield made
        assert made.smdp.broken == []


def host(desk: Desk) -> Shell:
    """The shell with the stock alone."""
    return Shell({"stock": lambda: StockScreen(desk)})


async def at_suppliers(pilot: Pilot[None]) -> None:
    """The list of suppliers, reached from the stock by its key."""
    await until(pilot, lambda: "j Suppliers" in shown(pilot) and "ES-5GB" in shown(pilot))
    await pilot.press("j")
    await until(pilot, lambda: isinstance(pilot.app.screen, SuppliersScreen))
    await until(pilot, lambda: "norvia" in shown(pilot))


async def test_suppliers_are_listed_and_shown(sqlite_desk: Desk, served: Served) -> None:
    """Name, address, plans; Enter shows how it is reached, by names of files alone."""
    shop = live_shop(sqlite_desk, served)
    async with host(shop).run_test(size=SIZE) as pilot:
        await at_suppliers(pilot)
        assert served.url in shown(pilot)
        assert "Every order is finished." in shown(pilot)
        await pilot.press("enter")
        await dialog(pilot, "Requester")
        assert str(served.key) in shown(pilot).replace("\n", "")


async def test_a_test_waits_beside_the_screen(sqlite_desk: Desk, served: Served) -> None:
    """While the supplier is silent keys are answered; what it says stands there, and no order."""
    served.smdp.faults["releaseProfile"] = ["hang after", "HTTP 403"]
    shop = live_shop(sqlite_desk, served, timeout_s=30)
    async with host(shop).run_test(size=SIZE) as pilot:
        await at_suppliers(pilot)
        await pilot.press("t")
        await until(pilot, lambda: served.smdp.count("releaseProfile"))
        assert "Asking norvia" in status(pilot)
        await pilot.press("enter")
        await dialog(pilot, "Requester")
        await pilot.press("escape")
        served.smdp.let_go.set()
        await until(pilot, lambda: "so nobody knows" in status(pilot))
        await pilot.press("t")
        await until(pilot, lambda: "does not accept this store's credentials" in status(pilot))
        await pilot.press("t")
        await until(pilot, lambda: "norvia answers and accepts this store." in status(pilot))
    assert served.smdp.profiles == {}


async def test_what_a_supplier_did_is_told_from_its_list(sqlite_desk: Desk, served: Served) -> None:
    """An order that nobody knows of stands below; its number is asked for, and it is delivered."""
    served.smdp.faults["downloadOrder"] = ["reset after"]
    shop = live_shop(sqlite_desk, served)
    refusal(shop)
    (iccid,) = served.smdp.profiles
    async with host(shop).run_test(size=SIZE) as pilot:
        await at_suppliers(pilot)
        await until(pilot, lambda: only(shop).order in shown(pilot))
        await pilot.press("tab", "enter")
        await dialog(pilot, "What was ordered for")
        pilot.app.screen.query_one(Select).value = "iccid"
        await pilot.press("f10")
        await dialog(pilot, "ICCID")
        pilot.app.screen.query_one(Input).value = iccid
        await pilot.press("f10")
        await until(pilot, lambda: "is delivered" in status(pilot))
        await until(pilot, lambda: "Every order is finished." in shown(pilot))
    assert (only(shop).iccid, served.smdp.count("downloadOrder")) == (iccid, 1)
    is_sound(shop)


async def test_what_a_supplier_did_is_told_at_home(sqlite_desk: Desk, served: Served) -> None:
    """Nothing is chosen for the clerk; “none” orders one, and its code is shown."""
    served.smdp.faults["downloadOrder"] = ["HTTP 500"]
    shop = live_shop(sqlite_desk, served)
    refusal(shop)
    async with opened(shop, SIZE) as (app, pilot):
        await until(pilot, lambda: "Ctrl+Y says what the supplier did" in text_of(app))
        await pilot.press("ctrl+y")
        await dialog(pilot, "What does the supplier say?")
        await pilot.press("f10")
        await dialog(pilot, "Choose what the supplier says.")
        app.screen.query_one(Select).value = "none"
        await pilot.press("f10")
        screen = await shown_code(app, pilot)
        assert screen.delivery is not None
        assert screen.delivery.code.iccid in served.smdp.profiles
    assert len(served.smdp.profiles) == 1
    is_sound(shop)


def fill(pilot: Pilot[None], **typed: str) -> None:
    """Type into the fields of the supplier form, which stand in the order of the access."""
    names = list(Access.__dataclass_fields__)
    first = len(names) - len(pilot.app.screen.query("Input, Select"))
    for name, text in typed.items():
        field = pilot.app.screen.query_one(f"#field-{names.index(name) - first}")
        assert isinstance(field, Input | Select)
        field.value = text


def reached(served: Served) -> dict[str, str]:
    """What is typed to reach the peer; its paths as a terminal pastes them."""
    host = {"requester": REQUESTER, "smdp_address": "rsp.example.com"}
    files = {name: f"'{getattr(served, name)}' " for name in ("ca", "cert", "key")}
    return {"name": "norvia", "url": served.url, **files, **host}


async def test_a_supplier_is_added_changed_and_removed(sqlite_desk: Desk, served: Served) -> None:
    """By the keys of the list alone; the answer of its test is the proof that it was kept."""
    shop = small_shop(sqlite_desk)
    async with host(shop).run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "j Suppliers" in shown(pilot) and "ES-5GB" in shown(pilot))
        await pilot.press("j")
        await until(pilot, lambda: "Press n to add one." in shown(pilot))
        await pilot.press("n")
        await dialog(pilot, "A new supplier")
        fill(pilot, **reached(served))
        await pilot.press("f10")
        await until(pilot, lambda: "norvia is kept." in status(pilot))
        await pilot.press("t")
        await until(pilot, lambda: "norvia answers and accepts" in status(pilot))
        await pilot.press("x")
        await dialog(pilot, "File of its private key")
        fill(pilot, timeout_s="7", wants_eid="yes")
        await pilot.press("f10")
        await until(pilot, lambda: "norvia is kept." in status(pilot))
        view = show_supplier(shop, "norvia")
        assert (view.timeout_s, view.wants_eid, view.confirmation) == (7, True, False)
        assert (view.key, view.requester) == (str(served.key), REQUESTER)
        await pilot.press("delete")
        await dialog(pilot, "Remove norvia?")
        assert pilot.app.focused is pilot.app.screen.query_one("#no")
        await pilot.press("y")
        await until(pilot, lambda: "norvia is removed." in status(pilot))
        await until(pilot, lambda: "Press n to add one." in shown(pilot))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": "two words"}, "one word of letters"),
        ({"name": "norvia"}, "There is a supplier of this name."),
        ({"url": "http://a.example"}, "starts with https://"),
        ({"requester": ""}, "as agreed with the supplier"),
        ({"smdp_address": "a/b"}, ""),
        ({"protocol": "a b"}, "written like gsma"),
        ({"ca": ""}, "no file is named"),
        ({"cert": "/nowhere/shop.pem"}, "/nowhere/shop.pem (No such file or directory)"),
        ({"key": "/nowhere/shop.key"}, "/nowhere/shop.key (No such file or directory)"),
        ({"timeout_s": "soon"}, "a whole number from 1 to 120"),
        ({"per_minute": "0"}, "a whole number from 1 to 6000"),
    ],
)
async def test_what_is_wrong_is_said_at_its_field(
    sqlite_desk: Desk, served: Served, wrong: dict[str, str], said: str
) -> None:
    """The field has the focus, what was typed stays, and nothing is kept."""
    shop = live_shop(sqlite_desk, served)
    async with host(shop).run_test(size=(80, 24)) as pilot:
        await at_suppliers(pilot)
        await pilot.press("n")
        await dialog(pilot, "A new supplier")
        fill(pilot, **reached(served) | {"name": "other"} | wrong)
        await pilot.press("f10")
        ((name, typed),) = wrong.items()
        place = list(Access.__dataclass_fields__).index(name)
        await until(pilot, lambda: getattr(pilot.app.focused, "id", "") == f"field-{place}")
        assert said in " ".join(str(pilot.app.screen.query_one("#refusal", Static).content).split())
        assert pilot.app.screen.query_one(f"#field-{place}", Input).value == typed
    assert [view.name for view in list_suppliers(shop)] == ["norvia"]


async def test_what_the_store_refuses_stands_in_the_form_again(
    sqlite_desk: Desk, served: Served
) -> None:
    """A shop that is no demo has no offline supplier; one that owes a profile is not removed."""
    served.smdp.faults["downloadOrder"] = ["reset after"]
    shop = live_shop(sqlite_desk, served)
    refusal(shop)
    async with host(shop).run_test(size=(80, 24)) as pilot:
        await at_suppliers(pilot)
        await pilot.press("x")
        await dialog(pilot, "File of its private key")
        fill(pilot, url="offline", timeout_s="9")
        await pilot.press("f10")
        await dialog(pilot, "only a demo store may have it")
        kept = [each.value for each in pilot.app.screen.query(Input)]
        assert (kept[0], kept[-3]) == ("offline", "9")
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, SuppliersScreen))
        await pilot.press("delete")
        await dialog(pilot, "Remove norvia?")
        await pilot.press("y")
        await until(pilot, lambda: "orders of this supplier are not finished" in status(pilot))
    assert show_supplier(shop, "norvia").url == served.url


async def test_a_replacement_that_waits_is_told_and_brought(
    sqlite_desk: Desk, served: Served
) -> None:
    """It stands at home and below the suppliers; its number is said, and the eSIM has it."""
    shop = live_shop(sqlite_desk, served)
    old = str(buy(shop).iccid)
    served.smdp.faults["downloadOrder"] = ["reset after"]
    with pytest.raises(Unavailable):
        replace_esim(shop, old, key="r1")
    (iccid,) = set(served.smdp.profiles) - {old}
    async with opened(shop, SIZE) as (app, pilot):
        await until(pilot, lambda: f"A new profile for {old} is ordered" in text_of(app))
    async with host(shop).run_test(size=SIZE) as pilot:
        await at_suppliers(pilot)
        await until(pilot, lambda: f"~{old[-9:]}" in shown(pilot))
        await pilot.press("tab", "enter")
        await dialog(pilot, "What was ordered for")
        pilot.app.screen.query_one(Select).value = "iccid"
        pilot.app.screen.query_one(Input).value = iccid
        await pilot.press("f10")
        await until(pilot, lambda: f"Replaced: it is {iccid} now." in status(pilot))
        await until(pilot, lambda: "Every order is finished." in shown(pilot))
    is_sound(shop)
