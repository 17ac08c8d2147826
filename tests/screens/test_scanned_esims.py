"""A scanner at the till: whatever a label says round a number, Enter opens that eSIM."""

from __future__ import annotations

import doctest
from dataclasses import replace
from pathlib import Path

import pytest
from textual.widgets import Input

import store_app.scans
from catalog.esim.identifiers import iccid_key
from store_app.desk.context import Desk
from store_app.desk.packs import pack_files, read_pack
from store_app.desk.sales import sell
from store_app.screens.base import StoreScreen
from store_app.screens.esim import EsimScreen
from store_app.screens.storefront import StorefrontScreen
from tests.handovers import bars_in, seen_in_pdf
from tests.screens.scanning import scan
from tests.screens.till_store import fill, find, opened, status
from tests.screens.waiting import until

SPELLINGS = ["{}", "{}F", "{}f", "ICCID {}", "ICCID: {}F", "iccid={}", "  {} "]


def test_examples_in_the_docstrings_hold() -> None:
    """The documentation of the module is true."""
    assert not doctest.testmod(store_app.scans).failed


def bought(desk: Desk) -> tuple[str, str]:
    """The ICCID and the order of a sale."""
    sale = sell(desk, sku="ES-5", pay="cash", key="sold")
    assert sale.iccid is not None
    return sale.iccid, sale.order


@pytest.mark.parametrize("place", ["storefront", "esims"])
@pytest.mark.parametrize("spelling", SPELLINGS)
async def test_every_spelling_of_a_number_opens_it(
    sqlite_desk: Desk, tmp_path: Path, place: str, spelling: str
) -> None:
    """Padded with F, with its name before it, in either search; the field is clear after."""
    desk = fill(sqlite_desk, tmp_path)
    iccid, _ = bought(desk)
    async with opened(desk) as (app, pilot):
        await app.run_action(f"app.go('{place}')")
        await until(pilot, lambda: app.screen.query("#search"))
        screen = app.screen
        await until(pilot, lambda: isinstance(screen, StoreScreen) and screen.is_open)
        search = screen.query_one("#search", Input)
        search.value = spelling.format(iccid)
        search.focus()
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, EsimScreen))
        assert isinstance(app.screen, EsimScreen)
        assert iccid_key(app.screen.named) == iccid_key(iccid)
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, EsimScreen))
        assert search.value == ""


@pytest.mark.parametrize("is_numbered", [True, False])
async def test_the_page_we_print_is_scanned_back(
    sqlite_desk: Desk, tmp_path: Path, is_numbered: bool
) -> None:
    """Sale, page, camera, scanner: the bars of a number, or of the order, open the eSIM."""
    desk = fill(sqlite_desk, tmp_path)
    iccid, order = bought(desk)
    pack = read_pack(desk, order)
    if not is_numbered:
        pack = replace(pack, handover=replace(pack.handover, iccid=""))
    page = pack_files(pack, ["pdf"])[0]
    (bars,) = bars_in(seen_in_pdf(page.content))["zxing"]
    assert bars == (iccid if is_numbered else order)
    async with opened(desk) as (app, pilot):
        await find(app, pilot, "austria")
        scan(app, f"{bars}\r")
        await until(pilot, lambda: isinstance(app.screen, EsimScreen))
        assert isinstance(app.screen, EsimScreen)
        assert app.screen.named == bars


async def test_what_only_looks_like_an_order_is_a_plan(sqlite_desk: Desk, tmp_path: Path) -> None:
    """A SKU may be written like an order's number: then it is searched for."""
    async with opened(fill(sqlite_desk, tmp_path)) as (app, pilot):
        await find(app, pilot, "O-12345678")
        await pilot.press("enter")
        await until(pilot, lambda: "There is no plan to add" in status(app))
        assert isinstance(app.screen, StorefrontScreen)
